import { Dialog } from '@jupyterlab/apputils';

/** A dialog in which more is done than answering it: Enter and Escape belong to what has the focus first. */
export class WorkingDialog extends Dialog<unknown> {
  override handleEvent(event: Event): void {
    // COMPAT(JupyterLab 4.6): its dialogs take every Enter for their default button, from whatever has the focus.
    if (event instanceof KeyboardEvent && event.type === 'keydown' && belongsToBody(event)) {
      return;
    }
    super.handleEvent(event);
  }
}

function belongsToBody(event: KeyboardEvent): boolean {
  const { target } = event;
  if (!(target instanceof Element) || target.closest('.xb-Dialog-body') === null) {
    return false;
  }
  const listOpen = target.getAttribute('aria-expanded') === 'true' && target.role === 'combobox';
  const arrow = event.key === 'ArrowLeft' || event.key === 'ArrowRight';
  return event.key === 'Enter' || arrow || (event.key === 'Escape' && listOpen);
}
