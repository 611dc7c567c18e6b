import { DocumentId } from '../message';
import { Acquaintance } from '../people';
import { Panel } from '../testing/panel';
import { FleetingMemory, JULIET_HERE, ORCHARD, Stage, room } from '../testing/verona';

const DOCUMENT = 'd' as DocumentId;
const SINCE = new Date(Date.UTC(2026, 10, 20, 9));
const JULIET: Acquaintance = {
  ...JULIET_HERE,
  username: 'juliet',
  displayName: 'Juliet Capulet',
  devices: ['lab', 'phone'],
  rooms: [ORCHARD],
  at: { document: DOCUMENT, cell: 'c1', number: 3 }
};
const NURSE: Acquaintance = {
  ...JULIET,
  username: 'nurse',
  displayName: 'Angelica',
  jid: 'nurse@montague.lit',
  show: 'away',
  since: SINCE,
  devices: ['other'],
  rooms: [],
  at: null
};

let panel: Panel;
let stage: Stage;

beforeEach(async () => {
  const documents = [{ id: DOCUMENT, name: 'daylight.ipynb' }];
  stage = new Stage(new FleetingMemory(), room({ role: 'owner', documents }));
  panel = await new Panel(stage).show();
  await panel.after(() => tell([NURSE, JULIET], true));
});

afterEach(() => panel.close());

function tell(people: readonly Acquaintance[], whole = false, gone: readonly string[] = []) {
  stage.socket.receive({ kind: 'people', whole, people, gone, choice: 'auto' });
}

const shown = () => panel.all('.xb-Person').map(each => each.textContent);

it('shows who is there, those with most in common first', () => {
  expect(shown()).toEqual([
    ' Juliet Capulet in the lab, on a phone',
    expect.stringContaining(' Angelica with another XMPP client, since')
  ]);
  expect(panel.all('.xb-Presence').map(each => each.getAttribute('aria-label'))).toEqual([
    'here',
    'away'
  ]);
});

it('follows what changes', async () => {
  await panel.after(() => tell([{ ...JULIET, show: 'dnd', devices: ['phone'] }], false, ['nurse']));
  expect(shown()).toEqual([' Juliet Capulet on a phone']);
  await panel.after(() => stage.socket.setOpen(false));
  expect(shown()).toEqual([]);
});

it('finds people by their names', async () => {
  await panel.after(() => {
    const input = panel.one('.xb-People input[type=search]');
    Reflect.set(HTMLInputElement.prototype, 'value', 'ANG', input);
    input.dispatchEvent(new Event('input', { bubbles: true }));
  });
  expect(shown()).toHaveLength(1);
});

it('leads to where somebody works, writes to them and invites them', async () => {
  await panel.after(() => panel.all('.xb-Person')[0]?.click());
  expect(panel.one('.xb-PersonCard').textContent).toContain('Orchard');
  await panel.click('in daylight.ipynb, cell 3');
  expect(panel.gone).toEqual([JULIET.at]);
  await panel.click('Write a message');
  expect(stage.socket.last('direct')).toMatchObject({ username: 'juliet' });
  await panel.after(() => panel.all('.xb-Person')[1]?.click());
  panel.answer = 'Orchard';
  await panel.click('Invite');
  expect(panel.added).toEqual(['nurse']);
});

it('says how one wants to be seen', async () => {
  await panel.after(() => {
    const select = panel.one('.xb-People select');
    Reflect.set(HTMLSelectElement.prototype, 'value', 'hidden', select);
    select.dispatchEvent(new Event('change', { bubbles: true }));
  });
  expect(panel.choices).toEqual(['hidden']);
});

it('keeps from a room in which cell one is', async () => {
  await panel.after(() => stage.open(1, 1));
  await panel.click('People in this room');
  const box = panel.one('.xb-People input[type=checkbox]') as HTMLInputElement;
  expect(box.checked).toBe(true);
  await panel.after(() => box.click());
  expect(panel.wishes.tellsPlace.get(ORCHARD)).toBe(false);
});

it('marks who is in a room without a lab', async () => {
  await panel.after(() => stage.open(1, 1));
  await panel.click('People in this room');
  const stranger = { ...JULIET_HERE, username: null, jid: 'x@montague.lit', devices: ['phone'] };
  await panel.after(() =>
    stage.socket.receive({ kind: 'occupants', room: ORCHARD, people: [stranger as never] })
  );
  expect(panel.all('.xb-People li').at(-1)?.textContent).toContain('on a phone');
});
