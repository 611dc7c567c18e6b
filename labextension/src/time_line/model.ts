import { TranslationBundle } from '@jupyterlab/translation';
import { ISignal, Signal } from '@lumino/signaling';

import { name } from '../chat/safe_text';
import { DocumentId } from '../message';
import { reasonOf } from '../sharing/room_access';
import { Author, Grain, Look, LookCell, Moment, MomentPage, Step } from './moments';
import { TimeLines, Undo } from './requests';

/** Beside what a moment is shown: the moment before it, what it is now, or another moment. */
export type Beside = 'before' | 'now' | Step;

export interface Done {
  readonly text: string;
  readonly undo: Undo;
}

/** The time line of one document, and the moment of it that is looked at. */
export class TimeLineModel {
  constructor(
    readonly document: DocumentId,
    private readonly timeLines: TimeLines,
    private readonly trans: TranslationBundle
  ) {}

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  version = 0;
  /** Null until it is known. */
  page: MomentPage | null = null;
  /** The newest first. */
  moments: readonly Moment[] = [];
  chosen: Moment | null = null;
  beside: Beside = 'before';
  /** Null until it is known. */
  look: Look | null = null;
  /** Whether there are older ones. */
  more = false;
  grain: Grain = 'coarse';
  until: Date | null = null;
  busy = false;
  trouble: string | null = null;
  done: Done | null = null;

  get mayRestore(): boolean {
    return this.page !== null && this.page.role !== 'viewer';
  }

  /** Ask from the newest, or from `until` on. */
  async load(): Promise<void> {
    const { grain, until } = this;
    await this.attempt(async () => {
      const page = await this.timeLines.page(this.document, {
        grain,
        ...(until === null ? {} : { until })
      });
      this.page = page;
      this.moments = page.moments;
      this.more = page.more;
    });
    await this.show(this.moments[0] ?? null, this.beside);
  }

  /** Take in what is new; what is looked at stays, and so does what was asked for of older moments. */
  async refresh(): Promise<void> {
    const { grain, until, chosen } = this;
    if (until !== null) {
      return; // Nothing is new of the past.
    }
    await this.attempt(async () => {
      const page = await this.timeLines.page(this.document, { grain });
      const last = page.moments.at(-1);
      const older = last ? this.moments.filter(({ id }) => id <= last.after) : [];
      this.page = page;
      this.moments = [...page.moments, ...older];
      this.more = older.length > 0 ? this.more : page.more;
    });
    const same = this.moments.find(({ id }) => id === chosen?.id);
    const grown = this.moments.find(({ after }) => after === chosen?.after);
    const next = same ?? grown ?? this.moments[0] ?? null;
    if (next?.id !== chosen?.id || this.beside === 'now') {
      await this.show(next, this.beside);
    } else {
      this.chosen = next;
      this.touch();
    }
  }

  async older(): Promise<void> {
    const last = this.moments.at(-1);
    if (last === undefined) {
      return;
    }
    await this.attempt(async () => {
      const from = { grain: this.grain, before: last.after };
      const page = await this.timeLines.page(this.document, from);
      this.moments = [...this.moments, ...page.moments];
      this.more = page.more;
    });
  }

  async tell(grain: Grain): Promise<void> {
    this.grain = grain;
    await this.load();
  }

  /** As it was at that time; null for the newest. */
  async goTo(until: Date | null): Promise<void> {
    this.until = until;
    await this.load();
  }

  choose(moment: Moment): Promise<void> {
    return this.show(moment, this.beside === 'now' ? 'now' : 'before');
  }

  /** Choose the moment at a step, if it is there. */
  async chooseStep(step: Step): Promise<void> {
    const found = this.moments.find(({ id }) => id === step);
    if (found !== undefined) {
      await this.choose(found);
    }
  }

  /** Go to the moment before or after, as one goes through a list. */
  async move(by: number): Promise<void> {
    const at = this.moments.findIndex(moment => moment === this.chosen);
    const to = this.moments[Math.min(Math.max(at + by, 0), this.moments.length - 1)];
    if (to !== undefined && to !== this.chosen) {
      await this.choose(to);
    }
  }

  compare(beside: Beside): Promise<void> {
    return this.show(this.chosen, beside);
  }

  /** What a cell would be restored to: it as it was at the moment, or before it went; null if it was not there. */
  restorable(cell: LookCell): Step | null {
    const { chosen, beside } = this;
    if (chosen === null || !this.mayRestore) {
      return null;
    }
    if (beside === 'now') {
      return cell.fate === 'new' || cell.fate === 'same' ? null : chosen.id;
    }
    if (cell.fate !== 'removed') {
      return chosen.id;
    }
    return beside === 'before' ? chosen.after : beside;
  }

  restoreCell(cell: LookCell): Promise<void> {
    const { trans } = this;
    return this.edit(trans.__('The cell is as it was.'), () => {
      const step = this.restorable(cell);
      return step === null
        ? Promise.resolve(null)
        : this.timeLines.restore(this.document, step, cell.id);
    });
  }

  restoreAll(): Promise<void> {
    const { trans, chosen } = this;
    return this.edit(trans.__('All of it is as it was.'), () =>
      chosen === null
        ? Promise.resolve(null)
        : this.timeLines.restore(this.document, chosen.id, null)
    );
  }

  /** Take back what one person, or everybody, did in the moment that is looked at. */
  rollBack(who: Author | null): Promise<void> {
    const { trans, chosen } = this;
    const said =
      who === null
        ? trans.__('What was done then is taken back.')
        : trans.__('What %1 did then is taken back.', name(who.displayName));
    return this.edit(said, () =>
      chosen === null
        ? Promise.resolve(null)
        : this.timeLines.rollBack(
            this.document,
            { after: chosen.after, through: chosen.id },
            who?.hubUser ?? null
          )
    );
  }

  async undo(): Promise<void> {
    const undo = this.done?.undo ?? null;
    if (undo === null || this.busy) {
      return;
    }
    this.done = null;
    await this.attempt(async () => {
      await this.timeLines.undo(this.document, undo);
      this.done = { text: this.trans.__('It is as before.'), undo: null };
    });
  }

  private async edit(said: string, deed: () => Promise<Undo>): Promise<void> {
    if (this.busy) {
      return;
    }
    this.done = null;
    await this.attempt(async () => {
      const undo = await deed();
      const text = undo === null ? this.trans.__('Nothing had to be changed.') : said;
      this.done = { text, undo };
    });
  }

  private async show(moment: Moment | null, beside: Beside): Promise<void> {
    this.chosen = moment;
    this.beside = beside;
    this.touch();
    if (moment === null) {
      this.look = null;
      this.touch();
      return;
    }
    const asked = (this.asked += 1);
    await this.attempt(async () => {
      const look =
        beside === 'now'
          ? await this.timeLines.look(this.document, 'now', moment.id)
          : await this.timeLines.look(
              this.document,
              moment.id,
              beside === 'before' ? moment.after : beside
            );
      // Whoever goes through a list fast sees only where they stop.
      if (asked === this.asked) {
        this.look = look;
      }
    });
  }

  private async attempt(work: () => Promise<void>): Promise<void> {
    this.busy = true;
    this.trouble = null;
    this.touch();
    try {
      await work();
    } catch (error) {
      this.trouble = reasonOf(error, this.trans);
    }
    this.busy = false;
    this.touch();
  }

  private touch(): void {
    this.version += 1;
    this._changed.emit();
  }

  private asked = 0;
  private readonly _changed = new Signal<this, void>(this);
}
