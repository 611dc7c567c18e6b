import * as React from 'react';

import { PeopleView } from '../chat/people_view';
import { Panel } from '../testing/panel';
import { ACCESS } from '../testing/sharing';
import { ORCHARD, Stage, room } from '../testing/verona';

let panel: Panel;
afterEach(() => panel.close());

async function show(role: 'owner' | 'editor'): Promise<void> {
  const stage = new Stage(undefined, room({ role }));
  panel = new Panel(stage);
  panel.service.answers.set(`GET rooms/${ORCHARD}/access`, {
    ...ACCESS,
    banned: [
      { hub_user: 'tybalt', display_name: 'Tybalt', until: null, reason: 'brawls', by: 'prince' }
    ]
  });
  await panel.show(<PeopleView room={stage.orchard} />);
}

it('lets an owner mute with a reason and a time, and take it back', async () => {
  await show('owner');
  await panel.click('Moderate Juliet');
  await panel.click('Mute');
  expect(panel.service.asked.find(({ method }) => method === 'PUT')).toEqual({
    method: 'PUT',
    path: `rooms/${ORCHARD}/mutes/juliet`,
    body: { reason: '', minutes: 60 }
  });
  await panel.click('Undo');
  expect(panel.service.deeds.at(-1)).toBe(`DELETE rooms/${ORCHARD}/mutes/juliet`);
});

it('lets an owner ban, remove and hand over, and lets the banned in again', async () => {
  await show('owner');
  await panel.click('Moderate Juliet');
  await panel.click('Ban');
  await panel.click('Remove');
  await panel.click('Make Owner');
  await panel.click('Lift the ban of Tybalt');
  expect(panel.service.deeds).toEqual([
    `PUT rooms/${ORCHARD}/bans/juliet`,
    `DELETE rooms/${ORCHARD}/members/juliet`,
    `PUT rooms/${ORCHARD}/owner`,
    `DELETE rooms/${ORCHARD}/bans/tybalt`
  ]);
});

it('offers nobody else any of it, nor anything about oneself', async () => {
  await show('editor');
  expect(panel.service.asked).toEqual([]);
  expect(panel.all('[aria-expanded]')).toEqual([]);
  panel.close();
  await show('owner');
  expect(panel.all('[aria-expanded]')).toHaveLength(1);
});
