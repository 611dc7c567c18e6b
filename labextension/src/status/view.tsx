import { TranslationBundle } from '@jupyterlab/translation';
import { ReactWidget } from '@jupyterlab/ui-components';
import * as React from 'react';

import { connectionText } from '../chat/connection_text';
import { useVersion } from '../chat/context';
import { ConnectionStatus } from '../frames';
import { IChatRooms } from '../tokens';

/** One word in the status bar; the reason is in its tool tip. */
export class ConnectionStatusItem extends ReactWidget {
  constructor(
    private readonly chat: IChatRooms,
    private readonly trans: TranslationBundle,
    private readonly open: () => void
  ) {
    super();
  }

  protected override render(): React.JSX.Element {
    return <ConnectionView chat={this.chat} trans={this.trans} onClick={this.open} />;
  }
}

interface ConnectionViewProps {
  chat: IChatRooms;
  trans: TranslationBundle;
  onClick: () => void;
}

export function ConnectionView({ chat, trans, onClick }: ConnectionViewProps): React.JSX.Element {
  useVersion(chat);
  const words: Record<ConnectionStatus, string> = {
    connected: trans.__('Chat: connected'),
    reconnecting: trans.__('Chat: reconnecting'),
    offline: trans.__('Chat: offline'),
    refused: trans.__('Chat: refused')
  };
  return (
    <button
      type="button"
      className="xb-Status"
      data-status={chat.status}
      title={connectionText(chat.status, chat.reason, trans)}
      onClick={onClick}
    >
      {words[chat.status]}
    </button>
  );
}
