import type { Bed } from "../contract";
import { isSlow } from "../text/moment";

const HORIZONS_S = [300, 600, 1200, 1800];
const HORIZONS_SLOW_S = [3600, 7200, 14_400, 28_800];
const USUAL_S = 600;
const USUAL_SLOW_S = 14_400;
const MEMBERS = [12, 24, 48, 64];

/** How far one may look, as far as the server plays it. */
export function horizonsOf(bed: Bed): number[] {
  const longest_s = bed.forks?.longest_s ?? Infinity;
  return (isSlow(bed.view.page_s) ? HORIZONS_SLOW_S : HORIZONS_S).filter((s) => s <= longest_s);
}

/** How far one looks unless somebody says. */
export function usualHorizon(bed: Bed): number {
  const usual_s = isSlow(bed.view.page_s) ? USUAL_SLOW_S : USUAL_S;
  return Math.min(usual_s, bed.forks?.longest_s ?? Infinity);
}

/** How many members a future may have. */
export function membersOf(bed: Bed): number[] {
  const most = bed.forks?.most_members ?? Infinity;
  return MEMBERS.filter((n) => n <= most);
}
