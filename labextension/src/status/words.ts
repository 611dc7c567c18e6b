/** How things stand, in plain words: a short one, and what it means and what to do. */
import { TranslationBundle } from '@jupyterlab/translation';

import { ChatModel } from '../chat/model';
import { excerpt, name } from '../chat/safe_text';
import { fullTime } from '../chat/time';
import { DocumentState, Locked } from '../document_state';
import { Role } from '../room';

export type Mark = 'saved' | 'waiting' | 'away' | 'read-only' | 'refused';

export interface Words {
  readonly mark: Mark;
  /** For the status bar and the toolbar. */
  readonly short: string;
  /** The same without figures: what is read aloud when it changes. */
  readonly spoken: string;
  /** What it means, and what to do. */
  readonly sentences: readonly string[];
  /** The facts, each with its label. */
  readonly facts: readonly (readonly [string, string])[];
}

const REASON = 300;

/** How a shared document stands. */
export function documentWords(
  state: DocumentState,
  chat: ChatModel,
  trans: TranslationBundle
): Words {
  const room = chat.room(state.room);
  const called = room === null ? trans.__('its room') : name(room.displayName);
  const facts: [string, string][] = [
    [trans.__('Room'), called],
    [trans.__('You are'), roleName(state.role, trans)]
  ];
  if (!chat.heard || state.status !== 'saved') {
    facts.push([trans.__('Since'), fullTime((chat.heard ? null : chat.since) ?? state.since)]);
  }
  if (state.waitingEdits > 0) {
    facts.push([trans.__('Waiting'), waiting(state, trans)]);
  }
  if (chat.retryAt !== null) {
    facts.push([trans.__('Next try'), fullTime(chat.retryAt)]);
  }
  const owners = (room?.info.members ?? []).filter(member => member.role === 'owner');
  const whom = owners.map(({ displayName }) => name(displayName)).join(', ');
  const ask = whom ? trans.__('Ask who owns the room: %1.', whom) : '';
  const { sentences, ...heading } = chat.heard
    ? standing(state, { called, ask }, trans)
    : unheard(trans);
  return { ...heading, sentences: sentences.filter(Boolean), facts };
}

/** How the connection stands, for whoever looks at no shared document. */
export function connectionWords(chat: ChatModel, trans: TranslationBundle): Words {
  const facts: [string, string][] = [];
  if (chat.since !== null) {
    facts.push([trans.__('Since'), fullTime(chat.since)]);
  }
  if (chat.retryAt !== null) {
    facts.push([trans.__('Next try'), fullTime(chat.retryAt)]);
  }
  const { sentences, ...heading } = chat.heard ? connection(chat, trans) : unheard(trans);
  return { ...heading, sentences: sentences.filter(Boolean), facts };
}

type Standing = Omit<Words, 'facts'>;

function standing(
  state: DocumentState,
  { called, ask }: { called: string; ask: string },
  trans: TranslationBundle
): Standing {
  const why = state.reason === null ? '' : excerpt(state.reason, REASON);
  const viewer =
    state.role === 'viewer' &&
    (state.locked ? locked(state.locked, trans) : readOnly(called, ask, trans));
  switch (state.status) {
    case 'saved':
      return (
        viewer ||
        same('saved', trans.__('Saved in the room'), [
          trans.__('Everything that was typed here is in the room, for good.')
        ])
      );
    case 'waiting':
      return {
        mark: 'waiting',
        short: trans._n(
          'Kept here, %1 edit waiting (%2)',
          'Kept here, %1 edits waiting (%2)',
          state.waitingEdits,
          size(state.waitingBytes)
        ),
        spoken: trans.__('Kept here, edits are waiting'),
        sentences: [
          why && trans.__('The room does not have your last edits yet: %1.', why),
          trans.__(
            'They are kept on your server and go out by themselves as soon as the room is within reach. You can go on working, close this tab, or stop your server meanwhile.'
          )
        ]
      };
    case 'reconnecting':
    case 'opening':
      return same('away', trans.__('Reconnecting'), [
        why
          ? trans.__('The room is out of reach: %1.', why)
          : trans.__('The room is out of reach.'),
        ...(viewer
          ? viewer.sentences
          : [
              trans.__(
                'You can go on working: what you type is kept on your server and goes out by itself as soon as the room is within reach.'
              )
            ])
      ]);
    case 'file-missing':
      return same('refused', trans.__('File missing'), [
        trans.__('The file of this document is not where it was on your server.'),
        trans.__('The room still has it. Open it again from a message about it, or share anew.')
      ]);
    case 'refused': {
      const short = why ? trans.__('Refused: %1', why) : trans.__('Refused');
      return same('refused', short, [
        trans.__(
          'What you type does not reach the others. Your file stays on your server as it is; copy what you want to keep.'
        ),
        ask
      ]);
    }
  }
}

