import { TranslationBundle } from '@jupyterlab/translation';
import { ISignal, Signal } from '@lumino/signaling';

import { name } from '../chat/safe_text';
import { DocumentId, RoomId } from '../message';
import { RefusedError } from '../rest';
import { Role } from '../room';
import { Access, AccessGroup, AccessLink, AccessPerson, Ban, LeaversFiles, Pick } from './access';
import { LinkTerms, Sharing, Terms } from './requests';

/** What was done last, and how to take it back where that makes sense. */
export interface Done {
  readonly text: string;
  readonly undo: (() => Promise<void>) | null;
}

/** Who may be in one room, and all that its owners may do about it. One thing at a time. */
export class RoomAccess {
  constructor(
    readonly room: RoomId,
    private readonly sharing: Sharing,
    private readonly trans: TranslationBundle
  ) {}

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  version = 0;
  /** Null until it is known. */
  access: Access | null = null;
  busy = false;
  /** What the last deed came to, if it was refused. */
  trouble: string | null = null;
  done: Done | null = null;

  get mayManage(): boolean {
    return this.access?.room.role === 'owner';
  }

  /** Ask anew. */
  async load(): Promise<void> {
    try {
      this.access = await this.sharing.access(this.room);
    } catch (error) {
      this.trouble = this.reason(error);
    }
    this.touch();
  }

  suggest(beginning: string): Promise<readonly Pick[]> {
    return this.sharing.suggest(beginning, this.room);
  }

  /** Let people and groups in. */
  add(picks: readonly Pick[], role: Role): Promise<boolean> {
    const before = picks.map(pick => [pick, this.ownRoleOf(pick)] as const);
    return this.act(async () => {
      for (const pick of picks) {
        await this.sharing.setRole(this.room, pick, role);
      }
      const names = picks.map(({ displayName }) => name(displayName)).join(', ');
      return {
        text: this.trans.__('Shared with %1.', names),
        undo: () => this.restore(before)
      };
    });
  }

  setRole(whom: AccessPerson | AccessGroup, role: Role): Promise<boolean> {
    const pick = pickOf(whom);
    const before = ownRole(whom);
    return this.act(async () => {
      await this.sharing.setRole(this.room, pick, role);
      return {
        text: this.trans.__('%1: the role is changed.', name(pick.displayName)),
        undo: () => this.restore([[pick, before]])
      };
    });
  }

  remove(whom: AccessPerson | AccessGroup): Promise<boolean> {
    const pick = pickOf(whom);
    const before = ownRole(whom);
    return this.act(async () => {
      await this.sharing.remove(this.room, pick);
      return {
        text: this.trans.__('%1 is out.', name(pick.displayName)),
        undo: before && (() => this.restore([[pick, before]]))
      };
    });
  }

  /** The new link, or null if there is none. */
  async makeLink(terms: LinkTerms): Promise<AccessLink | null> {
    let made: AccessLink | null = null;
    await this.act(async () => {
      made = await this.sharing.makeLink(this.room, terms);
      return { text: this.trans.__('The link is made.'), undo: null };
    });
    return made;
  }

  revoke(link: AccessLink, people: 'keep' | 'remove'): Promise<boolean> {
    return this.act(async () => {
      await this.sharing.revokeLink(this.room, link.id, people);
      return { text: this.trans.__('The link leads nowhere any more.'), undo: null };
    });
  }

  mute(person: AccessPerson, terms: Terms): Promise<boolean> {
    return this.act(async () => {
      await this.sharing.mute(this.room, person.hubUser, terms);
      return {
        text: this.trans.__('%1 is muted.', name(person.displayName)),
        undo: () => this.sharing.unmute(this.room, person.hubUser)
      };
    });
  }

  unmute(person: AccessPerson): Promise<boolean> {
    return this.act(async () => {
      await this.sharing.unmute(this.room, person.hubUser);
      return { text: this.trans.__('%1 may speak again.', name(person.displayName)), undo: null };
    });
  }

