import { DocumentRegistry } from '@jupyterlab/docregistry';
import { PathExt } from '@jupyterlab/coreutils';
import { INotebookModel } from '@jupyterlab/notebook';
import { Contents } from '@jupyterlab/services';

import { freePath } from './free_path';
import { Texts } from './local_writes';

type FileModel = DocumentRegistry.IModel;

/** What a file is in this tab, to be written elsewhere. */
export interface Snapshot {
  readonly path: string;
  readonly file: Partial<Contents.IModel>;
  readonly texts: Texts;
}

export function snapshot(path: string, model: FileModel): Snapshot {
  return isNotebook(model)
    ? {
        path,
        file: { type: 'notebook', format: 'json', content: model.toJSON() },
        texts: new Map(
          model.sharedModel.cells.map(cell => [cell.getId(), cell.getSource()] as const)
        )
      }
    : {
        path,
        file: { type: 'file', format: 'text', content: model.toString() },
        texts: new Map([['', model.toString()]])
      };
}

/** Write it beside its original, as a file that is shared with nobody; where that is. */
export async function saveCopy(contents: Contents.IManager, what: Snapshot): Promise<string> {
  // The server chooses a name that is free.
  const { path } = await contents.copy(what.path, PathExt.dirname(what.path));
  await contents.save(path, what.file);
  return path;
}

/** The same where the original is gone. */
export async function saveAnew(contents: Contents.IManager, what: Snapshot): Promise<string> {
  const isTaken = (path: string) =>
    contents.get(path, { content: false }).then(
      () => true,
      () => false
    );
  const path = await freePath(what.path, isTaken);
  await contents.save(path, what.file);
  return path;
}

function isNotebook(model: FileModel): model is INotebookModel {
  return 'cells' in model;
}
