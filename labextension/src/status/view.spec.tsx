import { nullTranslator } from '@jupyterlab/translation';
import * as React from 'react';

import { Panel } from '../testing/panel';
import { ME, Stage, documentState } from '../testing/verona';
import { Explanation, MarkView, StatusTools, StatusView } from './view';

const PATH = 'sky/daylight.ipynb';
let stage: Stage;
let panel: Panel;
let explained: (string | null)[];
let tools: StatusTools;

beforeEach(() => {
  stage = new Stage();
  panel = new Panel(stage);
  explained = [];
  const trans = nullTranslator.load('xmpp_bridge');
  tools = { chat: stage.model, trans, explain: path => explained.push(path) };
});

afterEach(() => panel.close());

const tell = (more: Parameters<typeof documentState>[0] = {}) =>
  panel.after(() =>
    stage.socket.receive({ kind: 'document', document: documentState({ path: PATH, ...more }) })
  );
const button = () => panel.one('button');

it('says in a word how the connection stands, where no shared file is in front', async () => {
  await panel.show(<StatusView tools={tools} path={null} />);
  expect(button().textContent).toBe('Chat: connected');
  await panel.after(() =>
    stage.socket.receive({
      kind: 'state',
      status: 'refused',
      reason: 'you are blocked',
      since: new Date(),
      retryAt: null,
      me: ME,
      features: []
    })
  );
  expect(button().textContent).toBe('Chat: refused');
  await panel.after(() => stage.socket.setOpen(false));
  expect(button().textContent).toBe('Not connected to your server');
  button().click();
  expect(explained).toEqual([null]);
});

it('says in the status bar how the file in front stands', async () => {
  await panel.show(<StatusView tools={tools} path={PATH} />);
  expect(button().textContent).toBe('Chat: connected');
  await tell();
  expect(button().textContent).toBe('Saved in the room');
});

it('marks a shared document, and no other', async () => {
  await panel.show(<MarkView tools={tools} path={PATH} />);
  expect(panel.all('button')).toEqual([]);
  await tell();
  expect(button().dataset['mark']).toBe('saved');
  await panel.after(() => stage.socket.receive({ kind: 'documents', documents: [] }));
  expect(panel.all('button')).toEqual([]);
});

it('reads out that edits wait once, however many more there are', async () => {
  await panel.show(<MarkView tools={tools} path={PATH} />);
  await tell();
  const spoken: string[] = [];
  const observer = new MutationObserver(() => spoken.push(panel.one('[role=status]').innerHTML));
  observer.observe(panel.one('[role=status]'), { characterData: true, subtree: true });
  for (const edits of [1, 2, 3]) {
    await tell({ status: 'waiting', waitingEdits: edits, waitingBytes: edits * 400 });
  }
  await Promise.resolve();
  observer.disconnect();
  expect(button().textContent).toBe('Kept here, 3 edits waiting (1.2 kB)');
  expect(spoken).toEqual(['Kept here, edits are waiting']);
});

it('explains with what happens while it is read', async () => {
  await panel.show(<Explanation tools={tools} path={PATH} />);
  await tell({ role: 'viewer' });
  expect(panel.host.textContent).toContain('viewer of Orchard');
  await tell();
  expect(panel.host.textContent).toContain('Everything that was typed here is in the room');
});
