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

it.each([
  ['marks that never close', '*a _b ~c `d '.repeat(10_000)],
  ['marks that close at once', '*a* '.repeat(30_000)],
  ['only marks', '*_~`'.repeat(30_000)],
  ['quotes of quotes', '>'.repeat(100_000)],
  ['a line a character', '\n'.repeat(100_000)],
  ['fences', '```\n'.repeat(30_000)],
  ['half a megabyte of links', 'https://example.org/ '.repeat(25_000)],
  ['mentions', '@juliet '.repeat(10_000)],
  ['one long word', 'a'.repeat(1_000_000)],
  ['at signs', '@'.repeat(200_000)]
])('is done soon with %s', (_, body) => {
  const began = performance.now();
  parse(body, new Set(['juliet']));
  expect(performance.now() - began).toBeLessThan(2000);
});
