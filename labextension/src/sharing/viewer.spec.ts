import { CommandRegistry } from '@lumino/commands';

import { LocalWrites, refusedTexts } from './local_writes';
import { keepFromWriting, writes } from './viewer_commands';

it.each([
  'notebook:insert-cell-below',
  'notebook:move-cell-up',
  'notebook:cut-cell',
  'notebook:paste-cell-below',
  'notebook:delete-cell',
  'notebook:run-cell',
  'notebook:run-all-cells',
  'notebook:run-cell-and-select-next',
  'notebook:restart-run-all',
  'notebook:change-cell-to-markdown',
  'notebook:undo-cell-action',
  'runmenu:run-all'
])('a viewer does not %s', command => {
  expect(writes(command)).toBe(true);
});

it.each([
  'notebook:copy-cell',
  'notebook:enter-edit-mode',
  'notebook:move-cursor-down',
  'notebook:run-in-console',
  'notebook:interrupt-kernel',
  'notebook:export-to-format',
  'xmpp-bridge:work-in-copy'
])('a viewer does %s', command => {
  expect(writes(command)).toBe(false);
});

it('keeps commands that write off for as long as one may not', async () => {
  const commands = new CommandRegistry();
  const ran: string[] = [];
  for (const id of ['notebook:run-cell', 'notebook:copy-cell']) {
    commands.addCommand(id, { execute: () => ran.push(id) });
  }
  let readOnly = true;
  keepFromWriting(commands, () => readOnly);
  expect(commands.isEnabled('notebook:run-cell')).toBe(false);
  await commands.execute('notebook:run-cell');
  await commands.execute('notebook:copy-cell');
  readOnly = false;
  expect(commands.isEnabled('notebook:run-cell')).toBe(true);
  await commands.execute('notebook:run-cell');
  expect(ran).toEqual(['notebook:copy-cell', 'notebook:run-cell']);
});

type Tell = (transaction: { local: boolean; changed: Map<object, unknown> }) => void;

class Tab {
  now = 0;
  private tell: Tell = () => undefined;
  private readonly cells = {};
  private readonly doc = {
    share: new Map([['cells', this.cells]]),
    on: (_: string, tell: Tell) => {
      this.tell = tell;
    }
  };
  readonly writes = new LocalWrites(this.doc, () => this.now);

  write(local = true, type: object = this.cells): void {
    this.tell({ local, changed: new Map([[type, null]]) });
  }
}

it('takes what a lab writes by itself for no reason to show less', () => {
  const tab = new Tab();
  tab.write(true, { _item: { parentSub: 'metadata' } });
  expect(tab.writes.turned(true)).toBe('nothing');
});

it('suspects what was typed as the role was taken away, and nothing of long before or of others', () => {
  const tab = new Tab();
  tab.write();
  tab.now = 60_000;
  tab.write(false);
  expect(tab.writes.turned(true)).toBe('nothing');
  expect(tab.writes.turned(false)).toBe('nothing');
  tab.write(true, { _item: { parentSub: 'source' } });
  tab.now += 100;
  expect(tab.writes.turned(true)).toBe('typed');
});

it('suspects whatever was written while one might not, once one may', () => {
  const tab = new Tab();
  expect(tab.writes.turned(true)).toBe('nothing');
  tab.now = 60_000;
  tab.write(true, { _item: { parentSub: 'metadata' } });
  tab.now = 120_000;
  expect(tab.writes.turned(false)).toBe('unseen');
});

it('knows the cells that others do not have as they are here', () => {
  const mine = new Map([
    ['a', 'light = 1'],
    ['b', 'dark = 1'],
    ['new', 'moon']
  ]);
  const theirs = new Map([
    ['a', 'light = 1'],
    ['b', 'dark = 0']
  ]);
  expect(refusedTexts(mine, theirs)).toEqual(['dark = 1', 'moon']);
});
