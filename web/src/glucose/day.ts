import type { Entry, Trends } from "../contract";

/** Limits of the international consensus on time in range, mg/dL (Battelino 2019, doi:10.2337/dci19-0028). */
export const ZONES = [54, 70, 180, 250] as const;
export const LOWEST = 40;

/** Shares of time below 54, from 54 to 69, 70 to 180, 181 to 250 and above 250 mg/dL. */
export type Shares = [number, number, number, number, number];

export interface Statistics {
  shares: Shares;
  mean: number;
  /** Standard deviation over mean. */
  cv: number;
  /** How long there were readings, s. */
  seen_s: number;
}

const MOST_GAP_S = 900;

/** The zone of a reading in mg/dL, 0 to 4. A display rounds, so 180.4 is in range. */
export function zone(mg_dl: number): 0 | 1 | 2 | 3 | 4 {
  const shown = Math.round(mg_dl);
  return shown < 54 ? 0 : shown < 70 ? 1 : shown <= 180 ? 2 : shown <= 250 ? 3 : 4;
}

/** How glucose was between two times. Each reading counts for the time until the next one, at most a quarter of an hour. */
export function statistics(
  t_s: readonly number[],
  mg_dl: readonly (number | null)[],
  from: number,
  to: number,
): Statistics | null {
  const shares: Shares = [0, 0, 0, 0, 0];
  let [seen, sum, squares] = [0, 0, 0];
  for (let i = 0; i < t_s.length; i++) {
    const value = mg_dl[i];
    if (value === null || value === undefined || t_s[i]! < from || t_s[i]! > to) continue;
    const weight = Math.min((t_s[i + 1] ?? t_s[i]! + 60) - t_s[i]!, MOST_GAP_S);
    shares[zone(value)] += weight;
    seen += weight;
    sum += weight * value;
    squares += weight * value * value;
  }
  if (!seen) return null;
  const mean = sum / seen;
  const sd = Math.sqrt(Math.max(squares / seen - mean * mean, 0));
  return { shares: shares.map((s) => s / seen) as Shares, mean, cv: sd / mean, seen_s: seen };
}

/** Arrows as sensors show them, by the trend in mg/dL a minute: level below 1, slanting to 2, upright to 3, double above. */
export type Arrow = "down2" | "down" | "slantDown" | "level" | "slantUp" | "up" | "up2";
export const ARROWS: readonly Arrow[] = ["up2", "up", "slantUp", "level", "slantDown", "down", "down2"];

export function arrow(trend_mg_dl_min: number): Arrow {
  const size = Math.abs(trend_mg_dl_min);
  if (size < 1) return "level";
  const up = trend_mg_dl_min > 0;
  if (size < 2) return up ? "slantUp" : "slantDown";
  if (size <= 3) return up ? "up" : "down";
  return up ? "up2" : "down2";
}

export interface Dose {
  t_s: number;
  amount: number;
}

const LEAST_U = 0.01;

/** Boluses, from the total so far: what comes within five minutes is one. */
export function boluses(t_s: readonly number[], total: readonly (number | null)[], from: number, to: number): Dose[] {
  const out: Dose[] = [];
  let before: number | null = null;
  let last = -Infinity;
  for (let i = 0; i < t_s.length; i++) {
    const now = total[i];
    if (now === null || now === undefined) continue;
    const given = before === null ? 0 : now - before;
    before = now;
    if (given < LEAST_U || t_s[i]! < from || t_s[i]! > to) continue;
    if (t_s[i]! - last <= 300 && out.length) out[out.length - 1]!.amount += given;
    else out.push({ t_s: t_s[i]!, amount: given });
    last = t_s[i]!;
  }
  return out;
}

/** Readings of the meter: where its last one changes. It keeps showing the last one, and nothing before the first. */
export function fingerSticks(
  t_s: readonly number[],
  shown: readonly (number | null)[],
  from: number,
  to: number,
): Dose[] {
  const out: Dose[] = [];
  let before: number | null = null;
  for (let i = 0; i < t_s.length; i++) {
    const now = shown[i] ?? 0;
    if (before !== null && now !== before && t_s[i]! >= from && t_s[i]! <= to) out.push({ t_s: t_s[i]!, amount: now });
    before = now;
  }
  return out;
}

/** Doses of a control that were granted or that the script of the bed gives, between two times. */
export function doses(
  entries: readonly Entry[],
  script: readonly { control: string; t_s: number; value: number }[],
  control: string,
  from: number,
  to: number,
): Dose[] {
  const asked = entries
    .filter((e) => e.accepted && e.kind === "request" && e.control === control && typeof e.value === "number")
    .map((e) => ({ t_s: e.t_s, amount: e.value as number }));
  const own = script.filter((s) => s.control === control).map((s) => ({ t_s: s.t_s, amount: s.value }));
  return [...asked, ...own].filter((d) => d.t_s >= from && d.t_s <= to).sort((a, b) => a.t_s - b.t_s);
}

const READING_S = 300;

/** The places of readings: a display holds one until the next, five minutes later. */
export function readings(t_s: readonly number[], shown: readonly (number | null)[]): number[] {
  const out: number[] = [];
  let last = -1;
  for (let i = 0; i < t_s.length; i++) {
    const value = shown[i];
    if (value === null || value === undefined) continue;
    const same = last >= 0 && shown[last] === value && i > 0 && shown[i - 1] === value;
    if (same && t_s[i]! - t_s[last]! < READING_S) continue;
    out.push(i);
    last = i;
  }
  return out;
}

/** The trends of the last stretch in place of coarser ones of the whole time. */
export function finer(whole: Trends, recent: Trends): Trends {
  const first = recent.t_s[0];
  if (first === undefined) return whole;
  const keep = whole.t_s.findIndex((t) => t >= first);
  const n = keep < 0 ? whole.t_s.length : keep;
  const row = (id: string) => [
    ...(whole.numbers[id]?.slice(0, n) ?? new Array<null>(n).fill(null)),
    ...recent.numbers[id]!,
  ];
  return {
    t_s: [...whole.t_s.slice(0, n), ...recent.t_s],
    numbers: Object.fromEntries(Object.keys(recent.numbers).map((id) => [id, row(id)])),
  };
}

export interface Therapy {
  /** g/U, mg/dL/U, mg/dL. */
  carbohydrate_ratio: number;
  correction_factor: number;
  target: number;
}

const STEP_U = 0.05;

/** What a bolus calculator advises: the meal, and the correction that is not on board yet; below target less is given.
 * Insulin on board lowers a correction, never the dose for a meal. Doses are rounded down. */
export function advised(therapy: Therapy, carbohydrate_g: number, glucose_mg_dl: number | null, on_board_u: number) {
  const meal = carbohydrate_g / therapy.carbohydrate_ratio;
  const away = glucose_mg_dl === null ? 0 : (glucose_mg_dl - therapy.target) / therapy.correction_factor;
  const correction = away > 0 ? Math.max(away - Math.max(on_board_u, 0), 0) : away;
  const dose = Math.max(meal + correction, 0);
  return { meal, correction, dose: Math.floor(dose / STEP_U + 1e-9) * STEP_U };
}
