import { DocumentId, MessageId, RoomId } from '../message';

/** What a link to our own things leads to. */
export type Place =
  | { kind: 'message'; room: RoomId; message: MessageId }
  | { kind: 'cell'; document: DocumentId; cell: string };

const ROOM = 'xmpp-room';
const MESSAGE = 'xmpp-message';
const DOCUMENT = 'xmpp-document';
const CELL = 'xmpp-cell';

/** The address in `text` if it is one of the web, without a name that only looks like one. */
export function webLink(text: string): URL | null {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    return null;
  }
  const isWeb = url.protocol === 'https:' || url.protocol === 'http:';
  // https://bank.example@elsewhere.example leads elsewhere.
  return isWeb && url.hostname && !url.username && !url.password ? url : null;
}

/** A link that opens `place` in the lab of whoever follows it. */
export function linkTo(place: Place, lab: string): string {
  const url = new URL(lab);
  if (place.kind === 'message') {
    url.searchParams.set(ROOM, place.room);
    url.searchParams.set(MESSAGE, place.message);
  } else {
    url.searchParams.set(DOCUMENT, place.document);
    url.searchParams.set(CELL, place.cell);
  }
  return url.href;
}

/** Where `url` leads if it is a link of ours on this hub, whoever's lab it names. */
export function placeOf(url: URL, origin: string): Place | null {
  if (url.origin !== origin) {
    return null;
  }
  const get = (key: string) => url.searchParams.get(key);
  const [room, message, document, cell] = [get(ROOM), get(MESSAGE), get(DOCUMENT), get(CELL)];
  if (room && message) {
    return { kind: 'message', room: room as RoomId, message: message as MessageId };
  }
  if (document && cell) {
    return { kind: 'cell', document: document as DocumentId, cell };
  }
  return null;
}
