import { closeIcon, copyIcon, editIcon, linkIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import { ChatMessage } from '../message';
import { IconButton } from './button';
import { ChatRoom, NOTHING_WRITTEN } from './chat_room';
import { useChat } from './context';
import { EmojiPicker } from './emoji_picker';
import { replyIcon, smileIcon } from './icons';

interface MessageActionsProps {
  room: ChatRoom;
  message: ChatMessage;
  moderator: boolean;
}

/** What one can do with a message. */
export function MessageActions(props: MessageActionsProps): React.ReactNode {
  const { room, message, moderator } = props;
  const { trans, model, link, ask, confirm } = useChat();
  const [picking, setPicking] = React.useState(false);
  const { id } = message;
  if (id === null || message.retracted !== null) {
    return null;
  }
  const mine = message.sender.me;
  const retract = async () => {
    const sure = await confirm(
      trans.__('Retract this message?'),
      trans.__('Other clients may have shown it already, and some keep it.'),
      trans.__('Retract')
    );
    if (sure) {
      await model.outgoing.retract(room, id, null);
    }
  };
  const moderate = async () => {
    const reason = await ask(
      trans.__('Retract a message of somebody else'),
      trans.__('Reason, shown to everybody'),
      trans.__('Retract')
    );
    if (reason !== null) {
      await model.outgoing.retract(room, id, reason);
    }
  };
  return (
    <div
      className="xb-Actions"
      role="toolbar"
      aria-label={trans.__('What to do with this message')}
    >
      <IconButton
        icon={smileIcon}
        label={trans.__('React')}
        pressed={picking}
        onClick={() => setPicking(!picking)}
      />
      <IconButton
        icon={replyIcon}
        label={trans.__('Reply')}
        onClick={() => model.setDraft(room, { ...room.draft, replyTo: message, correcting: null })}
      />
      {mine && (
        <IconButton
          icon={editIcon}
          label={trans.__('Correct')}
          onClick={() =>
            model.setDraft(room, { ...NOTHING_WRITTEN, body: message.body, correcting: message })
          }
        />
      )}
      <IconButton
        icon={copyIcon}
        label={trans.__('Copy text')}
        onClick={() => void navigator.clipboard.writeText(message.body)}
      />
      <IconButton
        icon={linkIcon}
        label={trans.__('Copy link to this message')}
        onClick={() =>
          void navigator.clipboard.writeText(link({ kind: 'message', room: room.id, message: id }))
        }
      />
      {mine && (
        <IconButton icon={closeIcon} label={trans.__('Retract')} onClick={() => void retract()} />
      )}
      {!mine && moderator && (
        <IconButton
          icon={closeIcon}
          label={trans.__('Retract, with a reason')}
          onClick={() => void moderate()}
        />
      )}
      {picking && (
        <EmojiPicker
          onPick={emoji => {
            setPicking(false);
            void model.outgoing.react(room, message, emoji);
          }}
          onClose={() => setPicking(false)}
        />
      )}
    </div>
  );
}
