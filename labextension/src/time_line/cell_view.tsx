import { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { code } from '../chat/safe_text';
import { Deed } from '../sharing/controls';
import { LookCell, Mark } from './moments';
import { cellTitle, fateWords, shownOutput } from './words';

interface CellProps {
  readonly cell: LookCell;
  readonly trans: TranslationBundle;
  readonly busy: boolean;
  /** Null where there is nothing to restore, or this person may not. */
  readonly restore: (() => void) | null;
}

/** One cell as it was, with what is different in it marked. */
export function CellView({ cell, trans, busy, restore }: CellProps): React.JSX.Element {
  const title = cellTitle(cell, trans);
  const fate = fateWords(cell, trans);
  return (
    <section className="xb-PastCell" data-fate={cell.fate} aria-label={`${title} ${fate}`.trim()}>
      <header className="xb-PastCell-title">
        <h3>
          {title} {fate && <span className="xb-PastCell-fate">{fate}</span>}
        </h3>
        {restore && (
          <Deed
            text={
              cell.fate === 'removed' ? trans.__('Bring it back') : trans.__('Restore this cell')
            }
            label={
              cell.fate === 'removed'
                ? trans.__('Bring back this cell')
                : trans.__('Restore %1', title)
            }
            disabled={busy}
            onClick={restore}
          />
        )}
      </header>
      <pre className="xb-PastCell-source" tabIndex={0} role="group" aria-label={trans.__('Source')}>
        {cell.lines.map(({ mark, text }, at) => (
          <Line key={at} mark={mark} text={text} trans={trans} />
        ))}
      </pre>
      {cell.outputs.length > 0 && (
        <div
          className="xb-PastCell-outputs"
          data-changed={cell.outputsChanged || undefined}
          tabIndex={0}
          role="group"
          aria-label={trans.__('Outputs')}
        >
          {cell.outputs.map((output, at) => (
            <Output key={at} output={output} trans={trans} />
          ))}
        </div>
      )}
    </section>
  );
}

function Line({ mark, text, trans }: { mark: Mark; text: string; trans: TranslationBundle }) {
  const line = (
    <>
      <span aria-hidden="true">{mark} </span>
      {code(text)}
    </>
  );
  switch (mark) {
    case ' ':
      return <div>{line}</div>;
    case '+':
      return (
        <ins>
          <span className="xb-Unseen">{trans.__('added:')} </span>
          {line}
        </ins>
      );
    case '-':
      return (
        <del>
          <span className="xb-Unseen">{trans.__('removed:')} </span>
          {line}
        </del>
      );
  }
}

function Output({
  output,
  trans
}: {
  output: LookCell['outputs'][number];
  trans: TranslationBundle;
}) {
  const shown = shownOutput(output);
  return shown.kind === 'picture' ? (
    <img src={shown.url} alt={trans.__('An output that is a picture')} />
  ) : (
    <pre>{code(shown.text)}</pre>
  );
}
