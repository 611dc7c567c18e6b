import { IRouter, JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { IDocumentManager } from '@jupyterlab/docmanager';
import { IFileBrowserFactory } from '@jupyterlab/filebrowser';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { Rest } from '../rest';
import { IChatRooms } from '../tokens';
import { Arrivals, arrivalOf } from './arrivals';
import { addShareCommands } from './commands';
import { FolderShare } from './folders';
import { Invitations } from './invitations';
import { openFilesOf } from './open_files';
import { Sharing } from './requests';
import { LabThreshold } from './threshold';

/** Shares the person's files, and brings what others share with them. */
export const sharing: JupyterFrontEndPlugin<void> = {
  id: 'xmpp-bridge:sharing',
  description: 'Shares files with people, groups and by links, and opens what others have shared.',
  autoStart: true,
  requires: [IChatRooms],
  optional: [IDocumentManager, IFileBrowserFactory, ICommandPalette, IRouter, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    chat: IChatRooms,
    manager: IDocumentManager | null,
    browsers: IFileBrowserFactory | null,
    palette: ICommandPalette | null,
    router: IRouter | null,
    translator: ITranslator | null
  ) => {
    const trans = (translator ?? nullTranslator).load('xmpp_bridge');
    const requests = new Sharing(new Rest(app.serviceManager.serverSettings));
    const open = openFilesOf(app, manager);
    const files = open.sharedBy(requests);
    const folders = new FolderShare(requests, open);
    const threshold = new LabThreshold(app, chat, trans, open, browsers);
    const arrivals = new Arrivals(requests, threshold);
    addShareCommands(app, {
      ...{ chat, sharing: requests, arrivals, trans, palette, manager, browsers },
      ...{ open, files, folders }
    });
    new Invitations(chat, requests, arrivals, trans);
    if (router !== null) {
      receiveVisitors(app, router, arrivals);
    }
  }
};

/** Whoever opens their lab by a link is led to what it opens, once. */
function receiveVisitors(app: JupyterFrontEnd, router: IRouter, arrivals: Arrivals): void {
  const command = 'xmpp-bridge:arrive';
  const seen = new Set<string>();
  app.commands.addCommand(command, {
    describedBy: { args: { type: 'object', properties: {} } },
    execute: async () => {
      const url = new URL(window.location.href);
      const arrival = arrivalOf(url);
      // Where a workspace is loaded, a lab goes to its own address more than once.
      const called = JSON.stringify(arrival);
      if (arrival === null || seen.has(called)) {
        return;
      }
      seen.add(called);
      await app.restored;
      forgetArrival(router);
      await ('token' in arrival ? arrivals.byLink(arrival.token) : arrivals.arrive(arrival));
    }
  });
  router.register({ command, pattern: /[?&](xmpp-room|xmpp-bridge-join)=/ });
}

/** Whoever loads the page again does not arrive again. */
function forgetArrival(router: IRouter): void {
  const url = new URL(window.location.href);
  ['xmpp-bridge-join', 'xmpp-room', 'xmpp-document'].forEach(key => url.searchParams.delete(key));
  router.navigate(url.pathname + url.search + url.hash, { skipRouting: true });
}
