import type { Band } from "../contract";

/** From a value to a place on a chart. */
export type Place = (value: number) => number;

export const linear =
  (from: number, to: number, a: number, b: number): Place =>
  (v) =>
    a + ((v - from) / (to - from || 1)) * (b - a);

type Series = readonly (number | null)[];

/** A line through what is known; it breaks where nothing is. */
export function line(t_s: readonly number[], values: Series, x: Place, y: Place): string {
  let path = "";
  let drawing = false;
  values.forEach((v, i) => {
    const known = v !== null && v !== undefined && Number.isFinite(v);
    if (known) path += `${drawing ? "L" : "M"}${x(t_s[i]!).toFixed(1)} ${y(v).toFixed(1)}`;
    drawing = known;
  });
  return path;
}

/** The area between the 5th and the 95th percentile, piece by piece where it is known. */
export function area(t_s: readonly number[], band: Band, x: Place, y: Place): string {
  const pieces: number[][] = [];
  let piece: number[] | null = null;
  t_s.forEach((_, i) => {
    const known = Number.isFinite(band.p5[i] ?? NaN) && Number.isFinite(band.p95[i] ?? NaN);
    if (!known) piece = null;
    else if (piece) piece.push(i);
    else pieces.push((piece = [i]));
  });
  const at = (i: number, v: number) => `${x(t_s[i]!).toFixed(1)} ${y(v).toFixed(1)}`;
  return pieces
    .map(
      (p) =>
        `M${p.map((i) => at(i, band.p95[i]!)).join("L")}L${[...p]
          .reverse()
          .map((i) => at(i, band.p5[i]!))
          .join("L")}Z`,
    )
    .join("");
}

/** Round values on an axis, about `count` of them. */
export function ticks(low: number, high: number, count: number): number[] {
  const rough = (high - low) / Math.max(count, 1);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((k) => k * power).find((s) => s >= rough) ?? rough;
  const out: number[] = [];
  for (let v = Math.ceil(low / step - 1e-9) * step; v <= high + 1e-9 * step; v += step)
    out.push(Number(v.toPrecision(10)));
  return out;
}

/** Round times in seconds. */
export function timeTicks(from: number, to: number, count: number): number[] {
  const steps = [10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400];
  const step = steps.find((s) => (to - from) / s <= count) ?? 86_400;
  const out: number[] = [];
  for (let v = Math.ceil(from / step) * step; v <= to; v += step) out.push(v);
  return out;
}

/** The range that holds all of the values, with some room, and never less than `least` wide. */
export function range(values: Iterable<number | null | undefined>, least: number): [number, number] {
  let [low, high] = [Infinity, -Infinity];
  for (const v of values) {
    if (v === null || v === undefined || !Number.isFinite(v)) continue;
    low = Math.min(low, v);
    high = Math.max(high, v);
  }
  if (!(high >= low)) return [0, 1];
  const room = Math.max((least - (high - low)) / 2, 0.06 * (high - low));
  return [low - room, high + room];
}

/** The place of the time nearest to `t_s` in a rising list. */
export function nearest(t: readonly number[], t_s: number): number {
  let [low, high] = [0, t.length - 1];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (t[middle]! <= t_s) low = middle;
    else high = middle;
  }
  return Math.abs(t[high]! - t_s) < Math.abs(t[low]! - t_s) ? high : low;
}
