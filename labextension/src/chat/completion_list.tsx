import * as React from 'react';

import { Candidate } from './completion';
import { useChat } from './context';
import { name } from './safe_text';

export const optionId = (index: number): string => `xb-Completion-${index}`;

interface CompletionListProps {
  candidates: readonly Candidate[];
  chosen: number;
  onTake: (candidate: Candidate) => void;
}

/** What the word being written may become; the keys for it belong to the text field. */
export function CompletionList(props: CompletionListProps): React.JSX.Element {
  const { trans } = useChat();
  return (
    <ul
      id="xb-Completion"
      className="xb-Completion"
      role="listbox"
      aria-label={trans.__('Completions')}
    >
      {props.candidates.map((candidate, index) => (
        <li
          key={candidate.insert}
          id={optionId(index)}
          role="option"
          aria-selected={index === props.chosen}
          onMouseDown={event => {
            event.preventDefault(); // the text field keeps the focus
            props.onTake(candidate);
          }}
        >
          <bdi>{name(candidate.label)}</bdi> <small>{name(candidate.detail)}</small>
        </li>
      ))}
    </ul>
  );
}
