import { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { useVersion } from '../chat/context';
import { excerpt, name } from '../chat/safe_text';
import { RoomId } from '../message';
import { Role } from '../room';
import { AccessLink, Pick } from './access';
import { Deed, Outcome, RoleSelect, Trouble } from './controls';
import { Links } from './links';
import { ShareModel } from './model';
import { NewLink } from './new_link';
import { People } from './people';
import { Picker } from './picker';
import { LinkTerms } from './requests';
import { RoomAccess } from './room_access';

const LENGTH = 200;

export interface ShareTools {
  readonly model: ShareModel;
  readonly trans: TranslationBundle;
  /** Put a link where it can be pasted from. */
  readonly copy: (link: AccessLink) => void;
}

/** Everything about sharing one file. */
export function ShareView({ tools }: { tools: ShareTools }): React.JSX.Element {
  const { model, trans } = tools;
  useVersion(model);
  return (
    <div className="xb-Share" aria-busy={model.loading}>
      {model.access ? (
        <Shared tools={tools} access={model.access} />
      ) : model.ready ? (
        <>
          <RoomChoice tools={tools} />
          <Inviting tools={tools} disabled={model.loading} />
          <Trouble text={model.trouble} />
        </>
      ) : (
        <p role="status">{trans.__('Asking your server…')}</p>
      )}
    </div>
  );
}

function Shared({ tools, access }: { tools: ShareTools; access: RoomAccess }) {
  const { trans, copy } = tools;
  useVersion(access);
  const room = access.access?.room.name ?? '';
  return (
    <>
      <p>{trans.__('Shared in the room %1: with its chat, and all that is in it.', name(room))}</p>
      {(tools.model.file?.left ?? []).map(each => (
        <p key={each}>{trans.__('Not shared: %1', excerpt(each, LENGTH))}</p>
      ))}
      {access.mayManage && <Inviting tools={tools} disabled={access.busy} />}
      <Outcome access={access} trans={trans} />
      <People access={access} trans={trans} />
      <Links access={access} trans={trans} copy={copy} />
    </>
  );
}

/** Into which room a file goes that is in none. */
function RoomChoice({ tools }: { tools: ShareTools }): React.JSX.Element {
  const { model, trans } = tools;
  return (
    <fieldset disabled={model.loading}>
      <legend>{trans.__('Not shared yet. It will be in')}</legend>
      <label>
        {trans.__('the room')}
        <select
          className="xb-Select"
          value={model.chosen ?? ''}
          onChange={event => model.choose((event.target.value || null) as RoomId | null)}
        >
          <option value="">{trans.__('a new one')}</option>
          {model.rooms.map(room => (
            <option key={room.id} value={room.id}>
              {name(room.name)}
            </option>
          ))}
        </select>
      </label>
      {model.chosen === null && (
        <label>
          {trans.__('called')}
          <input
            className="jp-mod-styled"
            type="text"
            autoComplete="off"
            value={model.newName}
            onChange={event => model.setNewName(event.target.value)}
          />
        </label>
      )}
      {model.chosen !== null && (
        <>
          <p>{trans.__('Everybody in that room will have it.')}</p>
          <Deed main text={trans.__('Share')} onClick={() => void model.start()} />
        </>
      )}
    </fieldset>
  );
}

/** People and groups by name, or whoever has a link. */
function Inviting({ tools, disabled }: { tools: ShareTools; disabled: boolean }) {
  const { model, trans, copy } = tools;
  const [picks, setPicks] = React.useState<readonly Pick[]>([]);
  const [role, setRole] = React.useState<Role>('editor');
  const [linking, setLinking] = React.useState(false);
  const chosen = React.useRef(false);
  const pick = async (now: readonly Pick[]) => {
    setPicks(now);
    const added = now.length > picks.length ? now.at(-1) : undefined;
    const proposed = added && (await model.roleOf(added));
    if (proposed && !chosen.current) {
      setRole(proposed);
    }
  };
  const choose = (now: Role) => {
    chosen.current = true;
    setRole(now);
  };
  const add = async () => {
    if (await model.add(picks, role)) {
      setPicks([]);
    }
  };
  const make = async (terms: Omit<LinkTerms, 'document'>) => {
    const link = await model.makeLink(terms);
    if (link) {
      setLinking(false);
      copy(link);
    }
  };
  return (
    <section aria-label={trans.__('Share with')}>
      <div className="xb-Inviting">
        <Picker
          trans={trans}
          picks={picks}
          onChange={now => void pick(now)}
          suggest={q => model.suggest(q)}
        />
        <RoleSelect trans={trans} label={trans.__('As what')} role={role} onChange={choose} />
        <Deed
          main
          text={trans.__('Share')}
          label={trans.__('Share with these')}
          disabled={disabled || picks.length === 0}
          onClick={() => void add()}
        />
        <Deed
          text={trans.__('Link…')}
          label={trans.__('Share by a link')}
          expanded={linking}
          onClick={() => setLinking(!linking)}
        />
      </div>
      {linking && <NewLink trans={trans} disabled={disabled} onMake={terms => void make(terms)} />}
    </section>
  );
}
