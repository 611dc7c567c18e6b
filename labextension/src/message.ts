import {
  Fields,
  count,
  fields,
  flag,
  list,
  maybe,
  maybeText,
  moment,
  oneOf,
  text,
  texts
} from './reading';

export type RoomId = string & { readonly __brand: 'RoomId' };
/** The stanza-id that the room gave; grows with time. */
export type MessageId = string & { readonly __brand: 'MessageId' };
/** What this browser calls a message until the room has named it. */
export type ClientId = string & { readonly __brand: 'ClientId' };
export type DocumentId = string & { readonly __brand: 'DocumentId' };

export interface Sender {
  /** Of the hub; null for somebody the hub does not know. */
  readonly username: string | null;
  readonly displayName: string;
  readonly jid: string;
  readonly me: boolean;
}

export interface Quote {
  readonly id: MessageId;
  readonly displayName: string;
  readonly body: string;
}

export interface Retracted {
  readonly by: string;
  readonly reason: string | null;
}

export interface Reaction {
  readonly emoji: string;
  readonly people: readonly string[];
  readonly mine: boolean;
}

/** The cell that a message is about. */
export interface CellReference {
  readonly document: DocumentId;
  readonly cell: string;
  /** Of the document, as people call it. */
  readonly name: string;
  readonly resolved: boolean;
  readonly excerpt: string;
  /** Opens the cell in the lab of whoever follows it; for clients that know no cells. */
  readonly link: string;
}

export interface Attachment {
  readonly url: string;
  readonly name: string;
  readonly size: number;
  readonly type: string;
}

/** waiting: not in the room yet; sent: the room has it; delivered: the archive has it too. */
export type MessageState = 'waiting' | 'sent' | 'delivered';

export interface ChatMessage {
  /** Null while it is on its way to the room. */
  readonly id: MessageId | null;
  readonly clientId: ClientId | null;
  readonly room: RoomId;
  readonly time: Date;
  readonly sender: Sender;
  readonly body: string;
  readonly replyTo: Quote | null;
  readonly edited: Date | null;
  readonly retracted: Retracted | null;
  readonly reactions: readonly Reaction[];
  /** Hub user names. */
  readonly mentions: readonly string[];
  readonly cell: CellReference | null;
  readonly attachments: readonly Attachment[];
  /** How it is encrypted, by name, for others than this hub; null if it can be read. */
  readonly encryption: string | null;
  readonly state: MessageState;
}

/** Older first. Stanza-ids are whole numbers, written without leading zeros. */
export function compareIds(left: MessageId, right: MessageId): number {
  if (left.length !== right.length) {
    return left.length - right.length;
  }
  return left < right ? -1 : left > right ? 1 : 0;
}

export function readMessage(value: unknown): ChatMessage {
  const raw = fields(value);
  return {
    id: maybeText(raw, 'id') as MessageId | null,
    clientId: maybeText(raw, 'client_id') as ClientId | null,
    room: text(raw, 'room') as RoomId,
    time: moment(raw, 'time'),
    sender: readSender(raw['sender']),
    body: text(raw, 'body'),
    replyTo: maybe(raw, 'reply_to', readQuote),
    edited: maybe(raw, 'edited', edited => moment({ edited }, 'edited')),
    retracted: maybe(raw, 'retracted', readRetracted),
    reactions: list(raw, 'reactions', readReaction),
    mentions: texts(raw, 'mentions'),
    cell: maybe(raw, 'cell', readCell),
    attachments: list(raw, 'attachments', readAttachment),
    encryption: maybeText(raw, 'encryption'),
    state: oneOf(raw, 'state', ['waiting', 'sent', 'delivered'])
  };
}

export function readSender(value: unknown): Sender {
  const raw = fields(value);
  return {
    username: maybeText(raw, 'username'),
    displayName: text(raw, 'display_name'),
    jid: text(raw, 'jid'),
    me: flag(raw, 'me')
  };
}

/** A cell as frames name it, on the way out. */
export function cellFields(cell: CellReference): Fields {
  const { document, name, excerpt, link } = cell;
  return { document, cell: cell.cell, name, excerpt, link };
}

export function attachmentFields(attachment: Attachment): Fields {
  return { ...attachment };
}

export function readAttachment(value: unknown): Attachment {
  const raw = fields(value);
  return {
    url: text(raw, 'url'),
    name: text(raw, 'name'),
    size: count(raw, 'size'),
    type: text(raw, 'type')
  };
}

function readQuote(value: unknown): Quote {
  const raw = fields(value);
  return {
    id: text(raw, 'id') as MessageId,
    displayName: text(raw, 'display_name'),
    body: text(raw, 'body')
  };
}

function readRetracted(value: unknown): Retracted {
  const raw = fields(value);
  return { by: text(raw, 'by'), reason: maybeText(raw, 'reason') };
}

function readReaction(value: unknown): Reaction {
  const raw = fields(value);
  return { emoji: text(raw, 'emoji'), people: texts(raw, 'people'), mine: flag(raw, 'mine') };
}

export function readCell(value: unknown): CellReference {
  const raw = fields(value);
  return {
    document: text(raw, 'document') as DocumentId,
    cell: text(raw, 'cell'),
    name: text(raw, 'name'),
    resolved: flag(raw, 'resolved'),
    excerpt: text(raw, 'excerpt'),
    link: maybeText(raw, 'link') ?? ''
  };
}
