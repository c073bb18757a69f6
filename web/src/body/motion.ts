/** What the picture of the body shows at a moment: what the twin told, and what is drawn between. */
import type { Body } from "../contract";
import type { BedFeed } from "../live/feed";
import type { WaveRing } from "../live/ring";
import { beatAt, emptied, type Beat } from "./beat";

/** The least rise that is a beat, in the unit of the wave, and how much later than the R wave it comes. */
const BEATS = [
  { id: "ecg_ii", rise_s: 0.03, delay_s: 0, least: 0.15 },
  { id: "arterial_pressure", rise_s: 0.06, delay_s: 0.16, least: 4 },
] as const;
export type BeatSource = (typeof BEATS)[number]["id"] | null;
export type BreathSource = "lung_volume" | "thoracic_impedance" | null;

export interface Moment {
  left_ml: number;
  right_ml: number;
  /** Gas, L. */
  lungLeft_L: number;
  lungRight_L: number;
  beat: BeatSource;
  breath: BreathSource;
}

/** What is shown of a moment: sizes, and what the colours mean (a share of 1, L/min/m2). */
export interface Shown extends Moment {
  saturation: number | null;
  perfusion: number | null;
}

/** Volume of the muscle of the left ventricle, mL: a usual one; the twin does not tell it. */
export const MUSCLE_ML = 105;
/** Tissue and blood of one lung, mL: a usual one, drawn beside the gas that the twin tells. */
export const TISSUE_ML = 400;

/** How fast what is drawn goes to what a page told, so that nothing jumps. */
const EASE_S = 0.25;
const TOLD_KEPT = 24;

/** Follows a bed. `told` is the body of the last page; `at` draws between the pages. */
export class Motion {
  private last: Body | null = null;
  /** Pages whose end the waves have not reached yet. */
  private waiting: { body: Body; t_s: number }[] = [];
  private newest: Body | null = null;
  private newest_s = NaN;
  private full = { left: NaN, right: NaN };
  private shown = { left: NaN, right: NaN };
  private drawn_s = NaN;
  private lungs: number[] = [];

  constructor(private readonly feed: BedFeed) {}

  private ring(id: string): WaveRing | undefined {
    return this.feed.rings[this.feed.bed.view.waves.findIndex((w) => w.id === id)];
  }

  private beat(now_s: number): { beat: Beat; source: BeatSource } | null {
    for (const { id, rise_s, delay_s, least } of BEATS) {
      const ring = this.ring(id);
      const beat = ring && beatAt(ring, now_s, rise_s, delay_s, least);
      if (beat) return { beat, source: id };
    }
    return null;
  }

  /** What a beat puts out, mL: the output of the heart shared among the beats. */
  private stroke(beat: Beat): number {
    const output = this.last?.cardiac_output;
    return typeof output === "number" ? Math.max(0, (output * 1000 * beat.rr_s) / 60) : 0;
  }

  /** Takes the body of a page that ended at `t_s`: the full volume that the told one belongs to. */
  private take(body: Body, t_s: number): void {
    this.last = body;
    const now = this.beat(t_s);
    const out = now ? emptied(now.beat) * this.stroke(now.beat) : 0;
    const { left_ventricular_volume: left, right_ventricular_volume: right } = body;
    if (typeof left === "number") this.full.left = left + out;
    if (typeof right === "number") this.full.right = right + out;
    const lungs = (body.lung_volume_left ?? NaN) + (body.lung_volume_right ?? NaN);
    if (Number.isFinite(lungs)) this.lungs = [...this.lungs, lungs].slice(-TOLD_KEPT);
  }

  at(now_s: number, body: Body, told_s: number): Moment {
    if (body !== this.newest) {
      this.newest = body;
      // Where time went back, what was told of later moments no longer holds.
      if (told_s < this.newest_s) this.lungs = [];
      this.newest_s = told_s;
      this.waiting = [...this.waiting.filter(({ t_s }) => t_s < told_s), { body, t_s: told_s }];
    }
    while (this.waiting[0] && (now_s >= this.waiting[0].t_s || this.last === null)) {
      const { body: next, t_s } = this.waiting.shift()!;
      this.take(next, t_s);
    }
    const passed_s = Number.isFinite(this.drawn_s) ? Math.max(0, now_s - this.drawn_s) : Infinity;
    this.drawn_s = now_s;
    const lean = 1 - Math.exp(-passed_s / EASE_S);
    for (const side of ["left", "right"] as const) {
      const gap = this.full[side] - this.shown[side];
      this.shown[side] = Number.isFinite(gap) ? this.shown[side] + lean * gap : this.full[side];
    }
    const now = this.beat(now_s);
    const out = now ? emptied(now.beat) * this.stroke(now.beat) : 0;
    const { gas_L, source } = this.gas(now_s);
    const [left, right] = [this.last?.lung_volume_left ?? NaN, this.last?.lung_volume_right ?? NaN];
    const share = left / (left + right);
    return {
      left_ml: Math.max(5, this.shown.left - out),
      right_ml: Math.max(5, this.shown.right - out),
      lungLeft_L: gas_L * share,
      lungRight_L: gas_L * (1 - share),
      beat: now?.source ?? null,
      breath: source,
    };
  }

  /** Gas in both lungs: a wave that tells it, else the told volumes with the course of the impedance of the chest. */
  private gas(now_s: number): { gas_L: number; source: BreathSource } {
    const live = this.ring("lung_volume");
    const value = live?.at(Math.min(Math.floor(now_s / live.period_s), live.end - 1));
    if (value !== undefined && Number.isFinite(value)) return { gas_L: value, source: "lung_volume" };
    const [low, high] = [Math.min(...this.lungs), Math.max(...this.lungs)];
    const share = this.impedance(now_s);
    if (share !== null && this.lungs.length > 5)
      return { gas_L: low + (high - low) * share, source: "thoracic_impedance" };
    return { gas_L: this.lungs.reduce((sum, v) => sum + v, 0) / this.lungs.length, source: null };
  }

  private impedance(now_s: number): number | null {
    const ring = this.ring("thoracic_impedance");
    if (!ring) return null;
    const end = Math.min(Math.floor(now_s / ring.period_s), ring.end - 1);
    let [low, high] = [Infinity, -Infinity];
    for (let i = Math.max(ring.begin, end - Math.round(12 / ring.period_s)); i <= end; i += 4) {
      const value = ring.at(i);
      if (value < low) low = value;
      if (value > high) high = value;
    }
    const now = ring.at(end);
    return high > low && Number.isFinite(now) ? (now - low) / (high - low) : null;
  }
}
