import { ISignal } from '@lumino/signaling';

import { CellReference, DocumentId, RoomId } from '../message';

/** What the panel may do with the person's notebooks. */
export interface IDesk {
  /** There is a cell that code could go into. */
  readonly hasCell: boolean;
  /** Another cell is active, or none. */
  readonly changed: ISignal<unknown, unknown>;
  /** Put code into a new cell below the one that is active. */
  insert(code: string): void;
  /** Put code in the place of the active cell's. */
  replace(code: string): void;
  /** The active cell, as something to say; null where there is none. */
  activeCell(): Promise<Said | null>;
  /** Open a cell on this server, joining its document first where that is needed; throws RefusedError. */
  openCell(document: DocumentId, cell: string): Promise<void>;
}

/** A cell or a part of it, as something to say in a room. */
export interface Said {
  readonly code: string;
  readonly language: string;
  /** Where it is, if the document is shared. */
  readonly cell: CellReference | null;
  readonly room: RoomId | null;
}
