import * as React from 'react';

import { useChat, useVersion } from './context';
import { connectionText } from './connection_text';

/** Says why nothing comes or goes, while that is so. */
export function Notice(): React.JSX.Element {
  const { model, trans } = useChat();
  useVersion(model);
  return (
    <div className="xb-Notice" role="status" data-status={model.status}>
      {model.status !== 'connected' && (
        <p>
          {connectionText(model.status, model.reason, trans)}{' '}
          {model.status !== 'refused' && trans.__('What you write is kept, and sent once.')}
        </p>
      )}
    </div>
  );
}
