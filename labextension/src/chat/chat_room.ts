import { ISignal, Signal } from '@lumino/signaling';

import { Me, Refusal } from '../frames';
import {
  Attachment,
  CellReference,
  ChatMessage,
  ClientId,
  MessageId,
  RoomId,
  compareIds
} from '../message';
import { Occupant } from '../people';
import { Person, Room } from '../room';
import { Timeline } from './timeline';

/** What is being written, until it is sent. */
export interface Draft {
  readonly body: string;
  readonly replyTo: ChatMessage | null;
  /** The message whose text this is to become. */
  readonly correcting: ChatMessage | null;
  readonly cell: CellReference | null;
  readonly attachments: readonly Attachment[];
}

export const NOTHING_WRITTEN: Draft = {
  body: '',
  replyTo: null,
  correcting: null,
  cell: null,
  attachments: []
};

/** A message to be shown, and how often that was asked for. */
export interface Target {
  readonly id: MessageId;
  readonly serial: number;
}

/** One room's chat as the panel knows it. Only `ChatModel` changes it. */
export class ChatRoom {
  constructor(
    public info: Room,
    public draft: Draft
  ) {}

  get id(): RoomId {
    return this.info.id;
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get displayName(): string {
    return this.info.direct?.displayName ?? this.info.name;
  }

  /** Grows with every change. */
  version = 0;
  readonly timeline = new Timeline();
  occupants: readonly Occupant[] = [];
  typing: readonly Person[] = [];
  /** Why these messages did not leave. */
  readonly refused = new Map<ClientId, Refusal>();
  /** The last message that was read when the room was opened: what is below is new. */
  divider: MessageId | null = null;
  target: Target | null = null;
  /** What the last command came to, if it was refused. */
  trouble: Refusal | null = null;

  /** Tell those who look. */
  touch(): void {
    this.version += 1;
    this._changed.emit();
  }

  /** Whether `message` arrived later than everything that was seen of this room. */
  isNews(message: ChatMessage): boolean {
    if (message.id === null || message.sender.me) {
      return false;
    }
    if (this.newestSeen !== null) {
      return compareIds(message.id, this.newestSeen) > 0;
    }
    // Of a room that was never opened, only what is untouched can be new.
    return message.edited === null && message.retracted === null && !message.reactions.length;
  }

  /** One more that its reader has not seen, from somebody who writes no more just now. */
  count(message: ChatMessage, me: Me | null): void {
    const { unread, mentions } = this.info;
    const mentioned = me !== null && message.mentions.includes(me.username);
    this.info = { ...this.info, unread: unread + 1, mentions: mentions + (mentioned ? 1 : 0) };
    this.typing = this.typing.filter(({ jid }) => jid !== message.sender.jid);
  }

  see(id: MessageId | null): void {
    if (id !== null && (this.newestSeen === null || compareIds(id, this.newestSeen) > 0)) {
      this.newestSeen = id;
    }
  }

  get newest(): MessageId | null {
    return this.newestSeen;
  }

  private newestSeen: MessageId | null = null;
  private readonly _changed = new Signal<this, void>(this);
}
