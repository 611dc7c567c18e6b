import { JupyterFrontEnd } from '@jupyterlab/application';
import { PageConfig } from '@jupyterlab/coreutils';
import { IDocumentManager } from '@jupyterlab/docmanager';
import { DocumentWidget } from '@jupyterlab/docregistry';

import { IFileShare } from './model';
import { Sharing } from './requests';

/** How long a kernel may take to start before its tab is closed all the same. */
const KERNEL_MS = 5_000;

/** The files that are open in this lab. */
export class OpenFiles {
  constructor(
    private readonly shell: JupyterFrontEnd.IShell,
    private readonly manager: IDocumentManager | null,
    /** Each file has a page of its own, as in Notebook 7: it is shown again by loading the page again. */
    readonly arePages: boolean
  ) {}

  /** Go back to the file after a dialog: load its page again if it is behind its server, else give it the focus. */
  settle(path: string): void {
    if (this.isStale) {
      window.location.reload();
      return;
    }
    // What was opened behind a dialog has not got the focus, so no command would take it for the file in front.
    const tab = this.manager?.findWidget(path, null);
    if (tab) {
      this.shell.activateById(tab.id);
    }
  }

  /** The tabs in which the file at `path` is open. */
  at(path: string): readonly DocumentWidget[] {
    return [...this.shell.widgets('main')].filter(
      (tab): tab is DocumentWidget => this.manager?.contextForWidget(tab)?.localPath === path
    );
  }

  /**
   * Close a tab.
   *
   * COMPAT(JupyterLab 4.6): a kernel that is being started for a tab has nowhere to go once the tab is closed. It runs
   * on, an error is thrown, and whoever opens the file again starts another one. So it is waited for, within reason.
   */
  async close(tab: Pick<DocumentWidget, 'context' | 'dispose'>): Promise<void> {
    const { sessionContext } = tab.context;
    if (sessionContext.kernelDisplayStatus === 'initializing') {
      const late = new Promise(resolve => window.setTimeout(resolve, KERNEL_MS));
      await Promise.race([sessionContext.ready, late]);
    }
    tab.dispose();
  }

  /** Shares one file, open or not. */
  sharedBy(sharing: Sharing): IFileShare {
    return {
      find: async path => {
        const file = await sharing.fileAt(path);
        return file && { ...file, left: [] };
      },
      share: async (path, room) => {
        const isIt = (file: string) => file === path;
        return { ...(await this.apart(isIt, () => sharing.share(path, room))), left: [] };
      }
    };
  }

  /**
   * Do something to files for which no tab may hold them, and show again what was shown.
   *
   * The collaboration room of a file is another one once the file is shared, and a tab that is left in the old one is
   * told by its server that all is lost.
   */
  async apart<T>(concerns: (path: string) => boolean, work: () => Promise<T>): Promise<T> {
    const tabs = [...this.shell.widgets('main')].flatMap(tab => {
      const context = this.manager?.contextForWidget(tab);
      return context && concerns(context.localPath) ? [{ tab, context }] : [];
    });
    const paths = new Set(tabs.map(({ context }) => context.localPath));
    for (const { context } of tabs) {
      await context.ready;
      if (context.model.dirty) {
        await context.save();
      }
    }
    if (this.arePages) {
      this.isStale = tabs.length > 0;
      return work();
    }
    await Promise.all(
      tabs.map(({ tab, context }) => this.close({ context, dispose: () => tab.dispose() }))
    );
    try {
      return await work();
    } finally {
      paths.forEach(path => void this.show(path));
    }
  }

  /** Open the file, or bring it to the front; once it is there. */
  async show(path: string): Promise<DocumentWidget | null> {
    const widget = (this.manager?.openOrReveal(path) ?? null) as DocumentWidget | null;
    await widget?.context.ready;
    return widget;
  }

  private isStale = false;
}

export function openFilesOf(app: JupyterFrontEnd, manager: IDocumentManager | null): OpenFiles {
  return new OpenFiles(app.shell, manager, PageConfig.getOption('notebookPage') !== '');
}
