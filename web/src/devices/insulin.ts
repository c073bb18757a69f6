import { css, html, nothing } from "lit";
import { arrowIcon } from "../glucose/arrows";
import { arrow, zone } from "../glucose/day";
import type { Device } from "../contract";
import type { BedFeed } from "../live/feed";
import { shown, span, t } from "../text/text";
import { sparkline } from "../trends/sparkline";

const DAY_S = 86_400;
const HOUR_S = 3600;

/** Screens of a glucose sensor and an insulin pump. */
export const insulinStyles = css`
  .equipment {
    display: grid;
    gap: 10px;
    background: var(--screen);
    color: var(--screen-ink);
    border-radius: 14px;
    padding: 14px 16px;
    font-variant-numeric: tabular-nums;
  }
  .equipment .now {
    display: flex;
    align-items: center;
    gap: 10px;
    font-size: 52px;
    line-height: 1;
    font-weight: 650;
    color: #63d987;
  }
  .equipment .z0 {
    color: #ff6b63;
  }
  .equipment .z1 {
    color: #ff9c8f;
  }
  .equipment .z3 {
    color: #ffc24d;
  }
  .equipment .z4 {
    color: #ff9a3d;
  }
  .equipment .now svg {
    width: 38px;
    height: 38px;
  }
  .equipment .now small,
  .equipment p,
  .equipment dt {
    font-size: 13px;
    line-height: 18px;
    font-weight: 400;
    color: var(--screen-soft);
  }
  .equipment .curve {
    color: var(--wave-glucose);
  }
  .equipment .curve svg {
    width: 100%;
    height: 84px;
  }
  .equipment dl {
    display: grid;
    grid-template-columns: repeat(auto-fit, minmax(120px, 1fr));
    gap: 8px;
  }
  .equipment dd {
    font-size: 16px;
    font-weight: 600;
  }
  .equipment .gauge {
    height: 10px;
    border-radius: 5px;
    background: var(--screen-raised);
    overflow: hidden;
    border: 1px solid var(--screen-rule);
  }
  .equipment .gauge i {
    display: block;
    height: 100%;
    background: #4c8fd0;
  }
  .equipment .gauge.sensor i {
    background: #4caf6d;
  }
  .equipment .gauge.few i {
    background: #ffc24d;
  }
  .equipment .run {
    color: #7fb0ff;
  }
`;

const share = (part: number) => `width:${100 * Math.min(Math.max(part, 0), 1)}%`;

/** How old a sensor is that is replaced at the end of its life, in seconds since it was put in. */
export function worn(t_s: number, life_s: number, age_at_start_s: number): number {
  return (t_s + age_at_start_s) % life_s;
}

/** What the app of a glucose sensor shows: the number, the last hours, how long the sensor lives, and the signal. */
export function sensorScreen(feed: BedFeed, device: Device) {
  const facts = device.facts ?? {};
  const number = feed.bed.view.numbers.find((n) => n.id === "glucose");
  const k = feed.measure.numbers({ glucose: 1 })["glucose"] ?? 1;
  const [glucose, trend] = [feed.numbers["glucose"] ?? null, feed.numbers["trend"] ?? null];
  const [life_s, start_s] = [(facts["life"] ?? 0) * DAY_S, (facts["age_at_start"] ?? 0) * DAY_S];
  const age_s = life_s ? worn(feed.clock.t_s, life_s, start_s) : 0;
  const warm_s = (facts["warm_up"] ?? 0) * HOUR_S - age_s;
  const limits = number ? feed.limits(number) : { low: null, high: null };
  return html`<div class="equipment">
    <p class="now ${glucose === null ? "" : `z${zone(glucose / k)}`}">
      ${shown(glucose, number?.digits ?? 0)}${glucose !== null && trend !== null ? arrowIcon(arrow(trend / k)) : nothing}
      <small>${number?.unit}</small>
    </p>
    ${number ? html`<div class="curve">${sparkline(feed.trends, { ...number, limits: { low: limits.low ?? 70 * k, high: limits.high ?? 180 * k } }, feed.clock.t_s)}</div>` : nothing}
    ${life_s ? life(life_s, age_s, warm_s) : nothing}
    <dl>
      <div>
        <dt>${t("sensor.signal")}</dt>
        <dd>${signal(feed)}</dd>
      </div>
    </dl>
    <p>
      ${t("sensor.span", { low: shown((facts["display_min"] ?? 40) * k, number?.digits ?? 0), high: `${shown((facts["display_max"] ?? 400) * k, number?.digits ?? 0)} ${number?.unit ?? ""}` })}
      · ${t("sensor.calibration")}
    </p>
  </div>`;
}

