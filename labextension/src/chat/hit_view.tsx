import * as React from 'react';

import { Hit } from '../frames';
import { ChatMessage } from '../message';
import { useChat } from './context';
import { excerpt, name, prose } from './safe_text';
import { shortTime } from './time';

const SHOWN = 120;

/** A message that was found, with what was looked for marked; around it, what was said before and after. */
export function HitView({ hit, onJump }: { hit: Hit; onJump: () => void }): React.JSX.Element {
  const { model, trans } = useChat();
  const { message, snippet } = hit;
  const [open, setOpen] = React.useState(false);
  const room = model.room(hit.room);
  return (
    <>
      <button
        type="button"
        onClick={() => {
          if (message.id !== null) {
            onJump();
            void model.jump(hit.room, message.id);
          }
        }}
      >
        <span className="xb-Note">
          <bdi>{name(message.sender.displayName)}</bdi> · <bdi>{name(room?.displayName ?? '')}</bdi>{' '}
          · {shortTime(message.time)}
        </span>
        <span className="xb-Snippet" dir="auto">
          {snippet.map((part, index) =>
            part.hit ? <mark key={index}>{prose(part.text)}</mark> : prose(part.text)
          )}
        </span>
      </button>
      <button type="button" className="xb-Link" aria-expanded={open} onClick={() => setOpen(!open)}>
        {open ? trans.__('Hide what was said around it') : trans.__('What was said around it')}
      </button>
      {open && <Surroundings hit={hit} />}
    </>
  );
}

function Surroundings({ hit }: { hit: Hit }): React.JSX.Element {
  const { model, trans } = useChat();
  const [messages, setMessages] = React.useState<readonly ChatMessage[] | null | undefined>();
  React.useEffect(() => {
    let gone = false;
    void model.near(hit.room, hit.message.id).then(found => {
      if (!gone) {
        setMessages(found);
      }
    });
    return () => {
      gone = true;
    };
  }, [model, hit]);
  if (!messages) {
    const text = messages === null ? trans.__('It cannot be shown now.') : trans.__('Loading…');
    return (
      <p className="xb-Note" role="status">
        {text}
      </p>
    );
  }
  return (
    <ol className="xb-Around" aria-label={trans.__('What was said around it')}>
      {messages.map(message => (
        <li key={message.id} aria-current={message.id === hit.message.id || undefined}>
          <bdi>{name(message.sender.displayName)}</bdi>{' '}
          <span dir="auto">
            {message.retracted ? trans.__('(taken back)') : excerpt(message.body, SHOWN)}
          </span>
        </li>
      ))}
    </ol>
  );
}
