import { Notification } from '@jupyterlab/apputils';
import { nullTranslator } from '@jupyterlab/translation';

import { NOTEBOOK, ScriptedService } from '../testing/sharing';
import { Stage, settled } from '../testing/verona';
import { Sharing } from './requests';
import { TakenBack } from './taken_back';

const trans = nullTranslator.load('xmpp_bridge');
const PATH = 'sky/daylight.ipynb';
const TAKEN = { document: NOTEBOOK, name: 'daylight.ipynb', room: 'Orchard', path: PATH };
const ASIDE = '/data/aside/daylight.ipynb';

class Lab {
  readonly service = new ScriptedService();
  readonly stage = new Stage();
  readonly shown: string[] = [];
  readonly saved: string[] = [];
  open = true;
  isTyped = false;

  constructor() {
    const model = { toString: () => 'It is the east', sharedModel: {} };
    const panel = { context: { model } };
    const files = {
      arePages: false,
      close: () => Promise.resolve((this.open = false)),
      at: (path: string) => (this.open && path === PATH ? [panel] : []),
      show: (path: string) => Promise.resolve(this.shown.push(path))
    };
    const contents = {
      get: () => Promise.reject(new Error('there is none')),
      save: (path: string) => Promise.resolve(this.saved.push(path))
    };
    const typing = { isTyped: () => this.isTyped };
    const sharing = new Sharing(this.service.rest);
    new TakenBack(
      this.stage.model,
      sharing,
      files as never,
      typing as never,
      contents as never,
      trans
    );
  }

  /** The server has news. */
  async takes(aside: string | null): Promise<void> {
    this.service.answers.set('GET taken', { taken: [{ ...TAKEN, aside }] });
    this.stage.socket.receive({ kind: 'access', room: null });
    await settled();
  }

  get told() {
    return Notification.manager.notifications;
  }

  async press(label: string): Promise<void> {
    const actions = this.told.at(-1)?.options.actions ?? [];
    actions.find(action => action.label === label)?.callback(new MouseEvent('click'));
    await settled();
  }
}

afterEach(() => Notification.dismiss());

it('closes what goes, and says once where it is', async () => {
  const lab = new Lab();
  await lab.takes(null);
  expect(lab.open).toBe(false);
  expect(lab.told).toHaveLength(0);
  await lab.takes(ASIDE);
  await lab.takes(ASIDE);
  expect(lab.told.map(({ message }) => message)).toEqual([expect.stringContaining(ASIDE)]);
  await lab.press('OK');
  expect(lab.service.deeds).toEqual([`DELETE taken/${NOTEBOOK}`]);
});

it('keeps what was typed a moment ago, if one wants', async () => {
  const lab = new Lab();
  lab.isTyped = true;
  await lab.takes(null);
  await lab.takes(ASIDE);
  await lab.press('Keep My Last Edits as a Copy');
  expect(lab.saved).toEqual([PATH]);
  expect(lab.shown).toEqual([PATH]);
});
