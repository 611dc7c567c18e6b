import { nullTranslator } from '@jupyterlab/translation';
import * as React from 'react';

import { Panel } from '../testing/panel';
import { ME, Stage } from '../testing/verona';
import { ConnectionView } from './view';

it('says in a word how things stand, and why', async () => {
  const stage = new Stage();
  const trans = nullTranslator.load('xmpp_bridge');
  const panel = await new Panel(stage).show(
    <ConnectionView chat={stage.model} trans={trans} onClick={() => undefined} />
  );
  expect(panel.one('button').textContent).toBe('Chat: connected');
  await panel.after(() =>
    stage.socket.receive({
      kind: 'state',
      status: 'refused',
      reason: 'you are blocked',
      me: ME,
      features: []
    })
  );
  expect(panel.one('button').textContent).toBe('Chat: refused');
  expect(panel.one('button').title).toBe('Refused: you are blocked');
  await panel.after(() => stage.socket.setOpen(false));
  expect(panel.one('button').textContent).toBe('Chat: reconnecting');
  panel.close();
});
