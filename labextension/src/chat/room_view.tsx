import { caretLeftIcon, searchIcon, usersIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import { IconButton } from './button';
import { ChatRoom } from './chat_room';
import { Composer } from './composer';
import { useChat, useVersion } from './context';
import { MessageList } from './message_list';
import { PeopleView } from './people_view';
import { name } from './safe_text';
import { SearchView } from './search_view';

/** One room: its messages, and where to write. */
export function RoomView({ room }: { room: ChatRoom }): React.JSX.Element {
  const { trans, model } = useChat();
  useVersion(room);
  const [beside, setBeside] = React.useState<'people' | 'search' | null>(null);
  const toggle = (what: 'people' | 'search') => setBeside(beside === what ? null : what);
  const { trouble } = room;
  return (
    <section className="xb-RoomView" aria-label={name(room.displayName)}>
      <div className="xb-Bar">
        <IconButton
          icon={caretLeftIcon}
          label={trans.__('All rooms')}
          onClick={() => void model.open(null)}
        />
        <h2 dir="auto">{name(room.displayName)}</h2>
        <IconButton
          icon={usersIcon}
          label={trans.__('People in this room')}
          pressed={beside === 'people'}
          onClick={() => toggle('people')}
        />
        {model.features.has('search') && (
          <IconButton
            icon={searchIcon}
            label={trans.__('Search')}
            pressed={beside === 'search'}
            onClick={() => toggle('search')}
          />
        )}
      </div>
      <Recorded policy={room.info.recorded} />
      {beside === 'people' && <PeopleView room={room} />}
      {beside === 'search' && <SearchView room={room} onJump={() => setBeside(null)} />}
      <MessageList room={room} />
      <div className="xb-Typing" role="status">
        <Typing room={room} />
      </div>
      {trouble !== null && (
        <p className="xb-Refused" role="alert">
          {trans.__('That did not work: %1', trouble.text || trouble.condition)}
        </p>
      )}
      <Composer room={room} />
    </section>
  );
}

/** That the room is recorded, for whoever enters it; by which policy, for whoever asks. */
function Recorded({ policy }: { policy: string | null }): React.JSX.Element | null {
  const { trans } = useChat();
  if (policy === null) {
    return null;
  }
  return (
    <details className="xb-Recorded">
      <summary>{trans.__('This room is recorded')}</summary>
      <p dir="auto">{policy}</p>
    </details>
  );
}

function Typing({ room }: { room: ChatRoom }): React.ReactNode {
  const { trans } = useChat();
  const [one, two, ...others] = room.typing.map(({ displayName }) => name(displayName));
  if (one === undefined) {
    return null;
  }
  if (two === undefined) {
    return trans.__('%1 is typing…', one);
  }
  return others.length === 0
    ? trans.__('%1 and %2 are typing…', one, two)
    : trans.__('Several people are typing…');
}
