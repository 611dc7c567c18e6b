import { DocumentId, RoomId } from '../message';
import { Locked, readLocked } from '../document_state';
import { fields, list, maybe, maybeText, oneOf, text } from '../reading';
import { LinkedFile, Rest } from '../rest';
import { Role } from '../room';
import {
  Access,
  AccessLink,
  Invitation,
  LeaversFiles,
  LinkId,
  Offer,
  Pick,
  ROLES,
  readAccess,
  readInvitation,
  readLink,
  readOffer,
  readPicks
} from './access';

/** What a new link is to be. */
export interface LinkTerms {
  readonly role: Role;
  readonly label: string;
  readonly group: string | null;
  readonly document: DocumentId | null;
  readonly mostUses: number | null;
  readonly expiresInMinutes: number | null;
}

/** A file of this server that its room has taken back, as the person was taken out. */
export interface TakenFile {
  readonly document: DocumentId;
  readonly name: string;
  /** What the room is called. */
  readonly room: string;
  /** Where it was. */
  readonly path: string;
  /** Where it is now, on the server's disk; null while it is under way. */
  readonly aside: string | null;
}

/** Why and for how long somebody is muted or banned; null is until it is lifted. */
export interface Terms {
  readonly reason: string;
  readonly minutes: number | null;
}

/** The calls of sharing, each rejected with a RefusedError that has a sentence for people. */
export class Sharing {
  constructor(private readonly rest: Rest) {}

  // -- files --------------------------------------------------------------------------------------

  async fileAt(path: string): Promise<LinkedFile | null> {
    const files = await this.rest.linkedFiles();
    return files.find(file => file.path === path) ?? null;
  }

  async fileOf(document: DocumentId): Promise<LinkedFile | null> {
    const files = await this.rest.linkedFiles();
    return files.find(file => file.document === document) ?? null;
  }

  share(path: string, room: RoomId): Promise<LinkedFile> {
    return this.rest.share(path, room);
  }

  /** Share all that is in a folder, and what comes; why each of the rest could not be. */
  async shareFolder(path: string, room: RoomId): Promise<readonly string[]> {
    const answer = fields(await this.rest.send('POST', 'folders', { path, room }));
    const refused = fields(answer['refused']);
    return Object.keys(refused).map(file => `${file}: ${text(refused, file)}`);
  }

  async folders(): Promise<readonly { readonly path: string; readonly room: RoomId }[]> {
    return list(fields(await this.rest.send('GET', 'folders')), 'folders', item => {
      const raw = fields(item);
      return { path: text(raw, 'path'), room: text(raw, 'room') as RoomId };
    });
  }

  join(document: DocumentId, path: string): Promise<LinkedFile> {
    return this.rest.join(document, path);
  }

  /** The file is nobody's but its owner's from now on, and goes with `file=delete`. */
  async leave(document: DocumentId, file: 'keep' | 'delete'): Promise<void> {
    await this.rest.send('DELETE', `documents/${document}?file=${file}`);
  }

  /** Files that rooms have taken back, of which the person has not read yet. */
  async taken(): Promise<readonly TakenFile[]> {
    return list(fields(await this.rest.send('GET', 'taken')), 'taken', item => {
      const raw = fields(item);
      return {
        document: text(raw, 'document') as DocumentId,
        name: text(raw, 'name'),
        room: text(raw, 'room'),
        path: text(raw, 'path'),
        aside: maybeText(raw, 'aside')
      };
    });
  }

  async dismissTaken(document: DocumentId): Promise<void> {
    await this.rest.send('DELETE', `taken/${document}`);
  }

  createRoom(name: string): Promise<RoomId> {
    return this.rest.createRoom(name);
  }

  // -- who is in ----------------------------------------------------------------------------------

  async access(room: RoomId): Promise<Access> {
    return readAccess(await this.rest.send('GET', `rooms/${room}/access`));
  }

  async setRole(room: RoomId, whom: Pick, role: Role): Promise<void> {
    await this.rest.send('PUT', entry(room, whom), { role });
  }

  async remove(room: RoomId, whom: Pick): Promise<void> {
    await this.rest.send('DELETE', entry(room, whom));
  }

