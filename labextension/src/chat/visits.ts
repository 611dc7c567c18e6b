import { IDesk } from '../documents/desk';
import { RefusedError } from '../rest';
import { Place } from './link';
import { ChatModel } from './model';

/** Leads to what a link names, as soon as that can be known. */
export class Visits {
  constructor(
    private readonly model: ChatModel,
    private readonly desk: IDesk,
    private readonly complain: (problem: unknown) => void
  ) {}

  follow(place: Place): void {
    void this.visit(place).catch(this.complain);
  }

  private async visit(place: Place): Promise<void> {
    if (place.kind === 'cell') {
      await this.desk.openCell(place.document, place.cell);
      return;
    }
    await this.ready();
    if (!(await this.model.jump(place.room, place.message))) {
      throw new RefusedError('item-not-found', '');
    }
  }

  /** A link is followed before the rooms are known when it is what opened the lab. */
  private ready(): Promise<void> {
    const { model } = this;
    return new Promise(resolve => {
      const look = () => {
        if (model.ready) {
          model.changed.disconnect(look);
          resolve();
        }
      };
      model.changed.connect(look);
      look();
    });
  }
}
