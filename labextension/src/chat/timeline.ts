import { Page } from '../frames';
import { ChatMessage, ClientId, MessageId, compareIds } from '../message';

/** added: it is new and in sight; replaced: it was there; outside: it is older or newer than what is held. */
export type Applied = 'added' | 'replaced' | 'outside';

/** The first row's number before anything older came; a row keeps its number when more is put above it. */
const ORIGIN = 1_000_000_000;

/** One unbroken stretch of a chat room, oldest first, and after it what is still on its way. */
export class Timeline {
  /** There is nothing older. */
  first = false;
  /** Nothing newer is missing: what arrives goes on here. */
  last = false;
  /** Changes when another stretch takes the place of this one. */
  generation = 0;
  /** The number of the first row. */
  origin = ORIGIN;

  /** The same array until something changes. */
  get messages(): readonly ChatMessage[] {
    this.rows ??= [...this.settled, ...this.waiting.values()];
    return this.rows;
  }

  get newest(): MessageId | null {
    return this.settled.at(-1)?.id ?? null;
  }

  get oldest(): MessageId | null {
    return this.settled[0]?.id ?? null;
  }

  find(id: MessageId): ChatMessage | null {
    const index = this.place(id);
    const found = this.settled[index];
    return found?.id === id ? found : null;
  }

  /** The index of `id` among `messages`, or -1. */
  indexOf(id: MessageId): number {
    const index = this.place(id);
    return this.settled[index]?.id === id ? index : -1;
  }

  /** Take a message in, or what became of it. */
  apply(message: ChatMessage): Applied {
    this.rows = null;
    if (message.clientId !== null && message.id !== null) {
      this.waiting.delete(message.clientId);
    }
    if (message.id === null) {
      return this.wait(message);
    }
    const index = this.place(message.id);
    if (this.settled[index]?.id === message.id) {
      this.settled[index] = this.asArchived(message);
      return 'replaced';
    }
    const isNewest = index === this.settled.length;
    const isOldest = index === 0;
    if ((isNewest && !this.last) || (isOldest && !isNewest && !this.first)) {
      return 'outside';
    }
    this.settled.splice(index, 0, this.asArchived(message));
    return 'added';
  }

  /** Forget a message that never left. */
  withdraw(client: ClientId): void {
    this.rows = null;
    this.waiting.delete(client);
  }

  /** Everything up to `id` is durable. */
  archive(id: MessageId): void {
    if (this.archived !== null && compareIds(id, this.archived) <= 0) {
      return;
    }
    const before = this.archived;
    this.archived = id;
    this.rows = null;
    for (let index = this.settled.length - 1; index >= 0; index--) {
      const message = this.settled[index];
      if (message?.id == null || (before !== null && compareIds(message.id, before) <= 0)) {
        return;
      }
      this.settled[index] = this.asArchived(message);
    }
  }

  /** Put what is older than everything here above it. */
  prepend(page: Page): void {
    const oldest = this.oldest;
    const older = page.messages.filter(
      ({ id }) => id !== null && (oldest === null || compareIds(id, oldest) < 0)
    );
    this.settled = [...older, ...this.settled];
    this.origin -= older.length;
    this.first = page.first;
    this.rows = null;
  }

  /** Go on with what is newer, replacing what is here already. */
  append(page: Page): void {
    this.last ||= page.last;
    const whole = this.last;
    this.last = true; // so that what the page holds is taken in
    page.messages.forEach(message => this.apply(message));
    this.last = whole;
  }

  /** Show another stretch. */
  replace(page: Page): void {
    this.settled = page.messages.filter(({ id }) => id !== null);
    for (const { clientId } of this.settled) {
      if (clientId !== null) {
        this.waiting.delete(clientId);
      }
    }
    this.first = page.first;
    this.last = page.last;
    this.origin = ORIGIN;
    this.generation += 1;
    this.rows = null;
  }

  private wait(message: ChatMessage): Applied {
    if (message.clientId === null) {
      return 'outside';
    }
    const known = this.waiting.has(message.clientId);
    this.waiting.set(message.clientId, message);
    return known ? 'replaced' : 'added';
  }

  private asArchived(message: ChatMessage): ChatMessage {
    const isArchived =
      message.id !== null && this.archived !== null && compareIds(message.id, this.archived) <= 0;
    return isArchived && message.state === 'sent' ? { ...message, state: 'delivered' } : message;
  }

  /** Where `id` is among the settled, or would be put. */
  private place(id: MessageId): number {
    let low = 0;
    let high = this.settled.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const there = this.settled[middle]?.id ?? null;
      if (there !== null && compareIds(there, id) < 0) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  private archived: MessageId | null = null;
  private settled: ChatMessage[] = [];
  private readonly waiting = new Map<ClientId, ChatMessage>();
  private rows: readonly ChatMessage[] | null = null;
}
