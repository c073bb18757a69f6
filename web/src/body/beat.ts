/** Where in a beat the heart is, from waves that are live, and what it has put out by then. */
import type { WaveRing } from "../live/ring";

const LEAST_RR_S = 0.28;
/** Share of the steepest rise that counts as the beginning of a beat. */
const STEEP = 0.5;
const LOOK_S = 6;

export interface Beat {
  /** Seconds since the R wave. */
  since_s: number;
  /** From one R wave to the next. */
  rr_s: number;
}

/** The beat at `now_s`, by the steepest rises of a wave (R waves, or upstrokes that come `delay_s` later); nothing where it does not beat. */
export function beatAt(ring: WaveRing, now_s: number, rise_s: number, delay_s: number, least: number): Beat | null {
  const at = now_s + delay_s;
  const end = Math.min(Math.floor(at / ring.period_s), ring.end - 1);
  const from = Math.max(ring.begin, end - Math.round(LOOK_S / ring.period_s));
  const step = Math.max(1, Math.round(rise_s / ring.period_s));
  const rise = (i: number) => ring.at(i) - ring.at(i - step);
  let steepest = 0;
  for (let i = from + step; i <= end; i++) if (rise(i) > steepest) steepest = rise(i);
  if (steepest < least) return null;
  const starts: number[] = [];
  for (let i = from + step; i <= end; i++) {
    const last = starts[starts.length - 1];
    if (rise(i) > STEEP * steepest && (last === undefined || (i - last) * ring.period_s > LEAST_RR_S)) starts.push(i);
  }
  const [last, before] = [starts[starts.length - 1], starts[starts.length - 2]];
  if (last === undefined || before === undefined) return null;
  const since_s = at - last * ring.period_s;
  const rr_s = (last - before) * ring.period_s;
  return since_s > 2 * rr_s + 1 ? null : { since_s, rr_s };
}

/** Share of the stroke that is out of the ventricle `since_s` after the R wave of a beat of `rr_s`: 0 full, 1 emptied.
 *
 * Times of systole by heart rate: Weissler, Harris and Schoenfeld 1968 (electromechanical systole 546 - 2.1 HR ms, ejection
 * 413 - 1.7 HR ms, men). The shape between those times is drawn: most of filling is early, and the rest comes with the atria.
 */
export function emptied({ since_s, rr_s }: Beat): number {
  const rate = Math.min(Math.max(60 / rr_s, 30), 180);
  const Q_TO_R_S = 0.04;
  const ejection_s = (413 - 1.7 * rate) / 1000;
  const opens_s = (546 - 2.1 * rate) / 1000 - ejection_s - Q_TO_R_S;
  const closes_s = opens_s + ejection_s;
  const cycle_s = Math.max(rr_s, closes_s + 0.12);
  const t = Math.min(since_s, cycle_s);
  if (t <= opens_s) return 0;
  if (t < closes_s) return Math.sin(((t - opens_s) / ejection_s) * (Math.PI / 2)) ** 1.4;
  const relaxed_s = closes_s + Math.min(0.07, 0.2 * (cycle_s - closes_s));
  if (t < relaxed_s) return 1;
  const left = (t - relaxed_s) / (cycle_s - relaxed_s);
  const ATRIAL = 0.22;
  const early = 1 - (1 - Math.min(1, left / 0.55)) ** 2.4;
  const late = left < 0.78 ? 0 : (1 - Math.cos(((left - 0.78) / 0.22) * Math.PI)) / 2;
  return 1 - (1 - ATRIAL) * early - ATRIAL * late;
}
