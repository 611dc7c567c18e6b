import { Dialog, Notification, showDialog } from '@jupyterlab/apputils';
import { DocumentWidget } from '@jupyterlab/docregistry';
import { Contents } from '@jupyterlab/services';
import { TranslationBundle } from '@jupyterlab/translation';

import { excerpt, name } from '../chat/safe_text';
import { DocumentState } from '../document_state';
import { Snapshot, saveCopy, snapshot } from './copies';
import { LocalWrites, Stray, refusedTexts } from './local_writes';
import { OpenFiles } from './open_files';
import { Sharing } from './requests';
import { reasonOf } from './room_access';

const LENGTH = 60;

/** Shows a file as the others have it once what was typed here was refused, and offers that as a copy. */
export class RefusedTyping {
  constructor(
    private readonly contents: Contents.IManager,
    private readonly files: OpenFiles,
    private readonly sharing: Sharing,
    private readonly trans: TranslationBundle
  ) {}

  /** Know what is written in this tab. */
  watch(panel: DocumentWidget, written: LocalWrites): void {
    this.written.set(panel, written);
  }

  /** Whether something was typed in this tab so lately that it may not have left it. */
  isTyped(panel: DocumentWidget): boolean {
    return this.written.get(panel)?.isUnderWay ?? false;
  }

  /** Something of this tab may never have left it. */
  async inTab(panel: DocumentWidget, stray: Stray): Promise<void> {
    const mine = snapshot(panel.context.localPath, panel.context.model);
    if (this.files.arePages) {
      await this.onPage(mine, stray);
      return;
    }
    const theirs = await this.reopen(panel);
    const refused = theirs && refusedTexts(mine.texts, theirs.texts);
    if (refused && refused.length > 0) {
      const said = refused.map(text => excerpt(text, LENGTH)).join(' · ');
      this.offer(
        this.trans.__('Your last edits of %1 were refused: %2', name(mine.path), said),
        this.trans.__('Open Mine as a Copy'),
        () => this.openCopy(mine)
      );
    }
  }

  /** Something left this tab, and the room would not have it. */
  inRoom(panel: DocumentWidget, state: DocumentState): void {
    this.offer(
      this.trans.__('The room refused your last edits of %1.', name(state.name)),
      this.trans.__('Keep Mine as a Copy'),
      async () => {
        const mine = snapshot(panel.context.localPath, panel.context.model);
        const copy = await saveCopy(this.contents, mine);
        const isIt = (path: string) => path === mine.path;
        await this.files.apart(isIt, async () => {
          await this.sharing.leave(state.document, 'delete');
          await this.sharing.join(state.document, mine.path);
        });
        await this.files.show(copy);
      }
    );
  }

  /** The file in this tab, as one that is shared with nobody. */
  async openCopy(what: Snapshot): Promise<void> {
    await this.files.show(await saveCopy(this.contents, what));
  }

  /** A page is loaded again, which loses what is only there: so the person is asked before. */
  private async onPage(mine: Snapshot, stray: Stray): Promise<void> {
    const { trans } = this;
    if (stray === 'unseen') {
      window.location.reload();
      return;
    }
    const answer = await showDialog({
      title: trans.__('You may not write any more'),
      body: trans.__('Your last edits of %1 may have been refused.', name(mine.path)),
      buttons: [
        Dialog.cancelButton({ label: trans.__('Show What the Others Have') }),
        Dialog.okButton({ label: trans.__('Keep Mine as a Copy') })
      ]
    });
    if (answer.button.accept) {
      await saveCopy(this.contents, mine);
    }
    window.location.reload();
  }

  private readonly written = new WeakMap<DocumentWidget, LocalWrites>();

  private offer(text: string, label: string, take: () => Promise<void>): void {
    Notification.emit(text, 'warning', {
      autoClose: false,
      actions: [
        {
          label,
          displayType: 'accent',
          callback: () =>
            void take().catch((error: unknown) => Notification.error(reasonOf(error, this.trans)))
        }
      ]
    });
  }

  /** A tab that is opened anew has what the server has, and nothing else. */
  private async reopen(panel: DocumentWidget): Promise<Snapshot | null> {
    const { localPath } = panel.context;
    await this.files.close(panel);
    const opened = await this.files.show(localPath);
    return opened && snapshot(localPath, opened.context.model);
  }
}
