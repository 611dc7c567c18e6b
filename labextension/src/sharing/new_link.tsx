import { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { Role } from '../room';
import { Deed, RoleSelect } from './controls';
import { LinkTerms } from './requests';

const DAY = 24 * 60;
const LINK_ROLES: readonly Role[] = ['viewer', 'editor'];

interface NewLinkProps {
  trans: TranslationBundle;
  disabled: boolean;
  onMake: (terms: Omit<LinkTerms, 'document'>) => void;
}

/** What a new link is to be good for. */
export function NewLink({ trans, disabled, onMake }: NewLinkProps): React.JSX.Element {
  const [role, setRole] = React.useState<Role>('viewer');
  const [minutes, setMinutes] = React.useState(String(7 * DAY));
  const [uses, setUses] = React.useState('');
  const [group, setGroup] = React.useState('');
  const [label, setLabel] = React.useState('');
  const times: readonly [string, number][] = [
    [trans.__('an hour'), 60],
    [trans.__('a day'), DAY],
    [trans.__('a week'), 7 * DAY],
    [trans.__('30 days'), 30 * DAY]
  ];
  const make = () =>
    onMake({
      role,
      label: label.trim(),
      group: group.trim() || null,
      mostUses: Number(uses) || null,
      expiresInMinutes: Number(minutes) || null
    });
  return (
    <div className="xb-NewLink">
      <label>
        {trans.__('Lets people in as')}
        <RoleSelect
          trans={trans}
          label={trans.__('Role of the link')}
          role={role}
          roles={LINK_ROLES}
          onChange={setRole}
        />
      </label>
      <label>
        {trans.__('Good for')}
        <select
          className="xb-Select"
          value={minutes}
          onChange={event => setMinutes(event.target.value)}
        >
          {times.map(([word, value]) => (
            <option key={value} value={value}>
              {word}
            </option>
          ))}
          <option value="">{trans.__('until it is revoked')}</option>
        </select>
      </label>
      <label>
        {trans.__('At most so many people')}
        <input
          className="jp-mod-styled"
          type="number"
          min="1"
          placeholder={trans.__('any number')}
          value={uses}
          onChange={event => setUses(event.target.value)}
        />
      </label>
      <label>
        {trans.__('Only members of the group')}
        <input
          className="jp-mod-styled"
          type="text"
          placeholder={trans.__('everybody on this hub')}
          autoComplete="off"
          value={group}
          onChange={event => setGroup(event.target.value)}
        />
      </label>
      <label>
        {trans.__('Called, for yourself')}
        <input
          className="jp-mod-styled"
          type="text"
          maxLength={60}
          autoComplete="off"
          value={label}
          onChange={event => setLabel(event.target.value)}
        />
      </label>
      <Deed text={trans.__('Make a Link')} disabled={disabled} onClick={make} />
    </div>
  );
}
