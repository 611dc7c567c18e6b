import { nullTranslator } from '@jupyterlab/translation';

import { DocumentId } from '../message';
import { RefusedError } from '../rest';
import { NOTEBOOK, ScriptedService } from '../testing/sharing';
import { PAGE, dayService } from '../testing/time_line';
import { TimeLineModel } from './model';
import { LookCell } from './moments';
import { TimeLines } from './requests';

const BASE = `documents/${NOTEBOOK}`;
let service: ScriptedService;
let model: TimeLineModel;

beforeEach(async () => {
  service = dayService();
  const trans = nullTranslator.load('xmpp_bridge');
  model = new TimeLineModel(NOTEBOOK as DocumentId, new TimeLines(service.rest), trans);
  await model.load();
});

const cellAt = (index: number): LookCell => {
  const found = model.look?.cells[index];
  if (found === undefined) {
    throw new Error('there is no such cell');
  }
  return found;
};
const asked = () => service.asked.map(({ method, path }) => `${method} ${path}`);
const bodies = () =>
  service.asked.filter(({ method }) => method === 'POST').map(({ body }) => body);

it('shows the newest moment beside the one before', () => {
  expect(model.moments.map(({ id }) => id)).toEqual([9, 5]);
  expect(model.chosen?.id).toBe(9);
  expect(asked().at(-1)).toBe(`GET ${BASE}/time-line/9?against=5`);
  expect(model.look?.cells.map(({ fate }) => fate)).toEqual(['changed', 'removed', 'same']);
});

it('goes from moment to moment, and no further than the list', async () => {
  await model.move(1);
  expect(model.chosen?.id).toBe(5);
  await model.move(Infinity);
  expect(model.chosen?.id).toBe(5);
  await model.move(-Infinity);
  expect(model.chosen?.id).toBe(9);
});

it('goes on with older moments where the list ends', async () => {
  await model.older();
  expect(model.moments.map(({ id }) => id)).toEqual([9, 5, 3]);
  expect(model.more).toBe(false);
});

it('compares any two moments, and one with now', async () => {
  await model.compare('now');
  expect(asked().at(-1)).toBe(`GET ${BASE}/time-line/now?against=9`);
  await model.older();
  await model.compare(3 as never);
  expect(asked().at(-1)).toBe(`GET ${BASE}/time-line/9?against=3`);
});

it('restores a cell to what it was at the moment, or before it went', async () => {
  const [changed, removed, same] = [cellAt(0), cellAt(1), cellAt(2)];
  await model.restoreCell(changed);
  await model.restoreCell(removed);
  expect(bodies()).toEqual([
    { moment: 9, cells: ['soft'] },
    { moment: 5, cells: ['window'] }
  ]);
  await model.compare('now');
  expect(model.restorable(same)).toBeNull();
  expect(model.restorable(removed)).toBe(9);
});

it('restores all, and undoes it', async () => {
  await model.restoreAll();
  expect(bodies()).toEqual([{ moment: 9, cells: null }]);
  expect(model.done?.text).toBe('All of it is as it was.');
  await model.undo();
  expect(service.deeds.at(-1)).toBe(`DELETE ${BASE}/restorations/r1`);
  expect(model.done).toEqual({ text: 'It is as before.', undo: null });
});

it('rolls back what one person did in the moment, or everybody', async () => {
  await model.rollBack(model.chosen?.people[1] ?? null);
  await model.rollBack(null);
  expect(bodies()).toEqual([
    { after: 5, through: 9, hub_user: 'juliet' },
    { after: 5, through: 9, hub_user: null }
  ]);
});

it('says so when nothing had to be changed, and why when it was refused', async () => {
  service.answers.set(`POST ${BASE}/roll-backs`, { id: null, changed: false });
  await model.rollBack(null);
  expect(model.done).toEqual({ text: 'Nothing had to be changed.', undo: null });
  service.answers.set(
    `POST ${BASE}/roll-backs`,
    new RefusedError('conflict', 'told apart no more')
  );
  await model.rollBack(null);
  expect(model.trouble).toContain('told apart no more');
  expect(model.busy).toBe(false);
});

it('lets a viewer look and not restore', async () => {
  service.answers.set(`GET ${BASE}/time-line?grain=coarse`, { ...PAGE, role: 'viewer' });
  await model.load();
  expect(model.mayRestore).toBe(false);
  expect(model.look?.cells.map(cell => model.restorable(cell))).toEqual([null, null, null]);
});

it('stays where it is when others go on writing', async () => {
  await model.older();
  await model.move(Infinity);
  const [newest, second] = PAGE.moments;
  service.answers.set(`GET ${BASE}/time-line?grain=coarse`, {
    ...PAGE,
    moments: [{ ...newest, id: 14, after: 11 }, { ...newest, id: 11 }, second]
  });
  const before = service.asked.length;
  await model.refresh();
  expect(model.moments.map(({ id }) => id)).toEqual([14, 11, 5, 3]);
  expect(model.chosen?.id).toBe(3);
  expect(model.more).toBe(false);
  expect(service.asked.length).toBe(before + 1);
});

it('goes on with a moment that goes on', async () => {
  service.answers.set(`GET ${BASE}/time-line?grain=coarse`, {
    ...PAGE,
    moments: [{ ...PAGE.moments[0], id: 11 }]
  });
  await model.refresh();
  expect(model.chosen?.id).toBe(11);
  expect(asked().at(-1)).toBe(`GET ${BASE}/time-line/11?against=5`);
});

it('goes to a day and an hour, and nothing is new of those', async () => {
  const noon = new Date('2026-11-20T12:00:00Z');
  const query = 'grain=coarse&until=2026-11-20T12%3A00%3A00.000Z';
  service.answers.set(`GET ${BASE}/time-line?${query}`, { ...PAGE, moments: [PAGE.moments[1]] });
  await model.goTo(noon);
  expect(model.chosen?.id).toBe(5);
  const before = service.asked.length;
  await model.refresh();
  expect(service.asked.length).toBe(before);
});

it('shows only the moment at which somebody stops', async () => {
  const [first, second] = [model.move(1), model.move(-1)];
  await Promise.all([first, second]);
  expect(model.chosen?.id).toBe(9);
  expect(model.look?.cells).toHaveLength(3);
});
