import { URLExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';

import { Refusal } from './frames';
import { Attachment, DocumentId, RoomId, readAttachment } from './message';
import { Acquaintance, PresenceChoice, Wishes, readAcquaintance, readWishes } from './people';
import { FrameError, fields, list, maybeText, text } from './reading';

/** A document that has a file on this Jupyter server. */
export interface LinkedFile {
  readonly document: DocumentId;
  readonly room: RoomId;
  /** Null while its file is missing. */
  readonly path: string | null;
  readonly name: string;
}

/** What the Jupyter server refused; the message is for a person. */
export class RefusedError extends Error implements Refusal {
  constructor(
    readonly condition: string,
    readonly text: string
  ) {
    super(text);
  }
}

/** The calls to the Jupyter server that are no frames: files and what belongs to them. */
export class Rest {
  constructor(private readonly settings: ServerConnection.ISettings) {}

  async linkedFiles(): Promise<readonly LinkedFile[]> {
    const answer = await this.call('documents', { method: 'GET' });
    return list(fields(answer), 'documents', readLinkedFile);
  }

  /** Put a document of a room on this server: at `path`, or where there is room for its name. */
  async join(document: DocumentId, path?: string): Promise<LinkedFile> {
    const body = path === undefined ? { document } : { document, path };
    return readLinkedFile(await this.send('POST', 'documents', body));
  }

  /** Make a document of the file at `path`. */
  async share(path: string, room: RoomId): Promise<LinkedFile> {
    return readLinkedFile(await this.send('POST', 'documents', { path, room }));
  }

  async createRoom(name: string): Promise<RoomId> {
    const body = JSON.stringify({ name });
    return text(fields(await this.call('rooms', { method: 'POST', body })), 'id') as RoomId;
  }

  async addMember(room: RoomId, username: string): Promise<void> {
    const path = `rooms/${encodeURIComponent(room)}/members/${encodeURIComponent(username)}`;
    await this.call(path, { method: 'PUT', body: JSON.stringify({ role: 'editor' }) });
  }

  /** People of whom the person may know and whose names hold `words`. */
  async people(words: string): Promise<readonly Acquaintance[]> {
    const query = URLExt.objectToQueryString({ q: words });
    const answer = await this.call(`people${query}`, { method: 'GET' });
    return list(fields(answer), 'people', readAcquaintance);
  }

  async wishes(): Promise<Wishes> {
    return readWishes(await this.call('presence', { method: 'GET' }));
  }

  async choose(choice: PresenceChoice): Promise<Wishes> {
    const body = JSON.stringify({ choice });
    return readWishes(await this.call('presence', { method: 'PUT', body }));
  }

  /** Whether those in a room may know what the person has open of it. */
  async tellPlace(room: RoomId, tells: boolean): Promise<Wishes> {
    const body = JSON.stringify({ tells_place: tells });
    const path = `rooms/${encodeURIComponent(room)}/presence`;
    return readWishes(await this.call(path, { method: 'PUT', body }));
  }

  /** Give a file to a room. */
  async upload(room: RoomId, file: File): Promise<Attachment> {
    const path = `rooms/${encodeURIComponent(room)}/uploads`;
    const query = URLExt.objectToQueryString({ name: file.name });
    const type = file.type || 'application/octet-stream';
    const attachment = readAttachment(
      await this.call(path + query, {
        method: 'POST',
        body: file,
        headers: { 'Content-Type': type }
      })
    );
    // A hub that knows its own address says it; else it is where this page comes from.
    return { ...attachment, url: new URL(attachment.url, window.location.origin).href };
  }

  /** Any other call, with a body of JSON. */
  send(method: string, path: string, body?: unknown): Promise<unknown> {
    return this.call(
      path,
      body === undefined ? { method } : { method, body: JSON.stringify(body) }
    );
  }

  address(path: string): string {
    return URLExt.join(this.settings.baseUrl, 'xmpp-bridge', 'api', path);
  }

  protected async call(path: string, init: RequestInit): Promise<unknown> {
    const response = await ServerConnection.makeRequest(this.address(path), init, this.settings);
    const answer: unknown = await response.json().catch(() => null);
    if (!response.ok) {
      throw readRefusal(answer, response.status);
    }
    return answer;
  }
}

function readRefusal(answer: unknown, status: number): RefusedError {
  try {
    const raw = fields(answer);
    return new RefusedError(text(raw, 'condition'), text(raw, 'reason'));
  } catch (error) {
    if (error instanceof FrameError) {
      return new RefusedError('service-unavailable', `HTTP ${status}`);
    }
    throw error;
  }
}

function readLinkedFile(value: unknown): LinkedFile {
  const raw = fields(value);
  return {
    document: text(raw, 'document') as DocumentId,
    room: text(raw, 'room') as RoomId,
    path: maybeText(raw, 'path'),
    name: text(raw, 'name')
  };
}
