import { DocumentId, MessageId, RoomId } from './message';
import { count, fields, list, maybe, maybeText, oneOf, text } from './reading';

export type Role = 'owner' | 'editor' | 'viewer';
/** Of which messages in a room a person wants to be told. */
export type NotifyLevel = 'all' | 'mentions' | 'none';

export const NOTIFY_LEVELS: readonly NotifyLevel[] = ['all', 'mentions', 'none'];

/** Somebody who is in a room or may be. */
export interface Person {
  readonly username: string | null;
  readonly displayName: string;
  readonly jid: string;
}

export interface Member {
  readonly username: string;
  readonly displayName: string;
  readonly role: Role;
}

export interface RoomDocument {
  readonly id: DocumentId;
  readonly name: string;
}

export interface Room {
  readonly id: RoomId;
  readonly name: string;
  readonly role: Role;
  /** The other one, where two people write to each other. */
  readonly direct: Person | null;
  readonly unread: number;
  readonly mentions: number;
  /** The newest message that was read on any of the person's devices. */
  readonly read: MessageId | null;
  readonly notify: NotifyLevel;
  readonly documents: readonly RoomDocument[];
  readonly members: readonly Member[];
  /** By which policy what is said here is recorded, if it is. */
  readonly recorded: string | null;
}

export function readRoom(value: unknown): Room {
  const raw = fields(value);
  return {
    id: text(raw, 'id') as RoomId,
    name: text(raw, 'name'),
    role: oneOf(raw, 'role', ['owner', 'editor', 'viewer']),
    direct: maybe(raw, 'direct', readPerson),
    unread: count(raw, 'unread'),
    mentions: count(raw, 'mentions'),
    read: maybeText(raw, 'read') as MessageId | null,
    notify: oneOf(raw, 'notify', NOTIFY_LEVELS),
    documents: list(raw, 'documents', readDocument),
    members: list(raw, 'members', readMember),
    recorded: maybeText(raw, 'recorded')
  };
}

export function readPerson(value: unknown): Person {
  const raw = fields(value);
  return {
    username: maybeText(raw, 'username'),
    displayName: text(raw, 'display_name'),
    jid: text(raw, 'jid')
  };
}

export function readDocument(value: unknown): RoomDocument {
  const raw = fields(value);
  return { id: text(raw, 'id') as DocumentId, name: text(raw, 'name') };
}

function readMember(value: unknown): Member {
  const raw = fields(value);
  const username = text(raw, 'username');
  return {
    username,
    displayName: maybeText(raw, 'display_name') ?? username,
    role: oneOf(raw, 'role', ['owner', 'editor', 'viewer'])
  };
}
