import { Results } from '../frames';
import { ORCHARD, Stage, message, settled } from '../testing/verona';
import { Search } from './search';

const results = (more: Partial<Results> = {}): Results => ({
  hits: [],
  cursor: null,
  totalAtLeast: 0,
  problems: [],
  ...more
});

const hit = (number: number) => ({
  room: ORCHARD,
  message: message(number),
  snippet: [{ text: 'line', hit: true }]
});

async function answer(stage: Stage, request: string, found: Results): Promise<void> {
  stage.socket.receive({ kind: 'results', request: request as never, ...found });
  await settled();
}

it('shows only what was looked for last', async () => {
  const stage = new Stage();
  const search = new Search(stage.model.requests);
  void search.look('moon', null, 'newest');
  const first = stage.socket.last('search').request;
  void search.look('sun', ORCHARD, 'relevance');
  const second = stage.socket.last('search');
  expect(second).toMatchObject({ query: 'sun', room: ORCHARD, order: 'relevance' });
  await answer(stage, second.request, results({ hits: [hit(1)], totalAtLeast: 1 }));
  await answer(stage, first, results({ hits: [hit(2), hit(3)] }));
  expect(search.hits).toHaveLength(1);
});

it('goes on where it stopped', async () => {
  const stage = new Stage();
  const search = new Search(stage.model.requests);
  void search.look('moon', null, 'newest');
  await answer(
    stage,
    stage.socket.last('search').request,
    results({ hits: [hit(2)], cursor: 'x' })
  );
  void search.more();
  expect(stage.socket.last('search')).toMatchObject({ cursor: 'x', query: 'moon' });
  await answer(stage, stage.socket.last('search').request, results({ hits: [hit(1)] }));
  expect(search.hits.map(each => each.message.body)).toEqual(['line 2', 'line 1']);
  await search.more();
  expect(stage.socket.of('search')).toHaveLength(2);
});

it('asks nobody when there is nothing to look for', async () => {
  const stage = new Stage();
  await new Search(stage.model.requests).look('  ', null, 'newest');
  expect(stage.socket.of('search')).toEqual([]);
});
