import * as React from 'react';

import { ChatRoom } from './chat_room';
import { useChat, useVersion } from './context';
import { HitView } from './hit_view';

/** Looks through what was said, here or in all rooms. */
export function SearchView(props: {
  room: ChatRoom | null;
  onJump: () => void;
}): React.JSX.Element {
  const { search, trans } = useChat();
  useVersion(search);
  const [query, setQuery] = React.useState(search.query);
  const [everywhere, setEverywhere] = React.useState(props.room === null);
  const input = React.useRef<HTMLInputElement>(null);
  React.useEffect(() => input.current?.focus(), []);
  const look = (order = search.order, all = everywhere) => {
    void search.look(query, all ? null : (props.room?.id ?? null), order);
  };
  return (
    <section className="xb-Search" aria-label={trans.__('Search')}>
      <form
        role="search"
        onSubmit={event => {
          event.preventDefault();
          look();
        }}
      >
        <input
          ref={input}
          type="search"
          value={query}
          dir="auto"
          aria-label={trans.__('Search messages')}
          placeholder={trans.__('Search messages')}
          title={trans.__('Also: from: in: before: after: has: mentions: cell: "a phrase" -not')}
          onChange={event => setQuery(event.target.value)}
        />
        <div className="xb-Search-options">
          {props.room !== null && (
            <label>
              <input
                type="checkbox"
                checked={everywhere}
                onChange={event => {
                  setEverywhere(event.target.checked);
                  look(search.order, event.target.checked);
                }}
              />
              {trans.__('in all rooms')}
            </label>
          )}
          <select
            aria-label={trans.__('Order')}
            value={search.order}
            onChange={event => look(event.target.value === 'newest' ? 'newest' : 'relevance')}
          >
            <option value="newest">{trans.__('Newest first')}</option>
            <option value="relevance">{trans.__('Best first')}</option>
          </select>
        </div>
      </form>
      <Outcome />
      <ol className="xb-Hits" aria-label={trans.__('Found')}>
        {search.hits.map(hit => (
          <li key={`${hit.room} ${hit.message.id ?? ''}`}>
            <HitView hit={hit} onJump={props.onJump} />
          </li>
        ))}
      </ol>
      {search.cursor !== null && (
        <button type="button" className="xb-Link" onClick={() => void search.more()}>
          {trans.__('More')}
        </button>
      )}
    </section>
  );
}

/** How the search went, in words. */
function Outcome(): React.JSX.Element {
  const { search, trans } = useChat();
  const { problems, trouble, answered, busy, hits, totalAtLeast } = search;
  return (
    <div role="status" className="xb-Note">
      {busy && trans.__('Searching…')}
      {trouble !== null && trans.__('Not searched: %1', trouble.text || trouble.condition)}
      {problems.map(problem => (
        <p key={problem.at}>{trans.__('At character %1: %2', problem.at + 1, problem.text)}</p>
      ))}
      {answered && !busy && trouble === null && hits.length === 0 && trans.__('Nothing found.')}
      {hits.length > 0 &&
        trans._n('%1 message found', '%1 messages found', Math.max(totalAtLeast, hits.length))}
    </div>
  );
}
