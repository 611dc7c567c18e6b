import * as React from 'react';

import { ChatRoom } from '../chat/chat_room';
import { useChat, useVersion } from '../chat/context';
import { name } from '../chat/safe_text';
import { AccessPerson } from './access';
import { Deed, Outcome } from './controls';
import { BanEntry } from './people';
import { Terms } from './requests';
import { RoomAccess } from './room_access';
import { measureWords } from './words';

const HOUR = 60;

/** Who may be in `room`, kept up to date while this is shown; null to whoever does not own it. */
export function useRoomAccess(room: ChatRoom): RoomAccess | null {
  const { model, access: accessOf } = useChat();
  const isOwner = room.info.role === 'owner' && room.info.direct === null;
  const access = React.useMemo(
    () => (isOwner ? accessOf(room.id) : null),
    [accessOf, isOwner, room.id]
  );
  React.useEffect(() => {
    const load = () => void access?.load();
    load();
    model.accessChanged.connect(load);
    return () => {
      model.accessChanged.disconnect(load);
    };
  }, [access, model]);
  return access;
}

/** What an owner may do about one person, behind one button. */
export function Moderation({ access, username }: { access: RoomAccess; username: string }) {
  const { trans } = useChat();
  useVersion(access);
  const [open, setOpen] = React.useState(false);
  const person = access.access?.people.find(({ hubUser }) => hubUser === username);
  if (!person) {
    return null;
  }
  const called = name(person.displayName);
  return (
    <>
      {person.muted && <small>{trans.__('muted %1', measureWords(person.muted, trans))}</small>}
      <button
        type="button"
        className="xb-Link"
        aria-expanded={open}
        aria-label={trans.__('Moderate %1', called)}
        onClick={() => setOpen(!open)}
      >
        {trans.__('Moderate')}
      </button>
      {open && <Measures access={access} person={person} />}
    </>
  );
}

function Measures({ access, person }: { access: RoomAccess; person: AccessPerson }) {
  const { trans, confirm } = useChat();
  const [reason, setReason] = React.useState('');
  const [minutes, setMinutes] = React.useState(String(HOUR));
  const called = name(person.displayName);
  const terms: Terms = { reason: reason.trim(), minutes: Number(minutes) || null };
  const ask = async (title: string, body: string, deed: () => Promise<boolean>) => {
    if (await confirm(title, body, title)) {
      await deed();
    }
  };
  return (
    <div
      className="xb-Moderation"
      role="group"
      aria-label={trans.__('What to do about %1', called)}
    >
      <label>
        {trans.__('Reason')}
        <input value={reason} maxLength={200} onChange={event => setReason(event.target.value)} />
      </label>
      <label>
        {trans.__('For')}
        <select value={minutes} onChange={event => setMinutes(event.target.value)}>
          <option value={HOUR}>{trans.__('an hour')}</option>
          <option value={24 * HOUR}>{trans.__('a day')}</option>
          <option value={7 * 24 * HOUR}>{trans.__('a week')}</option>
          <option value="">{trans.__('until it is lifted')}</option>
        </select>
      </label>
      {person.muted ? (
        <Deed text={trans.__('Unmute')} onClick={() => void access.unmute(person)} />
      ) : (
        <Deed text={trans.__('Mute')} onClick={() => void access.mute(person, terms)} />
      )}
      <Deed text={trans.__('Remove')} onClick={() => void access.remove(person)} />
      <Deed
        text={trans.__('Ban')}
        onClick={() =>
          void ask(
            trans.__('Ban'),
            trans.__('%1 is out at once, and comes in by no way until then.', called),
            () => access.ban(person, terms)
          )
        }
      />
      <Deed
        text={trans.__('Make Owner')}
        onClick={() =>
          void ask(
            trans.__('Make Owner'),
            trans.__('%1 will own the room in your place, and you will be an editor.', called),
            () => access.giveOwnership(person)
          )
        }
      />
    </div>
  );
}

/** What came of it, and who is kept out. */
export function Order({ access }: { access: RoomAccess }): React.JSX.Element {
  const { trans } = useChat();
  useVersion(access);
  const banned = access.access?.banned ?? [];
  return (
    <>
      <Outcome access={access} trans={trans} />
      {banned.length > 0 && (
        <ul className="xb-Entries" aria-label={trans.__('Banned')}>
          {banned.map(ban => (
            <BanEntry key={ban.hubUser} ban={ban} access={access} trans={trans} />
          ))}
        </ul>
      )}
    </>
  );
}
