import type { ReactiveController, ReactiveControllerHost } from "lit";

/** Asks again and again while its element is in the page and looked at, and while there is something to wait for. */
export class Poll implements ReactiveController {
  private timer = 0;
  private on = false;
  /** The one that asked last goes on; answers to those before it do not. */
  private turn = 0;

  /** `ask` says whether to ask again, `every_ms` after its answer. */
  constructor(
    host: ReactiveControllerHost,
    private readonly ask: () => Promise<boolean>,
    private readonly every_ms: number,
  ) {
    host.addController(this);
  }

  hostConnected(): void {
    this.on = true;
    document.addEventListener("visibilitychange", this.seen);
    void this.now();
  }

  hostDisconnected(): void {
    this.on = false;
    document.removeEventListener("visibilitychange", this.seen);
    window.clearTimeout(this.timer);
  }

  /** Asks at once. */
  async now(): Promise<void> {
    const turn = ++this.turn;
    window.clearTimeout(this.timer);
    const more = await this.ask();
    if (turn === this.turn && this.on && more && !document.hidden)
      this.timer = window.setTimeout(() => void this.now(), this.every_ms);
  }

  private seen = () => {
    if (this.on && !document.hidden) void this.now();
  };
}
