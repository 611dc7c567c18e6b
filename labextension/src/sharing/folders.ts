import { RoomId } from '../message';
import { IFileShare, Shared } from './model';
import { OpenFiles } from './open_files';
import { Sharing } from './requests';

/** The files of a folder become documents of one room, and those that come later follow. */
export class FolderShare implements IFileShare {
  constructor(
    private readonly sharing: Sharing,
    private readonly files: OpenFiles
  ) {}

  async find(path: string): Promise<Shared | null> {
    const folder = (await this.sharing.folders()).find(each => each.path === path);
    return folder ? { room: folder.room, document: null, left: [] } : null;
  }

  async share(path: string, room: RoomId): Promise<Shared> {
    const within = (file: string) => isWithin(file, path);
    const left = await this.files.apart(within, () => this.sharing.shareFolder(path, room));
    return { room, document: null, left };
  }
}

export function isWithin(path: string, folder: string): boolean {
  return path.startsWith(`${folder.replace(/\/$/, '')}/`);
}
