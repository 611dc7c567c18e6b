/** What was written in this tab, and when; without I/O. */

/** How long what is typed may be on its way to be taken or refused. */
const UNDER_WAY_MS = 10_000;

/** The part of a Yjs document that tells of writing. */
export interface WrittenDoc {
  /** Its types by name. */
  readonly share: ReadonlyMap<string, unknown>;
  on(event: 'afterTransaction', tell: (transaction: Transaction) => void): void;
}

interface Transaction {
  /** Made here, not received. */
  readonly local: boolean;
  readonly changed: ReadonlyMap<WrittenType, unknown>;
}

/** COMPAT(yjs 13): `_item` is where a type stands in another one; nothing public tells that. */
interface WrittenType {
  readonly _item?: { readonly parentSub: string | null } | null;
}

/** What a tab may hold that nobody else will ever have: nothing, what the lab wrote by itself, or what was typed. */
export type Stray = 'nothing' | 'unseen' | 'typed';

export class LocalWrites {
  constructor(
    doc: WrittenDoc,
    private readonly now: () => number = Date.now
  ) {
    doc.on('afterTransaction', ({ local, changed }) => {
      if (local && changed.size > 0) {
        this.lastAt = this.now();
        if ([...changed.keys()].some(type => isContent(doc, type))) {
          this.typedAt = this.lastAt;
        }
      }
    });
  }

  /** Whether something was typed so lately, or since one may not any more, that nobody else may have it. */
  get isUnderWay(): boolean {
    return this.typedAt >= (this.locked ? this.lockedAt : this.now()) - UNDER_WAY_MS;
  }

  /**
   * The person may write or not, from now on; what of before may have been refused.
   *
   * Once one may write again, whatever was refused counts: the server takes nothing of a Yjs client that has gone on
   * without it.
   */
  turned(locked: boolean): Stray {
    this.locked = locked;
    if (locked) {
      this.lockedAt = this.now();
    }
    const since = this.lockedAt - UNDER_WAY_MS;
    if (this.typedAt >= since) {
      return 'typed';
    }
    return !locked && this.lastAt >= since ? 'unseen' : 'nothing';
  }

  private lastAt = -Infinity;
  private typedAt = -Infinity;
  private lockedAt = Infinity;
  private locked = false;
}

/** The text of a file or a cell, or which cells there are: a lab writes the rest by itself, about its kernel. */
function isContent(doc: WrittenDoc, type: WrittenType): boolean {
  return (
    type === doc.share.get('source') ||
    type === doc.share.get('cells') ||
    type._item?.parentSub === 'source'
  );
}

/** The text of each cell by its id; of a text file, under the empty id. */
export type Texts = ReadonlyMap<string, string>;

/** What is in `mine` and not in `theirs`, cell by cell. */
export function refusedTexts(mine: Texts, theirs: Texts): readonly string[] {
  return [...mine].filter(([id, text]) => text !== (theirs.get(id) ?? '')).map(([, text]) => text);
}
