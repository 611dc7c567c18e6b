/** Values out of parsed JSON: each reader returns what it promises or throws a `FrameError`. */

/** A frame that is not one of ours. */
export class FrameError extends Error {}

export type Fields = Readonly<Record<string, unknown>>;

export function fields(value: unknown): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new FrameError('a JSON object was expected');
  }
  return value as Fields;
}

/** The text `key`, which may be empty. */
export function text(from: Fields, key: string): string {
  const value = from[key];
  if (typeof value !== 'string') {
    throw new FrameError(`${key} is not a text`);
  }
  return value;
}

export function count(from: Fields, key: string): number {
  const value = from[key];
  if (typeof value !== 'number' || !Number.isFinite(value) || value < 0) {
    throw new FrameError(`${key} is not a count`);
  }
  return value;
}

export function flag(from: Fields, key: string): boolean {
  const value = from[key];
  if (typeof value !== 'boolean') {
    throw new FrameError(`${key} is not true or false`);
  }
  return value;
}

/** The text `key` if it is one of `allowed`. */
export function oneOf<T extends string>(from: Fields, key: string, allowed: readonly T[]): T {
  const value = text(from, key);
  const found = allowed.find(each => each === value);
  if (found === undefined) {
    throw new FrameError(`${key} is none of ${allowed.join(', ')}`);
  }
  return found;
}

export function list<T>(from: Fields, key: string, read: (item: unknown) => T): readonly T[] {
  const value = from[key];
  if (!Array.isArray(value)) {
    throw new FrameError(`${key} is not a list`);
  }
  return value.map(read);
}

export function texts(from: Fields, key: string): readonly string[] {
  return list(from, key, item => text({ item }, 'item'));
}

/** What `read` makes of `key`; null where it is null or missing. */
export function maybe<T>(from: Fields, key: string, read: (value: unknown) => T): T | null {
  const value = from[key];
  return value === null || value === undefined ? null : read(value);
}

export function maybeText(from: Fields, key: string): string | null {
  return maybe(from, key, value => text({ [key]: value }, key));
}

/** A moment in UTC. */
export function moment(from: Fields, key: string): Date {
  const value = new Date(text(from, key));
  if (Number.isNaN(value.getTime())) {
    throw new FrameError(`${key} is not a time`);
  }
  return value;
}

export function maybeMoment(from: Fields, key: string): Date | null {
  return maybe(from, key, value => moment({ [key]: value }, key));
}
