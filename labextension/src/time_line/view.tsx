import { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { useVersion } from '../chat/context';
import { name } from '../chat/safe_text';
import { Deed, Trouble } from '../sharing/controls';
import { CellView } from './cell_view';
import { Beside, TimeLineModel } from './model';
import { Moment, Step } from './moments';
import { cellWords, colorOf, peopleWords, timeWords } from './words';

export interface TimeLineProps {
  readonly model: TimeLineModel;
  readonly trans: TranslationBundle;
}

/** A document's time line: moments on one side, what it was then on the other. */
export function TimeLineView({ model, trans }: TimeLineProps): React.JSX.Element {
  useVersion(model);
  return (
    <div className="xb-TimeLine" aria-busy={model.busy}>
      <nav className="xb-TimeLine-moments" aria-label={trans.__('Moments')}>
        <Finding model={model} trans={trans} />
        <Moments model={model} trans={trans} />
      </nav>
      <div className="xb-TimeLine-then" role="region" aria-label={trans.__('As it was')}>
        <div className="xb-Outcome">
          <p role="status">{model.done?.text}</p>
          {model.done?.undo && (
            <Deed text={trans.__('Undo')} disabled={model.busy} onClick={() => void model.undo()} />
          )}
          <Trouble text={model.trouble} />
        </div>
        {model.chosen && <Then model={model} trans={trans} chosen={model.chosen} />}
      </div>
    </div>
  );
}

function Finding({ model, trans }: TimeLineProps) {
  return (
    <div className="xb-TimeLine-finding">
      <label>
        {trans.__('As it was on')}
        <input
          type="datetime-local"
          onChange={event => {
            const { value } = event.target;
            void model.goTo(value ? new Date(value) : null);
          }}
        />
      </label>
      <label>
        <input
          type="checkbox"
          checked={model.grain === 'fine'}
          onChange={event => void model.tell(event.target.checked ? 'fine' : 'coarse')}
        />
        {trans.__('Step by step')}
      </label>
      <Deed text={trans.__('Refresh')} onClick={() => void model.refresh()} />
    </div>
  );
}

const KEYS: Readonly<Record<string, number>> = {
  ArrowUp: -1,
  ArrowDown: 1,
  PageUp: -10,
  PageDown: 10,
  Home: -Infinity,
  End: Infinity
};

function Moments({ model, trans }: TimeLineProps) {
  const { moments, chosen } = model;
  const list = React.useRef<HTMLUListElement>(null);
  React.useEffect(() => {
    list.current?.querySelector('[aria-selected=true]')?.scrollIntoView({ block: 'nearest' });
  }, [chosen]);
  if (model.page !== null && moments.length === 0) {
    return <p role="status">{trans.__('Nothing is kept from before that.')}</p>;
  }
  const move = (event: React.KeyboardEvent) => {
    const by = KEYS[event.key];
    if (by !== undefined) {
      event.preventDefault();
      event.stopPropagation();
      void model.move(by);
    }
  };
  return (
    <>
      <ul
        ref={list}
        className="xb-Moments"
        role="listbox"
        tabIndex={0}
        aria-label={trans.__('Who changed what when')}
        {...(chosen ? { 'aria-activedescendant': idOf(model, chosen) } : {})}
        onKeyDown={move}
      >
        {moments.map(moment => (
          <li
            key={moment.id}
            id={idOf(model, moment)}
            className="xb-Moment"
            role="option"
            aria-selected={moment === chosen}
            onClick={() => void model.choose(moment)}
          >
            <time dateTime={moment.began.toISOString()}>{timeWords(moment)}</time>
            {moment.people.map(author => (
              <span key={author.hubUser} className="xb-Moment-person">
                <span
                  className="xb-Moment-color"
                  style={{ background: colorOf(author.hubUser) }}
                  aria-hidden="true"
                />
                <bdi>{name(author.displayName)}</bdi>
                {author.cells.length > 0 && model.page?.type === 'notebook' && (
                  <span className="xb-Moment-cells">: {cellWords(author, trans)}</span>
                )}
              </span>
            ))}
          </li>
        ))}
      </ul>
      {model.more && (
        <Deed text={trans.__('Older')} disabled={model.busy} onClick={() => void model.older()} />
      )}
    </>
  );
}

function idOf(model: TimeLineModel, moment: Moment): string {
  return `xb-moment-${model.document}-${moment.id}`;
}

function Then({ model, trans, chosen }: TimeLineProps & { chosen: Moment }) {
  const { look, busy, mayRestore } = model;
  return (
    <>
      <h2>{trans.__('As it was on %1', timeWords(chosen))}</h2>
      <div className="xb-TimeLine-deeds" role="group" aria-label={trans.__('About this moment')}>
        <BesideSelect model={model} trans={trans} chosen={chosen} />
        {mayRestore && (
          <>
            <Deed
              text={trans.__('Restore all')}
              disabled={busy}
              main
              onClick={() => void model.restoreAll()}
            />
            {chosen.people.map(author => (
              <Deed
                key={author.hubUser}
                text={trans.__('Roll back the edits of %1', name(author.displayName))}
                disabled={busy}
                onClick={() => void model.rollBack(author)}
              />
            ))}
            {chosen.people.length > 1 && (
              <Deed
                text={trans.__('Roll back everybody’s edits')}
                disabled={busy}
                onClick={() => void model.rollBack(null)}
              />
            )}
          </>
        )}
      </div>
      {!mayRestore && <p>{trans.__('You may look; whoever may write can restore.')}</p>}
      {look?.cells.length === 0 && <p>{trans.__('It was empty.')}</p>}
      {look?.cells.map((cell, at) => (
        <CellView
          key={`${cell.id}-${at}`}
          cell={cell}
          trans={trans}
          busy={busy}
          restore={
            model.page?.type === 'notebook' && model.restorable(cell) !== null
              ? () => void model.restoreCell(cell)
              : null
          }
        />
      ))}
    </>
  );
}

function BesideSelect({ model, trans, chosen }: TimeLineProps & { chosen: Moment }) {
  return (
    <label>
      {trans.__('Marked is what differs from')}
      <select
        className="xb-Select"
        value={String(model.beside)}
        onChange={event => void model.compare(read(event.target.value))}
      >
        <option value="before">{trans.__('the moment before')}</option>
        <option value="now">{trans.__('what it is now')}</option>
        {model.moments
          .filter(each => each !== chosen)
          .map(each => (
            <option key={each.id} value={each.id}>
              {`${timeWords(each)}, ${peopleWords(each.people)}`}
            </option>
          ))}
      </select>
    </label>
  );
}

function read(value: string): Beside {
  return value === 'before' || value === 'now' ? value : (Number(value) as Step);
}
