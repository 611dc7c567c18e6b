/** Access in plain words; without I/O. */
import { TranslationBundle } from '@jupyterlab/translation';

import { name } from '../chat/safe_text';
import { shortTime } from '../chat/time';
import { Role } from '../room';
import { AccessLink, Measure, Source } from './access';

export function roleWord(role: Role, trans: TranslationBundle): string {
  return { owner: trans.__('owner'), editor: trans.__('editor'), viewer: trans.__('viewer') }[role];
}

/** What somebody with the role may do, for whoever chooses one. */
export function roleChoice(role: Role, trans: TranslationBundle): string {
  return {
    owner: trans.__('owner: also shares'),
    editor: trans.__('editor: reads and writes'),
    viewer: trans.__('viewer: reads')
  }[role];
}

/** Where somebody's access comes from. */
export function sourceWords(source: Source, trans: TranslationBundle): string {
  const called = source.name === null ? '' : name(source.name);
  switch (source.kind) {
    case 'person':
      return trans.__('by name');
    case 'group':
      return trans.__('through the group %1', called);
    case 'link':
      return source.name ? trans.__('by the link “%1”', called) : trans.__('by a link');
    case 'share':
      return trans.__('by the hub share of %1', called);
  }
}

/** What a link is good for. */
export function linkWords(link: AccessLink, trans: TranslationBundle): string {
  const whom = link.group
    ? trans.__('only the group %1', name(link.group))
    : trans.__('everybody on this hub');
  const uses =
    link.mostUses === null
      ? trans._n('used once', 'used %1 times', link.uses)
      : trans.__('used %1 of %2 times', link.uses, link.mostUses);
  return [whom, endWords(link, trans), uses].join(', ');
}

function endWords(link: AccessLink, trans: TranslationBundle): string {
  switch (link.state) {
    case 'open':
      return link.expiresAt
        ? trans.__('until %1', shortTime(link.expiresAt))
        : trans.__('until it is revoked');
    case 'expired':
      return trans.__('expired');
    case 'used-up':
      return trans.__('used up');
    case 'revoked':
      return trans.__('revoked');
  }
}

/** For how long and why somebody is muted or banned. */
export function measureWords(measure: Measure, trans: TranslationBundle): string {
  const end = measure.until
    ? trans.__('until %1', shortTime(measure.until))
    : trans.__('until it is lifted');
  const why = measure.reason ? trans.__('because: %1', name(measure.reason)) : '';
  return [trans.__('by %1', name(measure.by)), end, why].filter(Boolean).join(', ');
}
