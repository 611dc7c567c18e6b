import { Block, Span, parse } from './styling';

/** The blocks in a short notation: what a person sees, with the styles in words. */
function show(body: string, ...mentions: string[]): string {
  return parse(body, new Set(mentions)).map(block).join('|');
}

function block(shown: Block): string {
  switch (shown.kind) {
    case 'line':
      return shown.spans.map(span).join('');
    case 'pre':
      return `pre:${shown.language}(${shown.text})`;
    case 'quote':
      return `quote(${shown.blocks.map(block).join('|')})`;
  }
}

function span(shown: Span): string {
  switch (shown.kind) {
    case 'text':
      return shown.text;
    case 'code':
      return `code(${shown.text})`;
    case 'link':
      return `link(${shown.url})`;
    case 'mention':
      return `mention(${shown.username})`;
    case 'strong':
    case 'emphasis':
    case 'strike':
      return `${shown.kind}(${shown.spans.map(span).join('')})`;
  }
}

it.each([
  ['plain words', 'plain words'],
  ['*strong* and _soft_ and ~gone~', 'strong(strong) and emphasis(soft) and strike(gone)'],
  ['*_both_*', 'strong(emphasis(both))'],
  ['`a *b*`', 'code(a *b*)'],
  ['2*3*4 snake_case_name', '2*3*4 snake_case_name'],
  ['* not strong*', '* not strong*'],
  ['*not strong *', '*not strong *'],
  ['**', '**'],
  ['*one\ntwo*', '*one|two*'],
  ['```python\nx = *1*\n```\nafter', 'pre:python(x = *1*)|after'],
  ['```\nnever closed', 'pre:(never closed)'],
  ['> a\n> > b\nc', 'quote(a|quote(b))|c'],
  ['> ```\n> x\n> ```', 'quote(pre:(x))']
])('reads %j as XEP-0393 has it', (body, shown) => {
  expect(show(body)).toBe(shown);
});

it.each([
  ['see https://example.org/a_b_c.', 'see link(https://example.org/a_b_c).'],
  ['(http://example.org)', '(link(http://example.org/))'],
  ['https://www.bücher.example/', 'link(https://www.xn--bcher-kva.example/)'],
  ['javascript:alert(1)', 'javascript:alert(1)'],
  ['data:text/html,<script>', 'data:text/html,<script>'],
  ['vbscript:x file:///etc/passwd', 'vbscript:x file:///etc/passwd'],
  ['https://bank.example@evil.example/', 'https://bank.example@evil.example/'],
  ['xhttps://example.org', 'xhttps://example.org'],
  ['<img src=x onerror=alert(1)>', '<img src=x onerror=alert(1)>'],
  ['[click](javascript:alert(1))', '[click](javascript:alert(1))'],
  ['![x](https://example.org/x.png)', '![x](link(https://example.org/x.png))']
])('makes links of %j only where they are of the web', (body, shown) => {
  expect(show(body)).toBe(shown);
});

it('knows a mention from a word with an @', () => {
  expect(show('@juliet, @nurse. a@juliet', 'juliet')).toBe('mention(juliet), @nurse. a@juliet');
  expect(show('(@mary.ann)', 'mary.ann')).toBe('(mention(mary.ann))');
});

/** What takes less is too short to be compared. */
const SHORT_MS = 20;

/** The least of several: what else the machine does only adds. */
function milliseconds(body: string): number {
  const times = Array.from({ length: 3 }, () => {
    const began = performance.now();
    parse(body, new Set(['juliet']));
    return performance.now() - began;
  });
  return Math.min(...times);
}

it.each([
  ['marks that never close', '*a _b ~c `d ', 10_000],
  ['marks that close at once', '*a* ', 30_000],
  ['only marks', '*_~`', 30_000],
  ['quotes of quotes', '>', 100_000],
  ['a line a character', '\n', 100_000],
  ['fences', '```\n', 30_000],
  ['half a megabyte of links', 'https://example.org/ ', 25_000],
  ['mentions', '@juliet ', 10_000],
  ['one long word', 'a', 1_000_000],
  ['at signs', '@', 200_000]
])('takes four times as long for four times as much of %s, not sixteen', (_, part, count) => {
  const few = milliseconds(part.repeat(count / 4));
  expect(milliseconds(part.repeat(count))).toBeLessThan(10 * Math.max(few, SHORT_MS));
});
