import { DocumentId, RoomId } from './message';
import { count, fields, maybe, maybeText, moment, oneOf, text } from './reading';
import { Role } from './room';

/** saved: for good. waiting: this server alone has something. reconnecting: nothing waits, but the room is away. */
export type DocumentStatus =
  'saved' | 'waiting' | 'reconnecting' | 'opening' | 'file-missing' | 'refused';

/** How a shared document of this server stands. */
export interface DocumentState {
  readonly document: DocumentId;
  readonly room: RoomId;
  readonly name: string;
  /** Null while its file is missing. */
  readonly path: string | null;
  /** What its owner may do with it. */
  readonly role: Role;
  readonly status: DocumentStatus;
  readonly since: Date;
  /** Changes that wait, each as large as a keystroke or a paste. */
  readonly waitingEdits: number;
  readonly waitingBytes: number;
  /** What is in the way. */
  readonly reason: string | null;
  /** Who has stopped all typing in it, once that is known; everybody's role is a viewer's until then. */
  readonly locked: Locked | null;
}

export interface Locked {
  readonly by: string;
  readonly reason: string;
}

export function readDocumentState(value: unknown): DocumentState {
  const raw = fields(value);
  return {
    document: text(raw, 'document') as DocumentId,
    room: text(raw, 'room') as RoomId,
    name: text(raw, 'name'),
    path: maybeText(raw, 'path'),
    role: oneOf(raw, 'role', ['owner', 'editor', 'viewer']),
    status: oneOf(raw, 'status', [
      'saved',
      'waiting',
      'reconnecting',
      'opening',
      'file-missing',
      'refused'
    ]),
    since: moment(raw, 'since'),
    waitingEdits: count(raw, 'waiting_edits'),
    waitingBytes: count(raw, 'waiting_bytes'),
    reason: maybe(raw, 'trouble', trouble => text(fields(trouble), 'reason')),
    locked: null
  };
}

export function readLocked(value: unknown): Locked {
  const raw = fields(value);
  return { by: text(raw, 'by'), reason: text(raw, 'reason') };
}
