/** Asks again and again while somebody looks, and while there is something to wait for. */
export class Poll {
  private timer = 0;
  private on = false;

  /** `ask` says whether to ask again, `every_ms` after its answer. */
  constructor(
    private readonly ask: () => Promise<boolean>,
    private readonly every_ms: number,
  ) {}

  start(): void {
    this.on = true;
    document.addEventListener("visibilitychange", this.seen);
    void this.now();
  }

  stop(): void {
    this.on = false;
    document.removeEventListener("visibilitychange", this.seen);
    window.clearTimeout(this.timer);
  }

  /** Asks at once. */
  async now(): Promise<void> {
    window.clearTimeout(this.timer);
    const more = await this.ask();
    window.clearTimeout(this.timer);
    if (this.on && more && !document.hidden) this.timer = window.setTimeout(() => void this.now(), this.every_ms);
  }

  private seen = () => {
    if (this.on && !document.hidden) void this.now();
  };
}
