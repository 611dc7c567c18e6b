import { RoomDocument } from '../room';
import { DocumentId, RoomId } from '../message';
import { RefusedError } from '../rest';
import { freePath, placeFor } from './free_path';
import { Sharing } from './requests';

const TOKEN = 'xmpp-bridge-join';

/** Where somebody comes in: a room, and what of it they came for. */
export interface Arrival {
  readonly room: RoomId;
  readonly document: DocumentId | null;
}

/** What a person sees of arriving, and what there is on their server. */
export interface IThreshold {
  /** The folder one is in. */
  readonly folder: string;
  /** What is in the room, once this server knows the room; throws RefusedError if it never does. */
  contents(room: RoomId): Promise<{ name: string; documents: readonly RoomDocument[] }>;
  /** Which of the documents goes where; null for none of them. */
  ask(
    room: string,
    documents: readonly RoomDocument[],
    propose: (document: RoomDocument) => Promise<string>,
    problem: string | null
  ): Promise<{ document: RoomDocument; path: string } | null>;
  exists(path: string): Promise<boolean>;
  openFile(path: string): Promise<void>;
  openChat(room: RoomId): Promise<void>;
  /** Say why it came to nothing. */
  refuse(problem: unknown): void;
  /** There is a file of that name already, which is left as it is. */
  readonly taken: (path: string) => string;
}

/** Brings somebody from a link or an invitation to the file on their own server. */
export class Arrivals {
  constructor(
    private readonly sharing: Sharing,
    private readonly threshold: IThreshold
  ) {}

  /** Use a link. */
  async byLink(token: string): Promise<void> {
    try {
      const { room, document } = await this.sharing.accept(token);
      await this.enter({ room: room.id, document: document?.id ?? null });
    } catch (error) {
      this.threshold.refuse(error);
    }
  }

  /** Lead to what one was let into; whether anything came of it. */
  async arrive(arrival: Arrival): Promise<void> {
    try {
      await this.enter(arrival);
    } catch (error) {
      this.threshold.refuse(error);
    }
  }

  private async enter({ room, document }: Arrival): Promise<void> {
    const { threshold } = this;
    const known = document === null ? null : await this.sharing.fileOf(document);
    if (known?.path) {
      await threshold.openFile(known.path);
      return;
    }
    const { name, documents } = await threshold.contents(room);
    const wanted = documents.filter(each => document === null || each.id === document);
    if (document !== null && wanted.length === 0) {
      throw new RefusedError('item-not-found', '');
    }
    if (wanted.length === 0 || !(await this.place(name, wanted))) {
      await threshold.openChat(room);
    }
    // An invitation that was followed is one no more; that it is kept is no harm.
    await this.sharing.dismiss(room).catch(() => undefined);
  }

  /** Put one of the documents where the person wants it, never in the place of another file; whether it was put. */
  private async place(room: string, documents: readonly RoomDocument[]): Promise<boolean> {
    const { threshold } = this;
    const propose = (document: RoomDocument) =>
      freePath(placeFor(document.name, threshold.folder), path => threshold.exists(path));
    for (let problem: string | null = null; ;) {
      const answer = await threshold.ask(room, documents, propose, problem);
      if (answer === null) {
        return false;
      }
      const there = await this.sharing.fileOf(answer.document.id);
      if (there?.path) {
        await threshold.openFile(there.path);
        return true;
      }
      if (!(await threshold.exists(answer.path))) {
        const file = await this.sharing.join(answer.document.id, answer.path);
        await threshold.openFile(file.path ?? answer.path);
        return true;
      }
      problem = threshold.taken(answer.path);
    }
  }
}

/** Where the address of a lab leads, if it is to a room or a document as such. */
export function arrivalOf(url: URL): Arrival | { readonly token: string } | null {
  const get = (key: string) => url.searchParams.get(key);
  const token = get(TOKEN);
  if (token) {
    return { token };
  }
  const room = get('xmpp-room');
  if (!room || get('xmpp-message') || get('xmpp-cell')) {
    return null;
  }
  return { room: room as RoomId, document: get('xmpp-document') as DocumentId | null };
}

/** The token of a link as people hand it around, or the token alone. */
export function tokenOf(link: string): string {
  return /\/join\/([^/?#]+)/.exec(link)?.[1] ?? link;
}
