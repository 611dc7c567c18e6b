/** A time line in plain words; without I/O. */
import { TranslationBundle } from '@jupyterlab/translation';

import { excerpt, name } from '../chat/safe_text';
import { clockTime, sameDay, shortTime } from '../chat/time';
import { Author, CellName, Fate, LookCell, Moment } from './moments';

const MOST_NAMED = 4;
const MINUTE_MS = 60_000;
const BEGINNING = 40;
const COLORS = 7;

export function timeWords({ began, ended }: Moment): string {
  const from = shortTime(began);
  if (ended.getTime() - began.getTime() < MINUTE_MS) {
    return from;
  }
  return `${from} – ${sameDay(began, ended) ? clockTime(ended) : shortTime(ended)}`;
}

export function peopleWords(people: readonly Author[]): string {
  return people.map(({ displayName }) => name(displayName)).join(', ');
}

/** The cells that somebody changed, the first few by what they say. */
export function cellWords(author: Author, trans: TranslationBundle): string {
  const named = author.cells.slice(0, MOST_NAMED).map(cell => cellWord(cell, trans));
  const more = author.cells.length - MOST_NAMED;
  return [...named, ...(more > 0 ? [trans.__('and %1 more', more)] : [])].join(', ');
}

function cellWord({ number, beginning }: CellName, trans: TranslationBundle): string {
  if (number === null) {
    return trans.__('a cell that is gone');
  }
  const words = excerpt(beginning, BEGINNING);
  return words ? trans.__('cell %1 “%2”', number, words) : trans.__('cell %1', number);
}

export function cellTitle(cell: LookCell, trans: TranslationBundle): string {
  if (cell.type === 'file') {
    return trans.__('Text');
  }
  return cell.number === null ? trans.__('A cell') : trans.__('Cell %1', cell.number);
}

/** What became of a cell; empty if nothing did. */
export function fateWords(cell: LookCell, trans: TranslationBundle): string {
  const words: Record<Fate, string> = {
    same: '',
    new: trans.__('new'),
    changed: trans.__('changed'),
    removed: trans.__('removed'),
    moved: trans.__('moved')
  };
  const outputs = cell.outputsChanged && cell.fate === 'changed' ? trans.__('other outputs') : '';
  const metadata = cell.metadataChanged ? trans.__('other settings') : '';
  return [words[cell.fate], outputs, metadata].filter(Boolean).join(', ');
}

/** The same colour for the same person, on all labs; only for the eye. */
export function colorOf(hubUser: string): string {
  const sum = Array.from(hubUser).reduce((all, each) => all + (each.codePointAt(0) ?? 0), 0);
  return `var(--jp-collaborator-color${(sum % COLORS) + 1}, var(--jp-brand-color1))`;
}

const LONGEST_OUTPUT = 20_000;
const PICTURES = ['image/png', 'image/jpeg'] as const;

/** What of an output can be shown without running any of it. */
export type ShownOutput =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'picture'; readonly url: string };

export function shownOutput(output: Readonly<Record<string, unknown>>): ShownOutput {
  const data = output['data'];
  if (typeof data === 'object' && data !== null) {
    const bundle = data as Readonly<Record<string, unknown>>;
    for (const type of PICTURES) {
      const picture = joined(bundle[type]).replace(/\s/g, '');
      if (/^[A-Za-z0-9+/]+=*$/.test(picture)) {
        return { kind: 'picture', url: `data:${type};base64,${picture}` };
      }
    }
    const plain = joined(bundle['text/plain']);
    return { kind: 'text', text: cut(plain || Object.keys(bundle).join(', ')) };
  }
  if (output['output_type'] === 'error') {
    return { kind: 'text', text: cut(`${joined(output['ename'])}: ${joined(output['evalue'])}`) };
  }
  return { kind: 'text', text: cut(joined(output['text'])) };
}

function joined(value: unknown): string {
  return typeof value === 'string' ? value : Array.isArray(value) ? value.map(joined).join('') : '';
}

function cut(text: string): string {
  return text.length > LONGEST_OUTPUT ? `${text.slice(0, LONGEST_OUTPUT)}…` : text;
}
