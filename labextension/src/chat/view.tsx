import { TranslationBundle } from '@jupyterlab/translation';
import { ReactWidget, usersIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

/** The side panel. */
export class ChatPanel extends ReactWidget {
  constructor(private readonly trans: TranslationBundle) {
    super();
    this.id = 'xmpp-bridge-chat';
    this.addClass('xb-Chat');
    this.title.icon = usersIcon;
    this.title.caption = trans.__('Chat');
  }

  protected override render(): React.JSX.Element {
    return <p>{this.trans.__('You are in no room yet.')}</p>;
  }
}
