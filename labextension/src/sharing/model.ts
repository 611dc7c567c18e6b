import { TranslationBundle } from '@jupyterlab/translation';
import { PathExt } from '@jupyterlab/coreutils';
import { ISignal, Signal } from '@lumino/signaling';

import { DocumentId, RoomId } from '../message';
import { Role } from '../room';
import { AccessLink, Pick } from './access';
import { LinkTerms, Sharing } from './requests';
import { RoomAccess, reasonOf } from './room_access';

/** A room into which a file could be shared. */
export interface RoomChoice {
  readonly id: RoomId;
  readonly name: string;
}

/** Where a file or a folder is shared. */
export interface Shared {
  readonly room: RoomId;
  /** Null for a folder, which is many. */
  readonly document: DocumentId | null;
  /** What of a folder could not be shared, and why. */
  readonly left: readonly string[];
}

/** Makes a document of a file, whatever has it open; or documents of all files of a folder. */
export interface IFileShare {
  /** Where the file or folder at `path` is shared; null if it is not. */
  find(path: string): Promise<Shared | null>;
  share(path: string, room: RoomId): Promise<Shared>;
}

/** One file that is shared or to be shared. */
export class ShareModel {
  constructor(
    readonly path: string,
    private readonly sharing: Sharing,
    private readonly trans: TranslationBundle,
    /** Where this person may share into. */
    readonly rooms: readonly RoomChoice[],
    private readonly files: IFileShare
  ) {
    this.newName = PathExt.basename(path, PathExt.extname(path));
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  version = 0;
  /** It is known whether it is shared, as far as that can be known. */
  ready = false;
  loading = true;
  trouble: string | null = null;
  /** Null while it is not shared. */
  file: Shared | null = null;
  /** Who may be where it is shared; null while it is not. */
  access: RoomAccess | null = null;
  /** Where it is to be shared: a room that exists, or null for a new one called `newName`. */
  chosen: RoomId | null = null;
  newName: string;

  async load(): Promise<void> {
    try {
      this.file = await this.files.find(this.path);
      if (this.file !== null) {
        await this.enter(this.file.room);
      }
      this.trouble = null;
    } catch (error) {
      this.trouble = reasonOf(error, this.trans);
    }
    this.loading = false;
    this.ready = true;
    this.touch();
  }

  choose(room: RoomId | null): void {
    this.chosen = room;
    this.touch();
  }

  setNewName(name: string): void {
    this.newName = name;
    this.touch();
  }

  suggest(beginning: string): Promise<readonly Pick[]> {
    return this.sharing.suggest(beginning, this.access?.room ?? this.chosen);
  }

  /** As what the hub would have them in; null if it does not say. */
  async roleOf(pick: Pick): Promise<Role | null> {
    return pick.kind === 'group'
      ? this.sharing.roleOfGroup(pick.name).catch(() => null)
      : Promise.resolve(null);
  }

  /** Share the file first, if it is not shared. */
  async add(picks: readonly Pick[], role: Role): Promise<boolean> {
    return (await this.ensure())?.add(picks, role) ?? false;
  }

  /** A new link that leads to the file, which is shared first, if it is not. */
  async makeLink(terms: Omit<LinkTerms, 'document'>): Promise<AccessLink | null> {
    const access = await this.ensure();
    return access?.makeLink({ ...terms, document: this.file?.document ?? null }) ?? null;
  }

  /** Share it with nobody yet. */
  async start(): Promise<boolean> {
    return (await this.ensure()) !== null;
  }

  private async ensure(): Promise<RoomAccess | null> {
    if (this.access !== null) {
      return this.access;
    }
    this.loading = true;
    this.trouble = null;
    this.touch();
    try {
      // Kept, so that a second try does not make a second room.
      this.chosen ??= await this.sharing.createRoom(this.newName.trim() || this.path);
      this.file = await this.files.share(this.path, this.chosen);
      await this.enter(this.file.room);
    } catch (error) {
      this.trouble = reasonOf(error, this.trans);
    }
    this.loading = false;
    this.touch();
    return this.access;
  }

  private async enter(room: RoomId): Promise<void> {
    const access = new RoomAccess(room, this.sharing, this.trans);
    await access.load();
    this.access = access;
  }

  private touch(): void {
    this.version += 1;
    this._changed.emit();
  }

  private readonly _changed = new Signal<this, void>(this);
}
