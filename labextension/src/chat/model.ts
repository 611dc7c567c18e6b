import { ISignal, Signal } from '@lumino/signaling';

import { ConnectionStatus, Feature, Me, Refusal, ServerFrame } from '../frames';
import { ChatMessage, MessageId, RoomId } from '../message';
import { People } from '../presence/model';
import { NotifyLevel, Room } from '../room';
import { IFrameSocket } from '../socket';
import { DocumentStates } from '../status/model';
import { ChatRoom, Draft, NOTHING_WRITTEN } from './chat_room';
import { IMemory } from './memory';
import { Outgoing } from './outgoing';
import { Pages } from './pages';
import { Requests } from './requests';

/** Something was said that had not been heard before. */
export interface Arrival {
  readonly room: ChatRoom;
  readonly message: ChatMessage;
}

/** Everything the panel shows, apart from any view. */
export class ChatModel {
  constructor(
    private readonly socket: IFrameSocket,
    private readonly memory: IMemory,
    private readonly now: () => Date,
    newId: () => string
  ) {
    this.requests = new Requests(socket);
    this.pages = new Pages(this.requests);
    this.outgoing = new Outgoing(socket, this.requests, memory, now, newId);
    socket.received.connect((_, frame) => this.receive(frame));
    socket.openChanged.connect((_, open) => this.opened(open));
  }

  /** Rooms came or went, another one is shown, or the connection changed. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get arrived(): ISignal<this, Arrival> {
    return this._arrived;
  }

  /** Somebody guesses at the app password of this label. */
  get locked(): ISignal<this, string> {
    return this._locked;
  }

  /** The server has said that it is there, and knows nothing of this tab yet. */
  get greeted(): ISignal<this, void> {
    return this._greeted;
  }

  /** Any room changed. */
  get roomChanged(): ISignal<this, ChatRoom> {
    return this._roomChanged;
  }

  /** Who may be in a room has changed, or somewhere, if none is named. */
  get accessChanged(): ISignal<this, RoomId | null> {
    return this._accessChanged;
  }

  get rooms(): readonly ChatRoom[] {
    return this.ordered;
  }

  status: ConnectionStatus = 'reconnecting';
  reason: string | null = null;
  /** Since when it is as `status` says; null until the server has said anything. */
  since: Date | null = null;
  retryAt: Date | null = null;
  me: Me | null = null;
  /** What the server can do. */
  features: ReadonlySet<Feature> = new Set();
  /** Rooms were told of at least once. */
  ready = false;
  current: ChatRoom | null = null;
  version = 0;
  readonly documents = new DocumentStates();
  readonly people = new People();
  readonly requests: Requests;
  readonly pages: Pages;
  readonly outgoing: Outgoing;

  /** Whether the lab hears its own server; whether that one is connected is another question. */
  get heard(): boolean {
    return this.socket.open;
  }

  room(id: RoomId): ChatRoom | null {
    return this.byId.get(id) ?? null;
  }

  /** Show a room; null shows the list of rooms. */
  async open(room: ChatRoom | null): Promise<void> {
    this.outgoing.stopTyping(this.current);
    this.current = room;
    this.touch();
    if (room === null) {
      return;
    }
    this.memory.setLastRoom(room.id);
    room.divider = room.info.unread > 0 ? room.info.read : null;
    if (room.timeline.newest === null) {
      await this.pages.newest(room);
    }
  }

  /** Show a message of a room in its context; false when it is not to be had. */
  async jump(id: RoomId, message: MessageId): Promise<boolean> {
    const room = this.room(id);
    if (room === null) {
      return false;
    }
    if (this.current !== room) {
      this.current = room;
      this.touch();
    }
    const found = await this.pages.around(room, message);
    if (found) {
      room.target = { id: message, serial: (room.target?.serial ?? 0) + 1 };
    }
    room.touch();
    return found;
  }

  /** A few messages around one, which need not be shown; null when they are not to be had. */
  async near(room: RoomId, message: MessageId | null): Promise<readonly ChatMessage[] | null> {
    return message === null ? null : this.pages.near(room, message);
  }

  /** The person has the newest messages of `room` before their eyes. */
  displayed(room: ChatRoom): void {
    const newest = room.timeline.newest;
    if (newest === null || !room.timeline.last || room.info.unread + room.info.mentions === 0) {
      return;
    }
    if (this.socket.open) {
      this.outgoing.remark({ kind: 'displayed', room: room.id, id: newest });
    }
    this.setInfo(room, { ...room.info, read: newest, unread: 0, mentions: 0 });
  }

  setDraft(room: ChatRoom, draft: Draft): void {
    room.draft = draft;
    if (draft.correcting === null) {
      this.memory.setDraft(room.id, draft.body);
    }
    room.touch();
  }

  async setNotify(room: ChatRoom, level: NotifyLevel): Promise<Refusal | null> {
    const answer = await this.requests.ask({ kind: 'notify', room: room.id, level });
    if (answer.kind === 'refused') {
      return answer;
    }
    this.setInfo(room, { ...room.info, notify: level });
    return null;
  }

