import { Notification } from '@jupyterlab/apputils';
import { nullTranslator } from '@jupyterlab/translation';

import { NotifyLevel } from '../room';
import {
  FleetingMemory,
  JULIET,
  ORCHARD,
  ROMEO,
  Stage,
  idOf,
  message,
  room
} from '../testing/verona';
import { Notifier } from './notifier';

const trans = nullTranslator.load('xmpp_bridge');

function told(stage: Stage, lookedAt = false): () => readonly string[] {
  Notification.dismiss();
  new Notifier(
    stage.model,
    trans,
    () => lookedAt,
    () => undefined
  );
  return () => Notification.manager.notifications.map(({ message: text }) => text);
}

const withInfo = (level: NotifyLevel, direct = false) =>
  new Stage(new FleetingMemory(), room({ notify: level, direct: direct ? JULIET : null }));

it('tells of mentions and direct messages, unless somebody wants more or less', () => {
  const cases: [NotifyLevel, boolean, boolean, boolean][] = [
    // level, direct, mentioned, told
    ['mentions', false, false, false],
    ['mentions', false, true, true],
    ['mentions', true, false, true],
    ['all', false, false, true],
    ['none', true, true, false]
  ];
  for (const [level, direct, mentioned, expected] of cases) {
    const stage = withInfo(level, direct);
    const texts = told(stage);
    stage.hear(message(1, { mentions: mentioned ? ['romeo'] : [] }));
    expect([level, direct, mentioned, texts().length > 0]).toEqual([
      level,
      direct,
      mentioned,
      expected
    ]);
  }
});

it('warns whose app password is guessed at, until they have read it', () => {
  const stage = withInfo('none');
  const texts = told(stage);
  stage.socket.receive({ kind: 'locked', label: 'Phone' });
  expect(texts()).toEqual([expect.stringContaining('“Phone”')]);
  expect(Notification.manager.notifications[0]?.options.autoClose).toBe(false);
});

it('has one notification for a room, with what came last', () => {
  const stage = withInfo('all');
  const texts = told(stage);
  for (let number = 1; number <= 800; number++) {
    stage.hear(message(number));
  }
  expect(texts()).toEqual(['Juliet in Orchard: line 800']);
});

it("says nothing of what is looked at, of one's own, or of what has been read", () => {
  const looking = withInfo('all');
  const first = told(looking, true);
  looking.hear(message(1));
  expect(first()).toEqual([]);

  const away = withInfo('all');
  const second = told(away);
  away.hear(message(1, { sender: ROMEO }));
  expect(second()).toEqual([]);
  away.hear(message(2));
  expect(second()).toHaveLength(1);
  away.socket.receive({ kind: 'read', room: ORCHARD, id: idOf(2), unread: 0, mentions: 0 });
  expect(second()).toEqual([]);
});

it('gives back, until it is closed, what was written for a room that one is not in any more', () => {
  const stage = new Stage();
  const texts = told(stage);
  const client = stage.say('But soft!');
  const unsaid = {
    clientId: client,
    body: 'But soft!',
    refusal: { condition: 'forbidden', text: 'No.' }
  };
  stage.socket.receive({ kind: 'rooms', rooms: [] });
  stage.socket.receive({ kind: 'unsaid', room: ORCHARD, ...unsaid });
  expect(texts()).toEqual(['Not sent, No.: But soft!']);
  expect(Notification.manager.notifications[0]?.options.autoClose).toBe(false);
  expect(stage.memory.kept).toEqual([]);
});
