import * as React from 'react';

import { Member, NotifyLevel, Person } from '../room';
import { AskingButton } from './asking';
import { ChatRoom } from './chat_room';
import { useChat, useVersion } from './context';
import { name } from './safe_text';

/** Who belongs to the room, and who of them is there; then whoever is there beside them. */
export function PeopleView({ room }: { room: ChatRoom }): React.JSX.Element {
  const { trans, addMember } = useChat();
  useVersion(room);
  const here = new Set(room.occupants.map(({ username }) => username));
  const members = new Set(room.info.members.map(({ username }) => username));
  const others = room.occupants.filter(
    ({ username }) => username === null || !members.has(username)
  );
  const byPresence = [...room.info.members].sort(
    (one, other) => Number(here.has(other.username)) - Number(here.has(one.username))
  );
  return (
    <section className="xb-People" aria-label={trans.__('People in this room')}>
      <NotifyChoice room={room} />
      <ul>
        {byPresence.map(member => (
          <li key={member.username}>
            <MemberView member={member} here={here.has(member.username)} />
          </li>
        ))}
        {others.map(person => (
          <li key={person.jid}>
            <OtherView person={person} />
          </li>
        ))}
      </ul>
      {room.info.role === 'owner' && (
        <AskingButton
          title={trans.__('Add somebody')}
          label={trans.__('Their user name on the hub')}
          action={trans.__('Add')}
          onAnswer={username => addMember(room.id, username)}
        />
      )}
    </section>
  );
}

function NotifyChoice({ room }: { room: ChatRoom }): React.JSX.Element {
  const { trans, model } = useChat();
  const words: Record<NotifyLevel, string> = {
    all: trans.__('Notify of all'),
    mentions: trans.__('Notify of mentions'),
    none: trans.__('Do not notify')
  };
  return (
    <select
      aria-label={trans.__('Notifications of this room')}
      value={room.info.notify}
      onChange={event => void model.setNotify(room, event.target.value as NotifyLevel)}
    >
      {Object.entries(words).map(([level, word]) => (
        <option key={level} value={level}>
          {word}
        </option>
      ))}
    </select>
  );
}

function MemberView({ member, here }: { member: Member; here: boolean }): React.JSX.Element {
  const { model, trans } = useChat();
  const isMe = member.username === model.me?.username;
  const roles = {
    owner: trans.__('owner'),
    editor: trans.__('editor'),
    viewer: trans.__('viewer')
  };
  return (
    <>
      <span
        className="xb-Presence"
        data-here={here}
        role="img"
        aria-label={here ? trans.__('here') : trans.__('away')}
      />
      <bdi>{name(member.displayName)}</bdi> <small>{roles[member.role]}</small>
      {!isMe && model.features.has('direct') && (
        <button
          type="button"
          className="xb-Link"
          onClick={() => void model.writeTo(member.username)}
        >
          {trans.__('Write to %1', name(member.displayName))}
        </button>
      )}
    </>
  );
}

function OtherView({ person }: { person: Person }): React.JSX.Element {
  const { trans } = useChat();
  return (
    <>
      <span className="xb-Presence" data-here="true" role="img" aria-label={trans.__('here')} />
      <bdi>{name(person.displayName)}</bdi> <small>{name(person.jid)}</small>
    </>
  );
}
