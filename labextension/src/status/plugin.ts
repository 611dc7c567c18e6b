import { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { Dialog, IToolbarWidgetRegistry, showDialog } from '@jupyterlab/apputils';
import { IDocumentManager } from '@jupyterlab/docmanager';
import { NotebookPanel } from '@jupyterlab/notebook';
import { IStatusBar } from '@jupyterlab/statusbar';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { Signal } from '@lumino/signaling';
import { Widget } from '@lumino/widgets';
import * as React from 'react';

import { IChatRooms } from '../tokens';
import { dialogBody } from '../dialog_body';
import { EditorPanel, FileContext, lockEditor, lockNotebook } from './read_only';
import { DocumentMark, Explanation, StatusItem, StatusTools, roomAt } from './view';

const CHAT = 'xmpp-bridge-chat';

/** Says at each shared document how it stands, and in the status bar how the one in front does. */
export const status: JupyterFrontEndPlugin<void> = {
  id: 'xmpp-bridge:status',
  description: 'Whether documents are saved in their rooms, and whether the chat is connected.',
  autoStart: true,
  requires: [IChatRooms],
  optional: [IStatusBar, IToolbarWidgetRegistry, IDocumentManager, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    chat: IChatRooms,
    statusBar: IStatusBar | null,
    toolbars: IToolbarWidgetRegistry | null,
    manager: IDocumentManager | null,
    translator: ITranslator | null
  ) => {
    const trans = (translator ?? nullTranslator).load('xmpp_bridge');
    const tools: StatusTools = {
      chat,
      trans,
      explain: path => void explain(app, tools, path)
    };
    for (const factory of ['Notebook', 'Editor']) {
      toolbars?.addFactory<Widget & { context: FileContext }>(
        factory,
        'xmpp-bridge-status',
        ({ context }) => new DocumentMark(tools, context)
      );
    }
    app.docRegistry.addWidgetExtension('Notebook', {
      createNew: panel =>
        panel instanceof NotebookPanel ? lockNotebook(chat.documents, panel) : undefined
    });
    app.docRegistry.addWidgetExtension('Editor', {
      createNew: panel => lockEditor(chat.documents, panel as unknown as EditorPanel)
    });
    if (statusBar !== null) {
      const item = new StatusItem(tools, ...inFront(app, manager));
      statusBar.registerStatusItem('xmpp-bridge:status', { item, align: 'right', rank: 100 });
    }
  }
};

/** Where the file is that one works on, and that it is another one now. */
function inFront(
  app: JupyterFrontEnd,
  manager: IDocumentManager | null
): [() => string | null, Signal<unknown, void>] {
  const moved = new Signal<unknown, void>(app);
  const context = () => {
    const widget = app.shell.currentWidget;
    return widget && (manager?.contextForWidget(widget) ?? null);
  };
  const emit = () => moved.emit();
  app.shell.currentChanged?.connect(() => {
    context()?.pathChanged.connect(emit);
    emit();
  });
  return [() => context()?.localPath ?? null, moved];
}

async function explain(
  app: JupyterFrontEnd,
  tools: StatusTools,
  path: string | null
): Promise<void> {
  const { chat, trans } = tools;
  const answer = await showDialog({
    title: path === null ? trans.__('Connection') : (chat.documents.at(path)?.name ?? ''),
    body: dialogBody(React.createElement(Explanation, { tools, path })),
    buttons: [
      Dialog.cancelButton({ label: trans.__('Close') }),
      Dialog.okButton({ label: trans.__("Open the Room's Chat") })
    ],
    defaultButton: 0
  });
  if (answer.button.accept) {
    const room = roomAt(path, chat);
    app.shell.activateById(CHAT);
    if (room !== null) {
      await chat.open(chat.room(room));
    }
  }
}
