import { notebookIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import { CellReference, ChatMessage } from '../message';
import { ChatRoom } from './chat_room';
import { useChat } from './context';
import { code, name } from './safe_text';

const LINES = 4;
const CHARACTERS = 400;

interface CellCardProps {
  room: ChatRoom;
  message: ChatMessage;
  cell: CellReference;
}

/** The cell that a message is about; a click opens it in the reader's own lab. */
export function CellCard({ room, message, cell }: CellCardProps): React.JSX.Element {
  const { trans, model, openCell, link } = useChat();
  const excerpt = cell.excerpt.slice(0, CHARACTERS).split('\n').slice(0, LINES).join('\n');
  const { id } = message;
  return (
    <div className="xb-Cell" data-resolved={cell.resolved}>
      <button type="button" className="xb-Cell-open" onClick={() => openCell(cell)}>
        <span className="xb-Cell-name">
          <notebookIcon.react tag="span" width="14px" height="14px" />
          <bdi>{trans.__('Cell in %1', name(cell.name))}</bdi>
          {cell.resolved && <span className="xb-Note">{trans.__('resolved')}</span>}
        </span>
        {excerpt && <code>{code(excerpt)}</code>}
      </button>
      <div className="xb-Cell-tools">
        {id !== null && (
          <button
            type="button"
            className="xb-Link"
            onClick={() => void model.outgoing.resolve(room, id, !cell.resolved)}
          >
            {cell.resolved ? trans.__('Reopen') : trans.__('Resolve')}
          </button>
        )}
        <button
          type="button"
          className="xb-Link"
          onClick={() =>
            void navigator.clipboard.writeText(
              link({ kind: 'cell', document: cell.document, cell: cell.cell })
            )
          }
        >
          {trans.__('Copy link to this cell')}
        </button>
      </div>
    </div>
  );
}
