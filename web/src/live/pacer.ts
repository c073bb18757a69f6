const LEAST_DELAY_S = 0.08;
const MOST_DELAY_S = 0.6;
const PULL = 0.5;
const MOST_PULL = 0.12;
const JUMP_S = 2.5;

/** Turns the arrival of frames into a time that flows evenly, a little behind the newest sample.
 *
 * The delay follows how unevenly frames come; the pace leans by at most 12 %, which the eye does not see.
 */
export class Pacer {
  private shown_s = NaN;
  private newest_s = NaN;
  private wall_s = NaN;
  private arrived_s = NaN;
  private delay_s = 0.15;
  speed = 1;
  running = true;
  /** Frames are pictures that stand still, far apart: each is shown whole when it comes. */
  stills = false;

  /** A frame that ends at `end_s` came at the time `wall_s`. */
  arrive(end_s: number, wall_s: number): void {
    if (this.stills) {
      this.newest_s = this.shown_s = end_s;
      this.arrived_s = this.wall_s = wall_s;
      return;
    }
    if (Number.isFinite(this.arrived_s) && this.running) {
      const late_s = wall_s - this.arrived_s - (end_s - this.newest_s) / this.speed;
      const wish_s = Math.min(Math.max(1.5 * Math.abs(late_s) + LEAST_DELAY_S, LEAST_DELAY_S), MOST_DELAY_S);
      this.delay_s += (wish_s > this.delay_s ? 0.5 : 0.01) * (wish_s - this.delay_s);
    }
    this.newest_s = end_s;
    this.arrived_s = wall_s;
    const gap_s = end_s - this.shown_s;
    if (!Number.isFinite(this.shown_s) || gap_s > JUMP_S * this.speed || gap_s < -0.5 * this.speed) {
      this.shown_s = end_s - this.delay_s * this.speed;
      this.wall_s = wall_s;
    }
  }

  /** The time to show at `wall_s`; NaN before the first frame. Never later than the newest sample, never back. */
  now(wall_s: number): number {
    if (!Number.isFinite(this.shown_s)) return NaN;
    const passed_s = Math.max(wall_s - this.wall_s, 0);
    this.wall_s = wall_s;
    const delay_s = this.running ? this.delay_s : 0;
    const error_s = (this.newest_s - delay_s * this.speed - this.shown_s) / this.speed;
    const lean = Math.min(Math.max(PULL * error_s, -MOST_PULL), MOST_PULL);
    this.shown_s = Math.min(this.shown_s + passed_s * this.speed * (1 + lean), Math.max(this.newest_s, this.shown_s));
    return this.shown_s;
  }

  /** Whether no frame has come yet, so that there is no time to show. */
  get isEmpty(): boolean {
    return !Number.isFinite(this.shown_s);
  }

  /** Forgets everything: the bed went to another time. */
  reset(): void {
    this.shown_s = this.newest_s = this.wall_s = this.arrived_s = NaN;
  }
}
