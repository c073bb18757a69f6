import type { BedFeed } from "../live/feed";
import { t } from "../text/text";

const [S_PER_MIN, S_PER_H, MIN_PER_H] = [60, 3600, 60];

/** A rate of a pump, and what it is: a mean, what was asked for, or what it does at the moment. */
export interface Rate {
  value: number | null;
  words: string;
}

/** What a pump gives of a drug, mg/min. A plunger moves in steps: it is the mean of what was given, and as long as
 * too little of that was seen, what the pump is asked for; where it alarms, or nobody asks for a rate, what it does at the
 * moment. */
export function drugRate(feed: BedFeed, device: string, rate: string): Rate {
  const drug = rate.replace(/_rate$/, "");
  const mean = feed.given.mean(device, `${drug}_delivered_total`);
  if (mean) return { value: mean.per_s * S_PER_MIN, words: t("pump.mean", { n: Math.round(mean.over_s) }) };
  const asked = askedOf(feed, device, drug);
  if (asked !== null) return { value: asked, words: t("pump.asked") };
  return { value: told(feed, device, rate), words: t("pump.moment") };
}

/** The same as the flow of the pump, mL/h. */
export function flow(feed: BedFeed, device: string): Rate {
  const mean = feed.given.mean(device, "pump_volume_total");
  if (mean) return { value: mean.per_s * S_PER_H, words: t("pump.mean", { n: Math.round(mean.over_s) }) };
  const total = Object.keys(feed.devices[device] ?? {}).find((id) => id.endsWith("_delivered_total"));
  const drug = total?.replace(/_delivered_total$/, "");
  const asked = drug ? askedOf(feed, device, drug) : null;
  const mL_mg = total ? (told(feed, device, "pump_volume_total") ?? NaN) / (told(feed, device, total) ?? NaN) : NaN;
  if (asked === 0) return { value: 0, words: t("pump.asked") };
  if (asked !== null && Number.isFinite(mL_mg)) return { value: asked * MIN_PER_H * mL_mg, words: t("pump.asked") };
  return { value: told(feed, device, "pump_flow"), words: t("pump.moment") };
}

/** The rate that is set, mg/min; nothing where the pump alarms, for then it may have stopped. */
function askedOf(feed: BedFeed, device: string, drug: string): number | null {
  const now = feed.control(`${drug}_command`)?.now;
  return typeof now === "number" && !told(feed, device, "pump_alarm") ? now : null;
}

function told(feed: BedFeed, device: string, id: string): number | null {
  const value = feed.devices[device]?.[id];
  return typeof value === "number" ? value : null;
}
