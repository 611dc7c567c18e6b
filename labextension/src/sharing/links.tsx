import { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { name } from '../chat/safe_text';
import { AccessLink } from './access';
import { Deed } from './controls';
import { RoomAccess } from './room_access';
import { linkWords, roleWord } from './words';

interface LinksProps {
  access: RoomAccess;
  trans: TranslationBundle;
  copy: (link: AccessLink) => void;
}

/** The links that let people in. */
export function Links({ access, trans, copy }: LinksProps): React.JSX.Element | null {
  const links = access.access?.links ?? [];
  if (links.length === 0) {
    return null;
  }
  return (
    <ul className="xb-Entries" aria-label={trans.__('Links')}>
      {links.map(link => (
        <LinkEntry key={link.id} link={link} access={access} trans={trans} copy={copy} />
      ))}
    </ul>
  );
}

/** Revoking asks one thing first: whether those who came by the link stay. */
function LinkEntry({ link, access, trans, copy }: LinksProps & { link: AccessLink }) {
  const [asking, setAsking] = React.useState(false);
  const called = link.label
    ? trans.__('Link “%1”', name(link.label))
    : trans.__('Link for a role: %1', roleWord(link.role, trans));
  const revoke = (people: 'keep' | 'remove') => {
    setAsking(false);
    void access.revoke(link, people);
  };
  return (
    <li data-state={link.state}>
      <span className="xb-Entry-who">
        <bdi>{called}</bdi>
        <small>
          {roleWord(link.role, trans)}, {linkWords(link, trans)}
        </small>
      </span>
      {link.state === 'open' && !asking && (
        <>
          <Deed
            text={trans.__('Copy')}
            label={trans.__('Copy: %1', called)}
            disabled={link.url === null}
            onClick={() => copy(link)}
          />
          <Deed
            text={trans.__('Revoke')}
            label={trans.__('Revoke: %1', called)}
            disabled={access.busy}
            onClick={() => (link.uses === 0 ? revoke('keep') : setAsking(true))}
          />
        </>
      )}
      {asking && (
        <span role="group" aria-label={trans.__('Those who came by this link')}>
          <Deed text={trans.__('They stay')} onClick={() => revoke('keep')} />
          <Deed text={trans.__('They go too')} onClick={() => revoke('remove')} />
          <Deed text={trans.__('Cancel')} onClick={() => setAsking(false)} />
        </span>
      )}
    </li>
  );
}
