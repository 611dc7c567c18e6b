import { Post } from '../frames';
import {
  CellReference,
  ClientId,
  MessageId,
  RoomId,
  attachmentFields,
  cellFields,
  readAttachment,
  readCell
} from '../message';
import { FrameError, fields, list, maybe, maybeText, text } from '../reading';

/** What a browser keeps of the panel over a reload: what was typed and what was not sent yet. */
export interface IMemory {
  draft(room: RoomId): string;
  setDraft(room: RoomId, body: string): void;
  posts(): readonly Post[];
  setPosts(posts: readonly Post[]): void;
  lastRoom(): RoomId | null;
  setLastRoom(room: RoomId): void;
}

/** Kept in the browser's own storage, apart for each Jupyter server: it may be out of reach just then. */
export class BrowserMemory implements IMemory {
  constructor(
    private readonly storage: Storage,
    baseUrl: string
  ) {
    this.prefix = `xmpp-bridge:${baseUrl}:`;
  }

  draft(room: RoomId): string {
    return this.read(`draft:${room}`) ?? '';
  }

  setDraft(room: RoomId, body: string): void {
    this.write(`draft:${room}`, body || null);
  }

  posts(): readonly Post[] {
    try {
      return list({ posts: JSON.parse(this.read('posts') ?? '[]') as unknown }, 'posts', readPost);
    } catch (error) {
      if (error instanceof FrameError || error instanceof SyntaxError) {
        return []; // another version of us wrote them
      }
      throw error;
    }
  }

  setPosts(posts: readonly Post[]): void {
    this.write('posts', posts.length === 0 ? null : JSON.stringify(posts.map(postFields)));
  }

  lastRoom(): RoomId | null {
    return this.read('room') as RoomId | null;
  }

  setLastRoom(room: RoomId): void {
    this.write('room', room);
  }

  private read(key: string): string | null {
    return this.storage.getItem(this.prefix + key);
  }

  private write(key: string, value: string | null): void {
    if (value === null) {
      this.storage.removeItem(this.prefix + key);
      return;
    }
    try {
      this.storage.setItem(this.prefix + key, value);
    } catch (error) {
      // It is full, or the person forbids it: what was typed lives as long as this page.
      console.warn('xmpp-bridge: not kept', { key, reason: (error as Error).name });
    }
  }

  private readonly prefix: string;
}

function postFields(post: Post): object {
  return {
    client_id: post.clientId,
    room: post.room,
    body: post.body,
    reply_to: post.replyTo,
    cell: post.cell && { ...cellFields(post.cell), resolved: post.cell.resolved },
    attachments: post.attachments.map(attachmentFields)
  };
}

function readPost(value: unknown): Post {
  const raw = fields(value);
  return {
    clientId: text(raw, 'client_id') as ClientId,
    room: text(raw, 'room') as RoomId,
    body: text(raw, 'body'),
    replyTo: maybeText(raw, 'reply_to') as MessageId | null,
    cell: maybe<CellReference>(raw, 'cell', readCell),
    attachments: list(raw, 'attachments', readAttachment)
  };
}
