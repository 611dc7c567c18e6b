import { Notification } from '@jupyterlab/apputils';
import { Contents } from '@jupyterlab/services';
import { TranslationBundle } from '@jupyterlab/translation';

import { excerpt, name } from '../chat/safe_text';
import { DocumentId } from '../message';
import { IChatRooms } from '../tokens';
import { Snapshot, saveAnew, snapshot } from './copies';
import { OpenFiles } from './open_files';
import { RefusedTyping } from './refused_typing';
import { Sharing, TakenFile } from './requests';
import { reasonOf } from './room_access';

const LENGTH = 300;

/** Closes the files that their rooms take back, says where they are now, and offers what was typed last as a copy. */
export class TakenBack {
  constructor(
    chat: IChatRooms,
    private readonly sharing: Sharing,
    private readonly files: OpenFiles,
    private readonly refused: RefusedTyping,
    private readonly contents: Contents.IManager,
    private readonly trans: TranslationBundle
  ) {
    chat.accessChanged.connect(() => void this.look());
    void this.look();
  }

  private async look(): Promise<void> {
    // A server that cannot say says it when it has news.
    const taken = await this.sharing.taken().catch(() => []);
    for (const file of taken) {
      this.close(file);
      if (file.aside !== null && !this.told.has(file.document)) {
        this.told.add(file.document);
        this.tell(file, file.aside);
      }
    }
  }

  private close({ document, path }: TakenFile): void {
    for (const panel of this.files.at(path)) {
      if (this.refused.isTyped(panel)) {
        this.typed.set(document, snapshot(path, panel.context.model));
      }
      if (!this.files.arePages) {
        void this.files.close(panel);
      }
    }
  }

  private tell(file: TakenFile, aside: string): void {
    const { trans } = this;
    // JupyterLab shows 140 characters.
    const text = trans.__(
      '%1 is shared with you no more; %2 takes the file back. Yours is now at %3',
      name(file.name),
      name(file.room),
      excerpt(aside, LENGTH)
    );
    const known = () => void this.sharing.dismissTaken(file.document).catch(() => undefined);
    const mine = this.typed.get(file.document);
    const keep = {
      label: trans.__('Keep My Last Edits as a Copy'),
      displayType: 'accent' as const,
      callback: () => void (mine && this.keep(mine))
    };
    Notification.emit(text, 'warning', {
      autoClose: false,
      actions: [...(mine ? [keep] : []), { label: trans.__('OK'), callback: known }]
    });
  }

  private async keep(mine: Snapshot): Promise<void> {
    try {
      await this.files.show(await saveAnew(this.contents, mine));
    } catch (error) {
      Notification.error(reasonOf(error, this.trans));
    }
  }

  private readonly told = new Set<DocumentId>();
  /** Files as they were in a tab in which something was typed a moment ago. */
  private readonly typed = new Map<DocumentId, Snapshot>();
}
