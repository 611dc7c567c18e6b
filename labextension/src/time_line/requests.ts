import { URLExt } from '@jupyterlab/coreutils';

import { DocumentId } from '../message';
import { fields, maybeText } from '../reading';
import { Rest } from '../rest';
import { Grain, Look, MomentPage, Step, readLook, readPage } from './moments';

/** From where a list of moments goes back. */
export interface From {
  readonly grain: Grain;
  readonly before?: Step;
  readonly until?: Date;
}

/** What undoes something; null where nothing had to be done. */
export type Undo = string | null;

/** Asks the person's own Jupyter server about time lines, and has it restore. */
export class TimeLines {
  constructor(private readonly rest: Rest) {}

  async page(document: DocumentId, from: From): Promise<MomentPage> {
    const query = URLExt.objectToQueryString({
      grain: from.grain,
      ...(from.before === undefined ? {} : { before: String(from.before) }),
      ...(from.until === undefined ? {} : { until: from.until.toISOString() })
    });
    return readPage(await this.rest.send('GET', `documents/${document}/time-line${query}`));
  }

  /** The document after a step or now, beside what it was after another one. */
  async look(document: DocumentId, step: Step | 'now', against: Step): Promise<Look> {
    const path = `documents/${document}/time-line/${step}?against=${against}`;
    return readLook(await this.rest.send('GET', path));
  }

  /** Make it what it was after a step; or only one cell of it. */
  restore(document: DocumentId, moment: Step, cell: string | null): Promise<Undo> {
    const cells = cell === null ? null : [cell];
    return this.edit(document, 'restorations', { moment, cells });
  }

  /** Take back what one person, or everybody, did in an interval. */
  rollBack(
    document: DocumentId,
    interval: { readonly after: Step; readonly through: Step },
    hubUser: string | null
  ): Promise<Undo> {
    const { after, through } = interval;
    return this.edit(document, 'roll-backs', { after, through, hub_user: hubUser });
  }

  async undo(document: DocumentId, undo: string): Promise<void> {
    await this.rest.send('DELETE', `documents/${document}/restorations/${undo}`);
  }

  private async edit(document: DocumentId, deed: string, body: object): Promise<Undo> {
    const answer = await this.rest.send('POST', `documents/${document}/${deed}`, body);
    return maybeText(fields(answer), 'id');
  }
}
