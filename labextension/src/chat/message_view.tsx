import * as React from 'react';

import { Refusal } from '../frames';
import { ChatMessage } from '../message';
import { Attachments } from './attachments';
import { Body } from './body';
import { CellCard } from './cell_card';
import { ChatRoom } from './chat_room';
import { useChat } from './context';
import { MessageActions } from './message_actions';
import { excerpt, name } from './safe_text';
import { clockTime, fullTime } from './time';

const QUOTED = 120;
/** XEP-0245: what follows is what the sender does. */
const ACTION = '/me ';
const SIGNS = { waiting: '…', sent: '✓', delivered: '✓✓' };

interface MessageProps {
  room: ChatRoom;
  message: ChatMessage;
  /** It goes on where the message above it, by the same person, stopped. */
  follows: boolean;
  highlighted: boolean;
  /** Whether its buttons are reachable: owners may retract what others said. */
  moderator: boolean;
  /** Why it did not leave. */
  refusal: Refusal | null;
}

/** One message. */
export const MessageView = React.memo(function MessageView(props: MessageProps): React.JSX.Element {
  const { room, message } = props;
  const { trans } = useChat();
  const [hovered, setHovered] = React.useState(false);
  const [focused, setFocused] = React.useState(false);
  const sender = name(message.sender.displayName);
  const head = !props.follows;
  return (
    <div
      role="article"
      className="xb-Message"
      tabIndex={-1}
      data-id={message.id ?? undefined}
      data-head={head}
      data-state={message.state}
      data-highlighted={props.highlighted}
      aria-label={trans.__('%1, %2', sender, clockTime(message.time))}
      onMouseEnter={() => setHovered(true)}
      onMouseLeave={() => setHovered(false)}
      onFocus={() => setFocused(true)}
      onBlur={event => {
        if (!event.currentTarget.contains(event.relatedTarget)) {
          setFocused(false);
        }
      }}
    >
      {head && (
        <header>
          <bdi className="xb-Sender" title={name(message.sender.jid)}>
            {sender}
          </bdi>
          {message.sender.username === null && (
            <span className="xb-Note">{trans.__('not of this hub')}</span>
          )}
          <time dateTime={message.time.toISOString()} title={fullTime(message.time)}>
            {clockTime(message.time)}
          </time>
        </header>
      )}
      {message.replyTo !== null && <QuoteView room={room} message={message} />}
      <Content room={room} message={message} refusal={props.refusal} />
      <Reactions room={room} message={message} />
      {(hovered || focused) && (
        <MessageActions room={room} message={message} moderator={props.moderator} />
      )}
    </div>
  );
});

interface ContentProps {
  room: ChatRoom;
  message: ChatMessage;
  refusal: Refusal | null;
}

function Content({ room, message, refusal }: ContentProps): React.JSX.Element {
  const { trans } = useChat();
  if (message.retracted !== null) {
    const { by, reason } = message.retracted;
    return (
      <p className="xb-Retracted">
        {reason === null
          ? trans.__('%1 retracted this message.', name(by))
          : trans.__('%1 retracted this message: %2', name(by), excerpt(reason, QUOTED))}
      </p>
    );
  }
  if (message.encryption !== null) {
    const how = name(message.encryption);
    return (
      <p className="xb-Encrypted">
        {trans.__('Encrypted with %1: it cannot be read, searched or archived here.', how)}{' '}
        {trans.__('What is said in this room is kept readable for all its members.')}
      </p>
    );
  }
  const action = message.body.startsWith(ACTION);
  return (
    <>
      {message.cell !== null && <CellCard room={room} message={message} cell={message.cell} />}
      {refusal === null && <Fate message={message} />}
      <Body
        body={action ? message.body.slice(ACTION.length) : message.body}
        mentions={message.mentions}
        actor={action ? name(message.sender.displayName) : null}
      />
      <Attachments attachments={message.attachments} />
      {refusal !== null && <RefusedView room={room} message={message} refusal={refusal} />}
    </>
  );
}

/** What became of it: corrected, still here, in the room, or safe. */
function Fate({ message }: { message: ChatMessage }): React.JSX.Element {
  const { trans } = useChat();
  const words = {
    waiting: trans.__('waiting'),
    sent: trans.__('sent'),
    delivered: trans.__('delivered')
  };
  const word = words[message.state];
  return (
    <span className="xb-Fate">
      {message.edited !== null && (
        <span title={fullTime(message.edited)}>{trans.__('corrected')} </span>
      )}
      {message.sender.me && (
        <span role="img" aria-label={word} title={word}>
          {SIGNS[message.state]}
        </span>
      )}
    </span>
  );
}

/** Why it is not in the room, and what now. */
function RefusedView(props: {
  room: ChatRoom;
  message: ChatMessage;
  refusal: Refusal;
}): React.ReactNode {
  const { room, message, refusal } = props;
  const { trans, model } = useChat();
  const client = message.clientId;
  return (
    client !== null && (
      <p className="xb-Refused" role="alert">
        {trans.__('Not sent: %1', refusal.text || refusal.condition)}{' '}
        <button className="xb-Link" onClick={() => model.outgoing.again(room, client)}>
          {trans.__('Try again')}
        </button>{' '}
        <button className="xb-Link" onClick={() => model.outgoing.withdraw(room, client)}>
          {trans.__('Take it back')}
        </button>
      </p>
    )
  );
}

/** What it answers; a click goes there. */
function QuoteView({ room, message }: { room: ChatRoom; message: ChatMessage }): React.JSX.Element {
  const { trans, model } = useChat();
  const quote = message.replyTo;
  return (
    <button
      type="button"
      className="xb-Quote"
      title={trans.__('Show this message')}
      onClick={() => {
        if (quote !== null) {
          void model.jump(room.id, quote.id);
        }
      }}
    >
      <bdi>{name(quote?.displayName ?? '')}</bdi>: <bdi>{excerpt(quote?.body ?? '', QUOTED)}</bdi>
    </button>
  );
}

function Reactions({ room, message }: { room: ChatRoom; message: ChatMessage }): React.ReactNode {
  const { trans, model } = useChat();
  if (message.reactions.length === 0 || message.retracted !== null) {
    return null;
  }
  return (
    <div className="xb-Reactions" role="group" aria-label={trans.__('Reactions')}>
      {message.reactions.slice(0, 20).map(({ emoji, people, mine }) => {
        const shown = excerpt(emoji, 8);
        const who = people.slice(0, 20).map(name).join(', ');
        return (
          <button
            key={emoji}
            type="button"
            aria-pressed={mine}
            aria-label={trans.__('%1 by %2', shown, who)}
            title={who}
            onClick={() => void model.outgoing.react(room, message, emoji)}
          >
            {shown} {people.length}
          </button>
        );
      })}
    </div>
  );
}
