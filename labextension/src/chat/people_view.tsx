import * as React from 'react';

import { Acquaintance, Condition, Occupant } from '../people';
import { Dot, Where } from '../presence/view';
import { conditionWords } from '../presence/words';
import { Member, NotifyLevel } from '../room';
import { Moderation, Order, useRoomAccess } from '../sharing/moderation';
import { AskingButton } from './asking';
import { ChatRoom } from './chat_room';
import { useChat, useVersion } from './context';
import { name } from './safe_text';

/** Who belongs to the room, and who of them is there; then whoever is there beside them. */
export function PeopleView({ room }: { room: ChatRoom }): React.JSX.Element {
  const { trans, addMember, model } = useChat();
  useVersion(room);
  useVersion(model.people);
  const access = useRoomAccess(room);
  const conditions = new Map(room.occupants.map(each => [each.username, each]));
  const there = ({ username }: Member) =>
    conditionOf(model.people.get(username), conditions.get(username));
  const members = new Set(room.info.members.map(({ username }) => username));
  const others = room.occupants.filter(
    ({ username }) => username === null || !members.has(username)
  );
  const byPresence = [...room.info.members].sort(
    (one, other) => Number(there(other).show !== 'xa') - Number(there(one).show !== 'xa')
  );
  return (
    <section className="xb-People" aria-label={trans.__('People in this room')}>
      <NotifyChoice room={room} />
      <TellsPlace room={room} />
      <ul>
        {byPresence.map(member => (
          <li key={member.username}>
            <MemberView member={member} condition={there(member)} />
            {access && member.username !== model.me?.username && (
              <Moderation access={access} username={member.username} />
            )}
          </li>
        ))}
        {others.map(person => (
          <li key={person.jid}>
            <OtherView person={person} />
          </li>
        ))}
      </ul>
      {access && <Order access={access} />}
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

interface MemberProps {
  member: Member;
  condition: Condition;
}

function MemberView({ member, condition }: MemberProps): React.JSX.Element {
  const { model, trans } = useChat();
  const person = model.people.get(member.username);
  const isMe = member.username === model.me?.username;
  const roles = {
    owner: trans.__('owner'),
    editor: trans.__('editor'),
    viewer: trans.__('viewer')
  };
  return (
    <>
      <Dot condition={condition} />
      <bdi>{name(member.displayName)}</bdi> <small>{roles[member.role]}</small>{' '}
      <small className="xb-Condition">{conditionWords(condition, trans)}</small>
      {person !== null && <Where person={person} />}
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

function OtherView({ person }: { person: Occupant }): React.JSX.Element {
  const { trans } = useChat();
  return (
    <>
      <Dot condition={person} />
      <bdi>{name(person.displayName)}</bdi> <small>{name(person.jid)}</small>{' '}
      <small className="xb-Condition">{conditionWords(person, trans)}</small>
    </>
  );
}

/** The service knows all that somebody is connected with; without it, the room knows who is in it. */
function conditionOf(known: Acquaintance | null, occupant: Occupant | undefined): Condition {
  const devices = new Set([...(known?.devices ?? []), ...(occupant?.devices ?? [])]);
  const best = known === null || (known.show === 'xa' && occupant) ? occupant : known;
  return best === undefined
    ? { show: 'xa', devices: [], since: null }
    : { show: best.show, devices: [...devices], since: best.since };
}

/** Whether those in this room may know what the person has open of it. */
function TellsPlace({ room }: { room: ChatRoom }): React.ReactNode {
  const { presence, trans } = useChat();
  const [tells, setTells] = React.useState<boolean | null>(null);
  React.useEffect(() => {
    let wanted = true;
    presence.wishes().then(
      wishes => wanted && setTells(wishes.tellsPlace.get(room.id) ?? null),
      () => wanted && setTells(null)
    );
    return () => {
      wanted = false;
    };
  }, [presence, room.id]);
  if (tells === null) {
    return null;
  }
  const change = (wish: boolean) =>
    presence.tellPlace(room.id, wish).then(
      wishes => setTells(wishes.tellsPlace.get(room.id) ?? null),
      () => setTells(null)
    );
  return (
    <label>
      <input
        type="checkbox"
        checked={tells}
        onChange={event => void change(event.target.checked)}
      />{' '}
      {trans.__('Tell this room in which cell I am')}
    </label>
  );
}
