import { Command, Refusal, RequestId, ServerFrame, encodeCommand } from '../frames';
import { IFrameSocket } from '../socket';

export type Answer = Extract<ServerFrame, { kind: 'done' | 'page' | 'results' | 'refused' }>;

/** What a command comes to when nobody was there to hear it. */
export const AWAY: Refusal = { condition: 'service-unavailable', text: '' };

/** Commands under way, each until its answer or until the socket closes. */
export class Requests {
  constructor(private readonly socket: IFrameSocket) {
    socket.openChanged.connect((_, open) => {
      if (!open) {
        this.fail();
      }
    });
  }

  /** Never rejects: a refusal is an answer. */
  ask(command: Command): Promise<Answer> {
    const request = `r${(this.serial += 1)}` as RequestId;
    return new Promise(resolve => {
      this.waiting.set(request, resolve);
      if (!this.socket.send(encodeCommand(request, command))) {
        this.waiting.delete(request);
        resolve({ kind: 'refused', request, ...AWAY });
      }
    });
  }

  /** Give `answer` to whoever asked. */
  settle(answer: Answer): void {
    if (answer.request === null) {
      return;
    }
    const resolve = this.waiting.get(answer.request);
    this.waiting.delete(answer.request);
    resolve?.(answer);
  }

  private fail(): void {
    const lost = [...this.waiting];
    this.waiting.clear();
    lost.forEach(([request, resolve]) => resolve({ kind: 'refused', request, ...AWAY }));
  }

  private serial = 0;
  private readonly waiting = new Map<RequestId, (answer: Answer) => void>();
}
