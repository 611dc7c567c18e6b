import { ISignal, Signal } from '@lumino/signaling';

import { DocumentState, Locked } from '../document_state';
import { DocumentId } from '../message';

/** How the shared documents of this server stand, as it told last. */
export class DocumentStates {
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  version = 0;

  /** The document whose file is at `path`; null for a file that is not shared. */
  at(path: string): DocumentState | null {
    return this.all.find(state => state.path === path) ?? null;
  }

  get all(): readonly DocumentState[] {
    return [...this.states.values()].map(state => ({
      ...state,
      locked: this.locks.get(state.document) ?? null
    }));
  }

  /** These are locked, as far as anybody has asked. */
  setLocks(locks: ReadonlyMap<DocumentId, Locked>): void {
    this.locks = locks;
    this.touch();
  }

  /** These are all. */
  setAll(states: readonly DocumentState[]): void {
    this.states = new Map(states.map(state => [state.document, state]));
    this.touch();
  }

  set(state: DocumentState): void {
    this.states.set(state.document, state);
    this.touch();
  }

  private touch(): void {
    this.version += 1;
    this._changed.emit();
  }

  private locks: ReadonlyMap<DocumentId, Locked> = new Map();
  private states = new Map<DocumentId, DocumentState>();
  private readonly _changed = new Signal<this, void>(this);
}
