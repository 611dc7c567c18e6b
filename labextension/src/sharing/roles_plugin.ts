import { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette, Notification } from '@jupyterlab/apputils';
import { IDocumentManager } from '@jupyterlab/docmanager';
import { DocumentWidget } from '@jupyterlab/docregistry';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { Rest } from '../rest';
import { IChatRooms } from '../tokens';
import { snapshot } from './copies';
import { copyIcon } from './icons';
import { Locks } from './locks';
import { openFilesOf } from './open_files';
import { RefusedTyping } from './refused_typing';
import { Sharing } from './requests';
import { reasonOf } from './room_access';
import { TakenBack } from './taken_back';
import { keepFromWriting } from './viewer_commands';
import { followRole } from './viewer_panel';

const COPY = 'xmpp-bridge:work-in-copy';

/** What a viewer cannot do, and what they can do instead. */
export const roles: JupyterFrontEndPlugin<void> = {
  id: 'xmpp-bridge:roles',
  description:
    'Keeps viewers from writing what nobody would have, and gives them copies to work in.',
  autoStart: true,
  requires: [IChatRooms, IDocumentManager],
  optional: [ICommandPalette, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    chat: IChatRooms,
    manager: IDocumentManager,
    palette: ICommandPalette | null,
    translator: ITranslator | null
  ) => {
    const trans = (translator ?? nullTranslator).load('xmpp_bridge');
    const { contents, serverSettings } = app.serviceManager;
    const sharing = new Sharing(new Rest(serverSettings));
    new Locks(chat, sharing);
    const open = openFilesOf(app, manager);
    const refused = new RefusedTyping(contents, open, sharing, trans);
    new TakenBack(chat, sharing, open, refused, contents, trans);
    const inFront = () => {
      const widget = app.shell.currentWidget;
      return (widget && manager.contextForWidget(widget)) ?? null;
    };
    const state = () => chat.documents.at(inFront()?.localPath ?? '');
    keepFromWriting(app.commands, () => state()?.role === 'viewer');
    const changed = () => {
      app.commands.notifyCommandChanged();
      // A toolbar's button comes and goes only when its own command is named.
      app.commands.notifyCommandChanged(COPY);
    };
    for (const factory of ['Notebook', 'Editor']) {
      app.docRegistry.addWidgetExtension(factory, {
        createNew: panel => {
          if (panel instanceof DocumentWidget) {
            followRole(chat.documents, panel as DocumentWidget, refused, changed);
          }
        }
      });
    }
    app.shell.currentChanged?.connect(changed);
    app.commands.addCommand(COPY, {
      label: trans.__('Work in a Copy'),
      caption: trans.__('Copy this file to one of your own, in which you can write and run'),
      icon: copyIcon,
      describedBy: { args: { type: 'object', properties: {} } },
      isEnabled: () => inFront() !== null,
      isVisible: () => state()?.role === 'viewer',
      execute: async () => {
        const context = inFront();
        if (context !== null) {
          await refused
            .openCopy(snapshot(context.localPath, context.model))
            .catch((error: unknown) => Notification.error(reasonOf(error, trans)));
        }
      }
    });
    palette?.addItem({ command: COPY, category: trans.__('Sharing') });
  }
};
