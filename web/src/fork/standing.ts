import type { BedFeed } from "../live/feed";
import { left_s, lineage } from "../timeline/lanes";
import { isSlow } from "../text/moment";

/** For so long after the moment that was tried it is still called now: no longer than futures take to be played. */
const NOW_S = 60;
const NOW_SLOW_S = 900;

/** Where a bed stands to the moment from which futures were played: there, or so little later that it is now; later; or
 * on another branch of time, where that moment never was. */
export type Standing = "now" | "later" | "elsewhere";

/** Where a bed stands to the moment of a fork; `forkId` is the number of its entry in the log. */
export function standingTo(
  feed: Pick<BedFeed, "bed" | "branches" | "clock" | "entries">,
  forkId: string,
  at_s: number,
): Standing {
  const { t_s, branch } = feed.clock;
  const line = lineage(feed.branches, branch);
  const own = feed.entries.find((e) => e.kind === "fork" && String(e.seq) === forkId)?.branch ?? branch;
  const place = line.findIndex((b) => b.id === own);
  const shared = own === branch || (place >= 0 && at_s <= left_s(line, place));
  if (!shared || at_s > t_s) return "elsewhere";
  return t_s - at_s <= (isSlow(feed.bed.view.page_s) ? NOW_SLOW_S : NOW_S) ? "now" : "later";
}
