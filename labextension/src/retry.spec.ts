import { Retry, nextRetry } from './retry';

const first: Retry = { attempt: 0, delayMs: 0 };

it('waits longer after every failure, half a minute at most', () => {
  const waits = [];
  for (let retry = first; retry.attempt < 10;) {
    retry = nextRetry(retry, 1);
    waits.push(retry.delayMs);
  }
  expect(waits).toEqual([1000, 2000, 4000, 8000, 16000, 30000, 30000, 30000, 30000, 30000]);
});

it('spreads out those who lost the same server', () => {
  expect(nextRetry(first, 0).delayMs).toBe(500);
  expect(nextRetry(first, 0.5).delayMs).toBe(750);
});