  async suggest(beginning: string, room: RoomId | null): Promise<readonly Pick[]> {
    const within = room === null ? '' : `&room=${room}`;
    const query = `directory?q=${encodeURIComponent(beginning)}${within}`;
    return readPicks(await this.rest.send('GET', query));
  }

  /** As what a hub group comes in unless one says otherwise; null if the hub says nothing. */
  async roleOfGroup(group: string): Promise<Role | null> {
    const answer = fields(await this.rest.send('GET', `groups/${encodeURIComponent(group)}`));
    return maybe(answer, 'role', value => oneOf({ value }, 'value', ROLES));
  }

  /** What becomes of the files of whoever is taken out from now on. */
  async chooseLeaversFiles(room: RoomId, files: LeaversFiles): Promise<void> {
    await this.rest.send('PUT', `rooms/${room}/leavers`, { files });
  }

  // -- links and invitations ----------------------------------------------------------------------

  async makeLink(room: RoomId, terms: LinkTerms): Promise<AccessLink> {
    const body = {
      role: terms.role,
      label: terms.label,
      group: terms.group,
      document: terms.document,
      most_uses: terms.mostUses,
      expires_in_minutes: terms.expiresInMinutes
    };
    return readLink(await this.rest.send('POST', `rooms/${room}/links`, body));
  }

  async revokeLink(room: RoomId, link: LinkId, people: 'keep' | 'remove'): Promise<void> {
    await this.rest.send('DELETE', `rooms/${room}/links/${link}?people=${people}`);
  }

  /** Use a link. */
  async accept(token: string): Promise<Offer> {
    return readOffer(await this.rest.send('POST', `join/${encodeURIComponent(token)}`));
  }

  async invitations(): Promise<readonly Invitation[]> {
    const answer = await this.rest.send('GET', 'invitations');
    return list(fields(answer), 'invitations', readInvitation);
  }

  async dismiss(room: RoomId): Promise<void> {
    await this.rest.send('DELETE', `invitations/${room}`);
  }

  // -- order --------------------------------------------------------------------------------------

  async mute(room: RoomId, hubUser: string, terms: Terms): Promise<void> {
    await this.rest.send('PUT', of(room, 'mutes', hubUser), terms);
  }

  async unmute(room: RoomId, hubUser: string): Promise<void> {
    await this.rest.send('DELETE', of(room, 'mutes', hubUser));
  }

  async ban(room: RoomId, hubUser: string, terms: Terms): Promise<void> {
    await this.rest.send('PUT', of(room, 'bans', hubUser), terms);
  }

  async unban(room: RoomId, hubUser: string): Promise<void> {
    await this.rest.send('DELETE', of(room, 'bans', hubUser));
  }

  /** `hubUser` becomes owner and the caller editor. */
  async giveOwnership(room: RoomId, hubUser: string): Promise<void> {
    await this.rest.send('PUT', `rooms/${room}/owner`, { hub_user: hubUser });
  }

  /** Nobody types in the document now. */
  async lock(document: DocumentId, reason: string): Promise<void> {
    await this.rest.send('PUT', `documents/${document}/lock`, { reason });
  }

  /** The documents of a room in which nobody types now. */
  async locks(room: RoomId): Promise<ReadonlyMap<DocumentId, Locked>> {
    const answer = fields(await this.rest.send('GET', `rooms/${room}`));
    const found = list(answer, 'documents', item => {
      const raw = fields(item);
      return [text(raw, 'id') as DocumentId, maybe(raw, 'locked', readLocked)] as const;
    });
    return new Map(found.filter((each): each is readonly [DocumentId, Locked] => each[1] !== null));
  }

  async unlock(document: DocumentId): Promise<void> {
    await this.rest.send('DELETE', `documents/${document}/lock`);
  }
}

function entry(room: RoomId, whom: Pick): string {
  return of(room, whom.kind === 'person' ? 'members' : 'groups', whom.name);
}

function of(room: RoomId, kind: string, name: string): string {
  return `rooms/${room}/${kind}/${encodeURIComponent(name)}`;
}
