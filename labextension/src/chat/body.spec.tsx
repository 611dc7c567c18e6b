import * as React from 'react';

import { Panel } from '../testing/panel';
import { Stage } from '../testing/verona';
import { Body } from './body';

let panel: Panel;

beforeEach(() => {
  panel = new Panel(new Stage());
});
afterEach(() => panel.close());

async function show(body: string, ...mentions: string[]): Promise<HTMLElement> {
  await panel.show(<Body body={body} mentions={mentions} />);
  return panel.one('.xb-Body');
}

const HOSTILE = [
  '<script>alert(1)</script>',
  '<img src=x onerror=alert(1)>',
  '<iframe src="https://evil.example"></iframe>',
  '<a href="javascript:alert(1)">x</a>',
  '[x](javascript:alert(1)) javascript:alert(1)',
  '![x](https://evil.example/x.png)',
  '<style>*{background:url(https://evil.example)}</style>',
  '<svg/onload=alert(1)>',
  'data:text/html,<script>alert(1)</script>',
  '```html\n<script>alert(1)</script>\n```',
  '> <img src=https://evil.example/x.png>',
  '*<b onclick=alert(1)>x</b>*',
  '&lt;script&gt; &#x3C;script>',
  '{{constructor.constructor("alert(1)")()}} ${alert(1)}'
];

it.each(HOSTILE)('shows %s as it was written, and does nothing with it', async body => {
  const shown = await show(body);
  expect(
    shown.querySelector('script, img, iframe, style, video, form, object, [onclick]')
  ).toBeNull();
  expect(shown.querySelectorAll('svg').length).toBe(shown.querySelectorAll('.xb-Code svg').length);
  for (const link of shown.querySelectorAll('a')) {
    expect(link.href).toMatch(/^https?:/);
    expect(link.rel).toBe('noopener noreferrer');
  }
  const words = body.replace(/[>*`\s]|^html$/gm, '');
  expect(shown.textContent?.replace(/[>*`\s]/g, '')).toContain(words.replace(/^html/, ''));
});

it('draws a part of what is long, and never more than a room would take', async () => {
  const shown = await show('wherefore '.repeat(100_000));
  expect(shown.textContent?.length).toBeLessThan(4_100);
  await panel.click('Show more');
  expect(shown.textContent?.length).toBeLessThan(20_100);
  expect(shown.textContent).toContain('980000 more characters are not shown.');
});

it('does not let anybody push the rest out of sight', async () => {
  const shown = await show('\n'.repeat(50_000));
  expect(shown.querySelectorAll('.xb-Line').length).toBe(60);
  await panel.click('Show more');
  expect(shown.querySelectorAll('.xb-Line').length).toBe(1000);
});

it('stays itself with ten thousand mentions', async () => {
  const shown = await show('@juliet '.repeat(10_000), 'juliet');
  expect(shown.querySelectorAll('.xb-Mention').length).toBeLessThanOrEqual(500);
});

it('shows who is mentioned, and marks oneself', async () => {
  const shown = await show('@juliet and @romeo', 'juliet', 'romeo');
  expect([...shown.querySelectorAll('.xb-Mention')].map(each => each.outerHTML)).toEqual([
    '<span class="xb-Mention" data-me="false">@juliet</span>',
    '<span class="xb-Mention" data-me="true">@romeo</span>'
  ]);
});

it('gives a notebook exactly the code that was shown', async () => {
  await show('```python\nif admin:\u202E\n```');
  await panel.click('Insert into a new cell below');
  await panel.click('Replace the active cell');
  expect(panel.one('pre').textContent).toBe('if admin:⟨U+202E⟩');
  expect(panel.desk.inserted).toEqual(['if admin:⟨U+202E⟩']);
  expect(panel.desk.replaced).toEqual(['if admin:⟨U+202E⟩']);
});

it('opens here what is ours, and leaves the rest to the browser', async () => {
  const ours = `${window.location.origin}/hub/user-redirect/lab?xmpp-room=r&xmpp-message=1`;
  const shown = await show(`${ours} https://example.org/?xmpp-room=r&xmpp-message=1`);
  const [first, second] = [...shown.querySelectorAll('a')];
  second?.addEventListener('click', event => event.preventDefault());
  await panel.after(() => first?.click());
  await panel.after(() => second?.click());
  expect(panel.followed).toEqual([{ kind: 'message', room: 'r', message: '1' }]);
});
