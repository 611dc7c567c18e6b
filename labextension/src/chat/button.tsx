import { LabIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

interface IconButtonProps {
  icon: LabIcon;
  label: string;
  onClick: () => void;
  disabled?: boolean;
  pressed?: boolean;
}

/** A button that shows an icon and says its label. */
export function IconButton(props: IconButtonProps): React.JSX.Element {
  return (
    <button
      type="button"
      className="xb-IconButton"
      aria-label={props.label}
      title={props.label}
      aria-pressed={props.pressed}
      disabled={props.disabled}
      onClick={props.onClick}
    >
      <props.icon.react tag="span" width="16px" height="16px" />
    </button>
  );
}
