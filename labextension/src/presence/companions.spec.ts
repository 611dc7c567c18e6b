import { Calls, FIELD, companionsIn } from './companions';

const user = (username: string, more = {}) => ({
  username,
  display_name: username.toUpperCase(),
  color: '#111111',
  ...more
});

it('names everybody but oneself, once, whatever else is in an awareness', () => {
  const states = new Map<number, unknown>([
    [1, { user: user('romeo') }],
    [7, { user: user('romeo'), [FIELD]: { cell: 'c9' } }],
    [2, { user: user('juliet', { xmpp_role: 'viewer' }), [FIELD]: { cell: 'c1', view: null } }],
    [3, { user: user('juliet'), [FIELD]: { cell: 'c2', view: 'c3', call: 7 } }],
    [4, { user: { name: 'nobody' } }],
    [5, null],
    [6, { user: user('nurse'), [FIELD]: 'here' }]
  ]);
  const [juliet, ...others] = companionsIn(states, 1);
  expect(others).toEqual([]);
  expect(juliet).toMatchObject({ client: 3, username: 'juliet', cell: 'c2', view: 'c3', call: 7 });
});

it('comes when an owner calls, once, and never for a call from before', () => {
  const calls = new Calls();
  const at = (call: number, role: string) =>
    companionsIn(
      new Map([[2, { user: user('juliet', { xmpp_role: role }), [FIELD]: { call } }]]),
      1
    );
  expect(calls.newest(at(5, 'owner'))).toBeNull();
  expect(calls.newest(at(9, 'owner'))).toMatchObject({ username: 'juliet' });
  expect(calls.newest(at(9, 'owner'))).toBeNull();
  expect(calls.newest(at(12, 'editor'))).toBeNull();
});
