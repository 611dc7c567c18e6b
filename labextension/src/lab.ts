import { PageConfig, URLExt } from '@jupyterlab/coreutils';

/** The address that opens the lab of whoever follows it, whosever this one is. */
export function everybodysLab(): string {
  const hub = PageConfig.getOption('hubPrefix');
  return hub
    ? URLExt.join(window.location.origin, hub, 'user-redirect', 'lab')
    : URLExt.join(PageConfig.getBaseUrl(), 'lab');
}
