/** Text of other people, made harmless to look at. React keeps it from being markup; this keeps it from lying. */

/** They turn around what is written after them. */
const TURNING = String.raw`\u202A-\u202E\u2066-\u2069`;
/** They are not to be seen, and nobody needs them to write. */
const INVISIBLE = String.raw`\u00AD\u034F\u061C\u115F\u1160\u17B4\u17B5\u180B-\u180F\u200B\u2060-\u2065\u206A-\u206F\u3164\uFEFF\uFFA0\u{E0000}-\u{E0FFF}`;
/** Steering characters of terminals; tabs and ends of lines are text. */
const CONTROL = String.raw`\u0000-\u0008\u000B-\u001F\u007F-\u009F`;
/** Marks for direction and joining: of use in running text, a disguise in code. */
const JOINING = String.raw`\u200C-\u200F`;

// eslint-disable-next-line no-misleading-character-class -- each stands for itself
const UNWANTED = new RegExp(`[${TURNING}${INVISIBLE}${CONTROL}]`, 'gu');
// eslint-disable-next-line no-misleading-character-class -- each stands for itself
const UNWANTED_IN_CODE = new RegExp(`[${TURNING}${INVISIBLE}${CONTROL}${JOINING}]`, 'gu');
const LINES = /[\r\n\t\u2028\u2029]+/g;
/** No language stacks more marks than these on one letter. */
const PILE = /(\p{M}{4})\p{M}+/gu;
const LONGEST_NAME = 80;

/** Running text, without what cannot be seen or turns it around. */
export function prose(text: string): string {
  return text.replace(UNWANTED, '').replace(PILE, '$1');
}

/** Code, with what cannot be seen made visible: nobody runs what they were not shown. */
export function code(text: string): string {
  return text.replace(UNWANTED_IN_CODE, character => {
    const point = character.codePointAt(0) ?? 0;
    return `⟨U+${point.toString(16).toUpperCase().padStart(4, '0')}⟩`;
  });
}

/** A name on one line. */
export function name(text: string): string {
  const clean = prose(text).replace(LINES, ' ').trim();
  return Array.from(clean).slice(0, LONGEST_NAME).join('') || '?';
}

/** The beginning of a text on one line. */
export function excerpt(text: string, characters: number): string {
  const line = prose(text.slice(0, characters * 4))
    .replace(/\s+/g, ' ')
    .trim();
  const all = Array.from(line);
  return all.length > characters ? `${all.slice(0, characters - 1).join('')}…` : line;
}
