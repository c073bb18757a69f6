import type { Alarm } from "../contract";
import type { BedFeed } from "../live/feed";
import { goneSince } from "../live/latching";
import { alarmText, since, t } from "../text/text";

/** The alarms that take turns in the one line of a strip: the most urgent of those that nobody acknowledged, which are
 * those that sound; where all are acknowledged, the most urgent of all. Of equal ones those whose condition is there. */
export function foremost(alarms: readonly Alarm[]): Alarm[] {
  const open = alarms.filter((a) => !a.acknowledged);
  const some = open.length ? open : alarms;
  const highest = Math.max(0, ...some.map((a) => a.priority));
  const first = some.filter((a) => a.priority === highest);
  const there = first.filter((a) => !a.latched);
  return there.length ? there : first;
}

/** What calls from some beds: of each the alarm that nobody acknowledged, the most urgent bed first. Of a bed whose
 * numbers are of before the connection broke off nobody knows. */
export function calls<F extends Pick<BedFeed, "isStale" | "alarms" | "bed">>(
  feeds: readonly F[],
): { bed: F["bed"]; alarm: Alarm }[] {
  const rank = (a: Alarm) => 2 * a.priority - (a.latched ? 1 : 0);
  return feeds
    .flatMap(({ isStale, alarms, bed }) => {
      const alarm = isStale ? undefined : foremost(alarms)[0];
      return alarm && !alarm.acknowledged ? [{ bed, alarm }] : [];
    })
    .sort((a, b) => rank(b.alarm) - rank(a.alarm));
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
  const said = (a: Alarm) => `${t(`alarm.p${a.priority}`)}: ${alarmText(a)}`;
  // Without since when, which would be read out anew every second.
  if (open.length) return open.map((a) => (a.latched ? `${said(a)}. ${t("alarm.latchedWhy")}` : said(a))).join(". ");
  return alarms.length ? t("alarm.allAcknowledged", { n: alarms.length }) : t("alarm.none");
}

/** When the condition of an alarm that only latches was there last, as "was 38 s ago"; nothing of one that is there. */
export function goneInWords(alarm: Alarm, feed: Pick<BedFeed, "pastAlarms">, t_s: number): string {
  if (!alarm.latched) return "";
  const gone_s = goneSince(feed.pastAlarms, alarm.id, t_s);
  return gone_s === null ? t("alarm.over") : t("alarm.was", { since: since(t_s - gone_s) });
}
