/** Starts of two refetches of one view stand at least this far apart: 2 per second. */
export const GAP_MILLIS = 500;

/**
 * Turns any number of hints into few refetches: never two at a time, never closer than the gap, and always one after
 * the last hint.
 */
export class Gate {
  private timer: ReturnType<typeof setTimeout> | undefined;
  private running = false;
  private wanted = false;
  private stopped = false;
  private startedAt = Number.NEGATIVE_INFINITY;

  constructor(
    /** Must not reject. */
    private readonly refetch: () => Promise<void>,
    private readonly gapMillis: number = GAP_MILLIS,
    private readonly now: () => number = () => performance.now(),
  ) {}

  hint(): void {
    if (this.stopped || this.timer !== undefined) {
      return;
    }
    if (this.running) {
      this.wanted = true;
      return;
    }
    const wait = Math.max(0, this.startedAt + this.gapMillis - this.now());
    this.timer = setTimeout(() => this.start(), wait);
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  private start(): void {
    this.timer = undefined;
    this.running = true;
    this.startedAt = this.now();
    void this.refetch().then(() => {
      this.running = false;
      if (this.wanted) {
        this.wanted = false;
        this.hint();
      }
    });
  }
}
