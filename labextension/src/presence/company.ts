import { Notebook, NotebookPanel } from '@jupyterlab/notebook';
import { Throttler } from '@lumino/polling';
import { ISignal, Signal } from '@lumino/signaling';

import { Calls, Companion, FIELD, Spot, companionsIn } from './companions';

const SPOT_MS = 250;
/** A notebook that is being drawn may never say that it has scrolled, or say it before it has. */
const PATIENCE_MS = 2000;
const SETTLES_MS = 100;
const TRIES = 3;
/** What a person does who wants to go their own way. */
const OWN_WAY = ['keydown', 'pointerdown', 'wheel', 'touchstart'] as const;

/** As much of an awareness as is needed here. */
interface IAwareness {
  readonly clientID: number;
  getStates(): Map<number, unknown>;
  setLocalStateField(field: string, value: unknown): void;
  on(event: 'change', listener: () => void): void;
  off(event: 'change', listener: () => void): void;
}

/** Who else is in one notebook; tells them where this tab is, and follows one of them. */
export class Company {
  constructor(
    private readonly panel: NotebookPanel,
    /** Whether anybody else may have it; what is not shared is as without us. */
    private readonly isShared: () => boolean,
    private readonly called: (by: Companion) => void
  ) {
    const notebook = panel.content;
    const awareness = panel.context.model.sharedModel.awareness as unknown as IAwareness;
    this.awareness = awareness;
    awareness.on('change', this.look);
    notebook.activeCellChanged.connect(this.moved);
    notebook.outerNode.addEventListener('scroll', this.moved, { capture: true, passive: true });
    OWN_WAY.forEach(sign => notebook.node.addEventListener(sign, this.goOwnWay, { passive: true }));
    // Cells get their height when they are drawn, after the scrolling that brought them into view.
    this.grown.observe(notebook.viewportNode);
    panel.disposed.connect(() => this.dispose());
    this.moved();
    this.look();
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get companions(): readonly Companion[] {
    return this.others;
  }

  /** Whom this tab follows. */
  get leader(): Companion | null {
    return this.others.find(({ username }) => username === this.following) ?? null;
  }

  version = 0;

  /** It may be shared by now. */
  refresh(): void {
    this.moved();
  }

  /** Go where somebody is, once. */
  jump(to: Companion): void {
    const cell = to.cell ?? to.view;
    if (cell !== null) {
      void show(this.panel.content, cell, true);
    }
  }

  /** Scroll with somebody until one does anything oneself; null for nobody. */
  follow(username: string | null): void {
    this.following = username;
    this.shown = null;
    this.trail();
    this.touch();
  }

  /** Bring everybody here. */
  call(): void {
    this.calledAt = Date.now();
    this.tell();
  }

  dispose(): void {
    if (this.isDisposed) {
      return;
    }
    this.isDisposed = true;
    this.awareness.off('change', this.look);
    const notebook = this.panel.content;
    OWN_WAY.forEach(sign => notebook.node.removeEventListener(sign, this.goOwnWay));
    this.telling.dispose();
    this.grown.disconnect();
    Signal.clearData(this);
  }

  private readonly look = (): void => {
    const { awareness } = this;
    this.others = companionsIn(awareness.getStates(), awareness.clientID);
    const caller = this.calls.newest(this.others);
    if (caller !== null) {
      this.jump(caller);
      this.called(caller);
    }
    this.trail();
    const drawn = JSON.stringify([this.following, this.others.map(drawnOf)]);
    if (drawn !== this.drawn) {
      this.drawn = drawn;
      this.touch();
    }
  };

  private trail(): void {
    const { leader } = this;
    const cell = leader?.view ?? leader?.cell ?? null;
    if (cell !== null && cell !== this.shown) {
      this.shown = cell;
      void this.scroll();
    }
  }

  /** One scrolling after the other, to the last place: a notebook gives up one that another overtakes, or ends it early. */
  private async scroll(): Promise<void> {
    if (this.isScrolling) {
      return;
    }
    this.isScrolling = true;
    const notebook = this.panel.content;
    let goal: string | null = null;
    let tries = 0;
    while (this.shown !== null && !this.isDisposed) {
      tries = this.shown === goal ? tries + 1 : 0;
      goal = this.shown;
      if (tries > TRIES || (tries > 0 && middle(notebook) === goal)) {
        break;
      }
      await Promise.race([show(notebook, goal, false).catch(() => undefined), after(PATIENCE_MS)]);
      await after(SETTLES_MS);
    }
    this.isScrolling = false;
  }

  private readonly goOwnWay = (event: Event): void => {
    if (this.following !== null && event.isTrusted) {
      this.follow(null);
    }
  };

  private readonly moved = (): void => {
    void this.telling.invoke();
  };

  private readonly telling = new Throttler(() => this.tell(), {
    limit: SPOT_MS,
    edge: 'trailing'
  });

  private readonly grown = new ResizeObserver(this.moved);

  private tell(): void {
    if (this.isDisposed || !this.isShared()) {
      return;
    }
    const notebook = this.panel.content;
    const spot: Spot = {
      cell: notebook.activeCell?.model.sharedModel.getId() ?? null,
      view: middle(notebook),
      call: this.calledAt
    };
    const said = JSON.stringify(spot);
    if (said !== this.said) {
      this.said = said;
      this.awareness.setLocalStateField(FIELD, spot);
    }
  }

  private touch(): void {
    this.version += 1;
    this._changed.emit();
  }

  private readonly awareness: IAwareness;
  private readonly calls = new Calls();
  private others: readonly Companion[] = [];
  private following: string | null = null;
  private isDisposed = false;
  private isScrolling = false;
  private shown: string | null = null;
  private said = '';
  private drawn = '';
  private calledAt = 0;
  private readonly _changed = new Signal<this, void>(this);
}

/** What of somebody is drawn: that they move is not. */
function drawnOf({ username, displayName, color, role }: Companion): readonly unknown[] {
  return [username, displayName, color, role];
}

/** The cell in the middle of what is seen. */
function middle(notebook: Notebook): string | null {
  const { top, height } = notebook.outerNode.getBoundingClientRect();
  const line = top + height / 2;
  const found = notebook.widgets.find(({ node, isAttached }) => {
    const box = node.getBoundingClientRect();
    return isAttached && box.top <= line && line < box.bottom;
  });
  return found?.model.sharedModel.getId() ?? null;
}

async function show(notebook: Notebook, cell: string, activate: boolean): Promise<void> {
  const index = notebook.widgets.findIndex(each => each.model.sharedModel.getId() === cell);
  if (index < 0) {
    return; // it has not come yet, or is gone
  }
  if (activate) {
    notebook.activeCellIndex = index;
  }
  await notebook.scrollToItem(index, 'center');
  // COMPAT(JupyterLab 4.6): near both ends of a notebook its 'center' is half way there.
  const box = notebook.widgets[index]?.node.getBoundingClientRect();
  const frame = notebook.outerNode.getBoundingClientRect();
  if (box !== undefined && box.height > 0) {
    notebook.outerNode.scrollTop += box.top + box.height / 2 - (frame.top + frame.height / 2);
  }
}

function after(milliseconds: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, milliseconds));
}
