import * as React from 'react';

import { useChat } from './context';
import { emojis } from './emoji';

interface EmojiPickerProps {
  onPick: (emoji: string) => void;
  onClose: () => void;
}

/** A grid of emoji; arrows move in it, Escape closes it. */
export function EmojiPicker(props: EmojiPickerProps): React.JSX.Element {
  const { trans } = useChat();
  const grid = React.useRef<HTMLDivElement>(null);
  React.useEffect(() => grid.current?.querySelector('button')?.focus(), []);
  const onKeyDown = (event: React.KeyboardEvent) => {
    const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: 8, ArrowUp: -8 }[event.key];
    if (event.key === 'Escape') {
      event.stopPropagation();
      props.onClose();
    } else if (step !== undefined) {
      event.preventDefault();
      event.stopPropagation();
      const buttons = [...(grid.current?.querySelectorAll('button') ?? [])];
      const at = buttons.findIndex(button => button === document.activeElement);
      buttons[at + step]?.focus();
    }
  };
  return (
    <div
      ref={grid}
      className="xb-Emoji"
      role="group"
      aria-label={trans.__('Emoji')}
      onKeyDown={onKeyDown}
    >
      {emojis(trans).map(({ character, name }) => (
        <button
          key={character}
          type="button"
          aria-label={name}
          title={name}
          onClick={() => props.onPick(character)}
        >
          {character}
        </button>
      ))}
    </div>
  );
}
