/** Times as the reader's own language and clock write them. */

const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const full = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'medium' });
const day = new Intl.DateTimeFormat(undefined, { dateStyle: 'full' });
const short = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });

export const clockTime = (time: Date): string => clock.format(time);
export const fullTime = (time: Date): string => full.format(time);
export const dayOf = (time: Date): string => day.format(time);
export const shortTime = (time: Date): string => short.format(time);

/** Both are on one day, where the reader is. */
export function sameDay(one: Date, other: Date): boolean {
  return one.toDateString() === other.toDateString();
}
