import type { Alarm, PastAlarm } from "../contract";

/** Whether a stretch that may have no end holds a moment. */
const covers = (from_s: number, until_s: number | null, t_s: number) =>
  from_s <= t_s && (until_s === null || t_s < until_s);

/** Notes that an alarm latches at a moment or does not, in its stretches of it. */
export function noteLatched(past: PastAlarm, isLatched: boolean, t_s: number): void {
  const stretches = (past.latched ??= []);
  const last = stretches[stretches.length - 1];
  const open = last !== undefined && last[1] === null;
  if (isLatched && !open) stretches.push([t_s, null]);
  else if (open && !isLatched) last[1] = t_s;
}

/** The alarms that had begun by a moment, as it was known then: without the ends that came later. */
export function asOf(alarms: readonly PastAlarm[], t_s: number): PastAlarm[] {
  const open = (end_s: number | null) => (end_s !== null && end_s > t_s ? null : end_s);
  return alarms
    .filter((a) => a.t_s <= t_s)
    .map((a) => ({
      ...a,
      until_s: open(a.until_s),
      ...(a.latched && {
        latched: a.latched
          .filter(([from]) => from <= t_s)
          .map(([from, to]): [number, number | null] => [from, open(to)]),
      }),
    }));
}

/** Since when the condition of an alarm that stands at a moment is gone; nothing where it is there, or nobody knows. */
export function goneSince(alarms: readonly PastAlarm[], id: string, t_s: number): number | null {
  const past = alarms.find((a) => a.id === id && covers(a.t_s, a.until_s, t_s));
  return past?.latched?.find(([from, to]) => covers(from, to, t_s))?.[0] ?? null;
}

/** The alarms that stood at a moment, the most urgent first; nobody is asked to acknowledge what is past. */
export function alarmsAt(feed: { pastAlarms: readonly PastAlarm[] }, t_s: number): Alarm[] {
  return feed.pastAlarms
    .filter((a) => covers(a.t_s, a.until_s, t_s))
    .map(({ id, priority, text, text_ko }) => ({
      ...{ id, priority, text, acknowledged: true, latched: goneSince(feed.pastAlarms, id, t_s) !== null },
      ...(text_ko === undefined ? {} : { text_ko }),
    }))
    .sort((a, b) => b.priority - a.priority);
}
