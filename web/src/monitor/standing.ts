import type { Alarm } from "../contract";
import { alarmText, t } from "../text/text";

/** The alarms that take turns in the one line of a strip: the most urgent of those that nobody acknowledged, which are
 * those that sound; where all are acknowledged, the most urgent of all. */
export function foremost(alarms: readonly Alarm[]): Alarm[] {
  const open = alarms.filter((a) => !a.acknowledged);
  const some = open.length ? open : alarms;
  const highest = Math.max(0, ...some.map((a) => a.priority));
  return some.filter((a) => a.priority === highest);
}

/** What stands, for those who hear it: what nobody acknowledged, else how many are acknowledged, else that there is none. */
export function announced(alarms: readonly Alarm[]): string {
  const open = alarms.filter((a) => !a.acknowledged);
  if (open.length) return open.map((a) => `${t(`alarm.p${a.priority}`)}: ${alarmText(a)}`).join(". ");
  return alarms.length ? t("alarm.allAcknowledged", { n: alarms.length }) : t("alarm.none");
}
