import { Post } from '../frames';
import { ORCHARD } from '../testing/verona';
import { BrowserMemory } from './memory';

const post: Post = {
  clientId: 'c1' as never,
  room: ORCHARD,
  body: 'Soft!',
  replyTo: null,
  cell: { document: 'd' as never, cell: 'c', name: 'n', resolved: false, excerpt: 'x', link: '' },
  attachments: [{ url: '/u', name: 'u.png', size: 1, type: 'image/png' }]
};

beforeEach(() => localStorage.clear());

it('gives back after a reload what it was given', () => {
  const memory = new BrowserMemory(localStorage, '/user/romeo/');
  memory.setPosts([post]);
  memory.setDraft(ORCHARD, 'What light');
  memory.setLastRoom(ORCHARD);
  const later = new BrowserMemory(localStorage, '/user/romeo/');
  expect(later.posts()).toEqual([post]);
  expect(later.draft(ORCHARD)).toBe('What light');
  expect(later.lastRoom()).toBe(ORCHARD);
});

it('tells nobody else who uses this browser', () => {
  new BrowserMemory(localStorage, '/user/romeo/').setDraft(ORCHARD, 'What light');
  expect(new BrowserMemory(localStorage, '/user/juliet/').draft(ORCHARD)).toBe('');
});

it('keeps nothing of what is done', () => {
  const memory = new BrowserMemory(localStorage, '/user/romeo/');
  memory.setPosts([post]);
  memory.setDraft(ORCHARD, 'x');
  memory.setPosts([]);
  memory.setDraft(ORCHARD, '');
  expect(localStorage).toHaveLength(0);
});

it('is not stopped by what another version left', () => {
  localStorage.setItem('xmpp-bridge:/user/romeo/:posts', '[{"old":true}]');
  expect(new BrowserMemory(localStorage, '/user/romeo/').posts()).toEqual([]);
});

it('lets one go on when the browser keeps nothing', () => {
  const warn = jest.spyOn(console, 'warn').mockImplementation();
  const full = jest.spyOn(Storage.prototype, 'setItem').mockImplementation(() => {
    throw new DOMException('full', 'QuotaExceededError');
  });
  new BrowserMemory(localStorage, '/').setDraft(ORCHARD, 'by yonder blessed moon');
  expect(JSON.stringify(warn.mock.calls)).not.toContain('moon');
  full.mockRestore();
  warn.mockRestore();
});
