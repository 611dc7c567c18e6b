/** Which cells are talked about, from what was said; without I/O. */
import { ChatMessage, DocumentId, MessageId, RoomId } from '../message';

export interface Thread {
  readonly room: RoomId;
  /** The newest message about the cell. */
  readonly newest: MessageId;
  readonly messages: number;
  /** Somebody still waits for something. */
  readonly open: boolean;
}

export type Threads = ReadonlyMap<DocumentId, ReadonlyMap<string, Thread>>;

/** One thread for each cell that `messages`, oldest first, are about. */
export function threadsOf(messages: Iterable<ChatMessage>): Threads {
  const threads = new Map<DocumentId, Map<string, Thread>>();
  for (const { id, room, cell, retracted } of messages) {
    if (id === null || cell === null || retracted !== null) {
      continue;
    }
    const cells = threads.get(cell.document) ?? new Map<string, Thread>();
    const before = cells.get(cell.cell);
    threads.set(cell.document, cells);
    cells.set(cell.cell, {
      room,
      newest: id,
      messages: (before?.messages ?? 0) + 1,
      open: (before?.open ?? false) || !cell.resolved
    });
  }
  return threads;
}
