import { DocumentId, RoomId } from './message';
import { Fields, count, fields, list, maybe, maybeMoment, oneOf, text, texts } from './reading';
import { Person, readPerson } from './room';

/** xa: nobody is before the screen, or nobody wants to be seen. */
export type Show = 'available' | 'away' | 'dnd' | 'xa';
export type Device = 'lab' | 'phone' | 'other';
/** How a person wants to be seen by everybody. */
export type PresenceChoice = 'auto' | 'dnd' | 'away' | 'hidden';

export const CHOICES: readonly PresenceChoice[] = ['auto', 'dnd', 'away', 'hidden'];
const SHOWS: readonly Show[] = ['available', 'away', 'dnd', 'xa'];
const DEVICES: readonly Device[] = ['lab', 'phone', 'other'];

/** How somebody is there. */
export interface Condition {
  readonly show: Show;
  readonly devices: readonly Device[];
  /** Since when they do nothing, or are away. */
  readonly since: Date | null;
}

/** Somebody in a room, as the room itself tells. */
export interface Occupant extends Person, Condition {}

/** A cell of a shared notebook, counted from 1; 0 where the document has no cells. */
export interface At {
  readonly document: DocumentId;
  readonly cell: string;
  readonly number: number;
}

/** Somebody with whom the person shares something, as the hub's service tells. */
export interface Acquaintance extends Occupant {
  readonly username: string;
  readonly rooms: readonly RoomId[];
  /** What they work on, if this person may know. */
  readonly at: At | null;
}

/** How the person wants to be seen; in each room whether their place is told. */
export interface Wishes {
  readonly choice: PresenceChoice;
  readonly tellsPlace: ReadonlyMap<RoomId, boolean>;
}

export function readOccupant(value: unknown): Occupant {
  return { ...readPerson(value), ...readCondition(fields(value)) };
}

export function readAcquaintance(value: unknown): Acquaintance {
  const raw = fields(value);
  return {
    ...readOccupant(value),
    username: text(raw, 'username'),
    rooms: texts(raw, 'rooms') as readonly RoomId[],
    at: maybe(raw, 'at', readAt)
  };
}

export function readWishes(value: unknown): Wishes {
  const raw = fields(value);
  const told = Object.entries(fields(raw['tells_place']));
  return {
    choice: oneOf(raw, 'choice', CHOICES),
    tellsPlace: new Map(told.map(([room, tells]) => [room as RoomId, tells === true]))
  };
}

function readCondition(raw: Fields): Condition {
  return {
    show: oneOf(raw, 'show', SHOWS),
    devices: list(raw, 'devices', device => oneOf({ device }, 'device', DEVICES)),
    since: maybeMoment(raw, 'since')
  };
}

function readAt(value: unknown): At {
  const raw = fields(value);
  const { cell } = raw;
  return {
    document: text(raw, 'document') as DocumentId,
    cell: typeof cell === 'string' ? cell : '',
    number: count(raw, 'number')
  };
}
