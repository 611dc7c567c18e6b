import { Cell } from '@jupyterlab/cells';
import { CodeEditor } from '@jupyterlab/codeeditor';
import { IDocumentManager } from '@jupyterlab/docmanager';
import { INotebookTracker, Notebook, NotebookActions, NotebookPanel } from '@jupyterlab/notebook';
import { ISignal, Signal } from '@lumino/signaling';

import { linkTo } from '../chat/link';
import { everybodysLab } from '../lab';
import { DocumentId } from '../message';
import { RefusedError, Rest } from '../rest';
import { IDesk, Said } from './desk';
import { LinkedFiles } from './linked_files';

/** A cell that is not drawn yet, or not synchronised yet, may still come. */
const PATIENCE_MS = 15_000;
const LOOK_EVERY_MS = 100;
const EXCERPT = 400;
/** Shows where one was led. */
const POINTED = 'xb-mod-pointed';
const POINTED_MS = 2_000;

/** Pages of the browser with one file each. */
export interface IFilePages {
  /** The path of the file on this page. */
  readonly current: string;
  open(path: string, document: DocumentId, cell: string): void;
}

/** The notebooks that are open in this lab. */
export class LabDesk implements IDesk {
  constructor(
    private readonly tracker: INotebookTracker | null,
    private readonly manager: IDocumentManager | null,
    private readonly rest: Rest,
    private readonly files: LinkedFiles,
    /** Where each file has a page of its own, as in Notebook 7; null where they share one. */
    private readonly pages: IFilePages | null
  ) {}

  get changed(): ISignal<unknown, unknown> {
    return this.tracker?.activeCellChanged ?? this.never;
  }

  get hasCell(): boolean {
    return this.tracker?.activeCell != null;
  }

  insert(code: string): void {
    const notebook = this.tracker?.currentWidget?.content;
    if (notebook?.model) {
      NotebookActions.insertBelow(notebook);
      notebook.activeCell?.model.sharedModel.setSource(code);
    }
  }

  replace(code: string): void {
    this.tracker?.activeCell?.model.sharedModel.setSource(code);
  }

  async activeCell(): Promise<Said | null> {
    const panel = this.tracker?.currentWidget;
    const cell = this.tracker?.activeCell;
    if (!panel || !cell) {
      return null;
    }
    const code = selected(cell) || cell.model.sharedModel.getSource();
    const file = await this.files.at(panel.context.localPath);
    const id = cell.model.sharedModel.getId();
    return {
      code,
      language: cell.model.type === 'code' ? languageOf(panel) : cell.model.type,
      room: file?.room ?? null,
      cell: file && {
        document: file.document,
        cell: id,
        name: file.name,
        resolved: false,
        excerpt: code.slice(0, EXCERPT),
        link: linkTo({ kind: 'cell', document: file.document, cell: id }, everybodysLab())
      }
    };
  }

  async openCell(document: DocumentId, cell: string): Promise<void> {
    const file = await this.files.of(document);
    const path = file?.path ?? (await this.join(document));
    if (this.pages !== null && path !== this.pages.current) {
      this.pages.open(path, document, cell);
      return;
    }
    const panel =
      this.pages === null ? this.manager?.openOrReveal(path) : await this.onlyNotebook();
    if (!(panel instanceof NotebookPanel)) {
      return; // a text file has no cells
    }
    await panel.context.ready;
    await point(panel, cell);
  }

  /** The notebook of this page, once it is there. */
  private onlyNotebook(): Promise<NotebookPanel | null> {
    const { tracker } = this;
    const there = tracker?.currentWidget ?? null;
    return tracker === null || there !== null
      ? Promise.resolve(there)
      : new Promise(resolve => tracker.widgetAdded.connect((_, panel) => resolve(panel)));
  }

  private readonly never = new Signal<this, void>(this);

  private async join(document: DocumentId): Promise<string> {
    const file = await this.rest.join(document);
    this.files.forget();
    if (file.path === null) {
      throw new RefusedError('item-not-found', file.name);
    }
    return file.path;
  }
}

/** Bring a cell into view once it is there. */
async function point(panel: NotebookPanel, cell: string): Promise<void> {
  const index = await indexOf(panel.content, cell);
  await drawn(panel.content, index);
  panel.content.activeCellIndex = index;
  await panel.content.scrollToItem(index, 'center');
  const node = panel.content.widgets[index]?.node;
  node?.classList.add(POINTED);
  window.setTimeout(() => node?.classList.remove(POINTED), POINTED_MS);
}

/** Where a notebook draws all its cells, one after the other, it must not be scrolled before it comes to this one. */
async function drawn(notebook: Notebook, index: number): Promise<void> {
  if (notebook.notebookConfig.windowingMode === 'full') {
    return; // it draws whatever it is scrolled to
  }
  while (notebook.widgets[index]?.isAttached === false) {
    // Cells are drawn while the browser is idle, which it never is for whoever asks at every frame.
    await new Promise(resolve => window.setTimeout(resolve, LOOK_EVERY_MS));
  }
}

function indexOf(notebook: Notebook, cell: string): Promise<number> {
  const find = () => notebook.widgets.findIndex(each => each.model.sharedModel.getId() === cell);
  return new Promise((resolve, reject) => {
    const look = () => {
      const index = find();
      if (index >= 0) {
        stop();
        resolve(index);
      }
    };
    const timer = window.setTimeout(() => {
      stop();
      reject(new RefusedError('item-not-found', ''));
    }, PATIENCE_MS);
    const stop = () => {
      window.clearTimeout(timer);
      notebook.modelContentChanged.disconnect(look);
    };
    notebook.modelContentChanged.connect(look);
    look();
  });
}

function selected(cell: Cell): string {
  const { editor } = cell;
  if (!editor) {
    return '';
  }
  const { start, end } = editor.getSelection();
  const [from, to] = [offset(editor, start), offset(editor, end)].sort((one, two) => one - two);
  return cell.model.sharedModel.getSource().slice(from, to);
}

function offset(editor: CodeEditor.IEditor, position: CodeEditor.IPosition): number {
  return editor.getOffsetAt(position);
}

function languageOf(panel: NotebookPanel): string {
  const info: unknown = panel.model?.getMetadata('language_info');
  const language = (info as { name?: unknown } | undefined)?.name;
  return typeof language === 'string' ? language : '';
}
