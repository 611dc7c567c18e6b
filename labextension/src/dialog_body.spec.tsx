import { Dialog } from '@jupyterlab/apputils';
import * as React from 'react';
import { act } from 'react';

import { dialogBody } from './dialog_body';

function dialogWith(element: React.ReactElement): Dialog<unknown> {
  return new Dialog({
    title: 'daylight.ipynb',
    body: dialogBody(element),
    buttons: [Dialog.cancelButton({ label: 'Close' })],
    defaultButton: 0
  });
}

const pressEscape = () => {
  const escape = new KeyboardEvent('keydown', { key: 'Escape', bubbles: true });
  act(() => void document.activeElement?.dispatchEvent(escape));
};

const focused = () => document.activeElement?.textContent;

it('lets a dialog take the keyboard although the browser is never idle', async () => {
  window.requestIdleCallback = () => 0;
  const dialog = dialogWith(<p>Saved in the room</p>);
  const answered = dialog.launch();
  await act(() => dialog.ready);
  expect(dialog.node.textContent).toContain('Saved in the room');
  expect(focused()).toBe('Close');

  pressEscape();
  expect((await answered).button.accept).toBe(false);
  expect(dialog.isDisposed).toBe(true);
});

function Deeds({ stage }: { stage: 'idle' | 'busy' | 'done' }): React.JSX.Element {
  return (
    <>
      <button disabled={stage === 'busy'}>Remove</button>
      {stage !== 'done' && <button disabled={stage === 'busy'}>Undo</button>}
    </>
  );
}

async function opened() {
  const stage: { show?: (now: 'idle' | 'busy' | 'done') => void } = {};
  function Stage() {
    const [now, setNow] = React.useState<'idle' | 'busy' | 'done'>('idle');
    stage.show = setNow;
    return <Deeds stage={now} />;
  }
  const dialog = dialogWith(<Stage />);
  const answered = dialog.launch();
  await act(() => dialog.ready);
  const focus = (text: string) =>
    [...dialog.node.querySelectorAll('button')].find(each => each.textContent === text)?.focus();
  const show = (now: 'idle' | 'busy' | 'done') =>
    act(() => {
      stage.show?.(now);
      return Promise.resolve();
    });
  return { dialog, answered, focus, show };
}

it('keeps the keyboard when the button that was pressed goes away', async () => {
  const { dialog, answered, focus, show } = await opened();
  focus('Undo');
  await show('done');
  expect(dialog.node.contains(document.activeElement)).toBe(true);
  pressEscape();
  expect((await answered).button.accept).toBe(false);
});

it('gives the focus back to a button that could not be pressed for a while', async () => {
  const { dialog, answered, focus, show } = await opened();
  focus('Undo');
  await show('busy');
  expect(dialog.node.contains(document.activeElement)).toBe(true);
  expect(focused()).not.toBe('Undo');
  await show('idle');
  expect(focused()).toBe('Undo');

  await show('busy');
  focus('Close');
  await show('idle');
  expect(focused()).toBe('Close');
  pressEscape();
  await answered;
});
