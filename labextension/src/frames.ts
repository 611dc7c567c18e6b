/** Every frame between the panel and its Jupyter server; mirrors xmpp_bridge/server_extension/frames.py. */
import { DocumentState, readDocumentState } from './document_state';
import {
  Attachment,
  CellReference,
  ChatMessage,
  ClientId,
  MessageId,
  RoomId,
  attachmentFields,
  cellFields,
  readMessage
} from './message';
import {
  FrameError,
  count,
  fields,
  flag,
  list,
  maybe,
  maybeMoment,
  maybeText,
  oneOf,
  text,
  texts
} from './reading';
import { At, CHOICES, Occupant, readAcquaintance, readOccupant } from './people';
import { PeopleNews } from './presence/model';
import { NotifyLevel, Person, Room, readPerson, readRoom } from './room';

export type RequestId = string & { readonly __brand: 'RequestId' };

/** What a server may or may not do yet; the panel offers nothing else. */
export type Feature = 'search' | 'files' | 'direct' | 'moderation';

const FEATURES: readonly Feature[] = ['search', 'files', 'direct', 'moderation'];

/** refused: the server may not log in; the reason says why. */
export type ConnectionStatus = 'connected' | 'reconnecting' | 'offline' | 'refused';

export interface Me {
  readonly username: string;
  readonly displayName: string;
  readonly jid: string;
}

/** A piece of a found message, and whether it is what was looked for. */
export interface SnippetPart {
  readonly text: string;
  readonly hit: boolean;
}

export interface Hit {
  readonly room: RoomId;
  readonly message: ChatMessage;
  readonly snippet: readonly SnippetPart[];
}

/** What is wrong with a search text, and at which character. */
export interface SearchProblem {
  readonly at: number;
  readonly text: string;
}

export interface Page {
  readonly room: RoomId;
  /** Oldest first. */
  readonly messages: readonly ChatMessage[];
  /** There is nothing older. */
  readonly first: boolean;
  /** There is nothing newer. */
  readonly last: boolean;
}

export interface Results {
  readonly hits: readonly Hit[];
  readonly cursor: string | null;
  readonly totalAtLeast: number;
  readonly problems: readonly SearchProblem[];
}

export interface Refusal {
  /** A stanza error condition (RFC 6120, section 8.3.3). */
  readonly condition: string;
  readonly text: string;
}

export type ServerFrame =
  | {
      kind: 'state';
      status: ConnectionStatus;
      reason: string | null;
      /** Since when it is connected, or not; null where it never will be. */
      since: Date | null;
      /** When it tries again. */
      retryAt: Date | null;
      me: Me | null;
      features: readonly Feature[];
    }
  | { kind: 'documents'; documents: readonly DocumentState[] }
  | { kind: 'document'; document: DocumentState }
  | { kind: 'rooms'; rooms: readonly Room[] }
  /** Who may be in that room has changed, or, without one, somewhere: whoever shows it asks anew. */
  | { kind: 'access'; room: RoomId | null }
  | { kind: 'occupants'; room: RoomId; people: readonly Occupant[] }
  | ({ kind: 'people' } & PeopleNews)
  | { kind: 'message'; room: RoomId; message: ChatMessage }
  | { kind: 'typing'; room: RoomId; people: readonly Person[] }
  | { kind: 'archived'; room: RoomId; id: MessageId }
  /** Somebody guesses at the app password of this label. */
  | { kind: 'locked'; label: string }
  | { kind: 'read'; room: RoomId; id: MessageId | null; unread: number; mentions: number }
  | { kind: 'unsaid'; room: RoomId; clientId: ClientId; body: string; refusal: Refusal }
  | ({ kind: 'page'; request: RequestId } & Page)
  | ({ kind: 'results'; request: RequestId } & Results)
  | { kind: 'done'; request: RequestId; room: RoomId | null }
  | ({ kind: 'refused'; request: RequestId | null } & Refusal);

/** Which end of which stretch a page is asked for. */
export type PageFrom =
  { before: MessageId } | { after: MessageId } | { around: MessageId } | 'newest';

export interface Post {
  readonly clientId: ClientId;
  readonly room: RoomId;
  readonly body: string;
  readonly replyTo: MessageId | null;
  readonly cell: CellReference | null;
  readonly attachments: readonly Attachment[];
}

/** What is answered by `done`, `refused`, `page` or `results` of the same request. */
export type Command =
  | ({ kind: 'post' } & Post)
  | { kind: 'correct'; room: RoomId; id: MessageId; body: string }
  | { kind: 'retract'; room: RoomId; id: MessageId; reason: string | null }
  | { kind: 'react'; room: RoomId; id: MessageId; emojis: readonly string[] }
  | { kind: 'page'; room: RoomId; from: PageFrom; limit: number }
  | {
      kind: 'search';
      query: string;
      room: RoomId | null;
      order: SearchOrder;
      cursor: string | null;
    }
  | { kind: 'notify'; room: RoomId; level: NotifyLevel }
  | { kind: 'direct'; username: string }
  | { kind: 'resolve'; room: RoomId; id: MessageId; resolved: boolean };

/** What nobody answers. */
export type Remark =
  | { kind: 'typing'; room: RoomId; active: boolean }
  | { kind: 'displayed'; room: RoomId; id: MessageId }
  | { kind: 'activity'; idleSeconds: number; at: At | null };

