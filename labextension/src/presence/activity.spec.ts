import { Activity, IDLE_MS } from './activity';
import { At } from '../people';

let now = 0;
let at: At | null = null;
let told: [number, At | null][];
let activity: Activity;

beforeEach(() => {
  jest.useFakeTimers();
  now = 0;
  told = [];
  activity = new Activity(
    (idle, where) => told.push([idle, where]),
    () => at,
    () => now
  );
  activity.repeat();
});

afterEach(() => {
  activity.dispose();
  jest.useRealTimers();
});

it('tells once that somebody does nothing any more, and at once that they do', () => {
  expect(told).toEqual([[0, null]]);
  now = IDLE_MS;
  jest.advanceTimersByTime(60_000);
  expect(told.slice(1)).toEqual([[IDLE_MS / 1000, null]]);
  document.dispatchEvent(new Event('keydown'));
  expect(told.slice(2)).toEqual([[0, null]]);
  document.dispatchEvent(new Event('keydown'));
  expect(told).toHaveLength(3);
});

it('tells where somebody works when they stay there', () => {
  at = { document: 'd' as never, cell: 'c1', number: 1 };
  activity.moved();
  activity.moved();
  jest.advanceTimersByTime(1_000);
  expect(told.slice(1)).toEqual([[0, at]]);
  activity.repeat();
  expect(told).toHaveLength(3);
});
