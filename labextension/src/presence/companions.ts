import { fields, maybeText } from '../reading';

/** The field of a browser tab's awareness that is ours; presence/awareness.py lets it through. */
export const FIELD = 'xmppBridge';

/** Where a browser tab is in a notebook. */
export interface Spot {
  /** The cell that is active. */
  readonly cell: string | null;
  /** The cell in the middle of what is seen. */
  readonly view: string | null;
  /** When its owner last called everybody, in milliseconds; 0 for never. */
  readonly call: number;
}

/** Somebody else in the notebook that this tab shows, in one of their tabs. */
export interface Companion extends Spot {
  readonly client: number;
  readonly username: string;
  readonly displayName: string;
  readonly color: string;
  readonly role: string | null;
}

const NOWHERE: Spot = { cell: null, view: null, call: 0 };

/** Everybody in an awareness but the owner of `own` and who is nobody; of the same person only the tab they used last. */
export function companionsIn(
  states: ReadonlyMap<number, unknown>,
  own: number
): readonly Companion[] {
  const found = new Map<string, Companion>();
  const me = read(own, states.get(own))?.username;
  for (const [client, state] of states) {
    const companion = client === own ? null : read(client, state);
    if (companion !== null && companion.username !== me) {
      found.set(companion.username, companion);
    }
  }
  return [...found.values()].sort((one, other) => one.displayName.localeCompare(other.displayName));
}

function read(client: number, state: unknown): Companion | null {
  try {
    const raw = fields(state);
    const user = fields(raw['user']);
    const username = maybeText(user, 'username');
    if (username === null) {
      return null;
    }
    return {
      client,
      username,
      displayName: maybeText(user, 'display_name') ?? username,
      color: maybeText(user, 'color') ?? 'var(--jp-collaborator-color1)',
      role: maybeText(user, 'xmpp_role'),
      ...readSpot(raw[FIELD])
    };
  } catch {
    return null; // somebody else's extension writes into awareness, too
  }
}

function readSpot(value: unknown): Spot {
  if (value === undefined || value === null) {
    return NOWHERE;
  }
  const raw = fields(value);
  const call = raw['call'];
  return {
    cell: maybeText(raw, 'cell'),
    view: maybeText(raw, 'view'),
    call: typeof call === 'number' ? call : 0
  };
}

/** Who calls everybody to where they are, and was not heard before; remembers all that it is shown. */
export class Calls {
  /** The newest call among `companions` that this tab has not followed; a tab that opens late follows none. */
  newest(companions: readonly Companion[]): Companion | null {
    let newest: Companion | null = null;
    for (const companion of companions) {
      const heard = this.heard.get(companion.client);
      this.heard.set(companion.client, companion.call);
      const fresh = heard !== undefined && companion.call > heard;
      if (fresh && companion.role === 'owner' && companion.call > (newest?.call ?? 0)) {
        newest = companion;
      }
    }
    return newest;
  }

  private readonly heard = new Map<number, number>();
}
