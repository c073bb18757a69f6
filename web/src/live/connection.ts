import type { BedSummary, Message } from "../contract";
import { decodeFrame } from "./frame";
import type { BedFeed } from "./feed";

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 15_000;
const TELL_AFTER_MS = 30;
/** With this code the server closes the socket of somebody who is no longer signed in. */
const SIGNED_OUT = 4401;
const SILENT_MS = 12_000;

export type LinkState = "connecting" | "open" | "lost";
export type Waves = string[] | "all";

/** How long to wait before the `n`th attempt: doubling, with a share of chance so that all do not come back at once. */
export function backOff(n: number, chance: number): number {
  return Math.min(FIRST_WAIT_MS * 2 ** n, LONGEST_WAIT_MS) * (0.75 + 0.5 * chance);
}

/** The one socket of a page. Beds that somebody looks at are watched; it comes back by itself when it is lost.
 *
 * `again` names the feed of a bed that is watched again after it was not for a while: what came meanwhile it has missed.
 */
export class Live extends EventTarget {
  /** It is open once something was heard: what lets one in and hangs up at once, such as a proxy without its server, is
   * no line. */
  state: LinkState = "lost";
  beds: BedSummary[] = [];
  private socket: WebSocket | null = null;
  private attempts = 0;
  private timer = 0;
  private heard_ms = 0;
  private telling = 0;
  private retry = 0;
  /** Beds that are watched on this socket, and beds of which something may have been missed since they last were. */
  private told = new Set<string>();
  private readonly missed = new Set<string>();
  /** Whether the server said on this socket which beds there are. */
  private listed = false;
  private readonly feeds = new Map<string, BedFeed>();
  private readonly watched = new Map<string, Map<object, Waves>>();

  constructor(private readonly url: string) {
    super();
  }

  open(): void {
    if (this.socket) return;
    window.clearTimeout(this.retry);
    this.setState(this.attempts ? "lost" : "connecting");
    const socket = new WebSocket(this.url);
    socket.binaryType = "arraybuffer";
    this.socket = socket;
    socket.onopen = () => {
      this.listed = false;
      this.heard_ms = performance.now();
      this.tellNow();
    };
    socket.onmessage = (event: MessageEvent<string | ArrayBuffer>) => this.hear(event.data);
    socket.onclose = (event) => {
      if (event.code === SIGNED_OUT) this.dispatchEvent(new CustomEvent("signed-out"));
      this.again();
    };
    window.clearInterval(this.timer);
    this.timer = window.setInterval(() => this.checkSilence(), 3000);
  }

  close(): void {
    window.clearInterval(this.timer);
    window.clearTimeout(this.retry);
    this.forget();
    const socket = this.socket;
    this.socket = null;
    if (socket) {
      socket.onclose = null;
      socket.close();
    }
    this.attempts = 0;
    this.setState("lost");
  }

  /** Watches a bed for `who`, who says so again with `unwatch`. */
  watch(feed: BedFeed, who: object, waves: Waves): void {
    this.feeds.set(feed.bed.id, feed);
    const watchers = this.watched.get(feed.bed.id) ?? new Map<object, Waves>();
    watchers.set(who, waves);
    this.watched.set(feed.bed.id, watchers);
    this.tell();
  }

  unwatch(bed: string, who: object): void {
    const watchers = this.watched.get(bed);
    watchers?.delete(who);
    if (watchers?.size === 0) this.watched.delete(bed);
    this.tell();
  }

  /** Whether somebody looks at all waves of a bed. */
  sweeps(bed: string): boolean {
    return [...(this.watched.get(bed)?.values() ?? [])].includes("all");
  }

  /** What is watched is said once, however many tiles say so at the same time. */
  private tell(): void {
    window.clearTimeout(this.telling);
    this.telling = window.setTimeout(() => this.tellNow(), TELL_AFTER_MS);
  }

  private tellNow(): void {
    if (this.socket?.readyState !== WebSocket.OPEN) return;
    const watch: Record<string, { waves: Waves; numbers: true }> = {};
    for (const [bed, watchers] of this.watched) {
      const wanted = [...watchers.values()];
      const waves = wanted.includes("all") ? "all" : [...new Set(wanted.flat())];
      watch[bed] = { waves, numbers: true };
    }
    this.socket.send(JSON.stringify({ watch }));
    for (const bed of this.told) if (!(bed in watch)) this.missed.add(bed);
    this.told = new Set(Object.keys(watch));
    this.catchUp();
  }

  /** What was missed is read anew as soon as the server has the bed: one that was started anew brings them back in turn. */
  private catchUp(): void {
    if (!this.listed) return;
    for (const bed of this.told)
      if (this.beds.some((b) => b.id === bed) && this.missed.delete(bed))
        this.dispatchEvent(new CustomEvent("again", { detail: this.feeds.get(bed) }));
  }

  private list(beds: BedSummary[]): void {
    this.beds = beds;
    this.listed = true;
    for (const [id, feed] of this.feeds) feed.setAway(!beds.some((b) => b.id === id));
    this.catchUp();
  }

  /** Nothing comes any more of what was watched. */
  private forget(): void {
    for (const bed of this.told) this.missed.add(bed);
    this.told.clear();
  }

  private hear(data: string | ArrayBuffer): void {
    this.heard_ms = performance.now();
    this.attempts = 0;
    this.setState("open");
    if (typeof data !== "string") {
      const frame = decodeFrame(data);
      const bed = frame && this.beds.find((b) => b.index === frame.bed);
      if (frame && bed) this.feeds.get(bed.id)?.frame(frame);
      return;
    }
    const message = JSON.parse(data) as Message;
    if (message.kind === "beds") this.list(message.beds);
    else this.feeds.get(message.bed)?.message(message);
    this.dispatchEvent(new CustomEvent<Message>("message", { detail: message }));
  }

  private checkSilence(): void {
    const silent = performance.now() - this.heard_ms > SILENT_MS;
    const awaited = [...this.watched.keys()].some((id) => this.feeds.get(id)?.clock.state === "running");
    const { socket } = this;
    if (socket?.readyState !== WebSocket.OPEN || !silent || !awaited) return;
    // A line that is dead does not answer that it closes: it is not waited for.
    socket.onclose = null;
    socket.close();
    this.again();
  }

  private again(): void {
    this.socket = null;
    this.forget();
    this.setState("lost");
    window.clearInterval(this.timer);
    const wait = backOff(this.attempts++, Math.random());
    this.retry = window.setTimeout(() => this.open(), wait);
  }

  private setState(state: LinkState): void {
    if (state === this.state) return;
    this.state = state;
    this.dispatchEvent(new CustomEvent("state"));
  }
}
