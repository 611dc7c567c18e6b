import { nullTranslator } from '@jupyterlab/translation';
import * as React from 'react';

import { DocumentId } from '../message';
import { Panel } from '../testing/panel';
import { NOTEBOOK, ScriptedService } from '../testing/sharing';
import { LOOK, PAGE, cell, dayService } from '../testing/time_line';
import { Stage } from '../testing/verona';
import { TimeLineModel } from './model';
import { TimeLines } from './requests';
import { TimeLineView } from './view';
import { cellWords, shownOutput, timeWords } from './words';

const trans = nullTranslator.load('xmpp_bridge');
const BASE = `documents/${NOTEBOOK}`;
let service: ScriptedService;
let panel: Panel;

beforeEach(() => {
  service = dayService();
  panel = new Panel(new Stage());
  Element.prototype.scrollIntoView = () => undefined;
});

afterEach(() => panel.close());

async function show(): Promise<TimeLineModel> {
  const model = new TimeLineModel(NOTEBOOK as DocumentId, new TimeLines(service.rest), trans);
  await panel.show(<TimeLineView model={model} trans={trans} />);
  await panel.after(() => model.load());
  return model;
}

const options = () => panel.all('[role=option]').map(each => each.textContent ?? '');

it('lists who changed which cells when', async () => {
  await show();
  expect(options()[0]).toContain('Romeo Montague: cell 1 “But soft”');
  expect(options()[0]).toContain('Juliet Capulet: a cell that is gone');
  expect(panel.one('[aria-selected=true]').id).toBe(
    panel.one('[role=listbox]').getAttribute('aria-activedescendant')
  );
});

it('goes through the list by the keyboard', async () => {
  await show();
  await panel.after(() =>
    panel
      .one('[role=listbox]')
      .dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowDown', bubbles: true }))
  );
  expect(panel.one('[aria-selected=true]').textContent).not.toContain('Romeo');
  expect(panel.host.textContent).toContain('It was empty.');
});

it('marks what came and went, for those who do not see colours, too', async () => {
  await show();
  expect(panel.one('ins').textContent).toBe('added: + But very soft');
  expect(panel.one('del').textContent).toBe('removed: - But soft');
  expect(panel.all('.xb-PastCell').map(each => each.getAttribute('aria-label'))).toEqual([
    'Cell 1 changed',
    'A cell removed',
    'Cell 2'
  ]);
});

it('restores and rolls back at a click, and offers a way back', async () => {
  await show();
  await panel.click('Restore Cell 1');
  await panel.click('Roll back the edits of Juliet Capulet');
  expect(panel.one('[role=status]').textContent).toBe(
    'What Juliet Capulet did then is taken back.'
  );
  await panel.click('Undo');
  expect(service.deeds).toEqual([
    `POST ${BASE}/restorations`,
    `POST ${BASE}/roll-backs`,
    `DELETE ${BASE}/restorations/r2`
  ]);
});

it('gives a viewer nothing to restore with', async () => {
  service.answers.set(`GET ${BASE}/time-line?grain=coarse`, { ...PAGE, role: 'viewer' });
  await show();
  const buttons = panel.all('button').map(each => each.textContent);
  expect(buttons).toEqual(['Refresh', 'Older']);
  expect(panel.host.textContent).toContain('You may look');
});

it('says so where nothing is kept', async () => {
  service.answers.set(`GET ${BASE}/time-line?grain=coarse`, { ...PAGE, more: false, moments: [] });
  await show();
  expect(panel.host.textContent).toContain('Nothing is kept from before that.');
});

it('shows outputs as text and pictures, and runs nothing of them', async () => {
  const outputs = [
    { output_type: 'stream', text: ['But ', 'soft'] },
    { data: { 'text/html': '<script>x</script>', 'text/plain': '<x>' } },
    { data: { 'image/png': 'aGVsbG8=\n' } },
    { data: { 'image/png': '"><script>', 'application/json': {} } },
    { output_type: 'error', ename: 'NameError', evalue: 'lark' },
    { anything: 7 }
  ];
  const odd = cell('soft', 'changed', 1, [[' ', 'x']], { outputs, outputs_changed: true });
  service.answers.set(`GET ${BASE}/time-line/9?against=5`, { ...LOOK, cells: [odd] });
  await show();
  expect(panel.all('.xb-PastCell-outputs pre').map(each => each.textContent)).toEqual([
    'But soft',
    '<x>',
    'image/png, application/json',
    'NameError: lark',
    ''
  ]);
  expect(panel.one('img').getAttribute('src')).toBe('data:image/png;base64,aGVsbG8=');
  expect(panel.one('.xb-PastCell').getAttribute('aria-label')).toBe(
    'Cell 1 changed, other outputs'
  );
  expect(shownOutput({ text: 'x'.repeat(30_000) })).toMatchObject({ kind: 'text' });
});

it('says how long a moment was, and which cells when there are many', () => {
  const began = new Date('2026-11-20T12:00:00Z');
  const moment = { began, ended: new Date('2026-11-20T12:14:00Z') } as never;
  expect(timeWords(moment)).toMatch(/ – /);
  const cells = [1, 2, 3, 4, 5, 6].map(number => ({ id: `${number}`, number, beginning: '' }));
  expect(cellWords({ hubUser: 'romeo', displayName: 'Romeo', cells }, trans)).toBe(
    'cell 1, cell 2, cell 3, cell 4, and 2 more'
  );
});
