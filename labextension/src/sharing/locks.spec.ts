import { LINKED, ROOM, ScriptedService } from '../testing/sharing';
import { Stage, documentState, room, settled } from '../testing/verona';
import { Locks } from './locks';
import { Sharing } from './requests';

it('asks who has locked a document in which one could write, and forgets it once one can', async () => {
  const { model, socket } = new Stage(undefined, room({ id: ROOM as never, role: 'editor' }));
  const service = new ScriptedService();
  const locked = { by: 'friar', reason: 'hear me', at: '2026-11-20T09:00:00+00:00' };
  service.answers.set(`GET rooms/${ROOM}`, { documents: [{ id: LINKED.document, locked }] });
  new Locks(model, new Sharing(service.rest));
  const state = documentState({ document: LINKED.document as never, room: ROOM as never });
  socket.receive({ kind: 'documents', documents: [state] });
  expect(service.asked).toEqual([]);

  socket.receive({ kind: 'document', document: { ...state, role: 'viewer' } });
  await settled();
  expect(model.documents.at(state.path ?? '')?.locked).toEqual({ by: 'friar', reason: 'hear me' });
  expect(service.asked).toHaveLength(1);

  socket.receive({ kind: 'document', document: state });
  await settled();
  expect(model.documents.at(state.path ?? '')?.locked).toBeNull();
});
