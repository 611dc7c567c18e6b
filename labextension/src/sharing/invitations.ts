import { Notification } from '@jupyterlab/apputils';
import { TranslationBundle } from '@jupyterlab/translation';

import { name } from '../chat/safe_text';
import { RoomId } from '../message';
import { IChatRooms } from '../tokens';
import { Invitation } from './access';
import { Arrivals } from './arrivals';
import { Sharing } from './requests';
import { roleWord } from './words';

/** Long enough to be read; afterwards it is in the list of notifications, and no longer over what one writes. */
const CLOSE_MS = 10_000;

/** Tells of each room that somebody else has let the person into, once, until they have opened or dismissed it. */
export class Invitations {
  constructor(
    private readonly chat: IChatRooms,
    private readonly sharing: Sharing,
    private readonly arrivals: Arrivals,
    private readonly trans: TranslationBundle
  ) {
    chat.accessChanged.connect(() => void this.look());
    chat.changed.connect(() => this.entered());
    void this.look();
  }

  private async look(): Promise<void> {
    // A server that cannot say has none; it says when that changes.
    const invitations = await this.sharing.invitations().catch(() => null);
    if (invitations === null) {
      return;
    }
    const open = new Set(invitations.map(({ room }) => room.id));
    for (const [room, shown] of this.shown) {
      if (!open.has(room)) {
        this.shown.delete(room);
        Notification.dismiss(shown);
      }
    }
    invitations.filter(({ room }) => !this.shown.has(room.id)).forEach(each => this.tell(each));
  }

  private tell(invitation: Invitation): void {
    const { trans } = this;
    const { room, role, by, documents } = invitation;
    const [only] = documents.length === 1 ? documents : [];
    const what = only ? name(only.name) : trans.__('the room %1', name(room.name));
    const text = trans.__('%1 has shared %2 with you: %3', name(by), what, roleWord(role, trans));
    const id = Notification.emit(text, 'info', {
      autoClose: CLOSE_MS,
      actions: [
        {
          label: trans.__('Open'),
          displayType: 'accent',
          callback: () => void this.arrivals.arrive({ room: room.id, document: only?.id ?? null })
        },
        {
          label: trans.__('Not Now'),
          callback: () => void this.sharing.dismiss(room.id).catch(() => undefined)
        }
      ]
    });
    this.shown.set(room.id, id);
    this.entered();
  }

  /** Whoever looks at the room has come: there is nothing to answer any more. */
  private entered(): void {
    const room = this.chat.current?.id;
    const shown = room && this.shown.get(room);
    if (shown && Notification.manager.has(shown)) {
      Notification.dismiss(shown);
      void this.sharing.dismiss(room).catch(() => undefined);
    }
  }

  private readonly shown = new Map<RoomId, string>();
}
