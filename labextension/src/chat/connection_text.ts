import { TranslationBundle } from '@jupyterlab/translation';

import { ConnectionStatus } from '../frames';

/** How things stand with the connection, in a sentence. */
export function connectionText(
  status: ConnectionStatus,
  reason: string | null,
  trans: TranslationBundle
): string {
  switch (status) {
    case 'connected':
      return trans.__('Connected.');
    case 'reconnecting':
      return trans.__('Not connected; trying again.');
    case 'offline':
      return reason ? trans.__('Not connected: %1', reason) : trans.__('Not connected.');
    case 'refused':
      return reason ? trans.__('Refused: %1', reason) : trans.__('Refused.');
  }
}