export type SearchOrder = 'newest' | 'relevance';

/** The frame in `json`, or a `FrameError`. */
export function decode(json: string): ServerFrame {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    throw new FrameError('a frame is JSON');
  }
  const raw = fields(value);
  const room = () => text(raw, 'room') as RoomId;
  const request = () => text(raw, 'request') as RequestId;
  const kind = text(raw, 'kind');
  switch (kind) {
    case 'state':
      return {
        kind,
        status: oneOf(raw, 'status', ['connected', 'reconnecting', 'offline', 'refused']),
        reason: maybeText(raw, 'reason'),
        since: maybeMoment(raw, 'since'),
        retryAt: maybeMoment(raw, 'retry_at'),
        me: maybe(raw, 'me', readMe),
        features: FEATURES.filter(feature => texts(raw, 'features').includes(feature))
      };
    case 'documents':
      return { kind, documents: list(raw, 'documents', readDocumentState) };
    case 'document':
      return { kind, document: readDocumentState(raw['document']) };
    case 'rooms':
      return { kind, rooms: list(raw, 'rooms', readRoom) };
    case 'access':
      return { kind, room: maybeText(raw, 'room') as RoomId | null };
    case 'occupants':
      return { kind, room: room(), people: list(raw, 'people', readOccupant) };
    case 'people':
      return {
        kind,
        whole: flag(raw, 'whole'),
        people: list(raw, 'people', readAcquaintance),
        gone: texts(raw, 'gone'),
        choice: raw['choice'] === null ? null : oneOf(raw, 'choice', CHOICES)
      };
    case 'message':
      return { kind, room: room(), message: readMessage(raw['message']) };
    case 'typing':
      return { kind, room: room(), people: list(raw, 'people', readPerson) };
    case 'archived':
      return { kind, room: room(), id: text(raw, 'id') as MessageId };
    case 'unsaid':
      return {
        kind,
        room: room(),
        clientId: text(raw, 'client_id') as ClientId,
        body: text(raw, 'body'),
        refusal: { condition: text(raw, 'condition'), text: text(raw, 'text') }
      };
    case 'read':
      return {
        kind,
        room: room(),
        id: maybeText(raw, 'id') as MessageId | null,
        unread: count(raw, 'unread'),
        mentions: count(raw, 'mentions')
      };
    case 'page':
      return {
        kind,
        request: request(),
        room: room(),
        messages: list(raw, 'messages', readMessage),
        first: flag(raw, 'first'),
        last: flag(raw, 'last')
      };
    case 'results':
      return {
        kind,
        request: request(),
        hits: list(raw, 'hits', readHit),
        cursor: maybeText(raw, 'cursor'),
        totalAtLeast: count(raw, 'total_at_least'),
        problems: list(raw, 'problems', readProblem)
      };
    case 'locked':
      return { kind, label: text(raw, 'label') };
    case 'done':
      return { kind, request: request(), room: maybeText(raw, 'room') as RoomId | null };
    case 'refused':
      return {
        kind,
        request: maybeText(raw, 'request') as RequestId | null,
        condition: text(raw, 'condition'),
        text: text(raw, 'text')
      };
    default:
      throw new FrameError(`unknown frame ${kind}`);
  }
}

/** The command as JSON; its answer carries `request`. */
export function encodeCommand(request: RequestId, command: Command): string {
  return JSON.stringify({ request, ...commandFields(command) });
}

export function encodeRemark(remark: Remark): string {
  if (remark.kind !== 'activity') {
    return JSON.stringify(remark);
  }
  return JSON.stringify({ kind: remark.kind, idle_seconds: remark.idleSeconds, at: remark.at });
}

function commandFields(command: Command): object {
  switch (command.kind) {
    case 'post':
      return {
        kind: command.kind,
        room: command.room,
        client_id: command.clientId,
        body: command.body,
        ...(command.replyTo === null ? {} : { reply_to: command.replyTo }),
        ...(command.cell === null ? {} : { cell: cellFields(command.cell) }),
        ...(command.attachments.length === 0
          ? {}
          : { attachments: command.attachments.map(attachmentFields) })
      };
    case 'page': {
      const { kind, room, from, limit } = command;
      return { kind, room, limit, ...(from === 'newest' ? {} : from) };
    }
    case 'correct':
    case 'retract':
    case 'react':
    case 'search':
    case 'notify':
    case 'direct':
    case 'resolve':
      return withoutNull(command);
  }
}

function withoutNull(command: object): object {
  return Object.fromEntries(Object.entries(command).filter(([, value]) => value !== null));
}

function readMe(value: unknown): Me {
  const raw = fields(value);
  return {
    username: text(raw, 'username'),
    displayName: text(raw, 'display_name'),
    jid: text(raw, 'jid')
  };
}

function readHit(value: unknown): Hit {
  const raw = fields(value);
  return {
    room: text(raw, 'room') as RoomId,
    message: readMessage(raw['message']),
    snippet: list(raw, 'snippet', item => {
      const part = fields(item);
      return { text: text(part, 'text'), hit: flag(part, 'hit') };
    })
  };
}

function readProblem(value: unknown): SearchProblem {
  const raw = fields(value);
  return { at: count(raw, 'at'), text: text(raw, 'text') };
}
