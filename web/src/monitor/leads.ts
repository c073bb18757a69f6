import type { WaveView } from "../contract";
import type { WaveRing } from "../live/ring";
import { countersOf, isPulse, withoutPulse } from "../sweep/pulses";

/** The usual page of twelve leads: three rows of four columns, each column the next quarter of the same ten seconds. */
const ROWS = [
  ["ecg_i", "ecg_avr", "ecg_v1", "ecg_v4"],
  ["ecg_ii", "ecg_avl", "ecg_v2", "ecg_v5"],
  ["ecg_iii", "ecg_avf", "ecg_v3", "ecg_v6"],
] as const;
const RHYTHM = "ecg_ii";
const MARK_MM = 7;

export const LENGTH_S = 10;
export const MM_S = 25;
export const MM_MV = 10;
/** Millimetres of a row, of the left margin that holds the pulse of calibration, and of the whole page. */
export const ROW_MM = 30;
export const LEFT_MM = 15;
export const WIDTH_MM = LEFT_MM + LENGTH_S * MM_S + 5;
export const HEIGHT_MM = 4 * ROW_MM + 10;

export interface Strip {
  label: string;
  /** Where its first sample stands, and its zero line, in millimetres. */
  x: number;
  y: number;
  /** An SVG path in millimetres; empty where nothing came. */
  path: string;
  /** The same of the marks where a pacemaker gave a pulse. */
  marks: string;
}

/** Whether a bed has all twelve leads. */
export function hasTwelve(waves: readonly WaveView[]): boolean {
  return ROWS.flat().every((id) => waves.some((w) => w.id === id));
}

/** The strips of a page that ends at `end_s`, as millimetres of paper. */
export function strips(waves: readonly WaveView[], rings: readonly (WaveRing | undefined)[], end_s: number): Strip[] {
  const begin_s = end_s - LENGTH_S;
  const counters = countersOf(waves, rings);
  const strip = (id: string, from_s: number, to_s: number, row: number): Strip => {
    const place = waves.findIndex((w) => w.id === id);
    const x = LEFT_MM + (from_s - begin_s) * MM_S;
    const y = (row + 0.5) * ROW_MM + 5;
    const ring = rings[place];
    const paths = ring
      ? [pathOf(counters, ring, from_s, to_s, x, y), marksOf(counters, ring, from_s, to_s, x, y)]
      : ["", ""];
    return { label: waves[place]?.label ?? id, x, y, path: paths[0]!, marks: paths[1]! };
  };
  const quarter = LENGTH_S / 4;
  const columns = ROWS.flatMap((row, r) =>
    row.map((id, c) => strip(id, begin_s + c * quarter, begin_s + (c + 1) * quarter, r)),
  );
  return [...columns, strip(RHYTHM, begin_s, end_s, ROWS.length)];
}

/** The first sample from a moment on, and the first from another. */
function samplesOf(ring: WaveRing, from_s: number, to_s: number): [number, number] {
  return [Math.ceil(from_s / ring.period_s - 1e-6), Math.ceil(to_s / ring.period_s - 1e-6)];
}

/** Samples from one moment to before another; the pen is lifted where one is missing. */
function pathOf(
  counters: readonly WaveRing[],
  ring: WaveRing,
  from_s: number,
  to_s: number,
  x0: number,
  y0: number,
): string {
  const [first, last] = samplesOf(ring, from_s, to_s);
  let path = "";
  let down = false;
  for (let i = first; i < last; i++) {
    const value = withoutPulse(ring, counters, i);
    if (!Number.isFinite(value)) {
      down = false;
      continue;
    }
    const x = x0 + (i * ring.period_s - from_s) * MM_S;
    path += `${down ? "L" : "M"}${x.toFixed(2)} ${(y0 - value * MM_MV).toFixed(2)}`;
    down = true;
  }
  return path;
}

/** Upright lines where a pulse was given, about where the trace was before it. */
function marksOf(
  counters: readonly WaveRing[],
  ring: WaveRing,
  from_s: number,
  to_s: number,
  x0: number,
  y0: number,
): string {
  const [first, last] = samplesOf(ring, from_s, to_s);
  let path = "";
  for (let i = first; i < last; i++) {
    if (!isPulse(counters, i)) continue;
    const x = x0 + (i * ring.period_s - from_s) * MM_S;
    const y = y0 - (withoutPulse(ring, counters, i) || 0) * MM_MV - MARK_MM / 2;
    path += `M${x.toFixed(2)} ${y.toFixed(2)}v${MARK_MM}`;
  }
  return path;
}
