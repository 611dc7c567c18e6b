import { Panel } from '../testing/panel';
import { ROMEO, Stage, idOf, message } from '../testing/verona';

let stage: Stage;
let panel: Panel;

beforeEach(async () => {
  stage = new Stage();
  await stage.open(1, 3);
  panel = await new Panel(stage).show();
});
afterEach(() => panel.close());

const bodies = () => stage.socket.of('post').map(post => post['body']);

it('sends with Enter, and begins a line with Shift and Enter', async () => {
  await panel.write('Soft!');
  await panel.press('Enter', { shiftKey: true });
  expect(bodies()).toEqual([]);
  await panel.press('Enter');
  expect(bodies()).toEqual(['Soft!']);
  expect(panel.input.value).toBe('');
});

it('leaves Enter to whoever composes a letter', async () => {
  await panel.write('かな');
  await panel.press('Enter', { isComposing: true });
  expect(bodies()).toEqual([]);
});

it('sends with Ctrl and Enter where that is wished', async () => {
  panel.sendWithEnter = false;
  await panel.write('Soft!');
  await panel.press('Enter');
  expect(bodies()).toEqual([]);
  await panel.press('Enter', { ctrlKey: true });
  expect(bodies()).toEqual(['Soft!']);
});

it('completes a name with the keyboard', async () => {
  await panel.write('hi @jul');
  expect(panel.one('[role=option][aria-selected=true]').textContent).toContain('Juliet Capulet');
  expect(panel.input.getAttribute('aria-activedescendant')).toBe(
    panel.one('[role=option][aria-selected=true]').id
  );
  await panel.press('Enter');
  expect(panel.input.value).toBe('hi @juliet ');
  expect(panel.all('[role=listbox]')).toEqual([]);
  await panel.press('Enter');
  expect(bodies()).toEqual(['hi @juliet']);
});

it('answers a message, until Escape', async () => {
  await panel.after(() =>
    stage.model.setDraft(stage.orchard, { ...stage.orchard.draft, replyTo: message(2) })
  );
  expect(panel.host.textContent).toContain('Reply to Juliet: line 2');
  await panel.press('Escape');
  expect(panel.host.textContent).not.toContain('Reply to');

  await panel.after(() =>
    stage.model.setDraft(stage.orchard, { ...stage.orchard.draft, replyTo: message(2) })
  );
  await panel.write('Ay!');
  await panel.press('Enter');
  expect(stage.socket.last('post')).toMatchObject({ body: 'Ay!', reply_to: idOf(2) });
});

it('corrects the last one with the upward arrow', async () => {
  await panel.after(() => stage.hear(message(4, { sender: ROMEO, body: 'Sofd' })));
  await panel.press('ArrowUp');
  expect(panel.input.value).toBe('Sofd');
  await panel.write('Soft');
  await panel.press('Enter');
  expect(stage.socket.last('correct')).toMatchObject({ id: idOf(4), body: 'Soft' });
});

it('says how much is too much, and keeps it', async () => {
  await panel.write('O'.repeat(20_002));
  expect(panel.host.textContent).toContain('2 characters too many');
  await panel.press('Enter');
  expect(bodies()).toEqual([]);
  expect(panel.input.value).toHaveLength(20_002);
});

it('attaches what is pasted', async () => {
  await panel.after(() => {
    const paste = new Event('paste', { bubbles: true, cancelable: true });
    Object.assign(paste, { clipboardData: { files: [new File(['x'], 'moon.png')] } });
    panel.input.dispatchEvent(paste);
  });
  expect(panel.host.textContent).toContain('moon.png');
  await panel.press('Enter');
  expect(stage.socket.last('post')).toMatchObject({
    body: 'moon.png',
    attachments: [{ name: 'moon.png' }]
  });
});

it('keeps what is typed for each room', async () => {
  await panel.write('What light');
  expect(stage.memory.draft(stage.orchard.id)).toBe('What light');
});
