import { ISignal, Signal } from '@lumino/signaling';

import { Me, Post, Refusal, Remark, encodeRemark } from '../frames';
import { ChatMessage, ClientId, MessageId } from '../message';
import { IFrameSocket } from '../socket';
import { ChatRoom, NOTHING_WRITTEN } from './chat_room';
import { IMemory } from './memory';
import { AWAY, Requests } from './requests';

/** As many characters as a room takes in one message. */
export const LONGEST_BODY = 20_000;
/** While somebody types, the room is told again after this long. */
const TYPING_MS = 10_000;

/** A message that its room will never have, as its writer wrote it. */
export interface Unsaid {
  readonly clientId: ClientId;
  readonly body: string;
  readonly refusal: Refusal;
}

/** What a person says and does in rooms. Posts are kept until the room has named them, and sent under one id. */
export class Outgoing {
  constructor(
    private readonly socket: IFrameSocket,
    private readonly requests: Requests,
    private readonly memory: IMemory,
    private readonly now: () => Date,
    private readonly newId: () => string
  ) {
    memory.posts().forEach(post => this.posts.set(post.clientId, post));
  }

  /** Something was refused that stands in no room here: it is its writer's again. */
  get returned(): ISignal<this, Unsaid> {
    return this._returned;
  }

  /** Send what is written; shown at once, and sent later when there is no connection. */
  send(room: ChatRoom, me: Me | null): void {
    const { body, replyTo, correcting, cell, attachments } = room.draft;
    const said = body.trim();
    if ((!said && attachments.length === 0) || said.length > LONGEST_BODY) {
      return;
    }
    this.stopTyping(room);
    if (correcting?.id != null) {
      void this.correct(room, correcting.id, said);
    } else {
      const post: Post = {
        clientId: this.newId() as ClientId,
        room: room.id,
        body: said || attachments.map(({ name }) => name).join(', '),
        replyTo: replyTo?.id ?? null,
        cell,
        attachments
      };
      this.keep(post);
      room.timeline.apply(this.echo(post, room, me));
      this.transmit(room, post);
    }
    room.draft = NOTHING_WRITTEN;
    this.memory.setDraft(room.id, '');
    room.touch();
  }

  async correct(room: ChatRoom, id: MessageId, body: string): Promise<void> {
    await this.tell(room, { kind: 'correct', room: room.id, id, body });
  }

  async retract(room: ChatRoom, id: MessageId, reason: string | null): Promise<void> {
    await this.tell(room, { kind: 'retract', room: room.id, id, reason });
  }

  async resolve(room: ChatRoom, id: MessageId, resolved: boolean): Promise<void> {
    await this.tell(room, { kind: 'resolve', room: room.id, id, resolved });
  }

  /** Add my `emoji` to a message, or take it back. */
  async react(room: ChatRoom, message: ChatMessage, emoji: string): Promise<void> {
    if (message.id === null) {
      return;
    }
    const mine = message.reactions.filter(reaction => reaction.mine).map(({ emoji }) => emoji);
    const emojis = mine.includes(emoji) ? mine.filter(each => each !== emoji) : [...mine, emoji];
    await this.tell(room, { kind: 'react', room: room.id, id: message.id, emojis });
  }

  /** Try a refused message again. */
  again(room: ChatRoom, client: ClientId): void {
    const post = this.posts.get(client);
    if (post) {
      room.refused.delete(client);
      room.touch();
      this.transmit(room, post);
    }
  }

  /** The room will not have it; `room` is null if the person is not in it any more. */
  refuse(room: ChatRoom | null, unsaid: Unsaid): void {
    if (room !== null && this.posts.has(unsaid.clientId)) {
      room.refused.set(unsaid.clientId, unsaid.refusal);
      room.touch();
      return;
    }
    room?.timeline.withdraw(unsaid.clientId);
    room?.touch();
    this.forget(unsaid.clientId);
    this._returned.emit(unsaid);
  }

