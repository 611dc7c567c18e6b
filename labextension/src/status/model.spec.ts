import { Stage, documentState } from '../testing/verona';

it('knows a document by where its file is, and forgets what is shared no longer', () => {
  const { model, socket } = new Stage();
  const { documents } = model;
  socket.receive({ kind: 'documents', documents: [documentState()] });
  expect(documents.at('sky/daylight.ipynb')?.status).toBe('saved');
  expect(documents.at('daylight.ipynb')).toBeNull();

  socket.receive({ kind: 'document', document: documentState({ path: 'night.ipynb' }) });
  expect(documents.at('sky/daylight.ipynb')).toBeNull();
  expect(documents.at('night.ipynb')?.name).toBe('daylight.ipynb');

  socket.receive({ kind: 'documents', documents: [] });
  expect(documents.at('night.ipynb')).toBeNull();
});
