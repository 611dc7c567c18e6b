import { Member } from '../room';
import { accept, complete } from './completion';

const MEMBERS: Member[] = [
  { username: 'romeo', displayName: 'Romeo Montague', role: 'owner' },
  { username: 'juliet', displayName: 'Juliet Capulet', role: 'editor' }
];
const EMOJI = [{ character: '🎉', name: 'party' }];

const of = (text: string) => complete(text, text.length, MEMBERS, EMOJI);

it('finds people by their names, whichever is begun', () => {
  expect(of('hi @')?.candidates).toHaveLength(2);
  expect(of('hi @JU')?.candidates.map(each => each.insert)).toEqual(['@juliet']);
  expect(of('@capu')?.candidates.map(each => each.insert)).toEqual(['@juliet']);
});

it('does not stand in the way of an address or a time', () => {
  expect(of('romeo@')).toBeNull();
  expect(of('at 10:30')).toBeNull();
  expect(of('so :')).toBeNull();
});

it('puts what was chosen where it was begun', () => {
  const completion = of('hi :par');
  const candidate = completion?.candidates[0];
  if (!completion || !candidate) {
    throw new Error('nothing to complete');
  }
  expect(accept('hi :par there', 7, completion, candidate)).toEqual({
    text: 'hi 🎉 there',
    cursor: 6
  });
});
