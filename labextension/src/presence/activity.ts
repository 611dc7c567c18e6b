import { At } from '../people';

/** Whoever has done nothing for so long is idle. */
export const IDLE_MS = 5 * 60_000;
const LOOK_MS = 15_000;
const SETTLED_MS = 500;
const SIGNS = ['keydown', 'pointerdown', 'pointermove', 'wheel', 'touchstart'] as const;

/** Tells when the person begins and ceases to do anything in this tab, and where they work. */
export class Activity {
  constructor(
    private readonly tell: (idleSeconds: number, at: At | null) => void,
    private readonly at: () => At | null,
    private readonly now: () => number = Date.now
  ) {
    this.last = now();
    SIGNS.forEach(sign => document.addEventListener(sign, this.notice, { passive: true }));
    this.timer = window.setInterval(() => this.look(), LOOK_MS);
  }

  /** Whoever is told has forgotten. */
  repeat(): void {
    this.told = null;
    this.look();
  }

  /** The person may work elsewhere now. */
  readonly moved = (): void => {
    window.clearTimeout(this.settling);
    this.settling = window.setTimeout(() => this.look(), SETTLED_MS);
  };

  dispose(): void {
    SIGNS.forEach(sign => document.removeEventListener(sign, this.notice));
    window.clearInterval(this.timer);
    window.clearTimeout(this.settling);
  }

  private readonly notice = (): void => {
    const wasIdle = this.isIdle;
    this.last = this.now();
    if (wasIdle) {
      this.look();
    }
  };

  private get isIdle(): boolean {
    return this.now() - this.last >= IDLE_MS;
  }

  private look(): void {
    const at = this.at();
    const state = JSON.stringify([this.isIdle, at]);
    if (state !== this.told) {
      this.told = state;
      this.tell(this.isIdle ? Math.round((this.now() - this.last) / 1000) : 0, at);
    }
  }

  private last: number;
  private told: string | null = null;
  private settling = 0;
  private readonly timer: number;
}
