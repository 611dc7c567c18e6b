/** Completes what starts with @ or :, without I/O. */
import { Member } from '../room';
import { Emoji } from './emoji';

export interface Candidate {
  /** What it puts into the text. */
  readonly insert: string;
  readonly label: string;
  readonly detail: string;
}

/** What is being completed: the word from `from` to the cursor, and what it may become. */
export interface Completion {
  readonly from: number;
  readonly candidates: readonly Candidate[];
}

const MOST = 8;
const WORD = /(^|[\s(])([@:])([\p{L}\p{N}._+-]*)$/u;

/** What the word before the cursor may become; null when there is nothing to complete. */
export function complete(
  text: string,
  cursor: number,
  members: readonly Member[],
  emoji: readonly Emoji[]
): Completion | null {
  const match = WORD.exec(text.slice(0, cursor));
  if (match === null) {
    return null;
  }
  const [, , sign, begun = ''] = match;
  const wanted = begun.toLowerCase();
  const candidates =
    sign === '@' ? peopleLike(members, wanted) : wanted.length < 2 ? [] : emojiLike(emoji, wanted);
  return candidates.length === 0 ? null : { from: cursor - begun.length - 1, candidates };
}

/** The text with `candidate` in it, and where the cursor goes. */
export function accept(
  text: string,
  cursor: number,
  completion: Completion,
  candidate: Candidate
): { text: string; cursor: number } {
  const before = text.slice(0, completion.from) + candidate.insert + ' ';
  return { text: before + text.slice(cursor).trimStart(), cursor: before.length };
}

function peopleLike(members: readonly Member[], wanted: string): readonly Candidate[] {
  return members
    .filter(
      ({ username, displayName }) =>
        username.toLowerCase().startsWith(wanted) ||
        displayName
          .toLowerCase()
          .split(/\s+/)
          .some(part => part.startsWith(wanted))
    )
    .slice(0, MOST)
    .map(({ username, displayName }) => ({
      insert: `@${username}`,
      label: displayName,
      detail: `@${username}`
    }));
}

function emojiLike(emoji: readonly Emoji[], wanted: string): readonly Candidate[] {
  return emoji
    .filter(({ name }) => name.toLowerCase().includes(wanted))
    .slice(0, MOST)
    .map(({ character, name }) => ({ insert: character, label: character, detail: name }));
}
