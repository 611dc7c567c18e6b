import { TranslationBundle } from '@jupyterlab/translation';
import { ReactWidget } from '@jupyterlab/ui-components';
import * as React from 'react';

import { useVersion } from '../chat/context';
import { name } from '../chat/safe_text';
import { Companion } from './companions';
import { Company } from './company';

/** In the notebook's toolbar: who else is here. A click goes to them, a double click follows them. */
export class CompanyBar extends ReactWidget {
  constructor(
    private readonly company: Company,
    private readonly trans: TranslationBundle,
    private readonly isOwner: () => boolean
  ) {
    super();
    this.addClass('xb-CompanyBar');
  }

  protected override render(): React.JSX.Element {
    return <CompanyView company={this.company} trans={this.trans} isOwner={this.isOwner} />;
  }
}

interface CompanyProps {
  readonly company: Company;
  readonly trans: TranslationBundle;
  /** Whether the person may call everybody here. */
  readonly isOwner: () => boolean;
}

export function CompanyView({ company, trans, isOwner }: CompanyProps): React.ReactNode {
  useVersion(company);
  const { companions, leader } = company;
  if (companions.length === 0) {
    return null;
  }
  return (
    <div className="xb-Company" role="group" aria-label={trans.__('Who is in this notebook')}>
      {companions.map(each => (
        <button
          key={each.client}
          type="button"
          className="xb-Companion"
          data-role={each.role ?? ''}
          aria-pressed={leader?.username === each.username}
          style={{ background: each.color }}
          title={describe(each, trans)}
          aria-label={describe(each, trans)}
          onClick={() => company.jump(each)}
          onDoubleClick={() => company.follow(each.username)}
          onKeyDown={event => {
            if (event.key === 'f') {
              company.follow(each.username);
            }
          }}
        >
          {initials(each.displayName)}
        </button>
      ))}
      {leader !== null && (
        <button type="button" className="xb-Link" onClick={() => company.follow(null)}>
          {trans.__('Stop following %1', name(leader.displayName))}
        </button>
      )}
      {isOwner() && (
        <button type="button" className="xb-Link" onClick={() => company.call()}>
          {trans.__('Bring everyone here')}
        </button>
      )}
    </div>
  );
}

function describe({ displayName, role }: Companion, trans: TranslationBundle): string {
  const who = name(displayName);
  const hint = trans.__('click: go there; double click or F: follow');
  return role === 'viewer'
    ? trans.__('%1, who reads (%2)', who, hint)
    : trans.__('%1 (%2)', who, hint);
}

function initials(displayName: string): string {
  const words = name(displayName).split(/\s+/);
  return [words[0], words.length > 1 ? words.at(-1) : undefined]
    .map(word => Array.from(word ?? '')[0] ?? '')
    .join('')
    .toLocaleUpperCase();
}
