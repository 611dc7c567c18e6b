import {
  FleetingMemory,
  JULIET,
  ME,
  ORCHARD,
  ROMEO,
  Stage,
  idOf,
  message,
  page,
  room,
  settled
} from '../testing/verona';

describe('what is said', () => {
  it('is shown at once, and named by the room later', async () => {
    const stage = new Stage();
    await stage.open(1, 2);
    const client = stage.say('Wherefore art thou?');
    expect(stage.orchard.timeline.messages.at(-1)).toMatchObject({ id: null, state: 'waiting' });
    expect(stage.socket.last('post')).toMatchObject({ client_id: client, room: ORCHARD });

    stage.hear(message(3, { clientId: client, sender: ROMEO, body: 'Wherefore art thou?' }));
    expect(stage.bodies).toEqual(['line 1', 'line 2', 'Wherefore art thou?']);
    expect(stage.memory.kept).toEqual([]);
  });

  it('is kept without a connection, and sent once it is back, under the same name', async () => {
    const stage = new Stage();
    await stage.open(1, 2);
    stage.socket.setOpen(false);
    const client = stage.say('Soft!');
    expect(stage.socket.of('post')).toEqual([]);
    expect(stage.bodies.at(-1)).toBe('Soft!');

    stage.socket.setOpen(true);
    stage.connect();
    expect(stage.socket.of('post').map(post => post['client_id'])).toEqual([client]);
    stage.socket.setOpen(false);
    await settled();
    stage.socket.setOpen(true);
    stage.connect();
    expect(stage.socket.of('post').map(post => post['client_id'])).toEqual([client, client]);
  });

  it('survives a reload of the page', () => {
    const memory = new FleetingMemory();
    const before = new Stage(memory);
    before.socket.setOpen(false);
    before.say('But soft!');
    before.write('What light');

    const after = new Stage(memory);
    expect(after.orchard.draft.body).toBe('What light');
    expect(after.socket.of('post').map(post => post['body'])).toEqual(['But soft!']);
  });

  it('can be taken back or tried again when it is refused', async () => {
    const stage = new Stage();
    await stage.open(1, 1);
    const client = stage.say('Out!');
    await stage.refuse('post', 'forbidden');
    expect(stage.orchard.refused.get(client)).toMatchObject({ condition: 'forbidden' });

    stage.model.outgoing.again(stage.orchard, client);
    expect(stage.socket.of('post')).toHaveLength(2);
    await stage.refuse('post', 'forbidden');
    stage.model.outgoing.withdraw(stage.orchard, client);
    expect(stage.bodies).toEqual(['line 1']);
    expect(stage.orchard.draft.body).toBe('Out!');
    expect(stage.memory.kept).toEqual([]);
  });

  it('can be taken back when its room refuses it, long after the server took it', async () => {
    const stage = new Stage();
    await stage.open(1, 1);
    const clientId = stage.say('Out!');
    const refusal = { condition: 'forbidden', text: 'No.' };
    stage.socket.receive({ kind: 'unsaid', room: ORCHARD, clientId, body: 'Out!', refusal });
    expect(stage.orchard.refused.get(clientId)).toEqual(refusal);
    stage.model.outgoing.withdraw(stage.orchard, clientId);
    expect(stage.orchard.draft.body).toBe('Out!');
  });

  it('is not sent when there is too much of it or nothing', () => {
    const stage = new Stage();
    stage.say('   ');
    stage.say('O'.repeat(20_001));
    expect(stage.socket.of('post')).toEqual([]);
    stage.say('O'.repeat(20_000));
    expect(stage.socket.of('post')).toHaveLength(1);
  });

  it('becomes a correction when that is what is written', async () => {
    const stage = new Stage();
    await stage.open(1, 1);
    const correcting = message(1, { sender: ROMEO });
    stage.model.setDraft(stage.orchard, { ...stage.orchard.draft, body: 'line one', correcting });
    stage.model.outgoing.send(stage.orchard, ME);
    expect(stage.socket.last('correct')).toMatchObject({ id: idOf(1), body: 'line one' });
    expect(stage.socket.of('post')).toEqual([]);
  });
});

describe('what is heard', () => {
  it("counts as unread until it was before somebody's eyes", async () => {
    const stage = new Stage();
    await stage.open(1, 2);
    stage.hear(message(3));
    stage.hear(message(4, { mentions: ['romeo'] }));
    expect(stage.orchard.info).toMatchObject({ unread: 2, mentions: 1 });

    stage.model.displayed(stage.orchard);
    expect(stage.orchard.info).toMatchObject({ unread: 0, mentions: 0 });
    stage.model.displayed(stage.orchard);
    expect(stage.socket.of('displayed')).toEqual([
      { kind: 'displayed', room: ORCHARD, id: idOf(4) }
    ]);
  });

  it('is news only once, whatever becomes of it', async () => {
    const stage = new Stage();
    await stage.open(1, 2);
    const arrived: string[] = [];
    stage.model.arrived.connect((_, arrival) => arrived.push(arrival.message.body));
    stage.hear(message(3));
    stage.hear(message(3, { edited: new Date(), body: 'corrected' }));
    stage.hear(message(2, { reactions: [{ emoji: '👍', people: ['Juliet'], mine: false }] }));
    stage.hear(message(4, { sender: ROMEO, body: 'from my phone' }));
    expect(arrived).toEqual(['line 3']);
  });

  it('was read elsewhere when another device of the person says so', async () => {
    const stage = new Stage(new FleetingMemory(), room({ unread: 3, read: idOf(1) }));
    await stage.open(1, 4);
    expect(stage.orchard.divider).toBe(idOf(1));
    stage.socket.receive({ kind: 'read', room: ORCHARD, id: idOf(4), unread: 0, mentions: 0 });
    expect(stage.orchard.info).toMatchObject({ read: idOf(4), unread: 0 });
  });
});

