import { addBelowIcon, checkIcon, copyIcon, editIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import { IconButton } from './button';
import { useChat } from './context';

const CONFIRMED_MS = 1500;

/** Code in a message, and what one can do with it. */
export function CodeBlock(props: { text: string; language: string }): React.JSX.Element {
  const { trans, desk } = useChat();
  const [copied, setCopied] = React.useState(false);
  React.useEffect(() => {
    const timer = copied ? window.setTimeout(() => setCopied(false), CONFIRMED_MS) : 0;
    return () => window.clearTimeout(timer);
  }, [copied]);
  const copy = () => {
    void navigator.clipboard.writeText(props.text).then(() => setCopied(true));
  };
  return (
    <figure className="xb-Code" dir="ltr">
      <div className="xb-Code-tools">
        <IconButton
          icon={copied ? checkIcon : copyIcon}
          label={copied ? trans.__('Copied') : trans.__('Copy code')}
          onClick={copy}
        />
        <IconButton
          icon={addBelowIcon}
          label={trans.__('Insert into a new cell below')}
          onClick={() => desk.insert(props.text)}
        />
        <IconButton
          icon={editIcon}
          label={trans.__('Replace the active cell')}
          onClick={() => desk.replace(props.text)}
        />
      </div>
      <pre tabIndex={0} aria-label={props.language || trans.__('Code')}>
        <code>{props.text}</code>
      </pre>
    </figure>
  );
}
