import { Panel } from '../testing/panel';
import {
  FleetingMemory,
  JULIET,
  ORCHARD,
  ROMEO,
  Stage,
  idOf,
  message,
  page,
  room
} from '../testing/verona';

let panel: Panel;

afterEach(() => panel.close());

async function look(stage: Stage): Promise<Panel> {
  await stage.open(1, 3);
  panel = await new Panel(stage).show();
  return panel;
}

const articles = () => panel.all('[role=article]').map(each => each.textContent ?? '');

/** The buttons of a message, as they appear to whoever points at it. */
async function pointAt(number: number): Promise<HTMLElement> {
  const article = panel.one(`[data-id="${idOf(number)}"]`);
  await panel.after(() => article.focus());
  return article;
}

it('shows a room and what comes into it, as a log', async () => {
  const stage = new Stage();
  await look(stage);
  await panel.after(() => stage.hear(message(4)));
  expect(articles().map(text => /line \d/.exec(text)?.[0])).toEqual([
    'line 1',
    'line 2',
    'line 3',
    'line 4'
  ]);
  const log = panel.one('[role=log]');
  expect(log.getAttribute('aria-label')).toBe('Messages in Orchard');
  expect(log.tabIndex).toBe(0);
});

it('draws only what is in sight of a hundred thousand', async () => {
  const stage = new Stage();
  const opened = stage.model.open(stage.orchard);
  await stage.give(page(1, 100_000, true));
  await opened;
  panel = await new Panel(stage).show();
  expect(articles().length).toBeLessThan(100);
});

it('marks where the new ones begin', async () => {
  const stage = new Stage(new FleetingMemory(), room({ unread: 2, read: idOf(1) }));
  await look(stage);
  expect(panel.all('.xb-New')).toHaveLength(1);
  expect(panel.one('.xb-New').parentElement?.textContent).toContain('line 2');
});

it("tells what became of a message of one's own", async () => {
  const stage = new Stage();
  await look(stage);
  const signs = () => panel.all('.xb-Fate [role=img]').map(each => each.getAttribute('aria-label'));
  await panel.after(() => stage.say('Soft!'));
  expect(signs()).toEqual(['waiting']);
  const clientId = 'c1' as never;
  await panel.after(() => stage.hear(message(4, { clientId, sender: ROMEO, state: 'sent' })));
  expect(signs()).toEqual(['sent']);
  await panel.after(() => stage.socket.receive({ kind: 'archived', room: ORCHARD, id: idOf(4) }));
  expect(signs()).toEqual(['delivered']);
});

it('says why one was refused, and lets it be taken back', async () => {
  const stage = new Stage();
  await look(stage);
  await panel.after(() => stage.say('Out!'));
  await panel.after(() => stage.refuse('post', 'forbidden'));
  expect(panel.one('[role=alert]').textContent).toContain('Not sent: No.');
  await panel.click('Take it back');
  expect(panel.input.value).toBe('Out!');
});

it('says of an encrypted message that it is, and why that matters here', async () => {
  const stage = new Stage();
  await look(stage);
  await panel.after(() => stage.hear(message(2, { encryption: 'OMEMO', body: '' })));
  expect(panel.one('.xb-Encrypted').textContent).toContain('Encrypted with OMEMO');
  expect(panel.one('.xb-Encrypted').textContent).toContain('all its members');
});

it('says what somebody does as a sentence about them', async () => {
  const stage = new Stage();
  await look(stage);
  await panel.after(() => stage.hear(message(2, { body: '/me *sighs*' })));
  const said = panel.one('.xb-Body[data-action]');
  expect(said.textContent).toBe('Juliet sighs');
  expect(said.querySelector('strong')?.textContent).toBe('sighs');
});

it('shows of a retracted message who took it away, and nothing else', async () => {
  const stage = new Stage();
  await look(stage);
  const retracted = { by: 'Juliet', reason: 'not here' };
  await panel.after(() => stage.hear(message(2, { retracted, body: 'secret' })));
  expect(panel.host.textContent).toContain('Juliet retracted this message: not here');
  expect(panel.host.textContent).not.toContain('secret');
});

