import { nullTranslator } from '@jupyterlab/translation';
import * as React from 'react';

import { Panel } from '../testing/panel';
import { ACCESS, LINKED, ROOM, ScriptedService } from '../testing/sharing';
import { Stage } from '../testing/verona';
import { AccessLink } from './access';
import { ShareModel } from './model';
import { OpenFiles } from './open_files';
import { Sharing } from './requests';
import { ShareView } from './view';

const trans = nullTranslator.load('xmpp_bridge');
let service: ScriptedService;
let panel: Panel;
let copied: AccessLink[];

beforeEach(() => {
  service = new ScriptedService();
  panel = new Panel(new Stage());
  copied = [];
});

afterEach(() => panel.close());

async function show(): Promise<ShareModel> {
  const rooms = [{ id: ROOM as never, name: 'Orchard' }];
  const sharing = new Sharing(service.rest);
  const files = new OpenFiles({ widgets: () => [] } as never, null, false).sharedBy(sharing);
  const model = new ShareModel('sky/daylight.ipynb', sharing, trans, rooms, files);
  await panel.show(<ShareView tools={{ model, trans, copy: link => copied.push(link) }} />);
  await panel.after(() => model.load());
  return model;
}

const input = (label: string) => panel.one(`input[aria-label="${label}"]`) as HTMLInputElement;

async function type(label: string, text: string): Promise<void> {
  await panel.after(() => {
    Reflect.set(HTMLInputElement.prototype, 'value', text, input(label)); // past React's own
    input(label).dispatchEvent(new Event('input', { bubbles: true }));
  });
}

const press = (label: string, key: string) =>
  panel.after(() =>
    input(label).dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }))
  );

async function pick(): Promise<void> {
  service.answers.set(`GET directory?q=ro`, found());
  service.answers.set(`GET directory?q=ro&room=${ROOM}`, found());
  await type('People and groups', 'ro');
  await press('People and groups', 'ArrowDown');
  await press('People and groups', 'Enter');
}

function found(): object {
  return {
    people: [{ hub_user: 'rosaline', display_name: 'Rosaline', role: null }],
    groups: [{ name: 'roses', people: 2, role: null }]
  };
}

it('makes a room and a document of a file that is not shared, for whom one picks', async () => {
  await show();
  expect(panel.host.textContent).toContain('Not shared yet');
  await pick();
  expect(panel.one('.xb-Picker-pick').textContent).toContain('roses');
  await panel.click('Share with these');
  expect(service.deeds).toEqual(['POST rooms', 'POST documents', `PUT rooms/${ROOM}/groups/roses`]);
  expect(service.asked.find(({ path }) => path === 'rooms')?.body).toEqual({ name: 'daylight' });
  expect(panel.one('[role=status]').textContent).toBe('Shared with roses.');
});

it('proposes for a group what the hub says of it, until one has chosen', async () => {
  await show();
  const role = () => (panel.one('select[aria-label="As what"]') as HTMLSelectElement).value;
  expect(role()).toBe('editor');
  service.answers.set('GET groups/roses', { name: 'roses', role: 'viewer', link_minutes: null });
  await pick();
  expect(role()).toBe('viewer');
  await panel.click('Share with these');
  expect(service.asked.at(-2)?.body).toEqual({ role: 'viewer' });
});

it('shows who has access and why, and changes it', async () => {
  service.answers.set('GET documents', { documents: [LINKED] });
  await show();
  const juliet = panel.all('li').find(row => row.textContent?.includes('Juliet'));
  expect(juliet?.textContent).toContain('viewer by name; editor through the group capulets');
  await panel.click('Remove Juliet');
  expect(service.deeds).toEqual([`DELETE rooms/${ROOM}/members/juliet`]);
  await panel.click('Undo');
  expect(service.deeds.at(-1)).toBe(`PUT rooms/${ROOM}/members/juliet`);
});

it('lets owners choose what becomes of the files of whoever is taken out', async () => {
  service.answers.set('GET documents', { documents: [LINKED] });
  await show();
  const select = panel.all('select').at(-1) as HTMLSelectElement;
  expect(select.value).toBe('keep');
  await panel.after(() => {
    Reflect.set(HTMLSelectElement.prototype, 'value', 'remove', select); // past React's own
    select.dispatchEvent(new Event('change', { bubbles: true }));
  });
  expect(service.asked.find(({ path }) => path.endsWith('/leavers'))?.body).toEqual({
    files: 'remove'
  });
  await panel.click('Undo');
  expect(service.deeds).toEqual([`PUT rooms/${ROOM}/leavers`, `PUT rooms/${ROOM}/leavers`]);
});

it('makes a link that leads to the file, and hands it over', async () => {
  service.answers.set('GET documents', { documents: [LINKED] });
  await show();
  await panel.click('Share by a link');
  await panel.click('Make a Link');
  expect(service.asked.find(({ path }) => path.endsWith('/links'))?.body).toEqual({
    role: 'viewer',
    label: '',
    group: null,
    document: LINKED.document,
    most_uses: null,
    expires_in_minutes: 7 * 24 * 60
  });
  expect(copied.map(({ id }) => id)).toEqual(['l2']);
});

it('asks whether those who came by a link stay, when it is revoked', async () => {
  service.answers.set('GET documents', { documents: [LINKED] });
  await show();
  await panel.click('Revoke: Link “masque”');
  expect(service.deeds).toEqual([]);
  await panel.click('They go too');
  expect(service.deeds).toEqual([`DELETE rooms/${ROOM}/links/l1?people=remove`]);
});

it('only shows, to whoever does not own the room', async () => {
  service.answers.set('GET documents', { documents: [LINKED] });
  service.answers.set(`GET rooms/${ROOM}/access`, {
    ...ACCESS,
    room: { ...ACCESS.room, role: 'viewer' },
    links: []
  });
  await show();
  expect(panel.all('select, input, button')).toEqual([]);
  expect(panel.host.textContent).toContain('Only owners of the room change who has access.');
});
