import { URLExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';

import { Refusal } from './frames';
import { Attachment, DocumentId, RoomId, readAttachment } from './message';
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

  /** Put a document of a room on this server. */
  async join(document: DocumentId): Promise<LinkedFile> {
    const body = JSON.stringify({ document });
    return readLinkedFile(await this.call('documents', { method: 'POST', body }));
  }

  async createRoom(name: string): Promise<RoomId> {
    const body = JSON.stringify({ name });
    return text(fields(await this.call('rooms', { method: 'POST', body })), 'id') as RoomId;
  }

  async addMember(room: RoomId, username: string): Promise<void> {
    const path = `rooms/${encodeURIComponent(room)}/members/${encodeURIComponent(username)}`;
    await this.call(path, { method: 'PUT', body: JSON.stringify({ role: 'editor' }) });
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

  address(path: string): string {
    return URLExt.join(this.settings.baseUrl, 'xmpp-bridge', 'api', path);
  }

  private async call(path: string, init: RequestInit): Promise<unknown> {
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
