import type { WaveRing } from "../live/ring";

/** An electrocardiogram that a watch records or recorded: samples from a moment on, NaN where one was lost. */
export interface Recording {
  /** Number of the first sample since the bed began. */
  first: number;
  period_s: number;
  values: number[];
}

/** Numbers of the first of the samples that came last in one piece, and of the one after them; null where there is none. */
export function lastRun(ring: WaveRing, until = ring.end): [number, number] | null {
  let stop = Math.min(until, ring.end);
  while (stop > ring.begin && !Number.isFinite(ring.at(stop - 1))) stop--;
  let first = stop;
  while (first > ring.begin && Number.isFinite(ring.at(first - 1))) first--;
  return stop > first ? [first, stop] : null;
}

/** What is known of the last recording: what was kept of it and what came since, or a new one. */
export function grown(kept: Recording | null, ring: WaveRing | undefined, now_s: number): Recording | null {
  const isGone = kept !== null && Number.isFinite(now_s) && kept.first * kept.period_s > now_s;
  const before = isGone || (ring && kept?.period_s !== ring.period_s) ? null : kept;
  if (!ring || !Number.isFinite(now_s)) return before;
  const run = lastRun(ring, Math.floor(now_s / ring.period_s) + 1);
  if (!run) return before;
  const [first, stop] = run;
  const end = before ? before.first + before.values.length : -Infinity;
  if (before && stop <= end && first >= before.first) return before;
  const goesOn = before && before.first <= first && first <= end;
  const from = goesOn ? end : first;
  const values = Array.from({ length: stop - from }, (_, k) => ring.at(from + k));
  if (goesOn) return { ...before, values: [...before.values, ...values] };
  return { first, period_s: ring.period_s, values };
}

export const MM_S = 25;
export const MM_MV = 10;
export const ROW_S = 7.5;
export const ROW_MM = 20;

/** A line of a paper that runs at 25 mm/s and 10 mm/mV, row under row, as an SVG path in millimetres. */
export function onPaper({ values, period_s }: Recording): string {
  const perRow = Math.round(ROW_S / period_s);
  let path = "";
  let down = false;
  values.forEach((value, k) => {
    const place = k % perRow;
    if (place === 0) down = false;
    if (!Number.isFinite(value)) {
      down = false;
      return;
    }
    const row = Math.floor(k / perRow);
    const y = (row + 0.62) * ROW_MM - value * MM_MV;
    path += `${down ? "L" : "M"}${(place * period_s * MM_S).toFixed(2)} ${y.toFixed(2)}`;
    down = true;
  });
  return path;
}

export const lasts_s = ({ values, period_s }: Recording): number => values.length * period_s;
