import * as React from 'react';

import { AskingButton } from './asking';
import { ChatRoom } from './chat_room';
import { useChat, useVersion } from './context';
import { name } from './safe_text';

/** The person's rooms, with what is unread in each, and the people to write to. */
export function RoomsView(): React.JSX.Element {
  const { model, trans } = useChat();
  useVersion(model);
  const rooms = model.rooms.filter(({ info }) => info.direct === null);
  const direct = model.rooms.filter(({ info }) => info.direct !== null);
  if (model.rooms.length === 0) {
    return model.ready ? (
      <div className="xb-Rooms">
        <p className="xb-Note">{trans.__('You are in no room yet.')}</p>
        <NewRoom />
      </div>
    ) : (
      <p className="xb-Note">{trans.__('Looking for your rooms…')}</p>
    );
  }
  return (
    <nav className="xb-Rooms" aria-label={trans.__('Rooms')}>
      {rooms.length > 0 && <h2>{trans.__('Rooms')}</h2>}
      <RoomLinks rooms={rooms} />
      <NewRoom />
      <h2>{trans.__('Direct messages')}</h2>
      <RoomLinks rooms={direct} />
      <Acquaintances />
    </nav>
  );
}

function NewRoom(): React.JSX.Element {
  const { model, trans, createRoom } = useChat();
  return (
    <AskingButton
      title={trans.__('New room')}
      label={trans.__('Name of the room')}
      action={trans.__('Create')}
      onAnswer={async name => model.openSoon(await createRoom(name))}
    />
  );
}

function RoomLinks({ rooms }: { rooms: readonly ChatRoom[] }): React.JSX.Element {
  return (
    <ul>
      {rooms.map(room => (
        <li key={room.id}>
          <RoomLink room={room} />
        </li>
      ))}
    </ul>
  );
}

function RoomLink({ room }: { room: ChatRoom }): React.JSX.Element {
  const { model, trans } = useChat();
  useVersion(room);
  const { unread, mentions, notify } = room.info;
  const shown = notify === 'none' ? mentions : unread;
  return (
    <button type="button" data-unread={shown > 0} onClick={() => void model.open(room)}>
      <bdi className="xb-Room-name">{name(room.displayName)}</bdi>
      {room.draft.body !== '' && <span className="xb-Note">{trans.__('draft')}</span>}
      {mentions > 0 && (
        <span
          className="xb-Badge"
          data-mention="true"
          aria-label={trans._n('%1 mention', '%1 mentions', mentions)}
          role="img"
        >
          @{mentions}
        </span>
      )}
      {shown > 0 && (
        <span
          className="xb-Badge"
          aria-label={trans._n('%1 unread message', '%1 unread messages', unread)}
          role="img"
        >
          {unread}
        </span>
      )}
    </button>
  );
}

/** Whoever shares a room with the person and has no direct room with them yet. */
function Acquaintances(): React.ReactNode {
  const { model, trans } = useChat();
  const [trouble, setTrouble] = React.useState<string | null>(null);
  const known = new Set(model.rooms.map(({ info }) => info.direct?.username ?? null));
  const people = new Map(
    model.rooms.flatMap(({ info }) =>
      info.members
        .filter(({ username }) => username !== model.me?.username && !known.has(username))
        .map(member => [member.username, member] as const)
    )
  );
  if (people.size === 0 || !model.features.has('direct')) {
    return null;
  }
  const write = async (username: string) => {
    const refusal = await model.writeTo(username);
    setTrouble(refusal && (refusal.text || refusal.condition));
  };
  return (
    <>
      <label className="xb-WriteTo">
        {trans.__('Write to')}{' '}
        <select value="" onChange={event => void write(event.target.value)}>
          <option value="">{trans.__('Choose somebody…')}</option>
          {[...people.values()].map(({ username, displayName }) => (
            <option key={username} value={username}>
              {name(displayName)}
            </option>
          ))}
        </select>
      </label>
      {trouble !== null && <p role="alert">{trouble}</p>}
    </>
  );
}
