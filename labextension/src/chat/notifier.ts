import { Clipboard, Notification } from '@jupyterlab/apputils';
import { TranslationBundle } from '@jupyterlab/translation';

import { RoomId } from '../message';
import { ChatRoom } from './chat_room';
import { Arrival, ChatModel } from './model';
import { Unsaid } from './outgoing';
import { excerpt, name } from './safe_text';

const CLOSE_MS = 6_000;
const LENGTH = 80;

/** Whether somebody wants to hear of a message now; without I/O. */
export function isWorthTelling({ room, message }: Arrival, me: string | null): boolean {
  switch (room.info.notify) {
    case 'all':
      return true;
    case 'none':
      return false;
    case 'mentions':
      return room.info.direct !== null || (me !== null && message.mentions.includes(me));
  }
}

/** Tells of what is said to the person, in one notification for each room. JupyterLab keeps it quiet on request. */
export class Notifier {
  constructor(
    private readonly model: ChatModel,
    private readonly trans: TranslationBundle,
    private readonly isLookedAt: (room: ChatRoom) => boolean,
    private readonly show: (room: ChatRoom) => void
  ) {
    model.arrived.connect((_, arrival) => this.tell(arrival));
    model.outgoing.returned.connect((_, unsaid) => this.giveBack(unsaid));
    model.locked.connect((_, label) => this.warn(label));
    model.roomChanged.connect((_, room) => this.dismissRead(room));
  }

  private tell(arrival: Arrival): void {
    const { room, message } = arrival;
    if (this.isLookedAt(room) || !isWorthTelling(arrival, this.model.me?.username ?? null)) {
      return;
    }
    const text = this.trans.__(
      '%1 in %2: %3',
      name(message.sender.displayName),
      name(room.displayName),
      excerpt(message.body, LENGTH)
    );
    const options = {
      autoClose: CLOSE_MS as number | false,
      actions: [{ label: this.trans.__('Show'), callback: () => this.show(room) }]
    };
    const shown = this.shown.get(room.id);
    if (shown !== undefined && Notification.manager.has(shown)) {
      Notification.update({ id: shown, message: text, type: 'info', ...options });
    } else {
      this.shown.set(room.id, Notification.emit(text, 'info', options));
    }
  }

  /** It stays until it is closed: it is nowhere else any more. */
  private giveBack({ body, refusal }: Unsaid): void {
    const text = this.trans.__(
      'Not sent, %1: %2',
      excerpt(refusal.text, LENGTH),
      excerpt(body, LENGTH)
    );
    const copy = () => Clipboard.copyToSystem(body);
    const actions = [{ label: this.trans.__('Copy Text'), callback: copy }];
    Notification.emit(text, 'warning', { autoClose: false, actions });
  }

  /** Stays until it is closed: whoever guesses may go on. */
  private warn(label: string): void {
    Notification.warning(
      this.trans.__(
        'Somebody has tried wrong app passwords for “%1” and has to wait now. If that was not you, revoke it on the page “Connect an XMPP client” of the hub.',
        name(label)
      ),
      { autoClose: false }
    );
  }

  private dismissRead(room: ChatRoom): void {
    const shown = this.shown.get(room.id);
    if (shown !== undefined && room.info.unread === 0) {
      this.shown.delete(room.id);
      Notification.dismiss(shown);
    }
  }

  private readonly shown = new Map<RoomId, string>();
}
