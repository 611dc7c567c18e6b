import { nullTranslator } from '@jupyterlab/translation';

import { DocumentState } from '../document_state';
import { Stage, documentState } from '../testing/verona';
import { Mark, documentWords, size } from './words';

const trans = nullTranslator.load('xmpp_bridge');
const said = (more: Partial<DocumentState>) =>
  documentWords(documentState(more), new Stage().model, trans);
const WHY = 'the XMPP server does not answer';

it.each<[Partial<DocumentState>, Mark, string]>([
  [{}, 'saved', 'Saved in the room'],
  [{ role: 'viewer' }, 'read-only', 'Read-only: you are a viewer of Orchard'],
  [
    { status: 'waiting', waitingEdits: 3, waitingBytes: 1234 },
    'waiting',
    'Kept here, 3 edits waiting (1.2 kB)'
  ],
  [
    { status: 'waiting', waitingEdits: 1, waitingBytes: 17 },
    'waiting',
    'Kept here, 1 edit waiting (17 B)'
  ],
  [{ status: 'reconnecting', reason: WHY }, 'away', 'Reconnecting'],
  [{ status: 'opening' }, 'away', 'Reconnecting'],
  [{ status: 'reconnecting', role: 'viewer' }, 'away', 'Reconnecting'],
  [{ status: 'file-missing', path: null }, 'refused', 'File missing'],
  [{ status: 'refused', reason: 'you are no member' }, 'refused', 'Refused: you are no member']
])('says of %j in short: %s', (more, mark, short) => {
  expect(said(more)).toMatchObject({ mark, short });
});

it('says why, what to do, and whom to ask', () => {
  const waiting = said({ status: 'waiting', waitingEdits: 2, waitingBytes: 40, reason: WHY });
  expect(waiting.sentences[0]).toContain(WHY);
  expect(waiting.sentences[1]).toContain('kept on your server and go out by themselves');
  expect(waiting.facts).toContainEqual(['Waiting', '2 edits (40 B)']);
  expect(waiting.facts).toContainEqual(['Room', 'Orchard']);
  expect(said({ role: 'viewer' }).sentences.join()).toContain('who owns the room: Romeo');
  expect(said({ status: 'refused' }).sentences.join()).toContain('who owns the room: Romeo');
  expect(said({ status: 'reconnecting', role: 'viewer' }).sentences.join()).toContain(
    'work in a copy'
  );
});

it('says of a locked document who has locked it and why', () => {
  const locked = { by: 'Friar Laurence', reason: 'hear me' };
  const words = said({ role: 'viewer', locked });
  expect(words).toMatchObject({ mark: 'read-only', short: 'Locked by Friar Laurence' });
  expect(words.sentences.join()).toContain('Nobody types in it now: hear me.');
});

it('reads out no figures, which change with every key', () => {
  const one = said({ status: 'waiting', waitingEdits: 1, waitingBytes: 20 });
  const two = said({ status: 'waiting', waitingEdits: 2, waitingBytes: 40 });
  expect(one.spoken).toBe(two.spoken);
});

it('says of a page that has lost its own server only that', () => {
  const stage = new Stage();
  stage.socket.setOpen(false);
  const words = documentWords(documentState(), stage.model, trans);
  expect(words).toMatchObject({ mark: 'away', short: 'Not connected to your server' });
  expect(words.sentences.join()).toContain('do not close it');
});

it('shows what others wrote without what turns it around', () => {
  expect(said({ status: 'refused', reason: '\u202Edab' }).short).toBe('Refused: dab');
});

it.each([
  [0, '0 B'],
  [999, '999 B'],
  [1000, '1.0 kB'],
  [2_500_000, '2.5 MB']
])('writes %d bytes as %s', (bytes, text) => {
  expect(size(bytes)).toBe(text);
});
