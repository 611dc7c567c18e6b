import * as React from 'react';

import { RefusedError } from '../rest';
import { useChat } from './context';

interface AskingButtonProps {
  /** What the button and the dialog are called. */
  title: string;
  label: string;
  action: string;
  onAnswer: (answer: string) => Promise<void>;
}

/** A button that asks for one line of text and does something with it; why it did not work stands below. */
export function AskingButton(props: AskingButtonProps): React.JSX.Element {
  const { ask, trans } = useChat();
  const [trouble, setTrouble] = React.useState<string | null>(null);
  const onClick = async () => {
    setTrouble(null);
    const answer = (await ask(props.title, props.label, props.action))?.trim();
    if (!answer) {
      return;
    }
    try {
      await props.onAnswer(answer);
    } catch (error) {
      setTrouble(error instanceof RefusedError ? error.text : trans.__('no connection'));
    }
  };
  return (
    <>
      <button type="button" className="xb-Link" onClick={() => void onClick()}>
        {props.title}
      </button>
      {trouble !== null && <p role="alert">{trans.__('That did not work: %1', trouble)}</p>}
    </>
  );
}
