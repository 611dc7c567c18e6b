import { JupyterFrontEnd } from '@jupyterlab/application';
import { Dialog, showDialog } from '@jupyterlab/apputils';
import { IFileBrowserFactory } from '@jupyterlab/filebrowser';
import { ServerConnection } from '@jupyterlab/services';
import { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { ChatRoom } from '../chat/chat_room';
import { dialogBody } from '../dialog_body';
import { RoomId } from '../message';
import { RefusedError } from '../rest';
import { RoomDocument } from '../room';
import { IChatRooms } from '../tokens';
import { ArrivalView, Choice } from './arrival_view';
import { IThreshold } from './arrivals';
import { OpenFiles } from './open_files';

const PATIENCE_MS = 15_000;
const NOT_FOUND = 404;
const CHAT = 'xmpp-bridge-chat';

/** The lab somebody arrives in. */
export class LabThreshold implements IThreshold {
  constructor(
    private readonly app: JupyterFrontEnd,
    private readonly chat: IChatRooms,
    private readonly trans: TranslationBundle,
    private readonly files: OpenFiles,
    private readonly browsers: IFileBrowserFactory | null
  ) {}

  get folder(): string {
    return this.browsers?.tracker.currentWidget?.model.path.replace(/^[^/:]*:/, '') ?? '';
  }

  readonly taken = (path: string): string =>
    this.trans.__('There is a file %1 already, which stays as it is. Choose another name.', path);

  async contents(room: RoomId): Promise<{ name: string; documents: readonly RoomDocument[] }> {
    const found = await this.known(room);
    return { name: found.displayName, documents: found.info.documents };
  }

  async ask(
    room: string,
    documents: readonly RoomDocument[],
    propose: (document: RoomDocument) => Promise<string>,
    problem: string | null
  ): Promise<Choice | null> {
    const { trans } = this;
    const choice: { now: Choice | null } = { now: null };
    const onChange = (now: Choice) => {
      choice.now = now;
    };
    const body = { trans, room, documents, propose, problem, onChange };
    const answer = await showDialog({
      title: trans.__('Shared with you'),
      body: dialogBody(<ArrivalView {...body} />),
      buttons: [
        Dialog.cancelButton({ label: trans.__('Only the Chat') }),
        Dialog.okButton({ label: trans.__('Open') })
      ]
    });
    return answer.button.accept && choice.now?.path ? choice.now : null;
  }

  async exists(path: string): Promise<boolean> {
    try {
      await this.app.serviceManager.contents.get(path, { content: false });
      return true;
    } catch (error) {
      if (error instanceof ServerConnection.ResponseError && error.response.status === NOT_FOUND) {
        return false;
      }
      throw error;
    }
  }

  async openFile(path: string): Promise<void> {
    await this.app.restored;
    await this.files.show(path);
  }

  async openChat(room: RoomId): Promise<void> {
    this.app.shell.activateById(CHAT);
    await this.chat.open(this.chat.room(room));
  }

  refuse(problem: unknown): void {
    const { trans } = this;
    const reason = problem instanceof RefusedError ? problem.text : '';
    void showDialog({
      title: trans.__('It could not be opened'),
      body: reason || trans.__('It is not there any more, or you may not see it.'),
      buttons: [Dialog.okButton({ label: trans.__('OK') })]
    });
  }

  /** One that was just entered is told of in a moment. */
  private known(id: RoomId): Promise<ChatRoom> {
    return new Promise((resolve, reject) => {
      const look = () => {
        const room = this.chat.room(id);
        if (room !== null) {
          stop();
          resolve(room);
        }
      };
      const timer = window.setTimeout(() => {
        stop();
        reject(new RefusedError('item-not-found', ''));
      }, PATIENCE_MS);
      const stop = () => {
        window.clearTimeout(timer);
        this.chat.changed.disconnect(look);
      };
      this.chat.changed.connect(look);
      look();
    });
  }
}
