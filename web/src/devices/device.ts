import { css, html, nothing, type PropertyValues, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import type { Control, Device, DeviceShows } from "../contract";
import "../actions/order";
import type { Order } from "../actions/form";
import { inWords } from "../actions/words";
import { moment } from "../text/moment";
import { TwinElement } from "../element";
import type { BedFeed } from "../live/feed";
import { shared } from "../style/shared";
import { either, short, shown, t } from "../text/text";
import "./control";
import { drugRate, flow } from "./flow";
import { insulinStyles, pumpScreen, sensorScreen } from "./insulin";
import { controlsOf, digitsOf, nameOnPanel, PUMP_ALARMS, share, VENTILATOR_ALARMS } from "./kinds";
import "./loops";
import "./pacer";
import "./strips";
import "./watch";

/** Signals that are drawn as waves or said elsewhere on the panel. */
const NOT_LISTED =
  /^monitor_arrhythmia$|_valid$|_backup$|_alarm$|_number$|^circuit_|^inspired_oxygen$|^cuff_over_|_wave$|^alarm_(priority|sound|cause)$|_stimulus$/;

/** Signals that the screen of a device shows already. */
const ON_SCREEN: Record<string, RegExp> = {
  infusion_pump: /^pump_(flow|left|volume_total)$/,
  insulin_pump: /^(insulin_r\w+|insulin_delivered_total|reservoir|pump_pressure)$/,
  cgm: /^cgm$/,
  cgm_receiver: /^cgm_current$/,
  watch: /^watch_/,
  pump_handset: /^(meal_bolus|controller_mode)$/,
};

/** Whether a device has anything to show or to set that is not on the monitor. */
export function hasPanel(device: Device, feed: BedFeed): boolean {
  if (["ventilator", "infusion_pump", "cgm", "insulin_pump", "pacemaker", "watch"].includes(device.kind)) return true;
  const { settings, acts } = controlsOf(device, feed.bed.controls);
  const told = device.shows?.length ? device.shows.map((s) => s.id) : Object.keys(feed.devices[device.id] ?? {});
  return settings.length + acts.length > 0 || told.some((id) => !NOT_LISTED.test(id));
}

/** What is said as yes or no. */
const FLAG = /^(shock_advised|news2_complete)$/;
/** Readings that are zero as long as nothing was measured. */
const NEVER_ZERO = /^meter_glucose$/;
const NARROW_LETTERS = 14;

/** Whether something to be chosen has a name that a narrow field would cut. */
function isLong(control: Control): boolean {
  const names = (control.choices ?? []).map((c) => either(c, "label"));
  // A letter of Korean is as wide as two of ours.
  return names.some((name) => [...name].reduce((n, c) => n + (c > "\u1100" ? 2 : 1), 0) > NARROW_LETTERS);
}

/** The panel of one device: its screen, what it measures, and its settings as knobs that are confirmed. */
@customElement("twin-device")
export class TwinDevice extends TwinElement {
  @property({ attribute: false }) feed!: BedFeed;
  @property({ attribute: false }) device!: Device;
  /** It shows a moment of the past: its settings as they stood, and nothing that is done. */
  @property({ type: Boolean }) still = false;
  /** What came of the last order that was given here. */
  @state() private said: { control: string; accepted: boolean; text: string } | null = null;

  static override styles = [
    shared,
    insulinStyles,
    css`
      :host {
        display: block;
        min-width: 0;
      }
      .device {
        display: grid;
        gap: 12px;
      }
      .head {
        display: flex;
        gap: 10px;
        align-items: center;
      }
      .head h2 {
        font-size: 16px;
      }
      .flag {
        margin-inline-start: auto;
        font-size: 13px;
        font-weight: 650;
        padding: 4px 10px;
        border-radius: 6px;
        background: var(--high);
        color: var(--on-high);
      }
      .flag.low {
        background: var(--low);
        color: var(--on-low);
      }
      .flag.quiet {
        background: var(--field);
        color: var(--ink);
      }
      .flag.backup {
        margin-inline-start: 0;
      }
      .screen {
        display: grid;
        gap: 8px;
      }
      .idle {
        background: var(--screen);
        color: var(--screen-soft);
        border-radius: 8px;
        padding: 22px 14px;
        text-align: center;
      }
      :host {
        container-type: inline-size;
      }
      @container (min-width: 700px) {
        .screen {
          grid-template-columns: 1fr 1fr;
        }
        .screen twin-strips {
          align-content: start;
        }
      }
      dl.shows {
        display: grid;
        grid-template-columns: repeat(auto-fill, minmax(112px, 1fr));
        gap: 6px;
        background: var(--screen);
        color: var(--screen-ink);
        border-radius: 8px;
        padding: 8px 10px;
      }
      dl.shows dt {
        font-size: 12px;
        line-height: 15px;
        color: var(--screen-soft);
      }
      dl.shows dd {
        font-size: 24px;
        line-height: 30px;
        font-weight: 650;
        font-variant-numeric: tabular-nums;
      }
      dl.shows dd.by-weight {
        font-size: 16px;
        line-height: 20px;
      }
      dl.shows small {
        font-size: 12px;
        color: var(--screen-soft);
        font-weight: 400;
      }
      .knobs {
        display: grid;
        grid-template-columns: repeat(auto-fill, minmax(164px, 1fr));
        grid-auto-flow: dense;
        gap: 8px;
      }
      /* Forms and choices are read whole. */
      .knobs .wide {
        grid-column: 1 / -1;
      }
      .said {
        font-size: 13px;
        line-height: 17px;
        color: var(--good);
      }
      .said.no {
        color: var(--bad);
      }
      .pump {
        display: grid;
        grid-template-columns: 1fr auto;
        gap: 14px;
        background: var(--screen);
        color: var(--screen-ink);
        border-radius: 8px;
        padding: 12px 14px;
        align-items: center;
      }
      .pump .flow {
        font-size: clamp(34px, 5vw, 48px);
        line-height: 1;
        font-weight: 650;
        font-variant-numeric: tabular-nums;
        color: #7ee0a0;
      }
      .pump .flow small {
        font-size: 16px;
        color: var(--screen-soft);
        font-weight: 400;
      }
      .pump p {
        font-size: 13px;
        color: var(--screen-soft);
        font-variant-numeric: tabular-nums;
      }
      .pump svg {
        width: 168px;
        height: 52px;
      }
    `,
  ];

  override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has("feed")) return;
    this.unfollow(changed.get("feed"));
    this.follow(this.feed);
  }

  private value(signal: string): number | null {
    const value = this.feed.devices[this.device.id]?.[signal];
    if (value === 0 && NEVER_ZERO.test(signal)) return null;
    return typeof value === "number" ? value : null;
  }

  override render() {
    const { device } = this;
    return html`<section class="panel device" aria-label=${either(device, "label")}>
      <header class="head">
        <h2>${either(device, "label")}</h2>
        ${this.backup()}${this.flag()}
      </header>
      ${this.isIdle ? html`<p class="idle">${t("ventilator.idle")}</p>` : [this.screen(), this.measured()]}${this.settings()}
    </section>`;
  }

  /** That a ventilator breathes in another way than its mode says. */
  private backup(): TemplateResult | typeof nothing {
    if (!((this.value("ventilator_backup") ?? 0) > 0.5)) return nothing;
    return html`<span class="flag low backup">${t("ventilator.backup")}</span>`;
  }

  /** Whether it is a ventilator in standby: what the patient breathes meanwhile is nothing that it measures. */
  private get isIdle(): boolean {
    return this.device.kind === "ventilator" && this.feed.control("ventilator_standby")?.now === 1;
  }

  private flag(): TemplateResult | typeof nothing {
    const of = (signal: string, codes: readonly string[], words: (code: string) => string) => {
      const code = codes[Math.round(this.value(signal) ?? 0)];
      return code ? html`<span class="flag ${code === "nearlyEmpty" ? "low" : ""}">${words(code)}</span>` : nothing;
    };
    if (this.isIdle) return html`<span class="flag quiet">${t("ventilator.standby")}</span>`;
    if (this.device.kind === "ventilator")
      return of("ventilator_alarm", VENTILATOR_ALARMS, (c) => t(`ventilator.${c as "apnoea"}`));
    if (this.device.kind === "infusion_pump" || this.device.kind === "insulin_pump")
      return of("pump_alarm", PUMP_ALARMS, (c) => t(`pump.${c as "air"}`));
    if (this.device.kind === "watch" && this.value("watch_valid") === 0)
      return html`<span class="flag low">${t("watch.none")}</span>`;
    return nothing;
  }

  private screen(): TemplateResult | typeof nothing {
    switch (this.device.kind) {
      case "ventilator":
        return html`<div class="screen">
          <twin-strips .feed=${this.feed} .waves=${["airway_pressure", "airway_flow", "lung_volume"]}></twin-strips
          ><twin-loops .feed=${this.feed}></twin-loops>
        </div>`;
      case "infusion_pump":
        return this.pump();
      case "cgm":
        return sensorScreen(this.feed, this.device);
      case "insulin_pump":
        return pumpScreen(this.feed, this.device);
      case "pacemaker":
        return html`<twin-pacer .feed=${this.feed} .device=${this.device}></twin-pacer>`;
      case "watch":
        return html`<twin-watch .feed=${this.feed} .device=${this.device}></twin-watch>`;
      default:
        return nothing;
    }
  }

  private pump() {
    const [left, given] = [this.value("pump_left"), this.value("pump_volume_total")];
    const full = left === null ? 0 : share(left, given ?? 0);
    const { value, words } = flow(this.feed, this.device.id);
    return html`<div class="pump">
      <div>
        <p class="flow">${shown(value, 1)} <small>mL/h</small></p>
        <p>${words}</p>
        <p>${t("pump.left", { ml: shown(left, 1) })} · ${t("pump.given", { ml: shown(given, 1) })}</p>
      </div>
      <svg viewBox="0 0 168 52" aria-hidden="true">
        <rect x="18" y="12" width="112" height="28" rx="4" fill="none" stroke="#93a1ad" stroke-width="2" />
        <rect x="20" y="14" width=${108 * full} height="24" rx="3" fill="#3f8f62" />
        <path d="M2 26H18" stroke="#93a1ad" stroke-width="4" />
        <path d="M${20 + 108 * full} 14V38" stroke="#eef3f6" stroke-width="4" />
        <path d="M${20 + 108 * full} 26H${154}M154 14V38" stroke="#93a1ad" stroke-width="3" />
      </svg>
    </div>`;
  }

  /** What the device says, as the bed describes it or as it comes. */
  private measured() {
    const told = this.feed.devices[this.device.id] ?? {};
    const described = new Map((this.device.shows ?? []).map((s) => [s.id, s]));
    const own = ON_SCREEN[this.device.kind] ?? /^$/;
    const all: DeviceShows[] = this.device.shows?.length
      ? this.device.shows
      : Object.keys(told).map((id) => ({ id, label: id.replace(/_/g, " ") }));
    const listed = all.filter(
      (s) =>
        !NOT_LISTED.test(s.id) &&
        !own.test(s.id) &&
        !this.isElsewhere(s) &&
        (described.size > 0 || typeof told[s.id] === "number"),
    );
    if (!listed.length) return nothing;
    return html`<dl class="shows">${listed.map((s) => this.listed(s))}</dl>`;
  }

  /** Whether a loop counts what the bed's number has from another device: two counts at two times differ. */
  private isElsewhere({ id }: DeviceShows): boolean {
    if (this.device.kind !== "insulin_loop" || id !== "insulin_on_board") return false;
    const source = this.feed.bed.view.numbers.find((n) => n.id === "IOB")?.source;
    return source !== undefined && source !== `${this.device.id}.${id}`;
  }

  /** What something is called that a device says: a loop that is paused commands nothing. */
  private called(s: DeviceShows): string {
    const waits = this.device.kind === "insulin_loop" && this.feed.control("controller_paused")?.now === 1;
    return waits && s.id === "basal_command" ? t("loop.would") : either(s, "label");
  }

  /** What a device says; the rate of a drug as a mean of what its pump has given, and over how long. */
  private listed(s: DeviceShows) {
    const isRate = this.device.kind === "infusion_pump" && s.id.endsWith("_rate") && s.unit === "mg/min";
    const rate = isRate ? drugRate(this.feed, this.device.id, s.id) : null;
    const raw = rate ? rate.value : this.value(s.id);
    const { unit, factor } = s.spoken ?? { unit: s.unit ?? "", factor: 1 };
    const value = typeof raw === "number" ? raw / factor : raw;
    return html`<div>
      <dt>${this.called(s)}${rate ? ` · ${rate.words}` : ""}</dt>
      <dd>
        ${FLAG.test(s.id) && raw !== null ? t(raw > 0.5 ? "device.yes" : "device.no") : shown(value, s.digits ?? digitsOf(s.id))}
        <small>${unit}</small>
      </dd>
      ${rate ? this.byWeight(s, rate.value) : nothing}
    </div>`;
  }

  /** The rate of a drug by the weight of the patient, where that is known. */
  private byWeight(s: DeviceShows, rate: number | null) {
    const own = this.feed.control(s.id.replace(/_rate$/, "_command"))?.per_kg;
    if (!own || rate === null) return nothing;
    return html`<dd class="by-weight">${short(rate / own.factor)} <small>${own.unit}</small></dd>`;
  }

  private settings() {
    const { settings, acts: all } = controlsOf(
      this.device,
      this.feed.bed.controls.filter(
        (c) => c.group !== "alarm" || /^(alarm_system|cgm_receiver)$/.test(this.device.kind),
      ),
    );
    const acts = this.still ? [] : all;
    if (!settings.length && !acts.length) return nothing;
    return html`<div class="knobs">${settings.map((c) => this.knob(c))}${acts.map((c) => this.act(c))}</div>`;
  }

  private knob(control: Control) {
    return html`<twin-control
      class=${isLong(control) ? "wide" : ""}
      name=${nameOnPanel(control, this.device)}
      .feed=${this.feed}
      .control=${control}
      .now=${control.now ?? undefined}
    ></twin-control>`;
  }

  private act(control: Control) {
    if (control.kind === "act") return this.knob(control);
    return html`<twin-order
        class="wide"
        role="group"
        aria-label=${either(control, "label")}
        .control=${control}
        .drafts=${this.feed.drafts}
        verb=${t("order.give")}
        ?disabled=${!this.feed.may(control)}
        @twin-order=${(e: CustomEvent<Order>) => void this.give(e.detail)}
      ></twin-order
      >${this.said?.control === control.id ? html`<p class="wide said ${this.said.accepted ? "" : "no"}" role="status">${this.said.text}</p>` : nothing}`;
  }

  private async give({ control, value, lasts_s }: Order) {
    const said = await this.feed.send?.(control.id, value, lasts_s);
    if (!said) return;
    const at = moment(this.feed.clock.t_s, this.feed.bed.view.page_s);
    const done = t("order.givenAt", { what: inWords(control, value, lasts_s), t: at });
    this.said = { control: control.id, accepted: said.accepted, text: said.accepted ? done : said.text };
  }
}
