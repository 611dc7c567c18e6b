import { TranslationBundle } from '@jupyterlab/translation';
import { ReactWidget } from '@jupyterlab/ui-components';
import { ISignal } from '@lumino/signaling';
import * as React from 'react';

import { useVersion } from '../chat/context';
import { RoomId } from '../message';
import { IChatRooms } from '../tokens';
import { markIcons } from './icons';
import { FileContext } from './read_only';
import { Words, connectionWords, documentWords } from './words';

export interface StatusTools {
  readonly chat: IChatRooms;
  readonly trans: TranslationBundle;
  /** Say what it means and what to do, about the file at `path` or the connection. */
  readonly explain: (path: string | null) => void;
}

/** What is said of the file at `path`: null if it is not shared. */
export function wordsAt(path: string | null, { chat, trans }: StatusTools): Words | null {
  const state = path === null ? null : chat.documents.at(path);
  return state && documentWords(state, chat, trans);
}

/** In the status bar: the file one works on if it is shared, else the connection. */
export class StatusItem extends ReactWidget {
  constructor(
    private readonly tools: StatusTools,
    private readonly path: () => string | null,
    moved: ISignal<unknown, unknown>
  ) {
    super();
    moved.connect(() => this.update());
  }

  protected override render(): React.JSX.Element {
    return <StatusView tools={this.tools} path={this.path()} />;
  }
}

/** In the toolbar of a shared document: how it stands, said aloud when that changes. */
export class DocumentMark extends ReactWidget {
  constructor(
    private readonly tools: StatusTools,
    private readonly context: FileContext
  ) {
    super();
    this.addClass('xb-DocumentMark');
    context.pathChanged.connect(() => this.update());
  }

  protected override render(): React.JSX.Element {
    return <MarkView tools={this.tools} path={this.context.localPath} />;
  }
}

interface PathProps {
  tools: StatusTools;
  path: string | null;
}

export function StatusView({ tools, path }: PathProps): React.JSX.Element {
  useVersion(tools.chat);
  useVersion(tools.chat.documents);
  const words = wordsAt(path, tools) ?? connectionWords(tools.chat, tools.trans);
  return <StatusButton words={words} onClick={() => tools.explain(path)} />;
}

export function MarkView({ tools, path }: PathProps): React.ReactNode {
  useVersion(tools.chat);
  useVersion(tools.chat.documents);
  const words = wordsAt(path, tools);
  return (
    <>
      {words && <StatusButton words={words} onClick={() => tools.explain(path)} />}
      <span className="xb-Spoken" role="status">
        {words?.spoken}
      </span>
    </>
  );
}

function StatusButton({ words, onClick }: { words: Words; onClick: () => void }) {
  const icon = markIcons[words.mark];
  return (
    <button
      type="button"
      className="xb-Status"
      data-mark={words.mark}
      title={[words.short, words.sentences[0]].join('\n')}
      aria-haspopup="dialog"
      onClick={onClick}
    >
      <icon.react tag="span" width="14px" height="14px" aria-hidden="true" />
      <span className="xb-Status-text">{words.short}</span>
    </button>
  );
}

/** What it means and what to do; it follows what happens while it is read. */
export function Explanation({ tools, path }: PathProps): React.JSX.Element {
  useVersion(tools.chat);
  useVersion(tools.chat.documents);
  const words = wordsAt(path, tools) ?? connectionWords(tools.chat, tools.trans);
  return (
    <div className="xb-Explanation">
      <p className="xb-Explanation-short" role="status">
        {words.spoken}
      </p>
      {words.sentences.map(sentence => (
        <p key={sentence}>{sentence}</p>
      ))}
      <dl>
        {words.facts.map(([label, fact]) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd>
              <bdi>{fact}</bdi>
            </dd>
          </div>
        ))}
      </dl>
    </div>
  );
}

/** The room of the file at `path`, where there is one. */
export function roomAt(path: string | null, chat: IChatRooms): RoomId | null {
  return path === null ? null : (chat.documents.at(path)?.room ?? null);
}
