import { JupyterFrontEnd } from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { TranslationBundle } from '@jupyterlab/translation';

import { IDesk } from '../documents/desk';
import { NOTHING_WRITTEN } from './chat_room';
import { chatIcon } from './icons';
import { ChatModel } from './model';

const NO_ARGUMENTS = { args: { type: 'object', properties: {} } };

interface CommandTools {
  readonly model: ChatModel;
  readonly desk: IDesk;
  readonly trans: TranslationBundle;
  readonly palette: ICommandPalette | null;
  readonly show: () => void;
}

/** The commands behind menus, shortcuts and the notebook's toolbar. */
export function addCommands(app: JupyterFrontEnd, tools: CommandTools): void {
  const { model, desk, trans, palette, show } = tools;
  app.commands.addCommand('xmpp-bridge:show-chat', {
    label: trans.__('Show the Chat'),
    describedBy: NO_ARGUMENTS,
    execute: show
  });
  app.commands.addCommand('xmpp-bridge:send-cell', {
    label: trans.__('Send the Cell to the Chat'),
    caption: trans.__('Send the selected cell or text to the chat'),
    icon: chatIcon,
    describedBy: NO_ARGUMENTS,
    isEnabled: () => desk.hasCell,
    execute: async () => {
      await sayCell(model, desk);
      show();
    }
  });
  desk.changed.connect(() => app.commands.notifyCommandChanged('xmpp-bridge:send-cell'));
  const category = trans.__('Chat');
  palette?.addItem({ command: 'xmpp-bridge:show-chat', category });
  palette?.addItem({ command: 'xmpp-bridge:send-cell', category });
}

/** Put the active cell into what is being written: in the room of its document, else in the one that is open. */
async function sayCell(model: ChatModel, desk: IDesk): Promise<void> {
  const said = await desk.activeCell();
  if (said === null) {
    return;
  }
  const room = (said.room === null ? null : model.room(said.room)) ?? model.current;
  if (room === null) {
    return; // the panel shows the rooms to choose from
  }
  if (model.current !== room) {
    await model.open(room);
  }
  const before = room.draft.correcting === null ? room.draft : NOTHING_WRITTEN;
  const body = `${before.body}\`\`\`${said.language}\n${said.code}\n\`\`\`\n`;
  model.setDraft(room, { ...before, body, cell: said.room === room.id ? said.cell : null });
}