describe('pages', () => {
  it('go back one at a time until there is nothing older', async () => {
    const stage = new Stage();
    await stage.open(10, 12, false);
    const older = stage.model.pages.older(stage.orchard);
    void stage.model.pages.older(stage.orchard);
    expect(stage.socket.of('page')).toHaveLength(2);
    expect(stage.socket.last('page')).toMatchObject({ before: idOf(10) });
    await stage.give(page(8, 9, true));
    await older;
    await stage.model.pages.older(stage.orchard);
    expect(stage.socket.of('page')).toHaveLength(2);
    expect(stage.bodies[0]).toBe('line 8');
  });

  it('lead to a message in its context, and from there to the newest', async () => {
    const stage = new Stage();
    await stage.open(90, 99, false);
    const jumped = stage.model.jump(ORCHARD, idOf(50));
    await stage.give(page(45, 55, false, false));
    expect(await jumped).toBe(true);
    expect(stage.orchard.target?.id).toBe(idOf(50));
    stage.hear(message(100));
    expect(stage.bodies.at(-1)).toBe('line 55');

    const newer = stage.model.pages.newer(stage.orchard);
    await stage.give(page(56, 100));
    await newer;
    stage.hear(message(101));
    expect(stage.bodies.at(-1)).toBe('line 101');
  });

  it('fill what was missed without a connection', async () => {
    const stage = new Stage();
    await stage.open(1, 3);
    stage.socket.setOpen(false);
    stage.socket.setOpen(true);
    stage.connect();
    await stage.give({ ...page(2, 6), messages: [message(3, { body: 'corrected' }), message(4)] });
    expect(stage.bodies).toEqual(['line 1', 'line 2', 'corrected', 'line 4']);
  });

  it('come as soon as somebody answers, and until then it is said who does not', async () => {
    jest.useFakeTimers();
    const stage = new Stage();
    void stage.model.open(stage.orchard);
    await stage.refuse('page', 'service-unavailable', 'the hub service cannot be reached');
    expect(stage.orchard.trouble?.text).toBe('the hub service cannot be reached');
    void stage.model.open(stage.orchard);
    await stage.refuse('page', 'service-unavailable', 'the hub service cannot be reached');
    jest.advanceTimersByTime(60_000);
    await stage.give(page(1, 3));
    expect(stage.bodies).toEqual(['line 1', 'line 2', 'line 3']);
    expect(stage.orchard.trouble).toBeNull();
    jest.advanceTimersByTime(60_000);
    expect(stage.socket.of('page')).toHaveLength(3); // once for each look, and once for both
    jest.useRealTimers();
  });

  it('come for a room that was opened, or empty, when the connection was lost', async () => {
    const stage = new Stage();
    void stage.model.open(stage.orchard);
    stage.socket.setOpen(false);
    await settled();
    expect(stage.orchard.trouble).toBeNull();
    for (const newest of [page(1, 0), page(1, 2)]) {
      stage.socket.setOpen(true);
      stage.connect();
      await stage.give(newest);
      expect(stage.bodies).toEqual(newest.messages.map(({ body }) => body));
      stage.socket.setOpen(false);
    }
  });

  it('give up what is shown for the newest when too much was missed', async () => {
    const stage = new Stage();
    await stage.open(1, 3);
    stage.socket.setOpen(false);
    stage.socket.setOpen(true);
    stage.connect();
    await stage.give(page(500, 502));
    expect(stage.bodies).toEqual(['line 500', 'line 501', 'line 502']);
  });
});

describe('the connection', () => {
  it('is said to be lost, and nobody types meanwhile', async () => {
    const stage = new Stage();
    await stage.open(1, 1);
    stage.socket.receive({ kind: 'typing', room: ORCHARD, people: [JULIET, ROMEO] });
    expect(stage.orchard.typing).toEqual([JULIET]);
    stage.socket.setOpen(false);
    expect(stage.model.status).toBe('reconnecting');
    expect(stage.orchard.typing).toEqual([]);
  });

  it('answers every command that is under way when it is lost', async () => {
    const stage = new Stage();
    const asked = stage.model.setNotify(stage.orchard, 'all');
    stage.socket.setOpen(false);
    expect(await asked).toMatchObject({ condition: 'service-unavailable' });
    expect(stage.orchard.info.notify).toBe('mentions');
  });

  it('tells the room once that somebody types, and that they stopped', () => {
    const stage = new Stage();
    stage.model.outgoing.typed(stage.orchard);
    stage.model.outgoing.typed(stage.orchard);
    stage.say('Ay me!');
    expect(stage.socket.of('typing').map(frame => frame['active'])).toEqual([true, false]);
  });
});

it("leaves a room that is no longer the person's", async () => {
  const stage = new Stage();
  await stage.open(1, 1);
  stage.socket.receive({ kind: 'rooms', rooms: [] });
  expect(stage.model.current).toBeNull();
});

it('opens the room of two once the server has made it', async () => {
  const stage = new Stage();
  const written = stage.model.writeTo('juliet');
  const { request } = stage.socket.last('direct');
  stage.socket.receive({ kind: 'done', request: request as never, room: 'two' as never });
  expect(await written).toBeNull();
  const direct = room({ id: 'two' as never, direct: JULIET });
  stage.socket.receive({ kind: 'rooms', rooms: [room(), direct] });
  await settled();
  expect(stage.model.current?.displayName).toBe('Juliet');
});