/** A viewer reads this before they type. */
function readOnly(called: string, ask: string, trans: TranslationBundle): Standing {
  return same('read-only', trans.__('Read-only: you are a viewer of %1', called), [
    trans.__('You see what the others write. What you type here would reach nobody.'),
    inCopy(trans),
    trans.__('To write here, you need the role of an editor. ') + ask
  ]);
}

/** Nobody types now; it ends without anybody here doing anything. */
function locked({ by, reason }: Locked, trans: TranslationBundle): Standing {
  return same('read-only', trans.__('Locked by %1', name(by)), [
    reason ? trans.__('Nobody types in it now: %1.', excerpt(reason, REASON)) : '',
    trans.__('As soon as it is unlocked, everybody may do again what they could before.'),
    inCopy(trans)
  ]);
}

function inCopy(trans: TranslationBundle): string {
  return trans.__('To try something, work in a copy: there is a button for it beside this one.');
}

function unheard(trans: TranslationBundle): Standing {
  return same('away', trans.__('Not connected to your server'), [
    trans.__('This page has lost its own Jupyter server and tries again by itself.'),
    trans.__('What you type stays in this browser tab until then: do not close it.'),
    trans.__('If it does not come back, your server may have been stopped: start it in the hub.')
  ]);
}

function connection(chat: ChatModel, trans: TranslationBundle): Standing {
  const why = chat.reason === null ? '' : excerpt(chat.reason, REASON);
  switch (chat.status) {
    case 'connected':
      return same('saved', trans.__('Chat: connected'), [
        trans.__('Your server is connected with the rooms of this hub.')
      ]);
    case 'reconnecting':
      return same('away', trans.__('Chat: reconnecting'), [
        why && trans.__('Your server cannot reach the rooms: %1.', why),
        trans.__('It tries again by itself. What you write meanwhile is kept and goes out then.')
      ]);
    case 'refused':
      return same('refused', trans.__('Chat: refused'), [
        trans.__('Refused: %1', why),
        trans.__('If that is a mistake, ask who runs this hub.')
      ]);
    case 'offline':
      return same('refused', trans.__('Chat: offline'), [
        trans.__('Not connected: %1', why),
        trans.__('Rooms and shared documents are there on a hub that offers them.')
      ]);
  }
}

function same(mark: Mark, short: string, sentences: readonly string[]): Standing {
  return { mark, short, spoken: short, sentences };
}

function waiting({ waitingEdits, waitingBytes }: DocumentState, trans: TranslationBundle): string {
  return trans._n('%1 edit (%2)', '%1 edits (%2)', waitingEdits, size(waitingBytes));
}

/** Bytes as people read them. */
export function size(bytes: number): string {
  if (bytes < 1000) {
    return `${bytes} B`;
  }
  const [value, unit] = bytes < 1_000_000 ? [bytes / 1000, 'kB'] : [bytes / 1_000_000, 'MB'];
  return `${value.toFixed(1)} ${unit}`;
}

function roleName(role: Role, trans: TranslationBundle): string {
  return { owner: trans.__('owner'), editor: trans.__('editor'), viewer: trans.__('viewer') }[role];
}
