import { ReactWidget } from '@jupyterlab/ui-components';
import { Message } from '@lumino/messaging';
import { Panel } from '@lumino/widgets';
import * as React from 'react';

/** A dialog's body that React draws, which holds up nothing and lets the dialog keep the keyboard. */
export function dialogBody(element: React.ReactElement): Panel {
  return new DialogBody(element);
}

class DialogBody extends Panel {
  constructor(element: React.ReactElement) {
    super();
    this.addClass('xb-Dialog-body');
    // Focus without a control to have it, for a moment.
    this.node.tabIndex = -1;
    // COMPAT(JupyterLab 4.6): of a ReactWidget itself, Dialog waits with the focus until the browser is idle. Until then
    // Escape and Enter go to what is behind the dialog.
    this.addWidget(ReactWidget.create(element));
  }

  protected override onAfterAttach(msg: Message): void {
    super.onAfterAttach(msg);
    this.node.addEventListener('focusin', this.remember);
    this.watch.observe(this.node, {
      childList: true,
      subtree: true,
      attributeFilter: ['disabled']
    });
  }

  protected override onBeforeDetach(msg: Message): void {
    this.watch.disconnect();
    this.node.removeEventListener('focusin', this.remember);
    super.onBeforeDetach(msg);
  }

  private readonly remember = ({ target }: Event): void => {
    if (target !== this.node) {
      this.last = target as HTMLElement;
      this.lost = false;
    }
  };

  /** A control that had the focus went or was switched off: a key would go to what is behind the dialog. */
  private readonly keepFocus = (): void => {
    const last = this.last;
    if (last === null) {
      return;
    }
    const usable = this.node.contains(last) && !last.matches(':disabled');
    const active = document.activeElement;
    const nowhere = active === null || active === document.body || active === last;
    if (!usable && nowhere) {
      this.lost = true;
      this.node.focus();
    } else if (usable && this.lost && active === this.node) {
      last.focus();
    }
  };

  private readonly watch = new MutationObserver(this.keepFocus);
  private last: HTMLElement | null = null;
  private lost = false;
}
