import { ClientId } from '../message';
import { idOf, message, messages, page } from '../testing/verona';
import { Timeline } from './timeline';

function timeline(from: number, to: number, first = true): Timeline {
  const made = new Timeline();
  made.replace(page(from, to, first));
  return made;
}

const bodies = (of: Timeline) => of.messages.map(({ body }) => body);

it('takes what arrives in the order of the room, whenever it arrives', () => {
  const orchard = timeline(1, 2);
  for (const number of [5, 3, 4]) {
    expect(orchard.apply(message(number))).toBe('added');
  }
  expect(bodies(orchard)).toEqual(['line 1', 'line 2', 'line 3', 'line 4', 'line 5']);
});

it('holds each message once', () => {
  const orchard = timeline(1, 3);
  expect(orchard.apply(message(2, { body: 'corrected' }))).toBe('replaced');
  orchard.append(page(2, 4));
  expect(bodies(orchard)).toEqual(['line 1', 'line 2', 'line 3', 'line 4']);
});

it('keeps the number of every row when older ones are put above it', () => {
  const orchard = timeline(10, 12, false);
  const before = orchard.origin + orchard.indexOf(idOf(11));
  orchard.prepend(page(5, 9, true));
  expect(orchard.origin + orchard.indexOf(idOf(11))).toBe(before);
  expect(bodies(orchard)[0]).toBe('line 5');
  expect(orchard.first).toBe(true);
});

it('leaves out what does not belong to the stretch it holds', () => {
  const past = new Timeline();
  past.replace(page(10, 12, false, false));
  expect(past.apply(message(99))).toBe('outside');
  expect(past.apply(message(1))).toBe('outside');
  expect(bodies(past)).toEqual(['line 10', 'line 11', 'line 12']);
});

it('puts the name that the room gave in the place of what was on its way', () => {
  const orchard = timeline(1, 2);
  const client = 'c1' as ClientId;
  orchard.apply(message(0, { id: null, clientId: client, body: 'soft!', state: 'waiting' }));
  expect(bodies(orchard)).toEqual(['line 1', 'line 2', 'soft!']);
  orchard.apply(message(3, { clientId: client, body: 'soft!', state: 'sent' }));
  expect(bodies(orchard)).toEqual(['line 1', 'line 2', 'soft!']);
  expect(orchard.messages[2]?.id).toBe(idOf(3));
});

it('calls delivered what the archive holds, and nothing else', () => {
  const orchard = timeline(1, 1);
  for (const number of [2, 3, 4]) {
    orchard.apply(message(number, { state: 'sent' }));
  }
  orchard.archive(idOf(3));
  expect(orchard.messages.map(({ state }) => state)).toEqual([
    'delivered',
    'delivered',
    'delivered',
    'sent'
  ]);
  orchard.archive(idOf(2));
  orchard.apply(message(4, { state: 'sent' }));
  expect(orchard.messages[3]?.state).toBe('sent');
  orchard.archive(idOf(4));
  expect(orchard.messages[3]?.state).toBe('delivered');
});

/** How long two hundred messages take that come after `held` others, in ms; the quickest of three times. */
function arriving(held: number): number {
  const took = [0, 1, 2].map(() => {
    const orchard = new Timeline();
    const room = message(0).room;
    orchard.replace({ room, messages: messages(1, held), first: true, last: true });
    const began = performance.now();
    for (let number = held + 1; number <= held + 200; number++) {
      orchard.apply(message(number, { state: 'sent' }));
      orchard.archive(idOf(number));
      expect(orchard.messages).toHaveLength(number);
    }
    return performance.now() - began;
  });
  return Math.min(...took);
}

it('is as quick with a hundred thousand messages as their number allows', () => {
  // The list itself is copied, which a hundred times as many make a hundred times as long: nothing else may.
  expect(arriving(100_000)).toBeLessThan(200 * Math.max(arriving(1_000), 1));
}, 60_000);
