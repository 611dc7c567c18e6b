import { readFileSync } from 'fs';
import { join } from 'path';

import { Command, Remark, RequestId, decode, encodeCommand, encodeRemark } from './frames';
import { ClientId, DocumentId, MessageId, RoomId } from './message';
import { FrameError } from './reading';

const FIXTURES = join(__dirname, '../../tests/frames');
const read = (name: string) =>
  JSON.parse(readFileSync(join(FIXTURES, name), 'utf8')) as { kind: string }[];
const server = read('server.json');
const browser = read('browser.json');

const room = '00000000000000000000000000000001' as RoomId;
const id = '1795165260000000' as MessageId;
const nothing = { replyTo: null, cell: null, attachments: [] };
const commands: readonly Command[] = [
  { kind: 'post', room, clientId: 'c1' as ClientId, body: 'But soft!', ...nothing },
  {
    kind: 'post',
    room,
    clientId: 'c1' as ClientId,
    body: 'plot(light)',
    replyTo: id,
    cell: {
      document: '0000000000000000000000000000000d' as DocumentId,
      cell: 'a1b2',
      name: 'daylight.ipynb',
      resolved: false,
      excerpt: 'plot(light)',
      link: 'https://hub.example/hub/user-redirect/lab?xmpp-cell=a1b2'
    },
    attachments: [{ url: 'https://hub.example/u', name: 'u.png', size: 1, type: 'image/png' }]
  },
  { kind: 'correct', room, id, body: 'What light?' },
  { kind: 'retract', room, id, reason: null },
  { kind: 'retract', room, id, reason: 'not in this orchard' },
  { kind: 'react', room, id, emojis: ['👍', '🎉'] },
  { kind: 'page', room, from: 'newest', limit: 50 },
  { kind: 'page', room, from: { before: id }, limit: 50 },
  { kind: 'page', room, from: { after: id }, limit: 50 },
  { kind: 'page', room, from: { around: id }, limit: 50 },
  { kind: 'search', query: 'light from:juliet', room: null, order: 'newest', cursor: null },
  { kind: 'search', query: 'light', room, order: 'relevance', cursor: 'c' },
  { kind: 'notify', room, level: 'all' },
  { kind: 'direct', username: 'juliet' },
  { kind: 'resolve', room, id, resolved: true }
];
const remarks: readonly Remark[] = [
  { kind: 'typing', room, active: true },
  { kind: 'displayed', room, id },
  {
    kind: 'activity',
    idleSeconds: 0,
    at: { document: '0000000000000000000000000000000d' as DocumentId, cell: 'c1', number: 1 }
  },
  { kind: 'activity', idleSeconds: 300, at: null }
];
const written: readonly string[] = [
  ...commands.map(command => encodeCommand('r1' as RequestId, command)),
  ...remarks.map(encodeRemark)
];

it.each(server.map(frame => [frame.kind, frame] as const))(
  'reads the frame %s that the server writes',
  (kind, frame) => {
    expect(decode(JSON.stringify(frame)).kind).toBe(kind);
  }
);

it.each(browser.map((frame, index) => [frame.kind, index, frame] as const))(
  'writes the frame %s as the server reads it',
  (_, index, frame) => {
    expect(JSON.parse(written[index] ?? '')).toEqual(frame);
  }
);

it('writes no frame that the server would not know', () => {
  expect(written).toHaveLength(browser.length);
});

it.each([
  ['nothing', ''],
  ['no JSON', '{'],
  ['no object', '[]'],
  ['null', 'null'],
  ['no kind', '{}'],
  ['a kind of somebody else', '{"kind":"__proto__"}'],
  ['a message without a sender', '{"kind":"message","room":"r","message":{}}'],
  ['a count below nothing', '{"kind":"read","room":"r","id":"1","unread":-1,"mentions":0}'],
  ['an id that is a number', '{"kind":"archived","room":"r","id":1}']
])('refuses %s', (_, json) => {
  expect(() => decode(json)).toThrow(FrameError);
});
