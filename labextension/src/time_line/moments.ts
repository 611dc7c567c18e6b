/** A document's time line as the hub's service tells it: who changed which cell when, and what it was. */
import { DocumentId } from '../message';
import { Fields, count, fields, flag, list, maybe, moment, oneOf, text } from '../reading';
import { Role } from '../room';

/** After how many steps of its history a document was something. */
export type Step = number & { readonly __brand: 'Step' };
export const BEGINNING = 0 as Step;

/** A cell as people know it; without a number if it is gone by now. */
export interface CellName {
  readonly id: string;
  readonly number: number | null;
  readonly beginning: string;
}

export interface Author {
  readonly hubUser: string;
  readonly displayName: string;
  readonly cells: readonly CellName[];
}

/** What was done without a pause. */
export interface Moment {
  readonly id: Step;
  /** The moment before it. */
  readonly after: Step;
  readonly began: Date;
  readonly ended: Date;
  readonly edits: number;
  readonly people: readonly Author[];
}

/** The newest moments up to somewhere, the newest first. */
export interface MomentPage {
  readonly document: DocumentId;
  readonly name: string;
  readonly type: 'notebook' | 'file';
  readonly role: Role;
  readonly more: boolean;
  readonly moments: readonly Moment[];
}

export type Fate = 'same' | 'new' | 'changed' | 'removed' | 'moved';
export type Mark = ' ' | '+' | '-';
export type Grain = 'coarse' | 'fine';

/** One output of a cell, as nbformat has it. */
export type Output = Fields;

export interface LookCell {
  readonly id: string;
  readonly type: 'code' | 'markdown' | 'raw' | 'file';
  readonly number: number | null;
  readonly fate: Fate;
  readonly lines: readonly { readonly mark: Mark; readonly text: string }[];
  readonly outputs: readonly Output[];
  readonly outputsChanged: boolean;
  readonly metadataChanged: boolean;
}

/** A document as it was, beside what it was at another moment. */
export interface Look {
  readonly cells: readonly LookCell[];
}

const FATES: readonly Fate[] = ['same', 'new', 'changed', 'removed', 'moved'];

export function readPage(value: unknown): MomentPage {
  const raw = fields(value);
  return {
    document: text(raw, 'document') as DocumentId,
    name: text(raw, 'name'),
    type: oneOf(raw, 'type', ['notebook', 'file']),
    role: oneOf(raw, 'role', ['owner', 'editor', 'viewer']),
    more: flag(raw, 'more'),
    moments: list(raw, 'moments', readMoment)
  };
}

export function readLook(value: unknown): Look {
  return { cells: list(fields(value), 'cells', readCell) };
}

function readMoment(value: unknown): Moment {
  const raw = fields(value);
  return {
    id: count(raw, 'id') as Step,
    after: count(raw, 'after') as Step,
    began: moment(raw, 'began_at'),
    ended: moment(raw, 'ended_at'),
    edits: count(raw, 'edits'),
    people: list(raw, 'people', readAuthor)
  };
}

function readAuthor(value: unknown): Author {
  const raw = fields(value);
  return {
    hubUser: text(raw, 'hub_user'),
    displayName: text(raw, 'display_name'),
    cells: list(raw, 'cells', readCellName)
  };
}

function readCellName(value: unknown): CellName {
  const raw = fields(value);
  return { id: text(raw, 'id'), number: number(raw), beginning: text(raw, 'beginning') };
}

function readCell(value: unknown): LookCell {
  const raw = fields(value);
  return {
    id: text(raw, 'id'),
    type: oneOf(raw, 'type', ['code', 'markdown', 'raw', 'file']),
    number: number(raw),
    fate: oneOf(raw, 'fate', FATES),
    lines: list(raw, 'lines', readLine),
    outputs: list(raw, 'outputs', fields),
    outputsChanged: flag(raw, 'outputs_changed'),
    metadataChanged: flag(raw, 'metadata_changed')
  };
}

function readLine(value: unknown): { mark: Mark; text: string } {
  const [mark, line] = Array.isArray(value) ? (value as unknown[]) : [];
  return {
    mark: oneOf({ mark }, 'mark', [' ', '+', '-']),
    text: text({ line }, 'line')
  };
}

function number(raw: Fields): number | null {
  return maybe(raw, 'number', value => count({ value }, 'value'));
}
