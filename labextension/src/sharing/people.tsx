import { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { name } from '../chat/safe_text';
import { AccessGroup, AccessPerson, Ban, LeaversFiles } from './access';
import { Deed, RoleSelect } from './controls';
import { RoomAccess, pickOf } from './room_access';
import { measureWords, roleWord, sourceWords } from './words';

interface PeopleProps {
  access: RoomAccess;
  trans: TranslationBundle;
}

/** Who has access, as what and why; its owners change it here. */
export function People({ access, trans }: PeopleProps): React.JSX.Element {
  const { people = [], groups = [], banned = [] } = access.access ?? {};
  return (
    <section aria-labelledby="xb-Share-people">
      <h3 id="xb-Share-people">{trans.__('Who has access')}</h3>
      <ul className="xb-Entries">
        {groups.map(group => (
          <Entry key={group.name} whom={group} access={access} trans={trans} />
        ))}
        {people.map(person => (
          <Entry key={person.hubUser} whom={person} access={access} trans={trans} />
        ))}
        {banned.map(ban => (
          <BanEntry key={ban.hubUser} ban={ban} access={access} trans={trans} />
        ))}
      </ul>
      {access.mayManage && <Leavers access={access} trans={trans} />}
      {!access.mayManage && <p>{trans.__('Only owners of the room change who has access.')}</p>}
    </section>
  );
}

/** Whether those who are taken out keep the file on their own server. */
function Leavers({ access, trans }: PeopleProps): React.JSX.Element {
  return (
    <label>
      {trans.__('Who is taken out')}
      <select
        className="xb-Select"
        disabled={access.busy}
        value={access.access?.room.leaversFiles}
        onChange={event => void access.chooseLeaversFiles(event.target.value as LeaversFiles)}
      >
        <option value="keep">{trans.__('keeps their own copy of the file')}</option>
        <option value="remove">{trans.__('has it put aside, out of their files')}</option>
      </select>
    </label>
  );
}

interface EntryProps extends PeopleProps {
  whom: AccessPerson | AccessGroup;
}

function Entry({ whom, access, trans }: EntryProps): React.JSX.Element {
  const called = name(pickOf(whom).displayName);
  return (
    <li>
      <span className="xb-Entry-who">
        <bdi>{called}</bdi>
        <small>{detail(whom, trans)}</small>
      </span>
      {access.mayManage ? (
        <>
          <RoleSelect
            trans={trans}
            label={trans.__('Role of %1', called)}
            role={whom.role}
            disabled={access.busy}
            onChange={role => void access.setRole(whom, role)}
          />
          <Deed
            text={trans.__('Remove')}
            label={trans.__('Remove %1', called)}
            disabled={access.busy}
            onClick={() => void access.remove(whom)}
          />
        </>
      ) : (
        <span>{roleWord(whom.role, trans)}</span>
      )}
    </li>
  );
}

function detail(whom: AccessPerson | AccessGroup, trans: TranslationBundle): string {
  if (!('hubUser' in whom)) {
    return trans._n('group of one person', 'group of %1 people', whom.people);
  }
  const from = whom.sources.map(
    source => `${roleWord(source.role, trans)} ${sourceWords(source, trans)}`
  );
  const muted = whom.muted && trans.__('muted %1', measureWords(whom.muted, trans));
  return [...from, muted].filter(Boolean).join('; ');
}

export function BanEntry({ ban, access, trans }: PeopleProps & { ban: Ban }): React.JSX.Element {
  const called = name(ban.displayName);
  return (
    <li>
      <span className="xb-Entry-who">
        <bdi>{called}</bdi>
        <small>{trans.__('banned %1', measureWords(ban, trans))}</small>
      </span>
      <Deed
        text={trans.__('Lift')}
        label={trans.__('Lift the ban of %1', called)}
        disabled={access.busy}
        onClick={() => void access.unban(ban)}
      />
    </li>
  );
}