it("lets one correct and retract what is one's own", async () => {
  const stage = new Stage();
  await look(stage);
  await panel.after(() => stage.hear(message(4, { sender: ROMEO })));
  await pointAt(4);
  await panel.click('Retract');
  expect(stage.socket.last('retract')).toMatchObject({ id: idOf(4) });
  await panel.click('Correct');
  expect(panel.input.value).toBe('line 4');
});

it('lets only an owner retract what others said, with a reason', async () => {
  const stage = new Stage();
  await look(stage);
  await pointAt(2);
  expect(panel.all('[aria-label="Retract, with a reason"]')).toEqual([]);
  panel.close();

  const owner = new Stage(new FleetingMemory(), room({ role: 'owner' }));
  await look(owner);
  panel.answer = 'not in this orchard';
  await pointAt(2);
  await panel.click('Retract, with a reason');
  expect(owner.socket.last('retract')).toMatchObject({ reason: 'not in this orchard' });
});

it('reacts, and takes it back', async () => {
  const stage = new Stage();
  await look(stage);
  await pointAt(2);
  await panel.click('React');
  await panel.click('thumbs up');
  expect(stage.socket.last('react')).toMatchObject({ id: idOf(2), emojis: ['👍'] });
  const reactions = [{ emoji: '👍', people: ['Romeo'], mine: true }];
  await panel.after(() => stage.hear(message(2, { reactions })));
  await panel.click('👍 by Romeo');
  expect(stage.socket.last('react')).toMatchObject({ emojis: [] });
});

it('goes to what a message answers', async () => {
  const stage = new Stage();
  await look(stage);
  const replyTo = { id: idOf(1), displayName: 'Juliet', body: 'line 1' };
  await panel.after(() => stage.hear(message(4, { replyTo })));
  await panel.click('Juliet: line 1');
  expect(panel.one('[data-highlighted=true]').dataset['id']).toBe(idOf(1));
});

it('opens the cell a message is about, and says that it is resolved', async () => {
  const stage = new Stage();
  await look(stage);
  const cell = {
    document: 'd' as never,
    cell: 'c',
    name: 'daylight.ipynb',
    resolved: false,
    excerpt: 'x',
    link: ''
  };
  await panel.after(() => stage.hear(message(4, { cell })));
  await panel.after(() => panel.one('.xb-Cell-open').click());
  expect(panel.opened).toEqual([cell]);
  await panel.click('Resolve');
  expect(stage.socket.last('resolve')).toMatchObject({ id: idOf(4), resolved: true });
});

it('shows pictures only from this hub', async () => {
  const stage = new Stage();
  await look(stage);
  const picture = (url: string) => ({ url, name: 'moon.png', size: 1, type: 'image/png' });
  await panel.after(() =>
    stage.hear(
      message(4, {
        attachments: [
          picture('/services/xmpp-bridge/api/rooms/orchard/uploads/1/moon.png'),
          picture('/services/xmpp-bridge/api/uploads/2/moon.png'),
          picture('https://evil.example/services/xmpp-bridge/api/rooms/orchard/uploads/1/moon.png'),
          picture('//evil.example/services/xmpp-bridge/api/rooms/orchard/uploads/1/moon.png'),
          picture('/\\evil.example/xmpp-bridge/api/rooms/orchard/uploads/1/moon.png'),
          picture('javascript:alert(1)'),
          { ...picture('/services/xmpp-bridge/api/rooms/o/uploads/1/x.svg'), type: 'image/svg+xml' }
        ]
      })
    )
  );
  expect(panel.all('img').map(image => (image as HTMLImageElement).src)).toEqual([
    `${window.location.origin}/user/romeo/xmpp-bridge/api/rooms/orchard/uploads/1/moon.png`,
    `${window.location.origin}/user/romeo/xmpp-bridge/api/uploads/2/moon.png`
  ]);
});

it('does not let a name be more than a name', async () => {
  const stage = new Stage();
  await look(stage);
  const sender = { ...JULIET, displayName: `Romeo\u202E\n${'\u0301'.repeat(99)}<b>x</b>` };
  await panel.after(() => stage.hear(message(40, { sender })));
  const shown = panel.all('.xb-Sender').at(-1);
  expect(shown?.querySelector('b')).toBeNull();
  expect(shown?.textContent).toMatch(/^Romeo \p{M}{4}<b>x<\/b>$/u);
});
