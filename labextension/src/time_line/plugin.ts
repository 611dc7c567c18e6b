import { IRouter, JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette, MainAreaWidget } from '@jupyterlab/apputils';
import { PageConfig } from '@jupyterlab/coreutils';
import { IDocumentManager } from '@jupyterlab/docmanager';
import { ITranslator, TranslationBundle, nullTranslator } from '@jupyterlab/translation';
import { ReactWidget } from '@jupyterlab/ui-components';
import { Throttler } from '@lumino/polling';
import * as React from 'react';

import { icon } from '../chat/icons';
import { name } from '../chat/safe_text';
import { DocumentState } from '../document_state';
import { DocumentId } from '../message';
import { Rest } from '../rest';
import { IChatRooms } from '../tokens';
import { TimeLineModel } from './model';
import { Step } from './moments';
import { TimeLines } from './requests';
import { TimeLineView } from './view';

const COMMAND = 'xmpp-bridge:time-line';
const ARRIVE = 'xmpp-bridge:time-line-arrive';
const PARAMETER = 'xmpp-time-line';
/** Everybody's edits move the list, and nobody reads so fast. */
const REFRESH_MS = 5_000;

const timeLineIcon = icon(
  'time-line',
  'M13 3a9 9 0 0 0-9 9H1l4 4 4-4H6a7 7 0 1 1 2 5l-1.4 1.4A9 9 0 1 0 13 3zm-1 5v5l4.3 2.5.7-1.2-3.5-2.1V8z'
);

/** Who changed which cell when, what a file was then, and how it becomes that again. */
export const timeLine: JupyterFrontEndPlugin<void> = {
  id: 'xmpp-bridge:time-line',
  description: 'The time line of a shared file: look back, restore, roll back.',
  autoStart: true,
  requires: [IChatRooms],
  optional: [IDocumentManager, ICommandPalette, IRouter, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    chat: IChatRooms,
    manager: IDocumentManager | null,
    palette: ICommandPalette | null,
    router: IRouter | null,
    translator: ITranslator | null
  ) => {
    const trans = (translator ?? nullTranslator).load('xmpp_bridge');
    const timeLines = new TimeLines(new Rest(app.serviceManager.serverSettings));
    const inFront = () => {
      const widget = app.shell.currentWidget;
      const path = widget && manager?.contextForWidget(widget)?.localPath;
      return path ? chat.documents.at(path) : null;
    };
    const show = (state: DocumentState, step: Step | null) => {
      open(app, chat, new TimeLineModel(state.document, timeLines, trans), state, trans, step);
    };
    app.commands.addCommand(COMMAND, {
      label: trans.__('Time Line of This File'),
      caption: trans.__('See who changed this file when, and restore what it was'),
      icon: timeLineIcon,
      describedBy: { args: { type: 'object', properties: {} } },
      isEnabled: () => inFront() !== null,
      execute: () => {
        const state = inFront();
        if (state !== null) {
          show(state, null);
        }
      }
    });
    const refresh = () => app.commands.notifyCommandChanged(COMMAND);
    chat.documents.changed.connect(refresh);
    app.shell.currentChanged?.connect(refresh);
    palette?.addItem({ command: COMMAND, category: trans.__('Sharing') });
    if (router !== null) {
      receive(app, router, chat, show);
    }
  }
};

/** Show it beside the file; there already, it is brought to the front. */
function open(
  app: JupyterFrontEnd,
  chat: IChatRooms,
  model: TimeLineModel,
  state: DocumentState,
  trans: TranslationBundle,
  step: Step | null
): void {
  const id = `xmpp-bridge-time-line-${state.document}`;
  const area = PageConfig.getOption('notebookPage') === '' ? 'main' : 'right';
  const there = [...app.shell.widgets(area)].find(widget => widget.id === id);
  if (there !== undefined) {
    app.shell.activateById(id);
    return;
  }
  const content = ReactWidget.create(React.createElement(TimeLineView, { model, trans }));
  content.addClass('xb-TimeLine-widget');
  const widget = new MainAreaWidget({ content });
  widget.id = id;
  widget.title.label = trans.__('Time line: %1', name(state.name));
  widget.title.icon = timeLineIcon;
  widget.title.closable = true;
  app.shell.add(widget, area, { mode: 'split-right' });
  app.shell.activateById(id);
  const loaded = model.load();
  if (step !== null) {
    void loaded.then(() => model.chooseStep(step));
  }
  follow(chat, model, widget);
}

/** Keep the list as new as the document. */
function follow(chat: IChatRooms, model: TimeLineModel, widget: MainAreaWidget): void {
  const refreshing = new Throttler(() => (model.busy ? undefined : model.refresh()), REFRESH_MS);
  const saved = () => {
    const state = chat.documents.all.find(({ document }) => document === model.document);
    if (state?.status === 'saved' && widget.isVisible) {
      void refreshing.invoke();
    }
  };
  chat.documents.changed.connect(saved);
  widget.disposed.connect(() => {
    chat.documents.changed.disconnect(saved);
    refreshing.dispose();
  });
}

/** Whoever comes from the page of a time line sees it here, as soon as this server has told of the document. */
function receive(
  app: JupyterFrontEnd,
  router: IRouter,
  chat: IChatRooms,
  show: (state: DocumentState, step: Step | null) => void
): void {
  app.commands.addCommand(ARRIVE, {
    describedBy: { args: { type: 'object', properties: {} } },
    execute: async () => {
      const url = new URL(window.location.href);
      const document = url.searchParams.get('xmpp-document') as DocumentId | null;
      const step = Number(url.searchParams.get(PARAMETER));
      await app.restored;
      [PARAMETER, 'xmpp-document'].forEach(key => url.searchParams.delete(key));
      router.navigate(url.pathname + url.search + url.hash, { skipRouting: true });
      const look = () => {
        const state = chat.documents.all.find(each => each.document === document);
        if (state !== undefined) {
          chat.documents.changed.disconnect(look);
          show(state, step > 0 ? (step as Step) : null);
        }
      };
      chat.documents.changed.connect(look);
      look();
    }
  });
  router.register({ command: ARRIVE, pattern: /[?&]xmpp-time-line=/ });
}
