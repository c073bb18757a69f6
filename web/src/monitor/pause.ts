import type { BedFeed } from "../live/feed";

export const PAUSE_S = 120;

/** Seconds for which the sound of a bed's alarms is still paused: what the alarm system says, else by the log. */
export function audioPauseLeft_s(feed: Pick<BedFeed, "bed" | "devices" | "entries" | "clock" | "sound">): number {
  const device = feed.bed.devices.find((d) => d.kind === "alarm_system");
  const told = device && feed.devices[device.id]?.["pause_left_s"];
  if (typeof told === "number") return told;
  if (feed.sound > 0) return 0;
  const last = feed.entries
    .filter((e) => e.control === "alarm_paused" && e.accepted && e.branch === feed.clock.branch)
    .pop();
  return last ? Math.max(0, PAUSE_S - (feed.clock.t_s - last.t_s)) : 0;
}
