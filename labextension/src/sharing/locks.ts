import { RoomId } from '../message';
import { IChatRooms } from '../tokens';
import { Sharing } from './requests';

/** Finds out who has locked a document, and why, whenever one is a viewer in it and more in its room. */
export class Locks {
  constructor(
    private readonly chat: IChatRooms,
    private readonly sharing: Sharing
  ) {
    chat.documents.changed.connect(() => void this.look());
    chat.changed.connect(() => void this.look());
  }

  private async look(): Promise<void> {
    const { chat } = this;
    const locked = chat.documents.all.filter(
      ({ role, room }) => role === 'viewer' && chat.room(room)?.info.role !== 'viewer'
    );
    const named = locked.map(({ document }) => document).join();
    if (named === this.named) {
      return;
    }
    this.named = named;
    const rooms = new Set<RoomId>(locked.map(({ room }) => room));
    // Where nobody can say why, it is a viewer's document and no more.
    const found = await Promise.all(
      [...rooms].map(room => this.sharing.locks(room).catch(() => new Map()))
    );
    if (named === this.named) {
      chat.documents.setLocks(new Map(found.flatMap(locks => [...locks])));
    }
  }

  /** The documents that were asked about last. */
  private named = '';
}
