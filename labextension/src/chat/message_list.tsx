import * as React from 'react';
import { ContextProp, ScrollerProps, Virtuoso, VirtuosoHandle } from 'react-virtuoso';

import { Refusal } from '../frames';
import { ChatMessage, compareIds } from '../message';
import { ChatRoom } from './chat_room';
import { useChat, useVersion } from './context';
import { MessageView } from './message_view';
import { name } from './safe_text';
import { dayOf, sameDay } from './time';

const TURNING_AWAY = new Set(['ArrowUp', 'PageUp', 'Home']);
/** Within this long, messages of one person stand together under one name. */
const TOGETHER_MS = 5 * 60_000;

/** A room's messages; only those in sight are drawn. */
export function MessageList({ room }: { room: ChatRoom }): React.JSX.Element {
  const { model, trans } = useChat();
  useVersion(room);
  const list = React.useRef<VirtuosoHandle>(null);
  const [atBottom, setAtBottom] = React.useState(true);
  const { timeline, target } = room;
  const { messages, generation } = timeline;

  // Whether the newest are kept in sight: until the person turns away, however fast and tall they come.
  const following = React.useRef(true);
  const follow = (isAtBottom: boolean) =>
    timeline.last && (following.current || isAtBottom) ? 'auto' : false;

  useSeen(room, atBottom);
  React.useEffect(() => {
    const index = target === null ? -1 : timeline.indexOf(target.id);
    if (index >= 0) {
      following.current = false;
      list.current?.scrollToIndex({ index, align: 'center' });
    }
  }, [target, timeline, generation]);

  const followed = target === null ? -1 : timeline.indexOf(target.id);
  const moderator = room.info.role === 'owner' && model.features.has('moderation');
  return (
    <div className="xb-Messages">
      <Virtuoso<ChatMessage, Live>
        key={generation}
        ref={list}
        data={messages}
        context={{
          label: trans.__('Messages in %1', name(room.displayName)),
          atBottom,
          turnAway: () => (following.current = false)
        }}
        firstItemIndex={timeline.origin}
        initialTopMostItemIndex={
          followed >= 0 ? { index: followed, align: 'center' } : Math.max(0, messages.length - 1)
        }
        components={{ Scroller, Header: Beginning }}
        computeItemKey={(_, message) => message.clientId ?? message.id ?? ''}
        increaseViewportBy={400}
        atBottomThreshold={40}
        atBottomStateChange={isAtBottom => {
          following.current ||= isAtBottom && target === null;
          setAtBottom(isAtBottom);
        }}
        followOutput={follow}
        totalListHeightChanged={() => following.current && list.current?.autoscrollToBottom()}
        startReached={() => void model.pages.older(room)}
        endReached={() => void model.pages.newer(room)}
        itemContent={(number, message) => {
          const above = messages[number - timeline.origin - 1] ?? null;
          return (
            <Row
              room={room}
              message={message}
              above={above}
              highlighted={target !== null && target.id === message.id}
              moderator={moderator}
              refusal={(message.clientId && room.refused.get(message.clientId)) ?? null}
              divided={isDivider(room, above, message)}
            />
          );
        }}
      />
      {(!atBottom || !timeline.last) && (
        <button
          type="button"
          className="xb-ToNewest"
          onClick={() => {
            room.target = null;
            following.current = true;
            if (timeline.last) {
              list.current?.scrollToIndex({ index: messages.length - 1, align: 'end' });
            } else {
              void model.pages.newest(room);
            }
          }}
        >
          {room.info.unread > 0
            ? trans._n('%1 new message', '%1 new messages', room.info.unread)
            : trans.__('To the newest')}
        </button>
      )}
    </div>
  );
}

/** Marks a room as read while its newest messages are before somebody's eyes. */
function useSeen(room: ChatRoom, atBottom: boolean): void {
  const { model } = useChat();
  const version = room.version;
  React.useEffect(() => {
    const look = () => {
      if (atBottom && document.hasFocus() && document.visibilityState === 'visible') {
        model.displayed(room);
      }
    };
    look();
    window.addEventListener('focus', look);
    return () => window.removeEventListener('focus', look);
  }, [model, room, atBottom, version]);
}

interface RowProps {
  room: ChatRoom;
  message: ChatMessage;
  above: ChatMessage | null;
  highlighted: boolean;
  moderator: boolean;
  refusal: Refusal | null;
  divided: boolean;
}

const Row = React.memo(function Row(props: RowProps): React.JSX.Element {
  const { room, message, above } = props;
  const { trans } = useChat();
  const newDay = above === null || !sameDay(above.time, message.time);
  return (
    <div className="xb-Row">
      {newDay && <div className="xb-Day">{dayOf(message.time)}</div>}
      {props.divided && (
        <div className="xb-New" role="separator" aria-label={trans.__('New messages')}>
          {trans.__('New messages')}
        </div>
      )}
      <MessageView
        room={room}
        message={message}
        follows={!newDay && !props.divided && goesOn(above, message)}
        highlighted={props.highlighted}
        moderator={props.moderator}
        refusal={props.refusal}
      />
    </div>
  );
});

function goesOn(above: ChatMessage | null, message: ChatMessage): boolean {
  return (
    above !== null &&
    above.sender.jid === message.sender.jid &&
    message.replyTo === null &&
    message.time.getTime() - above.time.getTime() < TOGETHER_MS
  );
}

/** `message` is the first that was new when the room was opened. */
function isDivider(room: ChatRoom, above: ChatMessage | null, message: ChatMessage): boolean {
  const { divider } = room;
  if (divider === null || message.id === null || compareIds(message.id, divider) <= 0) {
    return false;
  }
  return above?.id != null && compareIds(above.id, divider) <= 0;
}

interface Live {
  readonly label: string;
  readonly atBottom: boolean;
  /** The person looks at something older. */
  readonly turnAway: () => void;
}

type LogProps = ScrollerProps & ContextProp<Live>;

/** What comes in is read out; what only came into sight is not. */
const Scroller = React.forwardRef<HTMLDivElement, LogProps>(function Scroller(props, ref) {
  const { context, ...rest } = props;
  return (
    <div
      {...rest}
      ref={ref}
      role="log"
      aria-label={context.label}
      aria-live={context.atBottom ? 'polite' : 'off'}
      tabIndex={0}
      onWheel={event => event.deltaY < 0 && context.turnAway()}
      onTouchMove={context.turnAway}
      onPointerDown={event => event.target === event.currentTarget && context.turnAway()}
      onKeyDown={event => {
        if (TURNING_AWAY.has(event.key)) {
          context.turnAway();
        }
        moveBetweenMessages(event);
      }}
    />
  );
});

function Beginning(): React.JSX.Element {
  return <div className="xb-Beginning" />;
}

/** Up and down go from message to message. */
function moveBetweenMessages(event: React.KeyboardEvent<HTMLDivElement>): void {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step === undefined || event.target instanceof HTMLTextAreaElement) {
    return;
  }
  const all = [...event.currentTarget.querySelectorAll<HTMLElement>('[role=article]')];
  const at = all.findIndex(each => each.contains(document.activeElement));
  const next = at < 0 ? all.at(-1) : all[at + step];
  if (next) {
    event.preventDefault();
    next.focus();
  }
}