function life(life_s: number, age_s: number, warm_s: number) {
  const left_s = life_s - age_s;
  const days = t("sensor.days", { day: Math.floor(age_s / DAY_S) + 1, days: Math.round(life_s / DAY_S) });
  return html`<div class="gauge sensor ${left_s < DAY_S ? "few" : ""}" aria-hidden="true">
      <i .style=${share(left_s / life_s)}></i>
    </div>
    <p>
      ${warm_s > 0 ? t("sensor.warmUp", { left: inHours(warm_s) }) : `${days} · ${t("sensor.life", { left: inHours(left_s) })}`}
    </p>`;
}

function signal(feed: BedFeed): string {
  const receiver = feed.bed.devices.find((d) => d.kind === "cgm_receiver");
  const told = receiver ? feed.devices[receiver.id] : undefined;
  if (!told) return "--";
  const age = Number(told["cgm_age"] ?? 0);
  return told["cgm_current"] === 1 || age < 1 ? t("sensor.signalGood") : t("sensor.signalLost", { n: shown(age, 0) });
}

/** Whole hours, or days and hours. */
function inHours(seconds: number): string {
  const hours = Math.max(Math.round(seconds / HOUR_S), 1);
  if (hours < 24) return span(Math.max(Math.round(seconds / 60), 1) * 60);
  const rest = hours % 24;
  return `${t("unit.d", { n: Math.floor(hours / 24) })}${rest ? ` ${t("unit.h", { n: rest })}` : ""}`;
}

const NEARLY_EMPTY = 3;

/** The rate at which a pump gives, U/h, and whether that is a bolus. The basal rate is given in whole steps of the motor,
 * more in one minute and less in the next: what is shown is the rate itself, as long as nothing stops the pump. */
export function delivers(
  reported: number | null,
  basal: number | null,
  alarm: number,
): { rate: number | null; bolus: boolean } {
  const bolus = reported !== null && reported > 2 * ((basal ?? 0) + 1);
  const stopped = alarm > 0 && alarm !== NEARLY_EMPTY;
  return { rate: bolus || stopped || reported === null ? reported : (basal ?? reported), bolus };
}

/** What an insulin pump shows: what it gives, the reservoir, when set and reservoir are changed. */
export function pumpScreen(feed: BedFeed, device: Device) {
  const facts = device.facts ?? {};
  const told = feed.devices[device.id] ?? {};
  const of = (signal: string) => (typeof told[signal] === "number" ? (told[signal] as number) : null);
  const [left, pressure] = [of("reservoir"), of("pump_pressure")];
  const full = facts["reservoir_size"] ?? 300;
  const change_s = (facts["change_interval"] ?? 3) * DAY_S;
  const { rate, bolus } = delivers(of("insulin_reported"), feed.numbers["basal"] ?? null, of("pump_alarm") ?? 0);
  return html`<div class="equipment">
    <p class="now run">${shown(rate, 2)} <small>U/h</small></p>
    <p>
      ${bolus ? t("pump.bolusing") : t("pump.delivering", { u: shown(feed.numbers["basal"], 2) })} · IOB
      ${shown(feed.numbers["IOB"], 2)} U
    </p>
    <div class="gauge ${left !== null && left < 0.1 * full ? "few" : ""}" aria-hidden="true">
      <i .style=${share((left ?? 0) / full)}></i>
    </div>
    <p>${t("pump.units", { u: shown(left, 0), full: shown(full, 0) })}</p>
    <p>
      ${t("pump.nextChange", { left: inHours(change_s - (feed.clock.t_s % change_s)) })} ·
      ${t("pump.pressure", { kpa: shown(pressure, 0) })}
    </p>
  </div>`;
}
