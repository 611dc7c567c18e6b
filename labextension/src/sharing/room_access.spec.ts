import { nullTranslator } from '@jupyterlab/translation';

import { RefusedError } from '../rest';
import { ACCESS, ROOM, ScriptedService } from '../testing/sharing';
import { AccessPerson } from './access';
import { Sharing } from './requests';
import { RoomAccess } from './room_access';

const trans = nullTranslator.load('xmpp_bridge');
const ROSALINE = { kind: 'person', name: 'rosaline', displayName: 'Rosaline' } as const;
let service: ScriptedService;
let access: RoomAccess;

beforeEach(async () => {
  service = new ScriptedService();
  access = new RoomAccess(ROOM as never, new Sharing(service.rest), trans);
  await access.load();
});

const named = (hubUser: string): AccessPerson => {
  const found = access.access?.people.find(person => person.hubUser === hubUser);
  if (!found) {
    throw new Error(`${hubUser} is not in`);
  }
  return found;
};

it('lets people and groups in, and takes back what it did', async () => {
  const capulets = { kind: 'group', name: 'capulets', displayName: 'capulets' } as const;
  await access.add([ROSALINE, capulets], 'viewer');
  expect(access.done?.text).toBe('Shared with Rosaline, capulets.');
  await access.undo();
  expect(service.deeds).toEqual([
    `PUT rooms/${ROOM}/members/rosaline`,
    `PUT rooms/${ROOM}/groups/capulets`,
    `DELETE rooms/${ROOM}/members/rosaline`,
    `PUT rooms/${ROOM}/groups/capulets` // as what it was before
  ]);
  expect(service.asked.filter(({ method }) => method === 'PUT').at(-1)?.body).toEqual({
    role: 'editor'
  });
});

it('gives back the role somebody had by name, not the one they have through a group', async () => {
  await access.setRole(named('juliet'), 'owner');
  await access.undo();
  const roles = service.asked.filter(({ method }) => method === 'PUT').map(({ body }) => body);
  expect(roles).toEqual([{ role: 'owner' }, { role: 'viewer' }]);
});

it('says why something was not done, and shows how it is', async () => {
  const sentence = 'juliet is in the group capulets';
  service.answers.set(
    `DELETE rooms/${ROOM}/members/juliet`,
    new RefusedError('conflict', sentence)
  );
  expect(await access.remove(named('juliet'))).toBe(false);
  expect(access).toMatchObject({ trouble: sentence, done: null, busy: false });
  expect(service.asked.at(-1)).toMatchObject({ method: 'GET', path: `rooms/${ROOM}/access` });
});

it('keeps order in the room', async () => {
  const juliet = named('juliet');
  await access.mute(juliet, { reason: 'sighs', minutes: 60 });
  expect(service.asked.at(-2)?.body).toEqual({ reason: 'sighs', minutes: 60 });
  await access.undo();
  await access.ban(juliet, { reason: '', minutes: null });
  await access.giveOwnership(juliet);
  expect(service.deeds).toEqual([
    `PUT rooms/${ROOM}/mutes/juliet`,
    `DELETE rooms/${ROOM}/mutes/juliet`,
    `PUT rooms/${ROOM}/bans/juliet`,
    `PUT rooms/${ROOM}/owner`
  ]);
});

it('lets only owners manage', async () => {
  expect(access.mayManage).toBe(true);
  service.answers.set(`GET rooms/${ROOM}/access`, {
    ...ACCESS,
    room: { ...ACCESS.room, role: 'editor' }
  });
  await access.load();
  expect(access.mayManage).toBe(false);
});