  /** Write to one person, in the room that the two of them have; null or why not. */
  async writeTo(username: string): Promise<Refusal | null> {
    const answer = await this.requests.ask({ kind: 'direct', username });
    if (answer.kind === 'refused') {
      return answer;
    }
    if (answer.kind === 'done' && answer.room !== null) {
      this.awaited = answer.room;
      this.openAwaited();
    }
    return null;
  }

  /** Once rooms are known, open this one. */
  openSoon(room: RoomId | null): void {
    this.awaited = room;
    this.openAwaited();
  }

  private receive(frame: ServerFrame): void {
    switch (frame.kind) {
      case 'state':
        this.features = new Set(frame.features);
        this.since = frame.since;
        this.retryAt = frame.retryAt;
        return this.setState(frame.status, frame.reason, frame.me);
      case 'locked':
        return this._locked.emit(frame.label);
      case 'documents':
        return this.documents.setAll(frame.documents);
      case 'document':
        return this.documents.set(frame.document);
      case 'people':
        return this.people.hear(frame);
      case 'rooms':
        return this.setRooms(frame.rooms);
      case 'access':
        return this._accessChanged.emit(frame.room);
      case 'done':
      case 'page':
      case 'results':
      case 'refused':
        return this.requests.settle(frame);
      case 'unsaid':
        return this.outgoing.refuse(this.room(frame.room), frame);
      case 'message':
      case 'occupants':
      case 'typing':
      case 'archived':
      case 'read': {
        const room = this.room(frame.room);
        return room === null ? undefined : this.inRoom(room, frame);
      }
      default:
        frame satisfies never;
    }
  }

  private inRoom(
    room: ChatRoom,
    frame: Extract<ServerFrame, { kind: 'message' | 'occupants' | 'typing' | 'archived' | 'read' }>
  ): void {
    switch (frame.kind) {
      case 'message':
        return this.hear(room, frame.message);
      case 'occupants':
        room.occupants = frame.people;
        return room.touch();
      case 'typing':
        room.typing = frame.people.filter(({ jid }) => jid !== this.me?.jid);
        return room.touch();
      case 'archived':
        room.timeline.archive(frame.id);
        return room.touch();
      case 'read':
        return this.setInfo(room, {
          ...room.info,
          read: frame.id ?? room.info.read,
          unread: frame.unread,
          mentions: frame.mentions
        });
      default:
        frame satisfies never;
    }
  }

  private hear(room: ChatRoom, message: ChatMessage): void {
    const news = room.isNews(message);
    room.timeline.apply(message);
    room.see(message.id);
    this.outgoing.heard(room, message);
    if (news) {
      room.count(message, this.me);
      this.touch();
    }
    room.touch();
    if (news) {
      this._arrived.emit({ room, message });
    }
  }

  private opened(open: boolean): void {
    if (open) {
      this._greeted.emit();
    } else {
      this.since = this.now();
      this.retryAt = null;
      this.people.forget();
      this.setState('reconnecting', null, this.me);
      this.rooms.forEach(room => {
        room.typing = [];
        room.occupants = [];
        room.touch();
      });
    }
  }

  private setState(status: ConnectionStatus, reason: string | null, me: Me | null): void {
    const back = status === 'connected' && this.status !== 'connected';
    this.status = status;
    this.reason = reason;
    this.me = me ?? this.me;
    this.touch();
    if (back) {
      this.outgoing.sendWaiting();
      for (const room of this.rooms) {
        void this.pages.catchUp(room);
      }
    }
  }

  private setRooms(rooms: readonly Room[]): void {
    const before = this.byId;
    this.byId = new Map(
      rooms.map(info => {
        const room = before.get(info.id) ?? this.meet(info);
        room.info = info;
        return [info.id, room];
      })
    );
    this.ordered = [...this.byId.values()];
    if (this.current !== null && !this.byId.has(this.current.id)) {
      this.current = null;
    }
    this.ready = true;
    this.rooms.forEach(room => room.touch());
    this.touch();
    this.openAwaited();
  }

  private meet(info: Room): ChatRoom {
    const draft: Draft = { ...NOTHING_WRITTEN, body: this.memory.draft(info.id) };
    const room = new ChatRoom(info, draft);
    room.see(info.read);
    room.changed.connect(() => this._roomChanged.emit(room));
    this.outgoing.restore(room, this.me);
    return room;
  }

  private openAwaited(): void {
    const room = this.awaited === null ? null : this.room(this.awaited);
    if (room !== null) {
      this.awaited = null;
      void this.open(room);
    }
  }

  private setInfo(room: ChatRoom, info: Room): void {
    room.info = info;
    room.touch();
    this.touch();
  }

  private touch(): void {
    this.version += 1;
    this._changed.emit();
  }

  private awaited: RoomId | null = null;
  private byId = new Map<RoomId, ChatRoom>();
  private ordered: readonly ChatRoom[] = [];
  private readonly _changed = new Signal<this, void>(this);
  private readonly _greeted = new Signal<this, void>(this);
  private readonly _arrived = new Signal<this, Arrival>(this);
  private readonly _locked = new Signal<this, string>(this);
  private readonly _accessChanged = new Signal<this, RoomId | null>(this);
  private readonly _roomChanged = new Signal<this, ChatRoom>(this);
}
