import { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { PageConfig, URLExt } from '@jupyterlab/coreutils';
import { IDocumentManager } from '@jupyterlab/docmanager';
import { INotebookTracker } from '@jupyterlab/notebook';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { linkTo } from '../chat/link';
import { DocumentId } from '../message';
import { Rest } from '../rest';
import { IChatRooms, IDocumentDesk } from '../tokens';
import { LabDesk } from './lab_desk';
import { LinkedFiles } from './linked_files';
import { CellMarks } from './marks';
import { CellRunners } from './runners';

/** The person's notebooks, for the chat. */
export const desk: JupyterFrontEndPlugin<IDocumentDesk> = {
  id: 'xmpp-bridge:desk',
  description: 'Opens cells, and takes code from cells and to them.',
  autoStart: true,
  provides: IDocumentDesk,
  optional: [INotebookTracker, IDocumentManager],
  activate: (
    app: JupyterFrontEnd,
    tracker: INotebookTracker | null,
    manager: IDocumentManager | null
  ) => {
    const rest = new Rest(app.serviceManager.serverSettings);
    const apart = PageConfig.getOption('notebookPage') !== '';
    const pages = { current: pathHere(), open: openPage };
    return new LabDesk(tracker, manager, rest, new LinkedFiles(rest), apart ? pages : null);
  }
};

/** Marks the cells that are talked about. */
export const marks: JupyterFrontEndPlugin<void> = {
  id: 'xmpp-bridge:marks',
  description: 'Marks the cells that are talked about.',
  autoStart: true,
  requires: [IChatRooms, INotebookTracker],
  optional: [ITranslator],
  activate: (
    app: JupyterFrontEnd,
    chat: IChatRooms,
    tracker: INotebookTracker,
    translator: ITranslator | null
  ) => {
    const trans = (translator ?? nullTranslator).load('xmpp_bridge');
    const files = new LinkedFiles(new Rest(app.serviceManager.serverSettings));
    new CellMarks(chat, tracker, files, trans, thread => {
      app.shell.activateById('xmpp-bridge-chat');
      void chat.jump(thread.room, thread.newest);
    });
  }
};

/** Says which of the others is running a cell. */
export const runners: JupyterFrontEndPlugin<void> = {
  id: 'xmpp-bridge:runners',
  description: 'Says which of the others is running a cell.',
  autoStart: true,
  requires: [INotebookTracker],
  optional: [ITranslator],
  activate: (_: JupyterFrontEnd, tracker: INotebookTracker, translator: ITranslator | null) => {
    new CellRunners(tracker, (translator ?? nullTranslator).load('xmpp_bridge'));
  }
};

/** The file that Notebook 7 shows on this page. */
function pathHere(): string {
  const notebooks = URLExt.join(PageConfig.getBaseUrl(), 'notebooks/');
  const { href, origin, pathname } = window.location;
  return href.startsWith(notebooks)
    ? decodeURIComponent((origin + pathname).slice(notebooks.length))
    : '';
}

/** Notebook 7 has a page for each notebook: it is opened, and led to the cell by its address. */
function openPage(path: string, document: DocumentId, cell: string): void {
  const page = URLExt.join(PageConfig.getBaseUrl(), 'notebooks', URLExt.encodeParts(path));
  window.open(linkTo({ kind: 'cell', document, cell }, page), '_blank', 'noopener');
}
