import type { Trends } from "../contract";

/** Of one measurement with a cuff. */
const OF_CUFF = ["NSYS", "NDIA", "NMAP"];
const SAME = 1e-6;

/** Since when the numbers of the cuff stand as they do now, from what was kept of them; nothing where they always did,
 * which says only that the measurement was before, and where there are none. */
export function cuffSince({ t_s, numbers }: Trends): number | null {
  const told = OF_CUFF.flatMap((id) => (numbers[id] ? [numbers[id]] : []));
  const last = t_s.length - 1;
  const isAsNow = (i: number) =>
    told.every((values) => typeof values[i] === "number" && Math.abs(values[i] - values[last]!) < SAME);
  if (!told.length || last < 0 || !isAsNow(last)) return null;
  let first = last;
  while (first > 0 && isAsNow(first - 1)) first--;
  return first > 0 ? t_s[first]! : null;
}
