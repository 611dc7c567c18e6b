/** Romeo's panel in the tests: a socket that is scripted, and what is said over it. */
import { Signal } from '@lumino/signaling';

import { IMemory } from '../chat/memory';
import { ChatModel } from '../chat/model';
import { Me, Page, Post, ServerFrame } from '../frames';
import { DocumentState } from '../document_state';
import { ChatMessage, ClientId, DocumentId, MessageId, RoomId, Sender } from '../message';
import { Occupant } from '../people';
import { Room } from '../room';
import { IFrameSocket } from '../socket';

export const ORCHARD = 'orchard' as RoomId;
export const ME: Me = { username: 'romeo', displayName: 'Romeo', jid: 'romeo@montague.lit' };
export const ROMEO: Sender = { ...ME, me: true };
export const JULIET: Sender = {
  username: 'juliet',
  displayName: 'Juliet',
  jid: 'juliet@montague.lit',
  me: false
};
export const JULIET_HERE: Occupant = {
  ...JULIET,
  show: 'available',
  devices: ['lab'],
  since: null
};
const BEGIN = Date.UTC(2026, 10, 20, 9);

export function idOf(number: number): MessageId {
  return String((BEGIN + number * 60_000) * 1000) as MessageId;
}

/** What came in the `number`th minute. */
export function message(number: number, more: Partial<ChatMessage> = {}): ChatMessage {
  return {
    id: idOf(number),
    clientId: null,
    room: ORCHARD,
    time: new Date(BEGIN + number * 60_000),
    sender: JULIET,
    body: `line ${number}`,
    replyTo: null,
    edited: null,
    retracted: null,
    reactions: [],
    mentions: [],
    cell: null,
    attachments: [],
    encryption: null,
    state: 'delivered',
    ...more
  };
}

/** The messages of the minutes from `from` to `to`, both included. */
export function messages(from: number, to: number): ChatMessage[] {
  return Array.from({ length: to - from + 1 }, (_, index) => message(from + index));
}

export function page(from: number, to: number, first = false, last = true): Page {
  return { room: ORCHARD, messages: messages(from, to), first, last };
}

export function room(more: Partial<Room> = {}): Room {
  return {
    id: ORCHARD,
    name: 'Orchard',
    role: 'editor',
    direct: null,
    unread: 0,
    mentions: 0,
    read: null,
    notify: 'mentions',
    recorded: null,
    documents: [],
    members: [
      { username: 'romeo', displayName: 'Romeo', role: 'owner' },
      { username: 'juliet', displayName: 'Juliet Capulet', role: 'editor' }
    ],
    ...more
  };
}

/** The shared notebook of the orchard, saved. */
export function documentState(more: Partial<DocumentState> = {}): DocumentState {
  return {
    document: 'd' as DocumentId,
    room: ORCHARD,
    name: 'daylight.ipynb',
    path: 'sky/daylight.ipynb',
    role: 'editor',
    status: 'saved',
    since: new Date(BEGIN),
    waitingEdits: 0,
    waitingBytes: 0,
    reason: null,
    locked: null,
    ...more
  };
}

/** A frame on its way out, as the server would read it. */
export interface Sent {
  readonly kind: string;
  readonly request: string;
  readonly [key: string]: unknown;
}

export class ScriptedSocket implements IFrameSocket {
  open = true;
  readonly openChanged = new Signal<this, boolean>(this);
  readonly received = new Signal<this, ServerFrame>(this);
  readonly sent: Sent[] = [];

  send(json: string): boolean {
    if (this.open) {
      this.sent.push(JSON.parse(json) as Sent);
    }
    return this.open;
  }

  dispose(): void {
    Signal.clearData(this);
  }

  receive(frame: ServerFrame): void {
    this.received.emit(frame);
  }

  setOpen(open: boolean): void {
    this.open = open;
    this.openChanged.emit(open);
  }

  of(kind: string): readonly Sent[] {
    return this.sent.filter(frame => frame.kind === kind);
  }

  last(kind: string): Sent {
    const found = this.of(kind).at(-1);
    if (!found) {
      throw new Error(`no ${kind} was sent`);
    }
    return found;
  }
}

export class FleetingMemory implements IMemory {
  readonly drafts = new Map<RoomId, string>();
  kept: readonly Post[] = [];
  room: RoomId | null = null;

  draft(room: RoomId): string {
    return this.drafts.get(room) ?? '';
  }

  setDraft(room: RoomId, body: string): void {
    this.drafts.set(room, body);
  }

  posts(): readonly Post[] {
    return this.kept;
  }

  setPosts(posts: readonly Post[]): void {
    this.kept = posts;
  }

  lastRoom(): RoomId | null {
    return this.room;
  }

  setLastRoom(room: RoomId): void {
    this.room = room;
  }
}

/** Romeo, connected, with the orchard among his rooms. */
export class Stage {
  readonly socket = new ScriptedSocket();
  readonly model: ChatModel;
  now = BEGIN;
  private ids = 0;

  constructor(
    readonly memory: FleetingMemory = new FleetingMemory(),
    info: Room = room()
  ) {
    const clock = () => new Date(this.now);
    this.model = new ChatModel(this.socket, memory, clock, () => `c${(this.ids += 1)}`);
    this.connect();
    this.socket.receive({ kind: 'rooms', rooms: [info] });
  }

  get orchard() {
    const found = this.model.room(ORCHARD);
    if (!found) {
      throw new Error('the orchard is gone');
    }
    return found;
  }

  get bodies(): readonly string[] {
    return this.orchard.timeline.messages.map(({ body }) => body);
  }

  connect(): void {
    this.socket.receive({
      kind: 'state',
      status: 'connected',
      reason: null,
      since: new Date(BEGIN),
      retryAt: null,
      me: ME,
      features: ['search', 'files', 'direct', 'moderation']
    });
  }

  /** Answer the newest request for a page. */
  async give(answer: Page): Promise<void> {
    await settled();
    const { request } = this.socket.last('page');
    this.socket.receive({ kind: 'page', request: request as never, ...answer });
    await settled();
  }

  /** Open the orchard, which holds the messages of these minutes. */
  async open(from: number, to: number, first = true): Promise<void> {
    const opened = this.model.open(this.orchard);
    await this.give(page(from, to, first));
    await opened;
  }

  hear(heard: ChatMessage): void {
    this.socket.receive({ kind: 'message', room: ORCHARD, message: heard });
  }

  async refuse(kind: string, condition: string, text = 'No.'): Promise<void> {
    await settled();
    const { request } = this.socket.last(kind);
    this.socket.receive({ kind: 'refused', request: request as never, condition, text });
    await settled();
  }

  write(body: string): void {
    this.model.setDraft(this.orchard, { ...this.orchard.draft, body });
  }

  say(body: string): ClientId {
    this.write(body);
    this.model.outgoing.send(this.orchard, this.model.me);
    return `c${this.ids}` as ClientId;
  }
}

/** Let everything that waits only for a promise go on. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) {
    await Promise.resolve();
  }
}
