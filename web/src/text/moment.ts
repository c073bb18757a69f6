import { clock, t } from "./text";

const DAY_S = 86_400;
const SLOW_S = 30;

/** Whether a bed goes by the hour: its pages are that long. */
export const isSlow = (page_s: number): boolean => page_s >= SLOW_S;

/** The time of the day, as 07:30. */
export function timeOfDay(t_s: number): string {
  const minutes = Math.floor((t_s % DAY_S) / 60 + 1e-6);
  const two = (n: number) => String(n).padStart(2, "0");
  return `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}

/** The day, from 1. */
export const dayOf = (t_s: number): number => Math.floor((t_s + 1e-6) / DAY_S) + 1;

/** A moment of a bed: seconds since it began, or the day and the minute where it goes by the hour. */
export function moment(t_s: number, page_s: number): string {
  return isSlow(page_s) ? `${t("clock.day", { n: dayOf(t_s) })} ${timeOfDay(Math.max(t_s, 0))}` : clock(t_s);
}

/** The same on an axis, where there is little room. */
export function tick(t_s: number, page_s: number): string {
  return isSlow(page_s) ? timeOfDay(t_s) : clock(t_s);
}
