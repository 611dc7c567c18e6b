import { ILayoutRestorer, JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { ChatPanel } from './view';

/** Puts the chat of the person's rooms beside their documents. */
export const chat: JupyterFrontEndPlugin<void> = {
  id: 'xmpp-bridge:plugin',
  description: 'Rooms and their chat.',
  autoStart: true,
  optional: [ITranslator, ILayoutRestorer],
  activate: (
    app: JupyterFrontEnd,
    translator: ITranslator | null,
    restorer: ILayoutRestorer | null
  ) => {
    const panel = new ChatPanel((translator ?? nullTranslator).load('xmpp_bridge'));
    app.shell.add(panel, 'right', { rank: 300 });
    restorer?.add(panel, panel.id);
  }
};
