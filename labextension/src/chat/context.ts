import { TranslationBundle } from '@jupyterlab/translation';
import { ISignal } from '@lumino/signaling';
import * as React from 'react';

import { IDesk } from '../documents/desk';
import { Attachment, CellReference, RoomId } from '../message';
import { Acquaintance, At, PresenceChoice, Wishes } from '../people';
import { RoomAccess } from '../sharing/room_access';
import { ChatModel } from './model';
import { Place } from './link';
import { Search } from './search';

/** What every part of the panel may need. */
export interface ChatTools {
  readonly model: ChatModel;
  readonly search: Search;
  readonly trans: TranslationBundle;
  readonly desk: IDesk;
  /** Enter sends; otherwise Ctrl or Cmd with Enter does. */
  readonly sendWithEnter: () => boolean;
  /** A new room, owned by this person. */
  readonly createRoom: (name: string) => Promise<RoomId>;
  /** Let a hub user into a room, as somebody who may edit. */
  readonly addMember: (room: RoomId, username: string) => Promise<void>;
  /** Who may be in a room and why, not asked for yet. */
  readonly access: (room: RoomId) => RoomAccess;
  readonly upload: (room: RoomId, file: File) => Promise<Attachment>;
  /** Where this person's own lab gives a file of a room, by its path at the hub's service. */
  readonly file: (path: string) => string;
  readonly presence: IPresenceTools;
  readonly openCell: (cell: CellReference) => void;
  /** Go where a link of ours leads. */
  readonly follow: (place: Place) => void;
  /** A link that works in everybody's lab. */
  readonly link: (place: Place) => string;
  /** Ask for one line of text; null when the person thinks better of it. */
  readonly ask: (title: string, label: string, action: string) => Promise<string | null>;
  readonly confirm: (title: string, body: string, action: string) => Promise<boolean>;
}

/** What a person does about how they are seen, and about others. */
export interface IPresenceTools {
  /** People of whom this person may know, beyond those with whom they share rooms. */
  readonly find: (words: string) => Promise<readonly Acquaintance[]>;
  readonly choose: (choice: PresenceChoice) => Promise<unknown>;
  readonly wishes: () => Promise<Wishes>;
  /** Whether those in a room may know what this person has open of it. */
  readonly tellPlace: (room: RoomId, tells: boolean) => Promise<Wishes>;
  /** Go where somebody works. */
  readonly goTo: (at: At) => void;
}

const Tools = React.createContext<ChatTools | null>(null);

export const ChatToolsProvider = Tools.Provider;

export function useChat(): ChatTools {
  const tools = React.useContext(Tools);
  if (tools === null) {
    throw new Error('this part of the panel is used outside of it');
  }
  return tools;
}

/** Something that says when it changed, and counts how often. */
interface Versioned<T> {
  readonly version: number;
  readonly changed: ISignal<T, void>;
}

/** Render again whenever `source` changes. */
export function useVersion<T extends Versioned<T>>(source: T): number {
  const subscribe = React.useCallback(
    (notify: () => void) => {
      source.changed.connect(notify);
      return () => {
        source.changed.disconnect(notify);
      };
    },
    [source]
  );
  return React.useSyncExternalStore(subscribe, () => source.version);
}
