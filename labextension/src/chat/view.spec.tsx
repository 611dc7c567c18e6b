import { Panel } from '../testing/panel';
import {
  FleetingMemory,
  JULIET,
  JULIET_HERE,
  ME,
  ORCHARD,
  Stage,
  idOf,
  message,
  room,
  settled
} from '../testing/verona';

let panel: Panel;

afterEach(() => panel.close());

it('says what is unread in each room, and opens it', async () => {
  const stage = new Stage(new FleetingMemory(), room({ unread: 2, mentions: 1 }));
  panel = await new Panel(stage).show();
  expect(panel.one('[aria-label="2 unread messages"]').textContent).toBe('2');
  expect(panel.one('[aria-label="1 mention"]').textContent).toBe('@1');
  await panel.after(() => panel.one('.xb-Rooms li button').click());
  expect(stage.model.current).toBe(stage.orchard);
});

it('says whether a room is recorded, and by which policy', async () => {
  const recorded = 'Auditors may read what is said here.';
  const stage = new Stage(new FleetingMemory(), room({ recorded }));
  await stage.open(1, 1);
  panel = await new Panel(stage).show();
  expect(panel.one('.xb-Recorded summary').textContent).toBe('This room is recorded');
  expect(panel.one('.xb-Recorded p').textContent).toBe(recorded);
  await panel.after(() => stage.socket.receive({ kind: 'rooms', rooms: [room()] }));
  expect(panel.all('.xb-Recorded')).toEqual([]);
});

it('makes a room, or says why not', async () => {
  const stage = new Stage();
  panel = await new Panel(stage).show();
  panel.answer = 'Verona';
  await panel.after(() => panel.button('New room').click());
  expect(panel.one('[role=alert]').textContent).toBe('That did not work: there is one already');
  panel.answer = null;
  await panel.after(() => panel.button('New room').click());
  expect(panel.all('[role=alert]')).toEqual([]);
});

it('lets an owner add somebody', async () => {
  const stage = new Stage(new FleetingMemory(), room({ role: 'owner' }));
  await stage.open(1, 1);
  panel = await new Panel(stage).show();
  await panel.click('People in this room');
  panel.answer = ' tybalt ';
  await panel.after(() => panel.button('Add somebody').click());
  expect(panel.added).toEqual(['tybalt']);
});

it('writes to somebody who shares a room', async () => {
  const stage = new Stage();
  panel = await new Panel(stage).show();
  const choice = panel.one('.xb-WriteTo select') as HTMLSelectElement;
  expect([...choice.options].map(option => option.text)).toEqual([
    'Choose somebody…',
    'Juliet Capulet'
  ]);
  await panel.after(() => {
    choice.value = 'juliet';
    choice.dispatchEvent(new Event('change', { bubbles: true }));
  });
  expect(stage.socket.last('direct')).toMatchObject({ username: 'juliet' });
});

it('says that there is no connection, and that what is written is kept', async () => {
  const stage = new Stage();
  panel = await new Panel(stage).show();
  expect(panel.one('.xb-Notice').textContent).toBe('');
  await panel.after(() => stage.socket.setOpen(false));
  expect(panel.one('.xb-Notice').textContent).toContain('What you write is kept, and sent once.');
  await panel.after(() =>
    stage.socket.receive({
      kind: 'state',
      status: 'refused',
      reason: 'you are blocked',
      since: null,
      retryAt: null,
      me: ME,
      features: []
    })
  );
  expect(panel.one('.xb-Notice').textContent).toContain('Refused: you are blocked');
});

it('shows who is there and who types', async () => {
  const stage = new Stage();
  await stage.open(1, 1);
  panel = await new Panel(stage).show();
  await panel.click('People in this room');
  await panel.after(() => {
    stage.socket.receive({ kind: 'occupants', room: ORCHARD, people: [JULIET_HERE] });
    stage.socket.receive({ kind: 'typing', room: ORCHARD, people: [JULIET] });
  });
  expect(panel.all('.xb-People li').map(each => each.textContent)).toEqual([
    'Juliet Capulet editor in the labWrite to Juliet Capulet',
    'Romeo owner '
  ]);
  expect(panel.one('.xb-Typing').textContent).toBe('Juliet is typing…');
});

it('finds what was said, and goes there', async () => {
  const stage = new Stage();
  await stage.open(1, 3);
  panel = await new Panel(stage).show();
  await panel.click('Search');
  await panel.after(() => {
    const input = panel.one('input[type=search]');
    Reflect.set(HTMLInputElement.prototype, 'value', 'moon', input);
    input.dispatchEvent(new Event('input', { bubbles: true }));
  });
  await panel.after(() =>
    panel.one('form').dispatchEvent(new Event('submit', { bubbles: true, cancelable: true }))
  );
  const { request } = stage.socket.last('search');
  const snippet = [
    { text: '<b>by the </b>', hit: false },
    { text: 'moon', hit: true }
  ];
  await panel.after(async () => {
    stage.socket.receive({
      kind: 'results',
      request: request as never,
      hits: [{ room: ORCHARD, message: message(2), snippet }],
      cursor: null,
      totalAtLeast: 1,
      problems: []
    });
    await settled();
  });
  expect(panel.one('.xb-Snippet').innerHTML).toBe('&lt;b&gt;by the &lt;/b&gt;<mark>moon</mark>');
  await panel.click('What was said around it');
  const asked = stage.socket.last('page');
  expect(asked).toMatchObject({ around: idOf(2), limit: 5 });
  await panel.after(async () => {
    stage.socket.receive({
      kind: 'page',
      request: asked.request as never,
      room: ORCHARD,
      messages: [message(1), message(2), message(3)],
      first: true,
      last: true
    });
    await settled();
  });
  expect(panel.all('.xb-Around li').map(each => each.getAttribute('aria-current'))).toEqual([
    null,
    'true',
    null
  ]);
  await panel.after(() => panel.one('.xb-Hits button').click());
  expect(stage.orchard.target?.id).toBe(idOf(2));
});
