import { nullTranslator } from '@jupyterlab/translation';

import { ACCESS, link } from '../testing/sharing';
import { readAccess, readLink, readPicks } from './access';
import { linkWords, measureWords, sourceWords } from './words';

const trans = nullTranslator.load('xmpp_bridge');

it('reads who is in and says where it comes from', () => {
  const { people, groups } = readAccess(ACCESS);
  const [, juliet] = people;
  expect(juliet).toMatchObject({ hubUser: 'juliet', role: 'editor', muted: null });
  expect(juliet?.sources.map(source => sourceWords(source, trans))).toEqual([
    'by name',
    'through the group capulets'
  ]);
  expect(groups).toEqual([{ name: 'capulets', role: 'editor', people: 12 }]);
});

it('takes nothing for access that is none', () => {
  expect(() => readAccess({ ...ACCESS, people: [{ hub_user: 'romeo', role: 'king' }] })).toThrow();
  expect(() => readLink(link({ state: 'lost' }))).toThrow('state');
});

it.each([
  [{}, 'everybody on this hub, until it is revoked, used 3 of 10 times'],
  [{ most_uses: null, uses: 1 }, 'everybody on this hub, until it is revoked, used once'],
  [{ group: 'capulets', state: 'expired' }, 'only the group capulets, expired, used 3 of 10 times']
])('says what a link %j is good for: %s', (more, words) => {
  expect(linkWords(readLink(link(more)), trans)).toBe(words);
});

it('says why somebody is banned', () => {
  const measure = { until: null, reason: 'brawls', by: 'prince' };
  expect(measureWords(measure, trans)).toBe('by prince, until it is lifted, because: brawls');
});

it('offers people before groups', () => {
  const found = {
    people: [{ hub_user: 'rosaline', display_name: 'Rosaline', role: null }],
    groups: [{ name: 'roses', people: 2, role: null }]
  };
  expect(readPicks(found).map(({ kind, name }) => `${kind} ${name}`)).toEqual([
    'person rosaline',
    'group roses'
  ]);
});
