/** Who may be in a room, and why, as the service tells. */
import { RoomId } from '../message';
import {
  Fields,
  count,
  fields,
  flag,
  list,
  maybe,
  maybeMoment,
  maybeText,
  oneOf,
  text
} from '../reading';
import { Role, RoomDocument, readDocument } from '../room';

export type LinkId = string & { readonly __brand: 'LinkId' };

export const ROLES: readonly Role[] = ['owner', 'editor', 'viewer'];

/** One of the reasons for which somebody is in. */
export interface Source {
  readonly kind: 'person' | 'group' | 'link' | 'share';
  readonly role: Role;
  /** Of the group, the link or the share. */
  readonly name: string | null;
}

/** Until when, why and by whom somebody may not speak, or not come in. */
export interface Measure {
  readonly until: Date | null;
  readonly reason: string;
  readonly by: string;
}

export interface AccessPerson {
  readonly hubUser: string;
  readonly displayName: string;
  readonly role: Role;
  readonly sources: readonly Source[];
  readonly muted: Measure | null;
}

export interface AccessGroup {
  readonly name: string;
  readonly role: Role;
  readonly people: number;
}

export type LinkState = 'open' | 'expired' | 'used-up' | 'revoked';

export interface AccessLink {
  readonly id: LinkId;
  readonly label: string;
  readonly role: Role;
  /** Whose members alone may use it; null for everybody on the hub. */
  readonly group: string | null;
  readonly expiresAt: Date | null;
  readonly uses: number;
  readonly mostUses: number | null;
  readonly state: LinkState;
  /** Where it leads; null once it leads nowhere. */
  readonly url: string | null;
}

export interface Ban extends Measure {
  readonly hubUser: string;
  readonly displayName: string;
}

/** What becomes of the file on one's own server when one is taken out. */
export type LeaversFiles = 'keep' | 'remove';

export interface Access {
  readonly room: {
    readonly id: RoomId;
    readonly name: string;
    readonly role: Role;
    readonly leaversFiles: LeaversFiles;
  };
  readonly people: readonly AccessPerson[];
  readonly groups: readonly AccessGroup[];
  readonly links: readonly AccessLink[];
  readonly banned: readonly Ban[];
}

/** Somebody else has let the person in. */
export interface Invitation {
  readonly room: { readonly id: RoomId; readonly name: string };
  readonly role: Role;
  readonly by: string;
  readonly documents: readonly RoomDocument[];
}

/** What a link leads to. */
export interface Offer {
  readonly room: { readonly id: RoomId; readonly name: string };
  readonly role: Role;
  readonly by: string;
  readonly document: RoomDocument | null;
  readonly joined: boolean;
}

/** Whom one could let in: the names that a completion offers. */
export interface Pick {
  readonly kind: 'person' | 'group';
  readonly name: string;
  readonly displayName: string;
}

export function readAccess(value: unknown): Access {
  const raw = fields(value);
  const room = fields(raw['room']);
  return {
    room: {
      ...readRoomName(room),
      role: role(room),
      leaversFiles: oneOf(room, 'leavers_files', ['keep', 'remove'])
    },
    people: list(raw, 'people', readPerson),
    groups: list(raw, 'groups', readGroup),
    links: list(raw, 'links', readLink),
    banned: list(raw, 'banned', readBan)
  };
}

export function readLink(value: unknown): AccessLink {
  const raw = fields(value);
  return {
    id: text(raw, 'id') as LinkId,
    label: text(raw, 'label'),
    role: role(raw),
    group: maybeText(raw, 'group'),
    expiresAt: maybeMoment(raw, 'expires_at'),
    uses: count(raw, 'uses'),
    mostUses: maybe(raw, 'most_uses', uses => count({ uses }, 'uses')),
    state: oneOf(raw, 'state', ['open', 'expired', 'used-up', 'revoked']),
    url: maybeText(raw, 'url')
  };
}

export function readInvitation(value: unknown): Invitation {
  const raw = fields(value);
  return {
    room: readRoomName(fields(raw['room'])),
    role: role(raw),
    by: readBy(raw),
    documents: list(raw, 'documents', readDocument)
  };
}

export function readOffer(value: unknown): Offer {
  const raw = fields(value);
  return {
    room: readRoomName(fields(raw['room'])),
    role: role(raw),
    by: readBy(raw),
    document: maybe(raw, 'document', readDocument),
    joined: flag(raw, 'joined')
  };
}

/** People first, then groups. */
export function readPicks(value: unknown): readonly Pick[] {
  const raw = fields(value);
  const people = list(raw, 'people', (item): Pick => {
    const person = fields(item);
    const hubUser = text(person, 'hub_user');
    return { kind: 'person', name: hubUser, displayName: shownName(person, hubUser) };
  });
  const groups = list(raw, 'groups', (item): Pick => {
    const group = text(fields(item), 'name');
    return { kind: 'group', name: group, displayName: group };
  });
  return [...people, ...groups];
}

function readPerson(value: unknown): AccessPerson {
  const raw = fields(value);
  const hubUser = text(raw, 'hub_user');
  return {
    hubUser,
    displayName: shownName(raw, hubUser),
    role: role(raw),
    sources: list(raw, 'sources', readSource),
    muted: maybe(raw, 'muted', value => readMeasure(fields(value)))
  };
}

function readSource(value: unknown): Source {
  const raw = fields(value);
  return {
    kind: oneOf(raw, 'kind', ['person', 'group', 'link', 'share']),
    role: role(raw),
    name: maybeText(raw, 'name')
  };
}

function readGroup(value: unknown): AccessGroup {
  const raw = fields(value);
  return { name: text(raw, 'name'), role: role(raw), people: count(raw, 'people') };
}

function readBan(value: unknown): Ban {
  const raw = fields(value);
  const hubUser = text(raw, 'hub_user');
  return { hubUser, displayName: shownName(raw, hubUser), ...readMeasure(raw) };
}

export function readMeasure(raw: Fields): Measure {
  return { until: maybeMoment(raw, 'until'), reason: text(raw, 'reason'), by: text(raw, 'by') };
}

function readRoomName(raw: Fields): { readonly id: RoomId; readonly name: string } {
  return { id: text(raw, 'id') as RoomId, name: text(raw, 'name') };
}

function readBy(raw: Fields): string {
  const by = fields(raw['by']);
  return shownName(by, text(by, 'hub_user'));
}

function shownName(raw: Fields, hubUser: string): string {
  return maybeText(raw, 'display_name') || hubUser;
}

function role(raw: Fields): Role {
  return oneOf(raw, 'role', ROLES);
}
