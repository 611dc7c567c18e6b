import { TranslationBundle } from '@jupyterlab/translation';

import { shortTime } from '../chat/time';
import { Condition, Device, PresenceChoice, Show } from '../people';

export function showWord(show: Show, trans: TranslationBundle): string {
  const words: Record<Show, string> = {
    available: trans.__('here'),
    away: trans.__('away'),
    dnd: trans.__('do not disturb'),
    xa: trans.__('not here')
  };
  return words[show];
}

export function deviceWord(device: Device, trans: TranslationBundle): string {
  const words: Record<Device, string> = {
    lab: trans.__('in the lab'),
    phone: trans.__('on a phone'),
    other: trans.__('with another XMPP client')
  };
  return words[device];
}

export function choiceWord(choice: PresenceChoice, trans: TranslationBundle): string {
  const words: Record<PresenceChoice, string> = {
    auto: trans.__('Show when I am here'),
    dnd: trans.__('Do not disturb'),
    away: trans.__('Appear away'),
    hidden: trans.__('Hide me')
  };
  return words[choice];
}

/** How somebody is there, as one line. */
export function conditionWords(condition: Condition, trans: TranslationBundle): string {
  const { show, devices, since } = condition;
  const words = devices.map(device => deviceWord(device, trans));
  if (show !== 'available' && since !== null) {
    words.push(trans.__('since %1', shortTime(since)));
  }
  return words.join(', ');
}
