import { codeIcon, notebookIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import { RefusedError } from '../rest';
import { IconButton } from './button';
import { ChatRoom, NOTHING_WRITTEN } from './chat_room';
import { Candidate, Completion, accept, complete } from './completion';
import { CompletionList, optionId } from './completion_list';
import { useChat, useVersion } from './context';
import { DraftParts } from './draft_parts';
import { emojis } from './emoji';
import { EmojiPicker } from './emoji_picker';
import { clipIcon, sendIcon, smileIcon } from './icons';
import { LONGEST_BODY } from './outgoing';
import { name } from './safe_text';

/** Where a message is written. */
export function Composer({ room }: { room: ChatRoom }): React.JSX.Element {
  const { model, trans, desk, upload, sendWithEnter } = useChat();
  useVersion(room);
  const input = React.useRef<HTMLTextAreaElement>(null);
  const picker = React.useRef<HTMLInputElement>(null);
  const [completion, setCompletion] = React.useState<Completion | null>(null);
  const [chosen, setChosen] = React.useState(0);
  const [picking, setPicking] = React.useState(false);
  const [uploading, setUploading] = React.useState(0);
  const [trouble, setTrouble] = React.useState<string | null>(null);
  const { draft } = room;
  const tooLong = draft.body.trim().length - LONGEST_BODY;

  React.useEffect(() => input.current?.focus(), [room, draft.replyTo, draft.correcting]);
  const cursor = React.useRef<number | null>(null);
  React.useLayoutEffect(() => {
    const area = input.current;
    if (area) {
      area.style.height = 'auto';
      area.style.height = `${area.scrollHeight}px`;
      // At once: whoever types on would have the cursor jump back.
      if (cursor.current !== null) {
        area.setSelectionRange(cursor.current, cursor.current);
        cursor.current = null;
      }
    }
  }, [draft.body]);

  const write = (body: string, at: number | null) => {
    cursor.current = at;
    model.setDraft(room, { ...room.draft, body });
  };
  const insert = (text: string) => {
    const at = input.current?.selectionStart ?? room.draft.body.length;
    const until = input.current?.selectionEnd ?? at;
    const { body } = room.draft;
    write(body.slice(0, at) + text + body.slice(until), at + text.length);
    input.current?.focus();
  };
  const send = () => {
    setCompletion(null);
    model.outgoing.send(room, model.me);
  };
  const take = (candidate: Candidate) => {
    const at = input.current?.selectionStart ?? 0;
    if (completion) {
      const taken = accept(room.draft.body, at, completion, candidate);
      write(taken.text, taken.cursor);
      setCompletion(null);
    }
  };
  const attach = async (files: Iterable<File>) => {
    if (!model.features.has('files')) {
      return;
    }
    for (const file of files) {
      setUploading(count => count + 1);
      setTrouble(null);
      try {
        const attachment = await upload(room.id, file);
        model.setDraft(room, {
          ...room.draft,
          attachments: [...room.draft.attachments, attachment]
        });
      } catch (error) {
        setTrouble(error instanceof RefusedError ? error.text : trans.__('no connection'));
      } finally {
        setUploading(count => count - 1);
      }
    }
  };
  const quoteCell = async () => {
    const said = await desk.activeCell();
    if (said !== null) {
      const fence = `\`\`\`${said.language}\n${said.code}\n\`\`\`\n`;
      const cell = said.room === room.id ? said.cell : null;
      model.setDraft(room, { ...room.draft, body: room.draft.body + fence, cell });
    }
  };
  const onKeyDown = (event: React.KeyboardEvent<HTMLTextAreaElement>) => {
    if (event.nativeEvent.isComposing) {
      return;
    }
    if (completion && onCompletionKey(event.key)) {
      event.preventDefault();
      event.stopPropagation();
      return;
    }
    const accel = event.ctrlKey || event.metaKey;
    if (event.key === 'Enter' && (sendWithEnter() ? !event.shiftKey : accel)) {
      event.preventDefault();
      send();
    } else if (event.key === 'Escape' && (draft.replyTo ?? draft.correcting ?? draft.cell)) {
      event.stopPropagation();
      model.setDraft(room, NOTHING_WRITTEN);
    } else if (event.key === 'ArrowUp' && draft.body === '') {
      const mine = room.timeline.messages.filter(
        ({ sender, id, retracted }) => sender.me && id !== null && retracted === null
      );
      const last = mine.at(-1);
      if (last) {
        event.preventDefault();
        model.setDraft(room, { ...NOTHING_WRITTEN, body: last.body, correcting: last });
      }
    }
  };
  /** Whether the key was for the list of completions. */
  const onCompletionKey = (key: string): boolean => {
    const all = completion?.candidates ?? [];
    const candidate = all[chosen];
    if (key === 'ArrowDown' || key === 'ArrowUp') {
      setChosen((chosen + (key === 'ArrowDown' ? 1 : all.length - 1)) % all.length);
    } else if ((key === 'Enter' || key === 'Tab') && candidate) {
      take(candidate);
    } else if (key === 'Escape') {
      setCompletion(null);
    } else {
      return false;
    }
    return true;
  };

  const label = trans.__('Message to %1', name(room.displayName));
  return (
    <div
      className="xb-Composer"
      onDragOver={event => event.preventDefault()}
      onDrop={event => {
        if (event.dataTransfer.files.length > 0) {
          event.preventDefault();
          event.stopPropagation();
          void attach(event.dataTransfer.files);
        }
      }}
    >
      <DraftParts room={room} />
      {completion && (
        <CompletionList candidates={completion.candidates} chosen={chosen} onTake={take} />
      )}
      <textarea
        ref={input}
        rows={2}
        value={draft.body}
        dir="auto"
        aria-label={label}
        placeholder={label}
        aria-autocomplete="list"
        aria-controls={completion ? 'xb-Completion' : undefined}
        aria-activedescendant={completion ? optionId(chosen) : undefined}
        onChange={event => {
          const { value, selectionStart } = event.target;
          write(value, null);
          model.outgoing.typed(room);
          setChosen(0);
          setCompletion(complete(value, selectionStart, room.info.members, emojis(trans)));
        }}
        onKeyDown={onKeyDown}
        onBlur={() => {
          setCompletion(null);
          model.outgoing.stopTyping(room);
        }}
        onPaste={event => {
          if (event.clipboardData.files.length > 0) {
            event.preventDefault();
            void attach(event.clipboardData.files);
          }
        }}
      />
      <div className="xb-Composer-tools">
        {model.features.has('files') && (
          <IconButton
            icon={clipIcon}
            label={trans.__('Attach a file')}
            onClick={() => picker.current?.click()}
          />
        )}
        <input
          ref={picker}
          type="file"
          multiple
          hidden
          aria-label={trans.__('Files to attach')}
          onChange={event => {
            void attach([...(event.target.files ?? [])]);
            event.target.value = '';
          }}
        />
        <IconButton
          icon={smileIcon}
          label={trans.__('Emoji')}
          pressed={picking}
          onClick={() => setPicking(!picking)}
        />
        <IconButton
          icon={codeIcon}
          label={trans.__('Code block')}
          onClick={() => insert('```\n\n```')}
        />
        <IconButton
          icon={notebookIcon}
          label={trans.__('The selected cell')}
          onClick={() => void quoteCell()}
        />
        <span className="xb-Composer-state" role="status">
          {uploading > 0 && trans._n('Uploading a file…', 'Uploading %1 files…', uploading)}
          {tooLong > 0 && trans._n('%1 character too many', '%1 characters too many', tooLong)}
          {trouble !== null && trans.__('The file was not attached: %1', trouble)}
        </span>
        <button
          type="button"
          className="xb-Send"
          aria-label={trans.__('Send')}
          disabled={tooLong > 0 || uploading > 0}
          onClick={send}
        >
          <sendIcon.react tag="span" width="16px" height="16px" />
        </button>
      </div>
      {picking && (
        <EmojiPicker
          onPick={emoji => {
            setPicking(false);
            insert(emoji);
          }}
          onClose={() => {
            setPicking(false);
            input.current?.focus();
          }}
        />
      )}
    </div>
  );
}
