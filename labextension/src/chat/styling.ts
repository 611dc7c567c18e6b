/** Message Styling (XEP-0393): a body becomes blocks of spans. No HTML, nothing that loads anything. */
import { webLink } from './link';

export type Span =
  | { kind: 'text'; text: string }
  | { kind: 'code'; text: string }
  | { kind: 'link'; url: string; text: string }
  | { kind: 'mention'; username: string }
  | { kind: 'strong' | 'emphasis' | 'strike'; spans: readonly Span[] };

export type Block =
  | { kind: 'line'; spans: readonly Span[] }
  | { kind: 'pre'; language: string; text: string }
  | { kind: 'quote'; blocks: readonly Block[] };

const FENCE = '```';
const DEEPEST_QUOTE = 4;
const STYLES = { '*': 'strong', _: 'emphasis', '~': 'strike' } as const;
type Mark = keyof typeof STYLES | '`';
const MARKS: readonly Mark[] = ['*', '_', '~', '`'];
/** Links and mentions; both start a word. */
const WORD = /https?:\/\/[^\s<>"`]+|@[\p{L}\p{N}][\p{L}\p{N}._-]*/gu;
/** They end a sentence rather than a link. */
const AFTER_LINK = /[.,;:!?'*_~)\]]+$/;

/** The blocks of a body; `mentions` are the hub user names that count as mentioned. */
export function parse(body: string, mentions: ReadonlySet<string>): readonly Block[] {
  return blocksOf(body.split(/\r\n?|\n/), mentions, 0);
}

function blocksOf(lines: readonly string[], mentions: ReadonlySet<string>, depth: number): Block[] {
  const blocks: Block[] = [];
  for (let at = 0; at < lines.length;) {
    const line = lines[at] ?? '';
    if (line.startsWith(FENCE)) {
      let stop = at + 1;
      while (stop < lines.length && lines[stop]?.trimEnd() !== FENCE) {
        stop += 1;
      }
      blocks.push({
        kind: 'pre',
        language: line.slice(FENCE.length).trim(),
        text: lines.slice(at + 1, stop).join('\n')
      });
      at = stop + 1;
    } else if (line.startsWith('>') && depth < DEEPEST_QUOTE) {
      let stop = at;
      while (stop < lines.length && lines[stop]?.startsWith('>')) {
        stop += 1;
      }
      const inner = lines.slice(at, stop).map(each => each.replace(/^> ?/, ''));
      blocks.push({ kind: 'quote', blocks: blocksOf(inner, mentions, depth + 1) });
      at = stop;
    } else {
      blocks.push({ kind: 'line', spans: spansOf(line, mentions) });
      at += 1;
    }
  }
  return blocks;
}

function spansOf(line: string, mentions: ReadonlySet<string>): Span[] {
  const spans: Span[] = [];
  /** Marks that close nowhere in the rest of the line: they are looked for once. */
  const unclosed = new Set<Mark>();
  let plainFrom = 0;
  for (let at = 0; at < line.length; at++) {
    const mark = MARKS.find(each => each === line[at]);
    if (mark === undefined || unclosed.has(mark) || !opens(line, at)) {
      continue;
    }
    const end = closing(line, at, mark);
    if (end < 0) {
      unclosed.add(mark);
      continue;
    }
    spans.push(...wordsOf(line.slice(plainFrom, at), mentions));
    const inner = line.slice(at + 1, end);
    spans.push(
      mark === '`'
        ? { kind: 'code', text: inner }
        : { kind: STYLES[mark], spans: spansOf(inner, mentions) }
    );
    plainFrom = end + 1;
    at = end;
  }
  spans.push(...wordsOf(line.slice(plainFrom), mentions));
  return spans;
}

/** XEP-0393, section 5.1.2: at the start, or after white space or another opening mark. */
function opens(line: string, at: number): boolean {
  const before = line[at - 1];
  const after = line[at + 1];
  const afterWord = before !== undefined && !/[\s(*_~]/.test(before);
  return !afterWord && after !== undefined && !/\s/.test(after);
}

/** Where the span of the mark at `at` ends; it holds something, and no white space stands before its end. */
function closing(line: string, at: number, mark: Mark): number {
  for (let end = line.indexOf(mark, at + 2); end >= 0; end = line.indexOf(mark, end + 1)) {
    if (mark === '`' || !/\s/.test(line[end - 1] ?? ' ')) {
      return end;
    }
  }
  return -1;
}

function wordsOf(text: string, mentions: ReadonlySet<string>): Span[] {
  const spans: Span[] = [];
  let plainFrom = 0;
  const plain = (until: number) => {
    if (until > plainFrom) {
      spans.push({ kind: 'text', text: text.slice(plainFrom, until) });
    }
  };
  for (const match of text.matchAll(WORD)) {
    const span = wordOf(match[0], text[match.index - 1], mentions);
    if (span !== null) {
      plain(match.index);
      spans.push(span.span);
      plainFrom = match.index + span.length;
    }
  }
  plain(text.length);
  return spans;
}

function wordOf(
  word: string,
  before: string | undefined,
  mentions: ReadonlySet<string>
): { span: Span; length: number } | null {
  if (before !== undefined && /[\p{L}\p{N}]/u.test(before)) {
    return null;
  }
  if (word.startsWith('@')) {
    const username = [word.slice(1), word.slice(1).replace(/[._-]+$/, '')].find(each =>
      mentions.has(each)
    );
    return username === undefined
      ? null
      : { span: { kind: 'mention', username }, length: username.length + 1 };
  }
  const text = word.replace(AFTER_LINK, '');
  const url = webLink(text);
  return url === null ? null : { span: { kind: 'link', url: url.href, text }, length: text.length };
}
