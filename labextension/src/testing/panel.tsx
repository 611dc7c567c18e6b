/** The panel in a page of its own, for tests of what a person sees and does. */
import { nullTranslator } from '@jupyterlab/translation';
import { Signal } from '@lumino/signaling';
import * as React from 'react';
import { Root, createRoot } from 'react-dom/client';
import { act } from 'react';

import { ChatTools, ChatToolsProvider } from '../chat/context';
import { Search } from '../chat/search';
import { Chat } from '../chat/view';
import { Place } from '../chat/link';
import { IDesk } from '../documents/desk';
import { Attachment, CellReference, RoomId } from '../message';
import { Acquaintance, At, PresenceChoice, Wishes } from '../people';
import { RefusedError } from '../rest';
import { Sharing } from '../sharing/requests';
import { RoomAccess } from '../sharing/room_access';
import { ScriptedService } from './sharing';
import { ORCHARD, Stage } from './verona';

export const PICTURE: Attachment = {
  url: '/services/xmpp-bridge/api/rooms/orchard/uploads/1/moon.png',
  name: 'moon.png',
  size: 2048,
  type: 'image/png'
};

/** Notes what was done to notebooks. */
export class NotedDesk implements IDesk {
  hasCell = true;
  readonly changed = new Signal<this, void>(this);
  readonly inserted: string[] = [];
  readonly replaced: string[] = [];

  insert(code: string): void {
    this.inserted.push(code);
  }

  replace(code: string): void {
    this.replaced.push(code);
  }

  activeCell() {
    return Promise.resolve(null);
  }

  openCell() {
    return Promise.resolve();
  }
}

export class Panel {
  readonly host = document.body.appendChild(document.createElement('div'));
  readonly desk = new NotedDesk();
  readonly followed: Place[] = [];
  readonly opened: CellReference[] = [];
  readonly added: string[] = [];
  farther: readonly Acquaintance[] = [];
  readonly choices: PresenceChoice[] = [];
  readonly gone: At[] = [];
  wishes: Wishes = { choice: 'auto', tellsPlace: new Map([[ORCHARD, true]]) };
  answer: string | null = null;
  sendWithEnter = true;
  readonly service = new ScriptedService();
  private readonly trans = nullTranslator.load('xmpp_bridge');
  private readonly root: Root = createRoot(this.host);

  constructor(readonly stage: Stage) {}

  get tools(): ChatTools {
    return {
      model: this.stage.model,
      search: new Search(this.stage.model.requests),
      trans: this.trans,
      desk: this.desk,
      sendWithEnter: () => this.sendWithEnter,
      createRoom: name =>
        name === 'Verona'
          ? Promise.reject(new RefusedError('bad-request', 'there is one already'))
          : Promise.resolve('1' as RoomId),
      addMember: (_, username) => {
        this.added.push(username);
        return Promise.resolve();
      },
      access: room => new RoomAccess(room, new Sharing(this.service.rest), this.trans),
      upload: () => Promise.resolve(PICTURE),
      file: path => `${window.location.origin}/user/romeo/xmpp-bridge/api/${path}`,
      presence: {
        find: words => Promise.resolve(this.farther.filter(each => each.username.includes(words))),
        choose: choice => Promise.resolve(this.choices.push(choice)),
        wishes: () => Promise.resolve(this.wishes),
        tellPlace: (room, tells) => {
          this.wishes = { ...this.wishes, tellsPlace: new Map([[room, tells]]) };
          return Promise.resolve(this.wishes);
        },
        goTo: at => this.gone.push(at)
      },
      openCell: cell => this.opened.push(cell),
      follow: place => this.followed.push(place),
      link: place => `https://hub.example/?${place.kind}`,
      ask: () => Promise.resolve(this.answer),
      confirm: () => Promise.resolve(true)
    };
  }

  /** Show `what`, or the whole panel. */
  async show(what: React.ReactNode = <Chat />): Promise<this> {
    const { tools } = this;
    await this.after(() =>
      this.root.render(<ChatToolsProvider value={tools}>{what}</ChatToolsProvider>)
    );
    return this;
  }

  close(): void {
    act(() => this.root.unmount());
    this.host.remove();
  }

  /** Whatever `work` changes has been drawn when this returns. */
  async after(work: () => unknown): Promise<void> {
    await act(async () => {
      await work();
    });
  }

  all(selector: string): HTMLElement[] {
    return [...this.host.querySelectorAll<HTMLElement>(selector)];
  }

  one(selector: string): HTMLElement {
    const [found] = this.all(selector);
    if (!found) {
      throw new Error(`there is no ${selector} in ${this.host.innerHTML.slice(0, 2000)}`);
    }
    return found;
  }

  button(label: string): HTMLElement {
    const found = this.all('button').find(
      button => button.getAttribute('aria-label') === label || button.textContent?.trim() === label
    );
    if (!found) {
      throw new Error(`there is no button "${label}"`);
    }
    return found;
  }

  async click(label: string): Promise<void> {
    await this.after(() => this.button(label).click());
  }

  get input(): HTMLTextAreaElement {
    return this.one('textarea') as HTMLTextAreaElement;
  }

  /** Write `text` as if it was typed. */
  async write(text: string): Promise<void> {
    await this.after(() => {
      Reflect.set(HTMLTextAreaElement.prototype, 'value', text, this.input); // past React's own
      this.input.setSelectionRange(text.length, text.length);
      this.input.dispatchEvent(new Event('input', { bubbles: true }));
    });
  }

  async press(key: string, more: KeyboardEventInit = {}): Promise<void> {
    await this.after(() =>
      this.input.dispatchEvent(
        new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true, ...more })
      )
    );
  }
}
