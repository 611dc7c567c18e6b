import { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { name } from '../chat/safe_text';
import { RoomDocument } from '../room';
import { Trouble } from './controls';

export interface Choice {
  document: RoomDocument;
  path: string;
}

interface ArrivalProps {
  trans: TranslationBundle;
  room: string;
  documents: readonly RoomDocument[];
  propose: (document: RoomDocument) => Promise<string>;
  problem: string | null;
  /** What would be done now. */
  onChange: (choice: Choice) => void;
}

/** Which document, and where on one's own server its file is to be. */
export function ArrivalView(props: ArrivalProps): React.JSX.Element {
  const { trans, documents, propose, onChange } = props;
  const [chosen, setChosen] = React.useState<RoomDocument | undefined>(documents[0]);
  const [path, setPath] = React.useState('');
  const written = React.useRef(false);
  const write = (document: RoomDocument, to: string) => {
    setPath(to);
    onChange({ document, path: to.trim().replace(/^\/+/, '') });
  };
  React.useEffect(() => {
    if (chosen) {
      written.current = false;
      void propose(chosen).then(free => {
        if (!written.current) {
          write(chosen, free);
        }
      });
    }
    // eslint-disable-next-line react-hooks/exhaustive-deps -- proposed once for each document
  }, [chosen]);
  return (
    <div className="xb-Arrival">
      <p>
        {trans.__(
          'You are in the room %1. Its files come to your own server and stay in step with the others’.',
          name(props.room)
        )}
      </p>
      {documents.length > 1 && (
        <label>
          {trans.__('Which')}
          <select
            className="xb-Select"
            value={chosen?.id}
            onChange={event => setChosen(documents.find(({ id }) => id === event.target.value))}
          >
            {documents.map(document => (
              <option key={document.id} value={document.id}>
                {name(document.name)}
              </option>
            ))}
          </select>
        </label>
      )}
      <label>
        {documents.length === 1 && chosen
          ? trans.__('Where to put %1', name(chosen.name))
          : trans.__('Where to put it')}
        <input
          className="jp-mod-styled"
          type="text"
          autoComplete="off"
          spellCheck={false}
          value={path}
          onChange={event => {
            written.current = true;
            if (chosen) {
              write(chosen, event.target.value);
            }
          }}
        />
      </label>
      <Trouble text={props.problem} />
    </div>
  );
}