  ban(person: AccessPerson, terms: Terms): Promise<boolean> {
    return this.act(async () => {
      await this.sharing.ban(this.room, person.hubUser, terms);
      return {
        text: this.trans.__('%1 is banned.', name(person.displayName)),
        undo: () => this.sharing.unban(this.room, person.hubUser)
      };
    });
  }

  unban(ban: Ban): Promise<boolean> {
    return this.act(async () => {
      await this.sharing.unban(this.room, ban.hubUser);
      return { text: this.trans.__('%1 may come in again.', name(ban.displayName)), undo: null };
    });
  }

  giveOwnership(person: AccessPerson): Promise<boolean> {
    return this.act(async () => {
      await this.sharing.giveOwnership(this.room, person.hubUser);
      return { text: this.trans.__('%1 owns the room now.', name(person.displayName)), undo: null };
    });
  }

  chooseLeaversFiles(files: LeaversFiles): Promise<boolean> {
    const before = this.access?.room.leaversFiles ?? 'keep';
    return this.act(async () => {
      await this.sharing.chooseLeaversFiles(this.room, files);
      const text =
        files === 'keep'
          ? this.trans.__('Whoever is taken out from now on keeps their file.')
          : this.trans.__('The file of whoever is taken out from now on is put aside.');
      return { text, undo: () => this.sharing.chooseLeaversFiles(this.room, before) };
    });
  }

  setLocked(document: DocumentId, locked: boolean): Promise<boolean> {
    return this.act(async () => {
      await (locked ? this.sharing.lock(document, '') : this.sharing.unlock(document));
      const text = locked
        ? this.trans.__('Locked: nobody types now.')
        : this.trans.__('Unlocked: editors type again.');
      return { text, undo: null };
    });
  }

  undo(): Promise<boolean> {
    const undo = this.done?.undo;
    return this.act(async () => {
      await undo?.();
      return { text: this.trans.__('It is as before.'), undo: null };
    });
  }

  private async restore(before: readonly (readonly [Pick, Role | null])[]): Promise<void> {
    for (const [pick, role] of before) {
      await (role === null
        ? this.sharing.remove(this.room, pick)
        : this.sharing.setRole(this.room, pick, role));
    }
  }

  private ownRoleOf(pick: Pick): Role | null {
    const all = [...(this.access?.people ?? []), ...(this.access?.groups ?? [])];
    const found = all.find(whom => {
      const { kind, name } = pickOf(whom);
      return kind === pick.kind && name === pick.name;
    });
    return found ? ownRole(found) : null;
  }

  /** Whether it was done; what is shown is as the service has it afterwards. */
  private async act(deed: () => Promise<Done>): Promise<boolean> {
    this.busy = true;
    this.trouble = this.done = null;
    this.touch();
    try {
      this.done = await deed();
    } catch (error) {
      this.trouble = this.reason(error);
    }
    this.busy = false;
    const { trouble } = this;
    await this.load();
    this.trouble ??= trouble;
    return trouble === null;
  }

  private reason(error: unknown): string {
    return reasonOf(error, this.trans);
  }

  private touch(): void {
    this.version += 1;
    this._changed.emit();
  }

  private readonly _changed = new Signal<this, void>(this);
}

/** Why something did not work, as a sentence for people. */
export function reasonOf(error: unknown, trans: TranslationBundle): string {
  return error instanceof RefusedError && error.text
    ? error.text
    : trans.__('Your server does not answer.');
}

export function pickOf(whom: AccessPerson | AccessGroup): Pick {
  return 'hubUser' in whom
    ? { kind: 'person', name: whom.hubUser, displayName: whom.displayName }
    : { kind: 'group', name: whom.name, displayName: whom.name };
}

/** What somebody has by their own name, whatever else lets them in. */
function ownRole(whom: AccessPerson | AccessGroup): Role | null {
  return 'hubUser' in whom
    ? (whom.sources.find(({ kind }) => kind === 'person')?.role ?? null)
    : whom.role;
}
