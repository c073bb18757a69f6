import type { Priority } from "../contract";
import type { BedFeed } from "../live/feed";
import { categoryOf, type Category } from "./alarms";

type Heard = Pick<BedFeed, "sound" | "alarms" | "clock" | "isStale">;

/** What sounds of some beds: the alarm of highest priority that any of them sounds. A bed that stands still is silent; the
 * alarm system of a bed says itself what of it sounds, and nothing while its sound is paused. Where the line to the beds
 * is lost nobody knows what they sound: that is an alarm itself, of low priority. */
export function loudest(feeds: Iterable<Heard>, isLost = false): { priority: Priority | 0; category: Category } {
  if (isLost) return { priority: 1, category: "general" };
  let first: Heard | null = null;
  for (const feed of feeds)
    if (!feed.isStale && feed.clock.state === "running" && feed.sound > (first?.sound ?? 0)) first = feed;
  return { priority: first?.sound ?? 0, category: categoryOf(first?.alarms.find((a) => !a.acknowledged)) };
}
