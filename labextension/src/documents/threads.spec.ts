import { idOf, message } from '../testing/verona';
import { threadsOf } from './threads';

const DOCUMENT = 'd' as never;
const about = (cell: string, resolved = false) => ({
  cell: { document: DOCUMENT, cell, name: 'daylight.ipynb', resolved, excerpt: '', link: '' }
});

it('makes one thread of what is said about a cell', () => {
  const threads = threadsOf([
    message(1, about('a')),
    message(2),
    message(3, about('b', true)),
    message(4, about('a', true))
  ]);
  expect(threads.get(DOCUMENT)?.get('a')).toEqual({
    room: 'orchard',
    newest: idOf(4),
    messages: 2,
    open: true
  });
  expect(threads.get(DOCUMENT)?.get('b')?.open).toBe(false);
});

it('says nothing of what was retracted or has not left', () => {
  const retracted = { by: 'Juliet', reason: null };
  const threads = threadsOf([
    message(1, { ...about('a'), retracted }),
    message(2, { ...about('a'), id: null })
  ]);
  expect(threads.size).toBe(0);
});