  /** Give up a refused message; its text goes back where it was written, if nothing is there. */
  withdraw(room: ChatRoom, client: ClientId): void {
    const post = this.posts.get(client);
    room.refused.delete(client);
    room.timeline.withdraw(client);
    this.forget(client);
    if (post && !room.draft.body) {
      const { body, cell, attachments } = post;
      room.draft = { ...NOTHING_WRITTEN, body, cell, attachments };
      this.memory.setDraft(room.id, body);
    }
    room.touch();
  }

  /** A key was pressed in `room`. */
  typed(room: ChatRoom): void {
    const now = this.now().getTime();
    if (this.typingSince === null || now - this.typingSince > TYPING_MS) {
      this.typingSince = now;
      this.remark({ kind: 'typing', room: room.id, active: true });
    }
  }

  stopTyping(room: ChatRoom | null): void {
    if (room !== null && this.typingSince !== null) {
      this.typingSince = null;
      this.remark({ kind: 'typing', room: room.id, active: false });
    }
  }

  /** What is out of date by the time there is a connection: said now or never. */
  remark(remark: Remark): void {
    this.socket.send(encodeRemark(remark));
  }

  /** The room has named one of ours. */
  heard(room: ChatRoom, message: ChatMessage): void {
    if (message.clientId !== null && message.id !== null) {
      this.forget(message.clientId);
      room.refused.delete(message.clientId);
    }
  }

  /** Show what was not sent when this page was last closed. */
  restore(room: ChatRoom, me: Me | null): void {
    this.rooms.set(room.id, room);
    for (const post of this.posts.values()) {
      if (post.room === room.id) {
        room.timeline.apply(this.echo(post, room, me));
        this.transmit(room, post);
      }
    }
  }

  /** There is a connection again. Whoever hears a post twice knows it by its id. */
  sendWaiting(): void {
    for (const post of this.posts.values()) {
      const room = this.rooms.get(post.room);
      if (room && !room.refused.has(post.clientId)) {
        this.transmit(room, post);
      }
    }
  }

  private transmit(room: ChatRoom, post: Post): void {
    if (!this.socket.open || this.underWay.has(post.clientId)) {
      return;
    }
    this.underWay.add(post.clientId);
    void this.requests.ask({ kind: 'post', ...post }).then(answer => {
      this.underWay.delete(post.clientId);
      if (answer.kind !== 'refused' || answer.condition === AWAY.condition) {
        return;
      }
      room.refused.set(post.clientId, answer);
      room.touch();
    });
  }

  private async tell(
    room: ChatRoom,
    command: Parameters<Requests['ask']>[0]
  ): Promise<Refusal | null> {
    const answer = await this.requests.ask(command);
    room.trouble = answer.kind === 'refused' ? answer : null;
    room.touch();
    return room.trouble;
  }

  private keep(post: Post): void {
    this.posts.set(post.clientId, post);
    this.memory.setPosts([...this.posts.values()]);
  }

  private forget(client: ClientId): void {
    if (this.posts.delete(client)) {
      this.memory.setPosts([...this.posts.values()]);
    }
  }

  private echo(post: Post, room: ChatRoom, me: Me | null): ChatMessage {
    const quoted = post.replyTo === null ? null : room.timeline.find(post.replyTo);
    return {
      id: null,
      clientId: post.clientId,
      room: post.room,
      time: this.now(),
      sender: {
        username: me?.username ?? null,
        displayName: me?.displayName ?? '',
        jid: me?.jid ?? '',
        me: true
      },
      body: post.body,
      replyTo:
        quoted?.id == null
          ? null
          : { id: quoted.id, displayName: quoted.sender.displayName, body: quoted.body },
      edited: null,
      retracted: null,
      reactions: [],
      mentions: [],
      cell: post.cell,
      attachments: post.attachments,
      encryption: null,
      state: 'waiting'
    };
  }

  private readonly underWay = new Set<ClientId>();
  private typingSince: number | null = null;
  private readonly posts = new Map<ClientId, Post>();
  private readonly rooms = new Map<string, ChatRoom>();

  private readonly _returned = new Signal<this, Unsaid>(this);
}
