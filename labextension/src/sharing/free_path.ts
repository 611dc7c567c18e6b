/** Names for files that are not there yet; without I/O. */
import { PathExt } from '@jupyterlab/coreutils';

/** `path`, or the first of its numbered kin that is not `taken`. */
export async function freePath(
  path: string,
  taken: (path: string) => Promise<boolean>
): Promise<string> {
  const extension = PathExt.extname(path);
  const stem = path.slice(0, path.length - extension.length);
  let candidate = path;
  for (let number = 1; await taken(candidate); number += 1) {
    candidate = `${stem}-${number}${extension}`;
  }
  return candidate;
}

/** The name somebody else gave a document, as one file of ours in `folder`. */
export function placeFor(called: string, folder: string): string {
  // eslint-disable-next-line no-control-regex -- they have no place in a file's name
  const safe = called.replace(/[/\\\u0000-\u001f]/g, '-').replace(/^\.+/, '');
  return PathExt.join(folder, safe || 'shared');
}
