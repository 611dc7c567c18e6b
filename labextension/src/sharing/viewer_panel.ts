import { DocumentWidget } from '@jupyterlab/docregistry';

import { DocumentStates } from '../status/model';
import { ViewerLock } from '../status/read_only';
import { LocalWrites, WrittenDoc } from './local_writes';
import { RefusedTyping } from './refused_typing';

const CLASS = 'xb-mod-readOnly';
const DRAGGING = ['lm-dragenter', 'lm-dragover', 'lm-drop'];

/** Follows the role of the person in one open file: what a viewer sees cannot be changed by any means. */
export function followRole(
  states: DocumentStates,
  panel: DocumentWidget,
  refused: RefusedTyping,
  changed: () => void
): void {
  const { ydoc } = panel.context.model.sharedModel as unknown as { ydoc: WrittenDoc };
  const written = new LocalWrites(ydoc);
  refused.watch(panel, written);
  let isLocked = false;
  let told = false;
  const lock = new ViewerLock(states, panel.context, locked => {
    panel.node.classList.toggle(CLASS, locked);
    panel.node
      .querySelectorAll<HTMLSelectElement>('.jp-Toolbar select')
      .forEach(select => (select.disabled = locked));
    if (locked !== isLocked) {
      isLocked = locked;
      changed();
      const stray = written.turned(locked);
      if (stray !== 'nothing') {
        void refused.inTab(panel, stray);
      }
    }
    const state = states.at(panel.context.localPath);
    if (locked && !told && state && state.status === 'refused' && state.waitingEdits > 0) {
      told = true;
      refused.inRoom(panel, state);
    }
  });
  for (const event of DRAGGING) {
    // Before the notebook's own, which would take it.
    panel.content.node.addEventListener(event, dropped => isLocked && stop(dropped), true);
  }
  panel.disposed.connect(() => lock.release());
}

function stop(event: Event): void {
  event.stopImmediatePropagation();
}
