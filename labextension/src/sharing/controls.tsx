import { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { Role } from '../room';
import { ROLES } from './access';
import { RoomAccess } from './room_access';
import { roleChoice } from './words';

interface RoleSelectProps {
  trans: TranslationBundle;
  label: string;
  role: Role;
  onChange: (role: Role) => void;
  roles?: readonly Role[];
  disabled?: boolean;
}

export function RoleSelect(props: RoleSelectProps): React.JSX.Element {
  return (
    <select
      className="xb-Select"
      aria-label={props.label}
      value={props.role}
      disabled={props.disabled}
      onChange={event => props.onChange(event.target.value as Role)}
    >
      {(props.roles ?? ROLES).map(role => (
        <option key={role} value={role}>
          {roleChoice(role, props.trans)}
        </option>
      ))}
    </select>
  );
}

interface DeedProps {
  /** What is read on it. */
  text: string;
  /** The same for whoever does not see beside what it stands. */
  label?: string;
  onClick: () => void;
  disabled?: boolean;
  main?: boolean;
  expanded?: boolean;
}

/** A button with a word on it. */
export function Deed(props: DeedProps): React.JSX.Element {
  return (
    <button
      type="button"
      className={props.main ? 'xb-Deed jp-mod-styled jp-mod-accept' : 'xb-Deed jp-mod-styled'}
      aria-label={props.label}
      aria-expanded={props.expanded}
      disabled={props.disabled}
      onClick={props.onClick}
    >
      {props.text}
    </button>
  );
}

/** What the last deed came to, said aloud, with a way back where there is one. */
export function Outcome({
  access,
  trans
}: {
  access: RoomAccess;
  trans: TranslationBundle;
}): React.JSX.Element {
  const { done, trouble, busy } = access;
  return (
    <div className="xb-Outcome">
      <p role="status">{done?.text}</p>
      {done?.undo && (
        <Deed text={trans.__('Undo')} disabled={busy} onClick={() => void access.undo()} />
      )}
      <Trouble text={trouble} />
    </div>
  );
}

/** Why something was not done. */
export function Trouble({ text }: { text: string | null }): React.JSX.Element {
  return (
    <p role="alert" className="xb-Trouble">
      {text}
    </p>
  );
}
