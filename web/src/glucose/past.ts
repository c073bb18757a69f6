import type { DeviceState, Trends } from "../contract";
import { BedFeed } from "../live/feed";
import { alarmsAt, asOf } from "../live/latching";
import { holds, lineage } from "../timeline/lanes";

/** What was known of numbers at a moment. */
export function until(trends: Trends, t_s: number): Trends {
  const after = trends.t_s.findIndex((t) => t > t_s + 1e-6);
  const end = after < 0 ? trends.t_s.length : after;
  const numbers = Object.entries(trends.numbers).map(([id, values]) => [id, values.slice(0, end)] as const);
  return { t_s: trends.t_s.slice(0, end), numbers: Object.fromEntries(numbers) };
}

/** A bed as it stood at a moment of its past, for the glucose screen: it knows nothing of what came later.
 *
 * `told` are the trends up to the moment as the server has them, where they are finer than what is known here, and
 * `devices` what every device showed then, where the server said it.
 */
export function feedAt(
  feed: BedFeed,
  t_s: number,
  told: Trends | null = null,
  devices: Record<string, DeviceState> = {},
): BedFeed {
  const bed = structuredClone(feed.measure.told);
  const past = new BedFeed({ ...bed, state: "paused", t_s, branch: feed.clock.branch }, feed.measure.unit);
  past.trends = until(told ? past.measure.trends(told) : feed.trends, t_s);
  for (const [id, values] of Object.entries(past.trends.numbers)) past.numbers[id] = values[values.length - 1] ?? null;
  past.devices = past.measure.devices(devices);
  const course = lineage(feed.branches, feed.clock.branch);
  const held = feed.entries.filter((e) => holds(e, course));
  past.branches = feed.branches;
  past.entries = held.filter((e) => e.t_s <= t_s);
  past.script = feed.script.filter((s) => s.t_s <= t_s);
  past.alarms = alarmsAt(feed, t_s);
  past.pastAlarms = asOf(feed.pastAlarms, t_s);
  for (const control of past.bed.controls) {
    const set = [...held, ...feed.script]
      .filter((e) => e.control === control.id && !("accepted" in e && !e.accepted))
      .sort((a, b) => a.t_s - b.t_s);
    const last = set.filter((e) => e.t_s <= t_s).pop();
    // What nobody ever set stands as it does now; what was first set later, or had ended, stood at what is not kept.
    if (set.length)
      control.now = last && t_s < last.t_s + lasts_s(last) ? past.measure.now(control.id, last.value) : null;
  }
  return past;
}

function lasts_s(e: { lasts_s?: number; data?: { lasts_s?: number | null } }): number {
  return e.lasts_s ?? e.data?.lasts_s ?? Infinity;
}
