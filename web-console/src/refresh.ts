import { Gate } from './gate';

/**
 * When a view fetches: at first, at hints, and when what it shows has grown old. While the page is hidden it only
 * remembers that it should have, and does so once the page is seen again.
 */
export class Refresh {
  private readonly gate: Gate;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private missed = false;
  /** By the clock on the wall, since timers and `performance.now` may rest while the machine sleeps. */
  private fetchedAt: number | undefined;

  constructor(
    /** Must not reject. */
    private readonly fetchOnce: () => Promise<void>,
    private readonly page: Pick<Document, 'hidden' | 'addEventListener' | 'removeEventListener'>,
    gapMillis?: number,
    private readonly ageMillisMax?: number,
  ) {
    this.gate = new Gate(() => this.fetch(), gapMillis);
    page.addEventListener('visibilitychange', this.onVisibility);
    this.gate.hint();
  }

  hint(): void {
    if (this.page.hidden) {
      this.missed = true;
    } else {
      this.gate.hint();
    }
  }

  stop(): void {
    this.page.removeEventListener('visibilitychange', this.onVisibility);
    clearTimeout(this.timer);
    this.gate.stop();
  }

  private readonly onVisibility = () => {
    if (!this.page.hidden && (this.missed || this.isOld())) {
      this.hint();
    }
  };

  private isOld(): boolean {
    return (
      this.ageMillisMax !== undefined &&
      this.fetchedAt !== undefined &&
      Date.now() - this.fetchedAt >= this.ageMillisMax
    );
  }

  private async fetch(): Promise<void> {
    if (this.page.hidden && this.fetchedAt !== undefined) {
      // Hidden since the hint; only the first fetch does not wait for the page to be seen.
      this.missed = true;
      return;
    }
    this.missed = false;
    this.fetchedAt = Date.now();
    if (this.ageMillisMax !== undefined) {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.hint(), this.ageMillisMax);
    }
    await this.fetchOnce();
  }
}
