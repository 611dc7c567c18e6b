import * as React from 'react';

import { CodeBlock } from './code_block';
import { useChat } from './context';
import { placeOf } from './link';
import { code, prose } from './safe_text';
import { Block, Span, parse } from './styling';

/** More than a screenful; the rest is shown when asked for. */
const SHOWN = { characters: 4_000, lines: 60 };
/** As much as is ever drawn of one message, whoever sent how much. */
const MOST = { characters: 20_000, lines: 1_000 };

/** What somebody wrote. */
export const Body = React.memo(function Body(props: {
  body: string;
  mentions: readonly string[];
  /** Whose doing it is: it goes on where this name stops (XEP-0245). */
  actor?: string | null;
}): React.JSX.Element {
  const { trans } = useChat();
  const [whole, setWhole] = React.useState(false);
  const shown = cut(props.body, whole ? MOST : SHOWN);
  const blocks = React.useMemo(
    () => parse(shown, new Set(props.mentions)),
    [shown, props.mentions]
  );
  const hidden = props.body.length - shown.length;
  return (
    <div className="xb-Body" dir="auto" data-action={props.actor != null || undefined}>
      {props.actor != null && <bdi className="xb-Actor">{props.actor} </bdi>}
      <Blocks blocks={blocks} />
      {hidden > 0 && !whole && (
        <button className="xb-Link" onClick={() => setWhole(true)}>
          {trans.__('Show more')}
        </button>
      )}
      {hidden > 0 && whole && (
        <p className="xb-Note">{trans.__('%1 more characters are not shown.', hidden)}</p>
      )}
    </div>
  );
});

/** The beginning of `body`. */
function cut(body: string, limit: typeof SHOWN): string {
  const beginning = body.slice(0, limit.characters);
  let end = -1;
  for (let line = 0; line < limit.lines; line++) {
    end = beginning.indexOf('\n', end + 1);
    if (end < 0) {
      return beginning;
    }
  }
  return beginning.slice(0, end);
}

function Blocks({ blocks }: { blocks: readonly Block[] }): React.JSX.Element {
  return (
    <>
      {blocks.map((block, index) => {
        switch (block.kind) {
          case 'pre':
            return <CodeBlock key={index} text={code(block.text)} language={block.language} />;
          case 'quote':
            return (
              <blockquote key={index}>
                <Blocks blocks={block.blocks} />
              </blockquote>
            );
          case 'line':
            return (
              <div key={index} className="xb-Line">
                <Spans spans={block.spans} />
              </div>
            );
        }
      })}
    </>
  );
}

function Spans({ spans }: { spans: readonly Span[] }): React.JSX.Element {
  return (
    <>
      {spans.map((span, index) => (
        <SpanView key={index} span={span} />
      ))}
    </>
  );
}

function SpanView({ span }: { span: Span }): React.JSX.Element {
  const { model } = useChat();
  switch (span.kind) {
    case 'text':
      return <>{prose(span.text)}</>;
    case 'code':
      return <code>{code(span.text)}</code>;
    case 'mention':
      return (
        <span className="xb-Mention" data-me={span.username === model.me?.username}>
          @{prose(span.username)}
        </span>
      );
    case 'link':
      return <WebLink url={span.url} text={prose(span.text)} />;
    case 'strong':
      return (
        <strong>
          <Spans spans={span.spans} />
        </strong>
      );
    case 'emphasis':
      return (
        <em>
          <Spans spans={span.spans} />
        </em>
      );
    case 'strike':
      return (
        <s>
          <Spans spans={span.spans} />
        </s>
      );
  }
}

/** Says where it leads; what is ours opens here. */
function WebLink({ url, text }: { url: string; text: string }): React.JSX.Element {
  const { follow } = useChat();
  const place = placeOf(new URL(url), window.location.origin);
  return (
    <a
      href={url}
      title={url}
      target="_blank"
      rel="noopener noreferrer"
      onClick={event => {
        if (place !== null && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
          event.preventDefault();
          follow(place);
        }
      }}
    >
      {text}
    </a>
  );
}
