import { RefusedError } from '../rest';
import { RoomDocument } from '../room';
import { LINKED, NOTEBOOK, ROOM, ScriptedService } from '../testing/sharing';
import { Arrivals, IThreshold, arrivalOf, tokenOf } from './arrivals';
import { placeFor } from './free_path';
import { Sharing } from './requests';

const DAYLIGHT = { id: NOTEBOOK as never, name: 'daylight.ipynb' };
const OFFER = {
  room: { id: ROOM, name: 'Orchard' },
  role: 'viewer',
  by: { hub_user: 'juliet', display_name: 'Juliet' },
  document: { ...DAYLIGHT, type: 'notebook' },
  joined: true
};

class Threshold implements IThreshold {
  folder = 'sky';
  documents: readonly RoomDocument[] = [DAYLIGHT];
  readonly files = new Set<string>();
  /** What the person answers, one after the other; what is proposed when nothing is left, and null for neither. */
  answers: (string | null)[] = [];
  readonly opened: string[] = [];
  readonly problems: unknown[] = [];

  contents() {
    return Promise.resolve({ name: 'Orchard', documents: this.documents });
  }

  async ask(
    _: string,
    documents: readonly RoomDocument[],
    propose: (document: RoomDocument) => Promise<string>,
    problem: string | null
  ) {
    const [document] = documents;
    if (problem) {
      this.problems.push(problem);
    }
    const answer = this.answers.shift();
    return document && answer !== null
      ? { document, path: answer ?? (await propose(document)) }
      : null;
  }

  exists(path: string) {
    return Promise.resolve(this.files.has(path));
  }

  openFile(path: string) {
    this.opened.push(path);
    return Promise.resolve();
  }

  openChat(room: string) {
    this.opened.push(`chat ${room}`);
    return Promise.resolve();
  }

  refuse(problem: unknown) {
    this.problems.push(problem);
  }

  readonly taken = (path: string) => `${path} is taken`;
}

let service: ScriptedService;
let threshold: Threshold;
let arrivals: Arrivals;

beforeEach(() => {
  service = new ScriptedService();
  service.answers.set('POST join/TOKEN', OFFER);
  threshold = new Threshold();
  arrivals = new Arrivals(new Sharing(service.rest), threshold);
});

const joined = () =>
  service.asked.filter(({ method, path }) => method === 'POST' && path === 'documents');

it('puts the file where one is, under a name that is free', async () => {
  threshold.files.add('sky/daylight.ipynb');
  await arrivals.byLink('TOKEN');
  expect(joined().map(({ body }) => body)).toEqual([
    { document: NOTEBOOK, path: 'sky/daylight-1.ipynb' }
  ]);
  expect(threshold.opened).toEqual([LINKED.path]);
  expect(service.deeds.at(-1)).toBe(`DELETE invitations/${ROOM}`);
});

it('never takes the place of another file', async () => {
  threshold.files.add('mine.ipynb');
  threshold.answers = ['mine.ipynb', 'theirs.ipynb'];
  await arrivals.byLink('TOKEN');
  expect(threshold.problems).toEqual(['mine.ipynb is taken']);
  expect(joined().map(({ body }) => body)).toEqual([{ document: NOTEBOOK, path: 'theirs.ipynb' }]);
});

it('opens what is on this server already, and puts it nowhere else', async () => {
  service.answers.set('GET documents', { documents: [LINKED] });
  await arrivals.byLink('TOKEN');
  expect(threshold.opened).toEqual(['sky/daylight.ipynb']);
  expect(joined()).toEqual([]);
});

it('leads to the chat whoever wants no file, or where there is none', async () => {
  threshold.answers = [null];
  await arrivals.arrive({ room: ROOM as never, document: null });
  threshold.documents = [];
  await arrivals.arrive({ room: ROOM as never, document: null });
  expect(threshold.opened).toEqual([`chat ${ROOM}`, `chat ${ROOM}`]);
});

it('says why a link leads nowhere', async () => {
  const refused = new RefusedError('forbidden', 'this link has expired');
  service.answers.set('POST join/TOKEN', refused);
  await arrivals.byLink('TOKEN');
  expect(threshold.problems).toEqual([refused]);
});

it.each([
  ['?xmpp-bridge-join=T', { token: 'T' }],
  ['?xmpp-room=r&xmpp-document=d', { room: 'r', document: 'd' }],
  ['?xmpp-room=r', { room: 'r', document: null }],
  ['?xmpp-room=r&xmpp-message=1', null],
  ['?xmpp-document=d&xmpp-cell=c', null]
])('knows where %s leads', (query, place) => {
  expect(arrivalOf(new URL(`https://hub.example/lab${query}`))).toEqual(place);
});

it('takes a link as people hand it around', () => {
  expect(tokenOf('https://hub.example/services/xmpp-bridge/join/T?x')).toBe('T');
  expect(tokenOf('T')).toBe('T');
});

it.each([
  ['../../etc/passwd', 'sky/-..-etc-passwd'],
  ['.hidden', 'sky/hidden'],
  ['', 'sky/shared']
])('makes of %j a file in the folder', (called, path) => {
  expect(placeFor(called, 'sky')).toBe(path);
});
