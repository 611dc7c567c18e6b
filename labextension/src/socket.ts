import { URLExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';
import { ISignal, Signal } from '@lumino/signaling';

import { ServerFrame, decode } from './frames';
import { FrameError } from './reading';
import { Retry, nextRetry } from './retry';

const FIRST: Retry = { attempt: 0, delayMs: 0 };

/** Where frames go and come from. */
export interface IFrameSocket {
  readonly open: boolean;
  readonly openChanged: ISignal<IFrameSocket, boolean>;
  readonly received: ISignal<IFrameSocket, ServerFrame>;
  /** Whether `json` was handed to the network; what was not is the caller's to keep. */
  send(json: string): boolean;
  dispose(): void;
}

/** The one WebSocket to the Jupyter server; opens again when it is lost, and keeps nothing for later. */
export class FrameSocket implements IFrameSocket {
  constructor(
    private readonly settings: ServerConnection.ISettings,
    private readonly chance: () => number = Math.random
  ) {
    window.addEventListener('online', this.hurry);
    this.connect();
  }

  get open(): boolean {
    return this.isOpen;
  }

  get openChanged(): ISignal<this, boolean> {
    return this._openChanged;
  }

  get received(): ISignal<this, ServerFrame> {
    return this._received;
  }

  send(json: string): boolean {
    if (!this.isOpen || this.socket === null) {
      return false;
    }
    this.socket.send(json);
    return true;
  }

  dispose(): void {
    this.disposed = true;
    window.removeEventListener('online', this.hurry);
    window.clearTimeout(this.timer);
    this.socket?.close();
    this.setOpen(false);
    Signal.clearData(this);
  }

  private connect(): void {
    const socket = new this.settings.WebSocket(this.url());
    this.socket = socket;
    socket.onopen = () => {
      this.retry = FIRST;
      this.setOpen(true);
    };
    socket.onmessage = (event: MessageEvent) => this.receive(event.data);
    socket.onclose = () => {
      if (this.socket === socket) {
        this.lost();
      }
    };
  }

  private lost(): void {
    this.socket = null;
    this.setOpen(false);
    if (this.disposed) {
      return;
    }
    this.retry = nextRetry(this.retry, this.chance());
    this.timer = window.setTimeout(() => this.connect(), this.retry.delayMs);
  }

  private readonly hurry = (): void => {
    if (this.socket === null && !this.disposed) {
      window.clearTimeout(this.timer);
      this.connect();
    }
  };

  private receive(data: unknown): void {
    let frame: ServerFrame;
    try {
      frame = decode(String(data));
    } catch (error) {
      if (!(error instanceof FrameError)) {
        throw error;
      }
      console.warn('xmpp-bridge: frame not understood', { reason: error.message });
      return;
    }
    this._received.emit(frame);
  }

  private setOpen(open: boolean): void {
    if (open !== this.isOpen) {
      this.isOpen = open;
      this._openChanged.emit(open);
    }
  }

  private url(): string {
    const url = URLExt.join(this.settings.wsUrl, 'xmpp-bridge', 'ws');
    const { appendToken, token } = this.settings;
    return appendToken && token ? `${url}?token=${encodeURIComponent(token)}` : url;
  }

  private disposed = false;
  private isOpen = false;
  private retry = FIRST;
  private socket: WebSocket | null = null;
  private timer = 0;
  private readonly _openChanged = new Signal<this, boolean>(this);
  private readonly _received = new Signal<this, ServerFrame>(this);
}
