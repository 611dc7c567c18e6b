import { Signal } from '@lumino/signaling';

import { documentState } from '../testing/verona';
import { DocumentStates } from './model';
import { ViewerLock } from './read_only';

const state = documentState();

class File {
  localPath = 'sky/daylight.ipynb';
  readonly pathChanged = new Signal<this, void>(this);
}

it('locks while one is a viewer, and leaves everybody else alone', () => {
  const states = new DocumentStates();
  const locks: boolean[] = [];
  const lock = new ViewerLock(states, new File(), locked => locks.push(locked));
  states.set(state);
  expect(locks).toEqual([]);

  states.set({ ...state, role: 'viewer' });
  states.set({ ...state, role: 'editor' });
  states.set({ ...state, role: 'owner' });
  expect(locks).toEqual([true, false]);

  lock.release();
  states.set({ ...state, role: 'viewer' });
  expect(locks).toEqual([true, false]);
});

it('follows the file, not the name it had', () => {
  const states = new DocumentStates();
  states.set({ ...state, role: 'viewer' });
  const file = new File();
  const locks: boolean[] = [];
  new ViewerLock(states, file, locked => locks.push(locked));
  file.localPath = 'mine.ipynb';
  file.pathChanged.emit();
  expect(locks).toEqual([true, false]);
});
