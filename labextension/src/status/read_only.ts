import { CodeEditor } from '@jupyterlab/codeeditor';
import { Notebook, NotebookPanel } from '@jupyterlab/notebook';
import { ISignal } from '@lumino/signaling';

import { DocumentStates } from './model';

/** Where an open file is. */
export interface FileContext {
  readonly localPath: string;
  readonly pathChanged: ISignal<unknown, unknown>;
}

/** An open text file. */
export interface EditorPanel {
  readonly content: { readonly editor: CodeEditor.IEditor };
  readonly context: FileContext & { readonly ready: Promise<void> };
  readonly disposed: ISignal<unknown, unknown>;
}

/** Keeps a viewer from typing what would reach nobody, for as long as they are one. */
export class ViewerLock {
  constructor(
    private readonly states: DocumentStates,
    private readonly context: FileContext,
    private readonly lock: (locked: boolean) => void
  ) {
    states.changed.connect(this.look);
    context.pathChanged.connect(this.look);
    this.look();
  }

  /** What is shared with nobody, or with an editor, is left as it is. */
  readonly look = (): void => {
    const locked = this.states.at(this.context.localPath)?.role === 'viewer';
    if (locked || this.locked) {
      this.locked = locked;
      this.lock(locked);
    }
  };

  release(): void {
    this.states.changed.disconnect(this.look);
    this.context.pathChanged.disconnect(this.look);
  }

  private locked = false;
}

export function lockNotebook(states: DocumentStates, panel: NotebookPanel): void {
  const lock = new ViewerLock(states, panel.context, locked => setReadOnly(panel.content, locked));
  panel.content.model?.cells.changed.connect(lock.look); // after the notebook, which makes the cell
  panel.disposed.connect(() => lock.release());
}

export function lockEditor(states: DocumentStates, panel: EditorPanel): void {
  const { editor } = panel.content;
  const lock = new ViewerLock(states, panel.context, locked =>
    editor.setOption('readOnly', locked)
  );
  // COMPAT(JupyterLab 4.6): once a file is there, all options of its editor are set anew, without ours.
  void panel.context.ready.then(lock.look);
  panel.disposed.connect(() => lock.release());
}

/** Here and nowhere else: what a cell itself says of being editable is shared, and not ours to change. */
function setReadOnly(notebook: Notebook, locked: boolean): void {
  if (notebook.model !== null) {
    notebook.model.readOnly = locked;
  }
  for (const cell of notebook.widgets) {
    if (locked) {
      cell.syncEditable = false;
      cell.readOnly = true;
    } else if (!cell.syncEditable) {
      cell.readOnly = false;
      cell.syncEditable = true; // and takes over what the cell says
    }
  }
}
