import { ISignal, Signal } from '@lumino/signaling';

import { Acquaintance, PresenceChoice, Show } from '../people';

const ORDER: readonly Show[] = ['available', 'dnd', 'away', 'xa'];

/** What the server tells of people at a time. */
export interface PeopleNews {
  /** These are all. */
  readonly whole: boolean;
  readonly people: readonly Acquaintance[];
  readonly gone: readonly string[];
  readonly choice: PresenceChoice | null;
}

/** Everybody with whom the person shares something, and how they are there. */
export class People {
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  version = 0;
  /** How the person wants to be seen; null until that is known. */
  choice: PresenceChoice | null = null;

  get(username: string | null): Acquaintance | null {
    return username === null ? null : (this.byName.get(username) ?? null);
  }

  /**
   * All but `me` whose name holds `words`, and of `farther` who is not among them: who shares most comes first, and of
   * these who is there.
   */
  find(
    words: string,
    me: string | null,
    farther: readonly Acquaintance[] = []
  ): readonly Acquaintance[] {
    const wanted = words.trim().toLocaleLowerCase();
    const others = farther.filter(({ username }) => !this.byName.has(username));
    return [...this.byName.values(), ...others]
      .filter(
        ({ username, displayName }) =>
          username !== me && `${displayName}\n${username}`.toLocaleLowerCase().includes(wanted)
      )
      .sort(
        (one, other) =>
          other.rooms.length - one.rooms.length ||
          ORDER.indexOf(one.show) - ORDER.indexOf(other.show) ||
          one.displayName.localeCompare(other.displayName)
      );
  }

  hear(news: PeopleNews): void {
    if (news.whole) {
      this.byName.clear();
    }
    news.people.forEach(person => this.byName.set(person.username, person));
    news.gone.forEach(username => this.byName.delete(username));
    this.choice = news.choice ?? this.choice;
    this.touch();
  }

  /** The server is out of reach, and nothing of this is known any more. */
  forget(): void {
    this.byName.clear();
    this.touch();
  }

  private touch(): void {
    this.version += 1;
    this._changed.emit();
  }

  private readonly byName = new Map<string, Acquaintance>();
  private readonly _changed = new Signal<this, void>(this);
}
