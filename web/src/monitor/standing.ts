import type { Alarm } from "../contract";
import type { BedFeed } from "../live/feed";
import { alarmText, t } from "../text/text";

/** The alarms that take turns in the one line of a strip: the most urgent of those that nobody acknowledged, which are
 * those that sound; where all are acknowledged, the most urgent of all. */
export function foremost(alarms: readonly Alarm[]): Alarm[] {
  const open = alarms.filter((a) => !a.acknowledged);
  const some = open.length ? open : alarms;
  const highest = Math.max(0, ...some.map((a) => a.priority));
  return some.filter((a) => a.priority === highest);
}

/** What is said where no alarm is shown: there is none only of what one is connected with and has numbers of. */
export function noAlarm(feed: Pick<BedFeed, "isStale" | "numbers">): string {
  if (feed.isStale) return t("alarm.unknown");
  const known = Object.values(feed.numbers).some((value) => value !== null);
  return t(known ? "alarm.none" : "alarm.noNumbers");
}

/** What stands, for those who hear it: what nobody acknowledged, else how many are acknowledged, else that there is none. */
export function announced(alarms: readonly Alarm[]): string {
  const open = alarms.filter((a) => !a.acknowledged);
  if (open.length) return open.map((a) => `${t(`alarm.p${a.priority}`)}: ${alarmText(a)}`).join(". ");
  return alarms.length ? t("alarm.allAcknowledged", { n: alarms.length }) : t("alarm.none");
}
