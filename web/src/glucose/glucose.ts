import { css, html, nothing, type PropertyValues } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import type { Control } from "../contract";
import { TwinElement } from "../element";
import type { BedFeed } from "../live/feed";
import "../monitor/alarms";
import "../monitor/limits";
import type { TwinLimits } from "../monitor/limits";
import { prefs, setPrefs, type GlucoseUnit } from "../prefs";
import { icons } from "../style/icons";
import { shared } from "../style/shared";
import { timeOfDay } from "../text/moment";
import { shown, t } from "../text/text";
import "./calculator";
import "./chart";
import { arrow, ARROWS, statistics, zone as zoneOf, type Arrow } from "./day";
import { arrowIcon } from "./arrows";

const HOURS = [3, 6, 12, 24];
const UNITS: GlucoseUnit[] = ["mg/dL", "mmol/L"];
const ZONE_NAMES = ["veryLow", "low", "inRange", "high", "veryHigh"] as const;
/** What is aimed at for most adults (Battelino 2019), as shares of time. */
const AIMS = ["< 1 %", "< 4 %", "> 70 %", "< 25 %", "< 5 %"];

/** What somebody with a glucose sensor and a pump looks at: the number with its arrow, the trace, time in range, insulin. */
@customElement("twin-glucose")
export class TwinGlucose extends TwinElement {
  @property({ attribute: false }) feed!: BedFeed;
  /** It shows what was: nothing is asked of it. */
  @property({ type: Boolean }) still = false;
  @state() private hours = 6;
  @state() private body = false;
  @state() private said = "";
  @query("twin-limits") private limits?: TwinLimits;

  static override styles = [
    shared,
    css`
      :host {
        display: block;
        min-width: 0;
        background: var(--screen);
        color: var(--screen-ink);
        border: 1px solid var(--screen-rule);
        border-radius: 12px;
        padding: 8px 12px 12px;
      }
      .all {
        display: grid;
        gap: 10px;
      }
      .now {
        display: flex;
        flex-wrap: wrap;
        gap: 6px 30px;
        align-items: end;
      }
      .big {
        display: flex;
        align-items: center;
        gap: 12px;
        font-variant-numeric: tabular-nums;
      }
      .big b {
        font-size: 68px;
        line-height: 0.95;
        font-weight: 650;
        letter-spacing: -0.03em;
      }
      .big.z0 b,
      .big.z0 svg {
        color: #ff6b63;
      }
      .big.z1 b,
      .big.z1 svg {
        color: #ff9c8f;
      }
      .big.z2 b,
      .big.z2 svg {
        color: #63d987;
      }
      .big.z3 b,
      .big.z3 svg {
        color: #ffc24d;
      }
      .big.z4 b,
      .big.z4 svg {
        color: #ff9a3d;
      }
      .big svg {
        width: 46px;
        height: 46px;
      }
      .big p {
        color: var(--screen-soft);
        font-size: 13px;
        line-height: 18px;
      }
      dl {
        display: flex;
        flex-wrap: wrap;
        gap: 4px 26px;
      }
      dt {
        font-size: 12px;
        line-height: 16px;
        color: var(--screen-soft);
      }
      dd {
        font-size: 24px;
        line-height: 28px;
        font-weight: 650;
        font-variant-numeric: tabular-nums;
      }
      dd small {
        font-size: 13px;
        font-weight: 400;
        color: var(--screen-soft);
      }
      .bar {
        display: flex;
        flex-wrap: wrap;
        gap: 6px 14px;
        align-items: center;
      }
      .segments {
        display: flex;
        gap: 4px;
      }
      .segments button {
        min-height: 38px;
        padding: 0 12px;
        font-size: 14px;
      }
      .push {
        margin-inline-start: auto;
      }
      button:not(.primary) {
        background: var(--screen-raised);
        border-color: var(--screen-rule);
        color: var(--screen-ink);
      }
      button[aria-pressed="true"] {
        background: #163449;
        border-color: #62b5ea;
        color: #bfe3fa;
      }
      label.check {
        color: var(--screen-soft);
        font-size: 13px;
        min-height: 38px;
        gap: 8px;
        display: inline-flex;
        align-items: center;
      }
      .range {
        display: grid;
        gap: 6px;
      }
      .stack {
        display: flex;
        height: 20px;
        border-radius: 6px;
        overflow: hidden;
        background: var(--screen-raised);
      }
      .stack i {
        min-width: 0;
      }
      .z0 > .swatch,
      .stack .z0 {
        background: #e0443b;
      }
      .z1 > .swatch,
      .stack .z1 {
        background: #ff9c8f;
      }
      .z2 > .swatch,
      .stack .z2 {
        background: #4caf6d;
      }
      .z3 > .swatch,
      .stack .z3 {
        background: #ffc24d;
      }
      .z4 > .swatch,
      .stack .z4 {
        background: #ff8a1f;
      }
      .legend {
        display: flex;
        flex-wrap: wrap;
        gap: 2px 18px;
        font-size: 13px;
        font-variant-numeric: tabular-nums;
      }
      .legend b {
        margin-inline-start: 4px;
      }
      .legend small,
      .range p {
        color: var(--screen-soft);
        font-size: 12.5px;
      }
      .swatch {
        display: inline-block;
        width: 10px;
        height: 10px;
        border-radius: 3px;
        margin-inline-end: 6px;
      }
      details summary {
        cursor: pointer;
        color: var(--screen-soft);
        font-size: 13px;
        min-height: 28px;
      }
      .now.stale {
        filter: grayscale(1);
        opacity: 0.6;
      }
      .arrows {
        display: flex;
        flex-wrap: wrap;
        gap: 4px 18px;
        font-size: 13px;
      }
      .arrows li {
        display: inline-flex;
        gap: 6px;
        align-items: center;
      }
      .arrows svg {
        width: 22px;
        height: 22px;
      }
      .keys {
        display: flex;
        flex-wrap: wrap;
        gap: 8px;
      }
      .said {
        color: var(--screen-soft);
        font-size: 13.5px;
      }
      @media (max-width: 620px) {
        :host {
          border-radius: 0;
          border-inline: 0;
          padding: 6px 8px 10px;
        }
        .big b {
          font-size: 56px;
        }
        dl {
          gap: 4px 18px;
        }
        dd {
          font-size: 20px;
        }
        .push {
          margin-inline-start: 0;
        }
      }
    `,
  ];

