import { linkTo, placeOf, webLink } from './link';

const HUB = 'https://hub.example';

it('leads back to what it was made for', () => {
  const places = [
    { kind: 'message', room: 'r1', message: '42' },
    { kind: 'cell', document: 'd1', cell: 'a/b?c' }
  ] as const;
  for (const place of places) {
    const url = linkTo(place as never, `${HUB}/hub/user-redirect/lab`);
    expect(placeOf(new URL(url), HUB)).toEqual(place);
  }
});

it('leads nowhere from another site, or without all of it', () => {
  expect(placeOf(new URL('https://evil.example/?xmpp-room=a&xmpp-message=b'), HUB)).toBeNull();
  expect(placeOf(new URL(`${HUB}/?xmpp-room=a`), HUB)).toBeNull();
});

it.each([
  'javascript:alert(1)',
  'data:,x',
  'blob:https://x/1',
  '//x',
  '/x',
  'https://',
  'http://a@b'
])('is no link of the web: %s', text => {
  expect(webLink(text)).toBeNull();
});
