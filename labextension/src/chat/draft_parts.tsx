import { closeIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import { IconButton } from './button';
import { ChatRoom, NOTHING_WRITTEN } from './chat_room';
import { useChat } from './context';
import { excerpt, name } from './safe_text';

const QUOTED = 80;

/** What goes with the text that is being written: an answer, a correction, a cell, files. */
export function DraftParts({ room }: { room: ChatRoom }): React.JSX.Element {
  const { model, trans } = useChat();
  const { draft } = room;
  const { replyTo, correcting, cell, attachments } = draft;
  return (
    <>
      {correcting !== null && (
        <Part
          text={trans.__('Correcting: %1', excerpt(correcting.body, QUOTED))}
          remove={trans.__('Keep it as it was')}
          onRemove={() => model.setDraft(room, NOTHING_WRITTEN)}
        />
      )}
      {replyTo !== null && (
        <Part
          text={trans.__(
            'Reply to %1: %2',
            name(replyTo.sender.displayName),
            excerpt(replyTo.body, QUOTED)
          )}
          remove={trans.__('Do not reply')}
          onRemove={() => model.setDraft(room, { ...draft, replyTo: null })}
        />
      )}
      {cell !== null && (
        <Part
          text={trans.__('About a cell in %1', name(cell.name))}
          remove={trans.__('Not about this cell')}
          onRemove={() => model.setDraft(room, { ...draft, cell: null })}
        />
      )}
      {attachments.map(attachment => (
        <Part
          key={attachment.url}
          text={name(attachment.name)}
          remove={trans.__('Without this file')}
          onRemove={() =>
            model.setDraft(room, {
              ...draft,
              attachments: attachments.filter(each => each !== attachment)
            })
          }
        />
      ))}
    </>
  );
}

function Part(props: { text: string; remove: string; onRemove: () => void }): React.JSX.Element {
  return (
    <div className="xb-Part">
      <span dir="auto">{props.text}</span>
      <IconButton icon={closeIcon} label={props.remove} onClick={props.onRemove} />
    </div>
  );
}
