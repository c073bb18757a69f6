import type { WaveRing } from "../live/ring";
import { isPulse, withoutPulse } from "./pulses";

/** How samples become places on a strip. */
export interface Scale {
  /** Values at the bottom and at the top. */
  low: number;
  high: number;
  inverted: boolean;
  /** CSS pixels of a second. */
  pxPerS: number;
}

export interface Pen {
  colour: string;
  /** Filled down to the bottom, as capnograms are. */
  filled: boolean;
  /** Of the marks where a pacemaker gave a pulse. */
  mark?: string;
}

const ERASED_CSS = 18;
const WIDTH_CSS = 1.75;
const PAD_CSS = 4;
/** A mark of a pacemaker's pulse: of one height whatever the gain, so that nobody takes it for a voltage. */
const MARK_CSS = 26;

/** One strip that a pen writes from left to right, erasing what is oldest just before it.
 *
 * Only what is new is drawn: a step costs some tens of microseconds whatever the width.
 */
export class Sweep {
  private readonly context: CanvasRenderingContext2D;
  private width = 0;
  private height = 0;
  private ratio = 1;
  private drawn = NaN;
  private column = -1;
  private ring: WaveRing | undefined;
  private counters: readonly WaveRing[] = [];

  constructor(
    readonly canvas: HTMLCanvasElement,
    public scale: Scale,
    public pen: Pen,
  ) {
    this.context = canvas.getContext("2d")!;
  }

  /** Seconds from the left edge to the right. */
  get window_s(): number {
    return this.width / this.ratio / this.scale.pxPerS;
  }

  resize(width_css: number, height_css: number, ratio: number): void {
    const [width, height] = [Math.max(1, Math.round(width_css * ratio)), Math.max(1, Math.round(height_css * ratio))];
    if (width === this.width && height === this.height) return;
    this.canvas.width = this.width = width;
    this.canvas.height = this.height = height;
    this.ratio = ratio;
    this.forget();
  }

  /** The next step draws everything anew. */
  forget(): void {
    this.drawn = NaN;
  }

  clear(): void {
    this.context.clearRect(0, 0, this.width, this.height);
    this.forget();
  }

  /** Moves the pen on to the time `now_s`. Where one of the running numbers goes on, a pulse is marked. */
  step(ring: WaveRing | undefined, now_s: number, counters: readonly WaveRing[] = []): void {
    if (!this.width) return;
    if (!ring || !Number.isFinite(now_s)) return this.clear();
    if (ring !== this.ring) this.forget();
    this.ring = ring;
    this.counters = counters.filter((c) => c.period_s === ring.period_s);
    // What has not come yet is drawn when it comes: a pen that is ahead of it would leave gaps.
    const last = Math.min(Math.floor(now_s / ring.period_s), ring.end - 1);
    const inWindow = Math.floor(this.window_s / ring.period_s);
    if (!(last - this.drawn <= inWindow && last >= this.drawn)) this.drawAll(ring, last, inWindow);
    else if (last > this.drawn) this.drawSome(ring, this.drawn, last);
  }

  private drawAll(ring: WaveRing, last: number, inWindow: number): void {
    this.context.clearRect(0, 0, this.width, this.height);
    this.column = -1;
    const erased = Math.ceil((ERASED_CSS * this.ratio) / this.pixels(ring.period_s));
    this.trace(ring, Math.max(ring.begin, last - inWindow + erased), last);
    this.drawn = last;
  }

  private drawSome(ring: WaveRing, from: number, last: number): void {
    const gap = ERASED_CSS * this.ratio;
    const start = this.x(from * ring.period_s) + gap;
    const stop = start + this.pixels((last - from) * ring.period_s) + 1;
    this.erase(start, stop);
    this.trace(ring, from, last);
    this.drawn = last;
  }

  private erase(start: number, stop: number): void {
    for (let turn = Math.floor(start / this.width); turn * this.width < stop; turn++) {
      const left = Math.max(0, Math.floor(start - turn * this.width));
      const right = Math.min(this.width, Math.ceil(stop - turn * this.width));
      if (right > left) this.context.clearRect(left, 0, right - left, this.height);
    }
  }

  /** Draws from one sample to another; a line begins anew at the left edge and after what is missing. */
  private trace(ring: WaveRing, from: number, last: number): void {
    const { context } = this;
    context.strokeStyle = context.fillStyle = this.pen.colour;
    context.lineWidth = WIDTH_CSS * this.ratio;
    context.lineJoin = context.lineCap = "round";
    context.beginPath();
    let x0 = NaN;
    let y0 = NaN;
    for (let i = from; i <= last; i++) {
      const x = this.x(i * ring.period_s);
      const y = this.y(withoutPulse(ring, this.counters, i));
      const joined = x >= x0 && Number.isFinite(y0) && Number.isFinite(y);
      if (joined) context.lineTo(x, y);
      else if (Number.isFinite(y)) context.moveTo(x, y);
      if (x < x0) this.column = -1;
      if (this.pen.filled && joined) this.fill(x0, y0, x, y);
      x0 = x;
      y0 = y;
    }
    context.stroke();
    if (this.counters.length) this.mark(ring, from, last);
  }

  /** Marks the pulses after one sample and until another. */
  private mark(ring: WaveRing, from: number, last: number): void {
    const { context } = this;
    const half = Math.min((MARK_CSS * this.ratio) / 2, this.height / 2);
    context.strokeStyle = this.pen.mark ?? this.pen.colour;
    context.beginPath();
    for (let i = from + 1; i <= last; i++) {
      if (!isPulse(this.counters, i)) continue;
      const x = Math.round(this.x(i * ring.period_s));
      const trace = this.y(withoutPulse(ring, this.counters, i));
      const middle = Math.min(Math.max(Number.isFinite(trace) ? trace : 0, half), this.height - half);
      context.moveTo(x, middle - half);
      context.lineTo(x, middle + half);
    }
    context.stroke();
  }

  /** Fills whole columns of pixels, so that pieces drawn one after the other leave no seam. */
  private fill(x0: number, y0: number, x1: number, y1: number): void {
    const first = Math.max(this.column + 1, Math.floor(x0));
    const last = Math.ceil(x1) - 1;
    this.context.globalAlpha = 0.82;
    for (let column = first; column <= last; column++) {
      const share = x1 > x0 ? Math.min(Math.max((column + 0.5 - x0) / (x1 - x0), 0), 1) : 1;
      const top = y0 + share * (y1 - y0);
      this.context.fillRect(column, top, 1, Math.max(this.height - PAD_CSS * this.ratio - top, 0));
      this.column = column;
    }
    this.context.globalAlpha = 1;
  }

  private pixels(seconds: number): number {
    return seconds * this.scale.pxPerS * this.ratio;
  }

  private x(t_s: number): number {
    const window_s = this.window_s;
    return this.pixels(t_s - Math.floor(t_s / window_s) * window_s);
  }

  y(value: number): number {
    const { low, high, inverted } = this.scale;
    const pad = PAD_CSS * this.ratio;
    const share = Math.min(Math.max((value - low) / (high - low), 0), 1);
    return pad + (inverted ? share : 1 - share) * (this.height - 2 * pad);
  }
}
