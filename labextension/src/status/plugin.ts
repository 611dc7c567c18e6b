import { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { IStatusBar } from '@jupyterlab/statusbar';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { IChatRooms } from '../tokens';
import { ConnectionStatusItem } from './view';

/** Says in the status bar whether this server is connected. */
export const status: JupyterFrontEndPlugin<void> = {
  id: 'xmpp-bridge:status',
  description: 'Whether the chat is connected.',
  autoStart: true,
  requires: [IChatRooms],
  optional: [IStatusBar, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    chat: IChatRooms,
    statusBar: IStatusBar | null,
    translator: ITranslator | null
  ) => {
    const trans = (translator ?? nullTranslator).load('xmpp_bridge');
    const item = new ConnectionStatusItem(chat, trans, () =>
      app.shell.activateById('xmpp-bridge-chat')
    );
    statusBar?.registerStatusItem('xmpp-bridge:status', { item, align: 'right', rank: 100 });
  }
};
