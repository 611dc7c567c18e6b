import { ISignal, Signal } from '@lumino/signaling';

import { Hit, Refusal, SearchOrder, SearchProblem } from '../frames';
import { RoomId } from '../message';
import { Requests } from './requests';

/** One search and what was found so far. */
export class Search {
  constructor(private readonly requests: Requests) {}

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  version = 0;
  query = '';
  order: SearchOrder = 'newest';
  /** Null looks in all rooms. */
  room: RoomId | null = null;
  hits: readonly Hit[] = [];
  /** There is more. */
  cursor: string | null = null;
  totalAtLeast = 0;
  problems: readonly SearchProblem[] = [];
  trouble: Refusal | null = null;
  busy = false;
  /** An answer has come for what is asked. */
  answered = false;

  /** Look for something else; an empty query looks for nothing. */
  async look(query: string, room: RoomId | null, order: SearchOrder): Promise<void> {
    this.query = query;
    this.room = room;
    this.order = order;
    this.hits = [];
    this.cursor = null;
    this.answered = false;
    this.problems = [];
    await this.fetch(null);
  }

  async more(): Promise<void> {
    if (this.cursor !== null && !this.busy) {
      await this.fetch(this.cursor);
    }
  }

  private async fetch(cursor: string | null): Promise<void> {
    const serial = (this.serial += 1);
    const { query, room, order } = this;
    this.busy = query.trim() !== '';
    this.touch();
    if (!this.busy) {
      return;
    }
    const answer = await this.requests.ask({ kind: 'search', query, room, order, cursor });
    if (serial !== this.serial) {
      return; // something else is looked for by now
    }
    this.busy = false;
    this.answered = true;
    this.trouble = answer.kind === 'refused' ? answer : null;
    if (answer.kind === 'results') {
      this.hits = [...this.hits, ...answer.hits];
      this.cursor = answer.cursor;
      this.totalAtLeast = answer.totalAtLeast;
      this.problems = answer.problems;
    }
    this.touch();
  }

  private touch(): void {
    this.version += 1;
    this._changed.emit();
  }

  private serial = 0;
  private readonly _changed = new Signal<this, void>(this);
}
