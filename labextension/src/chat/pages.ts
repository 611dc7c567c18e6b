import { Page, PageFrom } from '../frames';
import { ChatMessage, MessageId, RoomId, compareIds } from '../message';
import { Retry, nextRetry } from '../retry';
import { ChatRoom } from './chat_room';
import { AWAY, Requests } from './requests';

const SCREENFUL = 50;
const FEW = 5;
/** How much may have been missed before what is shown is given up for the newest. */
const CATCH_UP = 200;
const FIRST: Retry = { attempt: 0, delayMs: 0 };

/** Fetches what a chat room shows: one page at a time for each. */
export class Pages {
  constructor(private readonly requests: Requests) {}

  /** The newest messages, in place of whatever is shown. A room that shows nothing asks until it is answered. */
  async newest(room: ChatRoom): Promise<void> {
    this.opened.add(room);
    await this.underWay.get(room);
    const page = await this.fetch(room, 'newest', SCREENFUL);
    if (page) {
      this.retries.delete(room);
      room.timeline.replace(page);
      this.seen(room);
    } else if (this.unanswered.has(room) && !this.asksAgain.has(room)) {
      const retry = nextRetry(this.retries.get(room) ?? FIRST, Math.random());
      this.retries.set(room, retry);
      this.asksAgain.add(room);
      window.setTimeout(() => void this.again(room), retry.delayMs);
    }
  }

  async older(room: ChatRoom): Promise<void> {
    const { oldest, first, generation } = room.timeline;
    if (oldest === null || first) {
      return;
    }
    const page = await this.fetch(room, { before: oldest }, SCREENFUL);
    if (page && room.timeline.generation === generation) {
      room.timeline.prepend(page);
      room.touch();
    }
  }

  async newer(room: ChatRoom): Promise<void> {
    const { newest, last, generation } = room.timeline;
    if (newest === null || last) {
      return;
    }
    const page = await this.fetch(room, { after: newest }, SCREENFUL);
    if (page && room.timeline.generation === generation) {
      room.timeline.append(page);
      this.seen(room);
    }
  }

  /** The messages around `id`, in place of what is shown, unless it is shown already. */
  async around(room: ChatRoom, id: MessageId): Promise<boolean> {
    await this.underWay.get(room);
    if (room.timeline.indexOf(id) >= 0) {
      return true;
    }
    const page = await this.fetch(room, { around: id }, SCREENFUL);
    if (!page) {
      return false;
    }
    room.timeline.replace(page);
    this.seen(room);
    return room.timeline.indexOf(id) >= 0;
  }

  /** A few messages on both sides of `id`, to look at; null when they are not to be had. */
  async near(room: RoomId, id: MessageId): Promise<readonly ChatMessage[] | null> {
    const from = { around: id };
    const answer = await this.requests.ask({ kind: 'page', room, from, limit: FEW });
    return answer.kind === 'page' ? answer.messages : null;
  }

  /** After a while without a connection: what came meanwhile, and what became of what is shown. */
  async catchUp(room: ChatRoom): Promise<void> {
    await this.underWay.get(room);
    const { newest, last } = room.timeline;
    if (newest === null && this.opened.has(room)) {
      return this.newest(room);
    }
    if (!last || newest === null) {
      return;
    }
    const page = await this.fetch(room, 'newest', CATCH_UP);
    const oldest = page?.messages[0]?.id ?? null;
    if (!page || oldest === null) {
      return;
    }
    if (page.first || compareIds(oldest, newest) <= 0) {
      room.timeline.append(page);
    } else {
      room.timeline.replace(page);
    }
    this.seen(room);
  }

  private seen(room: ChatRoom): void {
    room.see(room.timeline.newest);
    room.touch();
  }

  /** The page, or null: it was refused, or another one is on its way already. */
  private async fetch(room: ChatRoom, from: PageFrom, limit: number): Promise<Page | null> {
    if (this.underWay.has(room)) {
      return null;
    }
    const asked = this.requests.ask({ kind: 'page', room: room.id, from, limit });
    this.underWay.set(room, asked);
    const answer = await asked;
    this.underWay.delete(room);
    const refusal = answer.kind === 'refused' ? answer : null;
    if (refusal?.condition === AWAY.condition) {
      this.unanswered.add(room);
    } else {
      this.unanswered.delete(room);
    }
    // That there is no connection is said elsewhere.
    room.trouble = refusal?.text === AWAY.text ? null : refusal;
    room.touch();
    return answer.kind === 'page' ? answer : null;
  }

  /** Ask once more, unless there has been an answer since. */
  private async again(room: ChatRoom): Promise<void> {
    this.asksAgain.delete(room);
    if (room.timeline.generation === 0) {
      await this.newest(room);
    }
  }

  /** Rooms that somebody has looked into. */
  private readonly opened = new Set<ChatRoom>();
  /** Those for which nobody heard what was asked last. */
  private readonly unanswered = new Set<ChatRoom>();
  private readonly asksAgain = new Set<ChatRoom>();
  private readonly retries = new Map<ChatRoom, Retry>();
  private readonly underWay = new Map<ChatRoom, Promise<unknown>>();
}
