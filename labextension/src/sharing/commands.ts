import { JupyterFrontEnd } from '@jupyterlab/application';
import {
  Clipboard,
  Dialog,
  ICommandPalette,
  InputDialog,
  Notification
} from '@jupyterlab/apputils';
import { IDocumentManager } from '@jupyterlab/docmanager';
import { PathExt } from '@jupyterlab/coreutils';
import { IFileBrowserFactory } from '@jupyterlab/filebrowser';
import { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { name } from '../chat/safe_text';
import { dialogBody } from '../dialog_body';
import { IChatRooms } from '../tokens';
import { AccessLink } from './access';
import { Arrivals, tokenOf } from './arrivals';
import { WorkingDialog } from './dialog';
import { shareIcon } from './icons';
import { IFileShare, ShareModel } from './model';
import { OpenFiles } from './open_files';
import { Sharing } from './requests';
import { reasonOf } from './room_access';
import { ShareView } from './view';

const NO_ARGUMENTS = { args: { type: 'object', properties: {} } };

export interface ShareCommands {
  readonly chat: IChatRooms;
  readonly sharing: Sharing;
  readonly arrivals: Arrivals;
  readonly trans: TranslationBundle;
  readonly palette: ICommandPalette | null;
  readonly manager: IDocumentManager | null;
  readonly browsers: IFileBrowserFactory | null;
  readonly open: OpenFiles;
  readonly files: IFileShare;
  readonly folders: IFileShare;
}

/** The commands behind the toolbar, the palette and the file browser's menu. */
export function addShareCommands(app: JupyterFrontEnd, tools: ShareCommands): void {
  const { chat, arrivals, trans, palette, manager, browsers } = tools;
  const inFront = () => {
    const widget = app.shell.currentWidget;
    return (widget && manager?.contextForWidget(widget)?.localPath) ?? null;
  };
  const selected = () => {
    const item = browsers?.tracker.currentWidget?.selectedItems().next();
    return item && !item.done ? item.value : null;
  };
  app.commands.addCommand('xmpp-bridge:share', {
    label: trans.__('Share…'),
    caption: trans.__('Share this file with people, groups or by a link'),
    icon: shareIcon,
    describedBy: NO_ARGUMENTS,
    isEnabled: () => inFront() !== null,
    execute: () => open(inFront(), tools)
  });
  app.commands.addCommand('xmpp-bridge:share-selected', {
    label: trans.__('Share…'),
    icon: shareIcon,
    describedBy: NO_ARGUMENTS,
    isVisible: () => selected() !== null,
    execute: () => {
      const item = selected();
      const share = item?.type === 'directory' ? tools.folders : tools.files;
      return open(item?.path ?? null, tools, share);
    }
  });
  app.commands.addCommand('xmpp-bridge:open-link', {
    label: trans.__('Open a Link of Others…'),
    describedBy: NO_ARGUMENTS,
    execute: () => follow(arrivals, trans)
  });
  app.commands.addCommand('xmpp-bridge:lock', {
    label: () => {
      const locked = chat.documents.at(inFront() ?? '')?.locked;
      return locked
        ? trans.__('Unlock: Editors Type Again')
        : trans.__('Lock: Nobody Types in It Now');
    },
    describedBy: NO_ARGUMENTS,
    isEnabled: () => {
      const state = chat.documents.at(inFront() ?? '');
      return state !== null && chat.room(state.room)?.info.role === 'owner';
    },
    execute: () => lock(inFront(), tools)
  });
  app.shell.currentChanged?.connect(() => {
    for (const command of ['xmpp-bridge:share', 'xmpp-bridge:lock']) {
      app.commands.notifyCommandChanged(command);
    }
  });
  const category = trans.__('Sharing');
  for (const command of ['xmpp-bridge:share', 'xmpp-bridge:open-link', 'xmpp-bridge:lock']) {
    palette?.addItem({ command, category });
  }
}

/** Everything about sharing the file at `path`, in one dialog. */
async function open(
  path: string | null,
  tools: ShareCommands,
  share: IFileShare = tools.files
): Promise<void> {
  if (path === null) {
    return;
  }
  const { chat, sharing, trans } = tools;
  const rooms = chat.rooms
    .filter(({ info }) => info.direct === null && info.role !== 'viewer')
    .map(({ id, displayName }) => ({ id, name: displayName }));
  const model = new ShareModel(path, sharing, trans, rooms, share);
  const refresh = () => void model.access?.load();
  chat.accessChanged.connect(refresh);
  void model.load();
  const view = React.createElement(ShareView, {
    tools: { model, trans, copy: link => copy(link, trans) }
  });
  const dialog = new WorkingDialog({
    title: trans.__('Share %1', name(PathExt.basename(path))),
    body: dialogBody(view),
    buttons: [Dialog.okButton({ label: trans.__('Done') })],
    hasClose: true
  });
  dialog.addClass('xb-ShareDialog');
  await dialog.launch();
  chat.accessChanged.disconnect(refresh);
  tools.open.settle(path);
}

function copy(link: AccessLink, trans: TranslationBundle): void {
  if (link.url !== null) {
    Clipboard.copyToSystem(new URL(link.url, window.location.origin).href);
    Notification.success(trans.__('The link is copied: give it to whom you like.'), {
      autoClose: 3000
    });
  }
}

async function follow(arrivals: Arrivals, trans: TranslationBundle): Promise<void> {
  const answer = await InputDialog.getText({
    title: trans.__('Open a link of others'),
    label: trans.__('The link that you were given'),
    okLabel: trans.__('Open')
  });
  if (answer.button.accept && answer.value) {
    await arrivals.byLink(tokenOf(answer.value.trim()));
  }
}

async function lock(path: string | null, tools: ShareCommands): Promise<void> {
  const { chat, sharing, trans } = tools;
  const state = path === null ? null : chat.documents.at(path);
  if (state === null) {
    return;
  }
  try {
    await (state.locked ? sharing.unlock(state.document) : sharing.lock(state.document, ''));
  } catch (error) {
    Notification.error(reasonOf(error, trans));
  }
}
