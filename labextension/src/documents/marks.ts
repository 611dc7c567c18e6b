import { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import { TranslationBundle } from '@jupyterlab/translation';
import { Debouncer } from '@lumino/polling';

import { IChatRooms } from '../tokens';
import { LinkedFiles } from './linked_files';
import { Thread, Threads, threadsOf } from './threads';

const CLASS = 'xb-CellMark';
const SETTLED_MS = 200;

/** Puts a small mark on each cell that is talked about; a click shows what was said. */
export class CellMarks {
  constructor(
    private readonly chat: IChatRooms,
    private readonly tracker: INotebookTracker,
    private readonly files: LinkedFiles,
    private readonly trans: TranslationBundle,
    private readonly show: (thread: Thread) => void
  ) {
    chat.roomChanged.connect(() => this.soon());
    tracker.widgetAdded.connect((_, panel) => this.watch(panel));
    tracker.forEach(panel => this.watch(panel));
  }

  private watch(panel: NotebookPanel): void {
    panel.content.modelContentChanged.connect(() => this.soon());
    void panel.context.ready.then(() => this.loadRoomOf(panel));
  }

  /** What is said about a notebook shows as soon as it is open, whether its room was or not. */
  private async loadRoomOf(panel: NotebookPanel): Promise<void> {
    const file = await this.files.at(panel.context.localPath);
    const room = file && this.chat.room(file.room);
    if (room && room.timeline.newest === null) {
      await this.chat.pages.newest(room);
    }
    this.soon();
  }

  private soon(): void {
    void this.pending.invoke();
  }

  private readonly pending = new Debouncer(() => this.draw(), SETTLED_MS);

  private async draw(): Promise<void> {
    const threads = threadsOf(this.messages());
    const panels: NotebookPanel[] = [];
    this.tracker.forEach(panel => panels.push(panel));
    for (const panel of panels) {
      await this.drawIn(panel, threads);
    }
  }

  private *messages() {
    for (const room of this.chat.rooms) {
      yield* room.timeline.messages;
    }
  }

  private async drawIn(panel: NotebookPanel, threads: Threads): Promise<void> {
    const file = threads.size === 0 ? null : await this.files.at(panel.context.localPath);
    const cells = file && threads.get(file.document);
    for (const cell of panel.content.widgets) {
      mark(cell.node, cells?.get(cell.model.sharedModel.getId()) ?? null, this.label, this.show);
    }
  }

  private readonly label = (thread: Thread): string =>
    thread.open
      ? this.trans._n('%1 message about this cell', '%1 messages about this cell', thread.messages)
      : this.trans.__('What was said about this cell is resolved');
}

function mark(
  node: HTMLElement,
  thread: Thread | null,
  label: (thread: Thread) => string,
  show: (thread: Thread) => void
): void {
  const there = node.querySelector<HTMLButtonElement>(`:scope > .${CLASS}`);
  if (thread === null) {
    there?.remove();
    return;
  }
  const button = there ?? document.createElement('button');
  button.type = 'button';
  button.className = CLASS;
  button.dataset['open'] = String(thread.open);
  button.title = label(thread);
  button.setAttribute('aria-label', button.title);
  button.textContent = String(thread.messages);
  button.onclick = () => show(thread);
  if (there === null) {
    node.append(button);
  }
}
