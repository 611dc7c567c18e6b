import { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { IToolbarWidgetRegistry, Notification } from '@jupyterlab/apputils';
import { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { name } from '../chat/safe_text';
import { At } from '../people';
import { IChatRooms } from '../tokens';
import { Activity } from './activity';
import { Company } from './company';
import { CompanyBar } from './company_view';

const AUTO_CLOSE_MS = 4_000;

/** Tells that the person is here and where they work, and shows who else is in a notebook. */
export const presence: JupyterFrontEndPlugin<void> = {
  id: 'xmpp-bridge:presence',
  description: 'Who is here: on the hub, in a room, in a notebook.',
  autoStart: true,
  requires: [IChatRooms],
  optional: [INotebookTracker, IToolbarWidgetRegistry, ITranslator],
  activate: (
    _: JupyterFrontEnd,
    chat: IChatRooms,
    tracker: INotebookTracker | null,
    toolbars: IToolbarWidgetRegistry | null,
    translator: ITranslator | null
  ) => {
    const trans = (translator ?? nullTranslator).load('xmpp_bridge');
    tellActivity(chat, tracker);
    toolbars?.addFactory<NotebookPanel>('Notebook', 'xmpp-bridge-company', panel => {
      const state = () => chat.documents.at(panel.context.localPath);
      const company = new Company(
        panel,
        () => state() !== null,
        ({ displayName }) =>
          Notification.info(trans.__('%1 brought you here', name(displayName)), {
            autoClose: AUTO_CLOSE_MS
          })
      );
      const refresh = () => company.refresh();
      chat.documents.changed.connect(refresh);
      panel.disposed.connect(() => chat.documents.changed.disconnect(refresh));
      return new CompanyBar(company, trans, () => state()?.role === 'owner');
    });
  }
};

function tellActivity(chat: IChatRooms, tracker: INotebookTracker | null): void {
  const activity = new Activity(
    (idleSeconds, at) => chat.outgoing.remark({ kind: 'activity', idleSeconds, at }),
    () => whereIn(chat, tracker)
  );
  chat.greeted.connect(() => activity.repeat());
  activity.repeat();
  chat.documents.changed.connect(activity.moved);
  tracker?.currentChanged.connect(activity.moved);
  tracker?.activeCellChanged.connect(activity.moved);
}

/** The active cell of the notebook in front, if it is shared. */
function whereIn(chat: IChatRooms, tracker: INotebookTracker | null): At | null {
  const panel = tracker?.currentWidget ?? null;
  const document = panel && chat.documents.at(panel.context.localPath);
  if (panel === null || document === null) {
    return null;
  }
  const { activeCell, activeCellIndex } = panel.content;
  const cell = activeCell?.model.sharedModel.getId() ?? '';
  return { document: document.document, cell, number: activeCell ? activeCellIndex + 1 : 0 };
}
