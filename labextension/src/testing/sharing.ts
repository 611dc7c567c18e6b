/** A service in the tests of sharing: it answers by path, and keeps what it is asked to do. */
import { RefusedError, Rest } from '../rest';

export const ROOM = '0'.repeat(31) + '1';
export const NOTEBOOK = '0'.repeat(31) + 'd';

export const ACCESS = {
  room: {
    id: ROOM,
    name: 'Orchard',
    role: 'owner',
    heir: null,
    leavers_files: 'keep',
    hub_share: null
  },
  people: [
    person('romeo', 'Romeo', 'owner'),
    person('juliet', 'Juliet', 'editor', [
      { kind: 'person', role: 'viewer', id: null, name: null },
      { kind: 'group', role: 'editor', id: null, name: 'capulets' }
    ])
  ],
  groups: [{ name: 'capulets', role: 'editor', people: 12 }],
  links: [link()],
  banned: []
};

export const LINKED = {
  document: NOTEBOOK,
  room: ROOM,
  name: 'daylight.ipynb',
  path: 'sky/daylight.ipynb'
};

export function person(hubUser: string, displayName: string, role: string, sources?: object[]) {
  return {
    hub_user: hubUser,
    display_name: displayName,
    jid: `${hubUser}@montague.lit`,
    role,
    sources: sources ?? [{ kind: 'person', role, id: null, name: null }],
    muted: null
  };
}

export function link(more: object = {}) {
  return {
    id: 'l1',
    label: 'masque',
    role: 'viewer',
    audience: 'hub',
    group: null,
    document: null,
    expires_at: null,
    uses: 3,
    most_uses: 10,
    created_by: 'romeo',
    created_at: '2026-11-20T09:00:00+00:00',
    revoked_at: null,
    state: 'open',
    url: '/services/xmpp-bridge/join/TOKEN',
    ...more
  };
}

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly body: unknown;
}

export class ScriptedService {
  readonly asked: Asked[] = [];
  /** What it answers, by `METHOD path`; nothing to what is not here, and refusals are thrown. */
  readonly answers = new Map<string, unknown>([
    [`GET rooms/${ROOM}/access`, ACCESS],
    ['GET documents', { documents: [] }],
    ['POST documents', LINKED],
    ['POST rooms', { id: ROOM }],
    [`POST rooms/${ROOM}/links`, link({ id: 'l2', label: '', uses: 0 })],
    ['GET invitations', { invitations: [] }],
    ['GET taken', { taken: [] }]
  ]);

  get rest(): Rest {
    return new ScriptedRest(this);
  }

  answer(method: string, path: string, body: unknown): Promise<unknown> {
    this.asked.push({ method, path, body });
    const found = this.answers.get(`${method} ${path}`) ?? null;
    return found instanceof RefusedError ? Promise.reject(found) : Promise.resolve(found);
  }

  /** What was done, as `METHOD path`. */
  get deeds(): readonly string[] {
    return this.asked
      .filter(({ method }) => method !== 'GET')
      .map(each => `${each.method} ${each.path}`);
  }
}

class ScriptedRest extends Rest {
  constructor(private readonly service: ScriptedService) {
    super({ baseUrl: '/' } as never);
  }

  protected override call(path: string, init: RequestInit): Promise<unknown> {
    const body: unknown = typeof init.body === 'string' ? JSON.parse(init.body) : undefined;
    return this.service.answer(init.method ?? 'GET', path, body);
  }
}