  override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has("feed")) return;
    this.unfollow(changed.get("feed"));
    this.follow(this.feed);
  }

  showLimits(): void {
    this.limits?.open();
  }

  toggleFreeze(): void {
    // A trace of hours needs no freezing: one points at what one wants to read.
  }

  private get k(): number {
    return this.feed.measure.numbers({ glucose: 1 })["glucose"] ?? 1;
  }

  private digits(id: string): number {
    return this.feed.bed.view.numbers.find((n) => n.id === id)?.digits ?? 0;
  }

  private unit(id: string): string {
    return this.feed.bed.view.numbers.find((n) => n.id === id)?.unit ?? "";
  }

  /** What a device of a kind says. */
  private told(kind: string, signal: string): number | null {
    const device = this.feed.bed.devices.find((d) => d.kind === kind)?.id;
    const value = device === undefined ? null : this.feed.devices[device]?.[signal];
    return typeof value === "number" ? value : null;
  }

  override render() {
    return html`<div class="all">
      <twin-alarms .feed=${this.feed} .alarms=${this.still ? this.feed.alarms : null}></twin-alarms>
      ${this.now()}${this.choose()}
      <twin-glucose-chart .feed=${this.feed} .hours=${this.hours} ?body=${this.body}></twin-glucose-chart>
      ${this.range()}${
        this.still
          ? nothing
          : html`${this.keys()}
              <details>
                <summary>${t("calculator.title")}</summary>
                <twin-bolus-calculator .feed=${this.feed}></twin-bolus-calculator>
              </details>`
      }
      <details>
        <summary>${t("glucose.arrows")}</summary>
        ${this.arrows()}
      </details>
      <twin-limits .feed=${this.feed}></twin-limits>
    </div>`;
  }

  private now() {
    const { numbers } = this.feed;
    const glucose = numbers["glucose"] ?? null;
    const mg = glucose === null ? null : glucose / this.k;
    const trend = numbers["trend"] ?? null;
    const which = trend === null || glucose === null ? null : arrow(trend / this.k);
    const zone = mg === null ? "" : `z${zoneOf(mg)}`;
    return html`<div class="now ${this.feed.isStale ? "stale" : ""}">
      <div class="big ${zone}" role="status" aria-label=${this.spoken(glucose, which)}>
        <b>${shown(glucose, this.digits("glucose"))}</b>
        ${which ? arrowIcon(which) : nothing}
        <p>
          ${this.unit("glucose")}<br />${which && trend !== null ? `${trend > 0 ? "+" : ""}${shown(trend, this.digits("trend"))} /min` : "--"}<br />${this.age(glucose)}
        </p>
      </div>
      <dl>
        ${this.item("IOB", numbers["IOB"], this.digits("IOB"), "U")}
        ${this.item(t("glucose.basal"), numbers["basal"], 2, "U/h", this.mode())}
        ${this.item(t("glucose.reservoir"), numbers["reservoir"], 0, "U")}
        ${numbers["SMBG"] ? this.item(t("glucose.fingerStick"), numbers["SMBG"], this.digits("SMBG"), this.unit("SMBG")) : nothing}
      </dl>
    </div>`;
  }

  /** How old the reading is; of a past of which that is not kept, what time it was. */
  private age(glucose: number | null): string {
    const age = this.told("cgm_receiver", "cgm_age");
    if (age !== null && age <= 1e3) return t("glucose.age", { n: shown(age, 0) });
    return this.still && age === null && glucose !== null ? timeOfDay(this.feed.clock.t_s) : t("glucose.noReading");
  }

  private item(label: string, value: number | null | undefined, digits: number, unit: string, more = "") {
    return html`<div>
      <dt>${label}</dt>
      <dd>${shown(value, digits)} <small>${unit}${more ? ` · ${more}` : ""}</small></dd>
    </div>`;
  }

  private spoken(glucose: number | null, which: Arrow | null): string {
    const trend = which ? `, ${t(`arrow.${which}`, this.steps())}` : "";
    return `${t("glucose.title")} ${shown(glucose, this.digits("glucose"))} ${this.unit("glucose")}${trend}`;
  }

  private mode(): string {
    if (this.feed.control("delivery_suspended")?.now === 1) return t("glucose.suspended");
    const share = this.feed.control("temporary_basal")?.now;
    if (typeof share === "number" && share !== 100) return `${shown(share, 0)} %`;
    const loop = this.feed.control("controller_paused");
    if (typeof loop?.now !== "number") return "";
    return t(loop.now === 0 ? "glucose.loopOn" : "glucose.loopOff");
  }

  private choose() {
    const { glucoseUnit } = prefs();
    return html`<div class="bar">
      <div class="segments" role="group" aria-label=${t("timeline.span")}>
        ${HOURS.map((h) => html`<button aria-pressed=${h === this.hours} @click=${() => (this.hours = h)}>${t("unit.h", { n: h })}</button>`)}
      </div>
      <label class="check"
        ><input
          type="checkbox"
          .checked=${this.body}
          @change=${(e: Event) => (this.body = (e.target as HTMLInputElement).checked)}
        />${t("glucose.body")}</label
      >
      <div class="segments push" role="group" aria-label=${t("glucose.unit")}>
        ${UNITS.map((u) => html`<button aria-pressed=${u === glucoseUnit} @click=${() => setPrefs({ glucoseUnit: u })}>${u}</button>`)}
      </div>
    </div>`;
  }

  private range() {
    const { t_s, numbers } = this.feed.trends;
    const now = this.feed.clock.t_s;
    const mg = (numbers["glucose"] ?? []).map((v) => (v === null ? null : v / this.k));
    const found = statistics(t_s, mg, now - this.hours * 3600, now);
    if (!found) return html`<p class="said">${t("glucose.noReading")}</p>`;
    const percent = (share: number) => `${shown(100 * share, 0)} %`;
    const zones = [0, 1, 2, 3, 4] as const;
    return html`<section class="range" aria-label=${t("glucose.timeInRange")}>
      <div class="stack" aria-hidden="true">
        ${zones.map((z) => html`<i class="z${z}" .style=${`width:${100 * found.shares[z]}%`}></i>`)}
      </div>
      <ul class="legend">
        ${zones.map(
          (z) =>
            html`<li class="z${z}">
              <i class="swatch"></i>${t(`zone.${ZONE_NAMES[z]}`, this.bounds())}<b>${percent(found.shares[z])}</b>
              <small>(${AIMS[z]})</small>
            </li>`,
        )}
      </ul>
      <p>
        ${t("glucose.mean", {
          mean: `${shown(found.mean * this.k, this.digits("glucose"))} ${this.unit("glucose")}`,
          cv: percent(found.cv),
          seen: shown(found.seen_s / 3600, 1),
        })}
        ${t("glucose.aims")}
      </p>
    </section>`;
  }

  private bounds(): Record<string, string> {
    const of = (mg: number) => shown(mg * this.k, this.digits("glucose"));
    return { a: of(54), b: of(70), c: of(180), d: of(250) };
  }

  private keys() {
    const { feed } = this;
    const suspended = feed.control("delivery_suspended");
    const loop = feed.control("controller_paused");
    return html`<div class="keys" role="toolbar" aria-label=${t("monitor.keys")}>
      ${this.key(feed.control("finger_stick"), undefined, t("glucose.takeStick"))}
      ${this.key(suspended, suspended?.now === 1 ? 0 : 1, t(suspended?.now === 1 ? "glucose.resume" : "glucose.suspend"))}
      ${this.key(loop, loop?.now === 0 ? 1 : 0, t(loop?.now === 0 ? "glucose.switchOff" : "glucose.switchOn"))}
      <button @click=${() => this.showLimits()}>${icons.limits}<span>${t("limits.title")}</span></button>
      ${this.said ? html`<p class="said" role="status">${this.said}</p>` : nothing}
    </div>`;
  }

  private key(control: Control | undefined, value: number | undefined, label: string) {
    if (!control) return nothing;
    return html`<button ?disabled=${!this.feed.may(control)} @click=${() => this.send(control.id, value)}>
      ${label}
    </button>`;
  }

  private async send(control: string, value?: number) {
    const said = await this.feed.send?.(control, value);
    this.said = said ? (said.accepted ? t("control.accepted") : said.text) : "";
  }

  /** Where one arrow ends and the next begins, in the unit of the page. */
  private steps(): Record<string, string> {
    const of = (mg: number) => shown(mg * this.k, this.k === 1 ? 0 : 2);
    return { one: of(1), two: of(2), three: of(3) };
  }

  private arrows() {
    return html`<ul class="arrows">
        ${ARROWS.map((a) => html`<li>${arrowIcon(a)}<span>${t(`arrow.${a}`, this.steps())}</span></li>`)}
      </ul>
      <p class="said">${t("glucose.arrowsWhy", { unit: this.unit("glucose") })}</p>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "twin-glucose": TwinGlucose;
  }
}
