import { ReactWidget, searchIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import { PeopleOnHub } from '../presence/view';
import { IconButton } from './button';
import { ChatTools, ChatToolsProvider, useChat, useVersion } from './context';
import { chatIcon } from './icons';
import { Notice } from './notice';
import { RoomView } from './room_view';
import { RoomsView } from './rooms_view';
import { SearchView } from './search_view';

/** The side panel. */
export class ChatPanel extends ReactWidget {
  constructor(private readonly tools: ChatTools) {
    super();
    this.id = 'xmpp-bridge-chat';
    this.addClass('xb-Chat');
    this.title.icon = chatIcon;
    this.title.caption = tools.trans.__('Chat');
    this.node.setAttribute('role', 'region');
    this.node.setAttribute('aria-label', tools.trans.__('Chat'));
  }

  protected override render(): React.JSX.Element {
    return (
      <ChatToolsProvider value={this.tools}>
        <Chat />
      </ChatToolsProvider>
    );
  }
}

/** A room, or all of them. */
export function Chat(): React.JSX.Element {
  const { model } = useChat();
  useVersion(model);
  return (
    <>
      <Notice />
      {model.current === null ? <Home /> : <RoomView key={model.current.id} room={model.current} />}
    </>
  );
}

function Home(): React.JSX.Element {
  const { model, trans } = useChat();
  const [searching, setSearching] = React.useState(false);
  return (
    <div className="xb-Home">
      <div className="xb-Bar">
        <h2>{trans.__('Chat')}</h2>
        {model.features.has('search') && (
          <IconButton
            icon={searchIcon}
            label={trans.__('Search')}
            pressed={searching}
            onClick={() => setSearching(!searching)}
          />
        )}
      </div>
      {searching && <SearchView room={null} onJump={() => setSearching(false)} />}
      <RoomsView />
      <PeopleOnHub />
    </div>
  );
}
