import { Token } from '@lumino/coreutils';

import type { ChatModel } from './chat/model';
import type { IDesk } from './documents/desk';

/** The rooms of the person and what is said there. */
export const IChatRooms = new Token<IChatRooms>(
  'xmpp-bridge:IChatRooms',
  'The rooms of the person and what is said there.'
);
export type IChatRooms = ChatModel;

/** The notebooks on the person's desk, as far as the chat has to do with them. */
export const IDocumentDesk = new Token<IDocumentDesk>(
  'xmpp-bridge:IDocumentDesk',
  'Opens cells, and takes code from cells and to them.'
);
export type IDocumentDesk = IDesk;
