/** How often something failed in a row, and how long to wait before it is tried again. */
export interface Retry {
  readonly attempt: number;
  readonly delayMs: number;
}

const FIRST_MS = 500;
const LONGEST_MS = 30_000;

/** The wait after one more failure: up to twice as long each time, at least half of that. */
export function nextRetry(previous: Retry, random: number): Retry {
  const attempt = previous.attempt + 1;
  const ceiling = Math.min(LONGEST_MS, FIRST_MS * 2 ** attempt);
  return { attempt, delayMs: (ceiling / 2) * (1 + random) };
}
