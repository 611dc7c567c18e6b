import {
  ILayoutRestorer,
  IRouter,
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { Dialog, ICommandPalette, InputDialog, showDialog } from '@jupyterlab/apputils';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { ITranslator, TranslationBundle, nullTranslator } from '@jupyterlab/translation';
import { UUID } from '@lumino/coreutils';

import { everybodysLab } from '../lab';
import { RefusedError, Rest } from '../rest';
import { Sharing } from '../sharing/requests';
import { RoomAccess } from '../sharing/room_access';
import { FrameSocket } from '../socket';
import { IChatRooms, IDocumentDesk } from '../tokens';
import { addCommands } from './commands';
import { ChatTools } from './context';
import { Place, linkTo, placeOf } from './link';
import { BrowserMemory } from './memory';
import { ChatModel } from './model';
import { Notifier } from './notifier';
import { Search } from './search';
import { PanelSettings } from './settings';
import { ChatPanel } from './view';
import { Visits } from './visits';

/** Puts the chat of the person's rooms beside their documents. */
export const chat: JupyterFrontEndPlugin<IChatRooms> = {
  id: 'xmpp-bridge:plugin',
  description: 'Rooms and their chat.',
  autoStart: true,
  provides: IChatRooms,
  requires: [IDocumentDesk],
  optional: [ITranslator, ILayoutRestorer, ICommandPalette, ISettingRegistry, IRouter],
  activate: (
    app: JupyterFrontEnd,
    desk: IDocumentDesk,
    translator: ITranslator | null,
    restorer: ILayoutRestorer | null,
    palette: ICommandPalette | null,
    registry: ISettingRegistry | null,
    router: IRouter | null
  ) => {
    const trans = (translator ?? nullTranslator).load('xmpp_bridge');
    const { serverSettings } = app.serviceManager;
    const socket = new FrameSocket(serverSettings);
    const memory = new BrowserMemory(window.localStorage, serverSettings.baseUrl);
    const model = new ChatModel(socket, memory, () => new Date(), UUID.uuid4);
    const settings = new PanelSettings();
    const visits = new Visits(model, desk, problem => void complain(trans, problem));
    const rest = new Rest(serverSettings);
    const sharing = new Sharing(rest);
    const tools: ChatTools = {
      model,
      search: new Search(model.requests),
      trans,
      desk,
      sendWithEnter: () => settings.sendWithEnter,
      createRoom: name => rest.createRoom(name),
      addMember: (room, username) => rest.addMember(room, username),
      access: room => new RoomAccess(room, sharing, trans),
      upload: (room, file) => rest.upload(room, file),
      file: path => rest.address(path),
      presence: {
        find: words => rest.people(words),
        choose: choice => rest.choose(choice),
        wishes: () => rest.wishes(),
        tellPlace: (room, tells) => rest.tellPlace(room, tells),
        goTo: ({ document, cell }) => visits.follow({ kind: 'cell', document, cell })
      },
      openCell: cell => visits.follow({ kind: 'cell', ...cell }),
      follow: place => visits.follow(place),
      link: place => linkTo(place, everybodysLab()),
      ask,
      confirm: (title, body, action) => confirm(trans, title, body, action)
    };
    const panel = new ChatPanel(tools);
    app.shell.add(panel, 'right', { rank: 300 });
    restorer?.add(panel, panel.id);
    model.openSoon(memory.lastRoom());
    if (registry !== null) {
      void settings.load(registry, chat.id);
    }

    const show = () => app.shell.activateById(panel.id);
    new Notifier(
      model,
      trans,
      room => model.current === room && panel.isVisible && document.hasFocus(),
      room => {
        show();
        void model.open(room);
      }
    );
    addCommands(app, { model, desk, trans, palette, show });
    if (router !== null) {
      acceptLinks(app, router, place => {
        if (place.kind === 'message') {
          show();
        }
        visits.follow(place);
      });
    }
    return model;
  }
};

/** Whoever opens the lab by a link of ours is led to what it names. */
function acceptLinks(app: JupyterFrontEnd, router: IRouter, follow: (place: Place) => void): void {
  const command = 'xmpp-bridge:follow-link';
  app.commands.addCommand(command, {
    execute: () => {
      const place = placeHere();
      if (place !== null) {
        follow(place);
      }
    },
    describedBy: { args: { type: 'object', properties: {} } }
  });
  router.register({ command, pattern: /[?&]xmpp-(room|document)=/ });
}

function placeHere(): Place | null {
  return placeOf(new URL(window.location.href), window.location.origin);
}

async function ask(title: string, label: string, action: string): Promise<string | null> {
  const answer = await InputDialog.getText({ title, label, okLabel: action });
  return answer.button.accept ? (answer.value ?? '') : null;
}

async function confirm(
  trans: TranslationBundle,
  title: string,
  body: string,
  action: string
): Promise<boolean> {
  const answer = await showDialog({
    title,
    body,
    buttons: [
      Dialog.cancelButton({ label: trans.__('Cancel') }),
      Dialog.warnButton({ label: action })
    ]
  });
  return answer.button.accept;
}

async function complain(trans: TranslationBundle, problem: unknown): Promise<void> {
  const reason = problem instanceof RefusedError ? problem.text : '';
  await showDialog({
    title: trans.__('It could not be opened'),
    body: reason || trans.__('It is not there any more, or you may not see it.'),
    buttons: [Dialog.okButton({ label: trans.__('OK') })]
  });
}
