import { INotebookTracker } from '@jupyterlab/notebook';
import { nullTranslator } from '@jupyterlab/translation';
import { Signal } from '@lumino/signaling';

import { CellRunners, readRunners, startedSince } from './runners';

const trans = nullTranslator.load('xmpp_bridge');

/** A notebook of two cells, as far as runners look at it. */
class Notebook {
  state: unknown = null;
  readonly nodes = ['a', 'b'].map(() => document.createElement('div'));
  readonly changed = new Signal<this, { stateChange?: { name: string }[] }>(this);
  readonly modelContentChanged = new Signal<this, void>(this);

  readonly panel = {
    context: { ready: Promise.resolve() },
    model: { sharedModel: { changed: this.changed, getState: () => this.state } },
    content: {
      modelContentChanged: this.modelContentChanged,
      widgets: ['a', 'b'].map((id, index) => ({
        node: this.nodes[index],
        model: { sharedModel: { getId: () => id } }
      }))
    }
  };

  get tracker(): INotebookTracker {
    const widgetAdded = new Signal<object, unknown>({});
    const forEach = (tell: (panel: unknown) => void) => tell(this.panel);
    return { widgetAdded, forEach } as unknown as INotebookTracker;
  }

  say(state: unknown): void {
    this.state = state;
    this.changed.emit({ stateChange: [{ name: 'runners' }] });
  }

  get labels(): (string | undefined)[] {
    return this.nodes.map(node => node.querySelector('[role=status]')?.textContent ?? undefined);
  }
}

it('says who runs a cell, from when the notebook is open until it is over', async () => {
  const notebook = new Notebook();
  notebook.state = { b: 'Romeo' };
  new CellRunners(notebook.tracker, trans);
  await notebook.panel.context.ready;
  expect(notebook.labels).toEqual([undefined, 'Romeo is running this']);
  notebook.say({ a: 'Juliet', b: 'Nurse' });
  expect(notebook.labels).toEqual(['Juliet is running this', 'Nurse is running this']);
  notebook.say({});
  expect(notebook.labels).toEqual([undefined, undefined]);
});

it('takes nothing for a name that is none', () => {
  expect([...readRunners({ a: 'Romeo', b: 1, c: null })]).toEqual([['a', 'Romeo']]);
  expect(readRunners(undefined).size).toBe(0);
  expect(readRunners('Romeo').size).toBe(0);
});

it('tells who has started a cell from who was running it before', () => {
  const before = readRunners({ a: 'Romeo', b: 'Romeo' });
  const now = readRunners({ a: 'Romeo', b: 'Juliet', c: 'Nurse' });
  expect([...startedSince(before, now)]).toEqual(['b', 'c']);
});
