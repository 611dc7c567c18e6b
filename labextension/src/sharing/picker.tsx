import { TranslationBundle } from '@jupyterlab/translation';
import { closeIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import { IconButton } from '../chat/button';
import { name } from '../chat/safe_text';
import { Pick } from './access';

const LIST = 'xb-Picker-list';
const optionId = (index: number): string => `${LIST}-${index}`;
const keyOf = (pick: Pick): string => `${pick.kind}:${pick.name}`;

interface PickerProps {
  trans: TranslationBundle;
  picks: readonly Pick[];
  onChange: (picks: readonly Pick[]) => void;
  suggest: (beginning: string) => Promise<readonly Pick[]>;
}

/** Whom to let in: what is typed is completed over those whom the person may see (ARIA's combobox). */
export function Picker({ trans, picks, onChange, suggest }: PickerProps): React.JSX.Element {
  const input = React.useRef<HTMLInputElement>(null);
  const [text, setText] = React.useState('');
  const [found, setFound] = React.useState<readonly Pick[] | null>(null);
  const [chosen, setChosen] = React.useState(0);
  const asked = React.useRef('');
  React.useEffect(() => input.current?.focus(), []);

  const close = () => {
    asked.current = '';
    setFound(null);
  };
  const write = async (beginning: string) => {
    setText(beginning);
    asked.current = beginning.trim();
    if (!asked.current) {
      close();
      return;
    }
    const answer = await suggest(asked.current).catch(() => []);
    // An answer to what is not asked any more says nothing.
    if (asked.current === beginning.trim()) {
      const taken = new Set(picks.map(keyOf));
      setFound(answer.filter(pick => !taken.has(keyOf(pick))));
      setChosen(0);
    }
  };
  const take = (pick: Pick) => {
    close();
    setText('');
    onChange([...picks, pick]);
    input.current?.focus();
  };
  const drop = (pick: Pick) => {
    onChange(picks.filter(each => each !== pick));
    input.current?.focus();
  };
  const onKeyDown = (event: React.KeyboardEvent) => {
    if (event.nativeEvent.isComposing) {
      return;
    }
    const count = found?.length ?? 0;
    const last = picks.at(-1);
    const pick = found?.[chosen];
    if (event.key === 'Backspace' && text === '' && last) {
      drop(last);
    } else if (event.key === 'Escape' && found) {
      close();
    } else if (event.key === 'ArrowDown' && count > 0) {
      setChosen((chosen + 1) % count);
    } else if (event.key === 'ArrowUp' && count > 0) {
      setChosen((chosen + count - 1) % count);
    } else if (event.key === 'Enter' && pick) {
      take(pick);
    } else {
      return;
    }
    event.preventDefault();
  };

  return (
    <div className="xb-Picker">
      {picks.map(pick => (
        <span key={keyOf(pick)} className="xb-Picker-pick">
          <PickName pick={pick} trans={trans} />
          <IconButton
            icon={closeIcon}
            label={trans.__('Do not share with %1', name(pick.displayName))}
            onClick={() => drop(pick)}
          />
        </span>
      ))}
      <input
        ref={input}
        type="text"
        role="combobox"
        className="jp-mod-styled"
        aria-label={trans.__('People and groups')}
        aria-autocomplete="list"
        aria-expanded={found !== null}
        aria-controls={LIST}
        aria-activedescendant={found?.length ? optionId(chosen) : undefined}
        placeholder={trans.__('Names of people or groups')}
        autoComplete="off"
        spellCheck={false}
        value={text}
        onChange={event => void write(event.target.value)}
        onKeyDown={onKeyDown}
        onBlur={close}
      />
      {found && (
        <ul id={LIST} role="listbox" aria-label={trans.__('Found')} className="xb-Picker-list">
          {found.map((pick, index) => (
            <li
              key={keyOf(pick)}
              id={optionId(index)}
              role="option"
              aria-selected={index === chosen}
              onMouseDown={event => {
                event.preventDefault(); // the text field keeps the focus
                take(pick);
              }}
            >
              <PickName pick={pick} trans={trans} />
            </li>
          ))}
          {found.length === 0 && (
            <li role="option" aria-selected="false" aria-disabled="true">
              {trans.__('Nobody of that name whom you may see')}
            </li>
          )}
        </ul>
      )}
    </div>
  );
}

function PickName({ pick, trans }: { pick: Pick; trans: TranslationBundle }): React.JSX.Element {
  const detail = pick.kind === 'group' ? trans.__('group') : pick.name;
  return (
    <span>
      <bdi>{name(pick.displayName)}</bdi>{' '}
      {detail !== pick.displayName && (
        <small>
          <bdi>{name(detail)}</bdi>
        </small>
      )}
    </span>
  );
}
