import { CodeCell } from '@jupyterlab/cells';
import { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import { TranslationBundle } from '@jupyterlab/translation';

const CLASS = 'xb-CellRunner';
/** Where this server writes, for its own browsers, who runs which cell elsewhere. */
const RUNNERS = 'runners';

/** Says at each cell which of the others is running it. */
export class CellRunners {
  constructor(
    tracker: INotebookTracker,
    private readonly trans: TranslationBundle
  ) {
    tracker.widgetAdded.connect((_, panel) => this.watch(panel));
    tracker.forEach(panel => this.watch(panel));
  }

  private watch(panel: NotebookPanel): void {
    let shown: Runners = new Map();
    panel.content.modelContentChanged.connect(() => draw(panel, shown, this.trans));
    void panel.context.ready.then(() => {
      shown = runnersOf(panel);
      draw(panel, shown, this.trans);
      panel.model?.sharedModel.changed.connect((_, change) => {
        if (change.stateChange?.some(({ name }) => name === RUNNERS)) {
          const before = shown;
          shown = runnersOf(panel);
          silence(panel, startedSince(before, shown));
          draw(panel, shown, this.trans);
        }
      });
    });
  }
}

type Runners = ReadonlyMap<string, string>;

function runnersOf(panel: NotebookPanel): Runners {
  return readRunners(panel.model?.sharedModel.getState(RUNNERS));
}

function draw(panel: NotebookPanel, runners: Runners, trans: TranslationBundle): void {
  for (const cell of panel.content.widgets) {
    const name = runners.get(cell.model.sharedModel.getId()) ?? null;
    label(cell.node, name && trans.__('%1 is running this', name));
  }
}

/**
 * Somebody started these cells after us: what our kernel still says of them is not added to what theirs says.
 * Those who were running a cell when we started it are no reason: theirs is what gives way.
 */
function silence(panel: NotebookPanel, cells: ReadonlySet<string>): void {
  for (const cell of panel.content.widgets) {
    if (cell instanceof CodeCell && cells.has(cell.model.sharedModel.getId())) {
      cell.outputArea.detachFuture();
    }
  }
}

export function startedSince(before: Runners, now: Runners): ReadonlySet<string> {
  return new Set([...now.keys()].filter(cell => now.get(cell) !== before.get(cell)));
}

/** Names by cell; only what a server of ours would write. */
export function readRunners(state: unknown): Runners {
  const entries = typeof state === 'object' && state !== null ? Object.entries(state) : [];
  return new Map(entries.filter((each): each is [string, string] => typeof each[1] === 'string'));
}

function label(node: HTMLElement, text: string | null): void {
  const there = node.querySelector<HTMLElement>(`:scope > .${CLASS}`);
  if (text === null) {
    there?.remove();
  } else if (there?.textContent !== text) {
    const shown = there ?? document.createElement('div');
    shown.className = CLASS;
    shown.setAttribute('role', 'status');
    node.append(shown);
    shown.textContent = text; // last, so that it is read out
  }
}
