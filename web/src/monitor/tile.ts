import { css, html, nothing, type PropertyValues } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import type { BedSummary, WaveView } from "../contract";
import { TwinElement } from "../element";
import type { BedFeed } from "../live/feed";
import { prefs } from "../prefs";
import { address } from "../route";
import { store } from "../store";
import { icons } from "../style/icons";
import { shared } from "../style/shared";
import { autoRange, leaves, shifted, stepped } from "../sweep/auto";
import { scaleOf } from "../sweep/paper";
import { countersOf } from "../sweep/pulses";
import { Sweep } from "../sweep/sweep";
import { moment } from "../text/moment";
import { alarmText, either, t } from "../text/text";
import { patientLine } from "../pages/patient";
import { startingView } from "../pages/starting";
import { sparkline } from "../trends/sparkline";
import "./number";
import { leftStyles, leftView } from "./left";
import { alarmingOf, readingsOf } from "./reading";
import { foremost, goneInWords, noAlarm } from "./standing";

const NUMBERS = 4;
/** How often a strip is fitted to what it lately spanned, and how much of it that is. */
const FITS_MS = 1000;
const SEEN_S = 8;
/** Numbers that one looks for from across the room. */
const FIRST = ["HR", "ABP", "NIBP", "SpO2", "etCO2", "RR", "glucose", "IOB", "basal", "reservoir"];

/** One bed of the ward: its first wave, its first numbers, what alarms. */
@customElement("twin-tile")
export class TwinTile extends TwinElement {
  @property({ attribute: false }) bed!: BedSummary;
  @property({ type: Boolean }) removable = false;
  @state() private feed: BedFeed | null = null;
  private sweep: Sweep | null = null;
  private range: [number, number] | null = null;
  private fitted_ms = 0;
  /** The sample after the last one that was seen to be inside the range or not. */
  private seen = 0;
  private frame = 0;

  static override styles = [
    shared,
    leftStyles,
    css`
      :host {
        display: block;
        position: relative;
      }
      .tile {
        display: grid;
        gap: 6px;
        background: var(--screen);
        color: var(--screen-ink);
        border: 1px solid var(--rule);
        border-radius: 12px;
        padding: 10px 12px 12px;
        text-decoration: none;
        height: 100%;
        grid-template-rows: auto auto 1fr auto;
      }
      .tile:hover {
        border-color: var(--accent);
      }
      .tile.a3 {
        border-color: var(--high);
        box-shadow: 0 0 0 2px var(--high);
      }
      .tile.a2 {
        border-color: var(--medium);
        box-shadow: 0 0 0 2px var(--medium);
      }
      .tile.a1 {
        border-color: var(--low);
      }
      .head {
        display: grid;
        grid-template-columns: minmax(0, 1fr) auto;
        gap: 0 10px;
        align-items: baseline;
        padding-inline-end: 34px;
      }
      .head .who {
        grid-row: 2;
        grid-column: 1 / -1;
      }
      .head b {
        font-size: 16px;
      }
      .head span {
        color: var(--screen-soft);
        font-size: 13px;
      }
      .state {
        margin-inline-start: auto;
        font-size: 12px;
        color: var(--screen-soft);
        font-variant-numeric: tabular-nums;
        white-space: nowrap;
      }
      .alarm {
        display: flex;
        gap: 8px;
        justify-content: space-between;
        font-weight: 650;
        font-size: 14px;
        border-radius: 5px;
        padding: 3px 9px;
        min-height: 27px;
        white-space: nowrap;
        color: var(--screen-soft);
        background: var(--screen-raised);
      }
      .a3 .alarm {
        background: var(--high);
        color: var(--on-high);
        animation: blink 0.5s steps(1) infinite;
      }
      .a2 .alarm {
        background: var(--medium);
        color: var(--on-medium);
        animation: blink 1.667s steps(1) infinite;
      }
      .a1 .alarm {
        background: var(--low);
        color: var(--on-low);
      }
      .done .alarm {
        animation: none;
        background: var(--screen-raised);
        color: var(--screen-ink);
      }
      /* The condition is gone: nothing flashes, and the frame is broken. */
      .tile.latched {
        box-shadow: none;
        border-style: dashed;
      }
      .latched .alarm {
        animation: none;
        background: var(--screen-raised);
        color: var(--screen-ink);
      }
      .latched .ago {
        font-weight: 500;
        font-variant-numeric: tabular-nums;
      }
      .alarm span:first-child {
        overflow: hidden;
        text-overflow: ellipsis;
      }
      @keyframes blink {
        50% {
          opacity: 0.5;
        }
      }
      /* Of before the connection broke off, as the numbers are. */
      .stale .strip {
        filter: grayscale(1);
        opacity: 0.5;
      }
      .strip {
        position: relative;
        height: 78px;
        color: var(--c);
      }
      canvas {
        position: absolute;
        inset: 0;
        width: 100%;
        height: 100%;
      }
      .strip svg {
        position: absolute;
        inset: 0;
        width: 100%;
        height: 100%;
      }
      .numbers {
        display: grid;
        grid-template-columns: repeat(4, 1fr);
        gap: 4px;
      }
      .numbers twin-number {
        height: 72px;
      }
      .numbers.n1 {
        grid-template-columns: 1fr;
      }
      .numbers.n2 {
        grid-template-columns: 1fr 1fr;
      }
      .numbers.n3 {
        grid-template-columns: repeat(3, 1fr);
      }
      .wide {
        grid-column: span 2;
      }
      .numbers.w {
        grid-template-columns: 1fr 1.7fr 1fr 1fr;
      }
      .numbers.w .wide {
        grid-column: auto;
      }
      .quiet {
        position: absolute;
        top: 6px;
        inset-inline-end: 6px;
        min-height: 32px;
        min-width: 32px;
        color: var(--screen-soft);
      }
      .starting {
        align-self: center;
        display: grid;
        gap: 8px;
        color: var(--screen-soft);
      }
      progress {
        width: 100%;
        accent-color: var(--accent);
      }
    `,
  ];

  override connectedCallback(): void {
    super.connectedCallback();
    const tick = () => {
      this.draw();
      this.frame = requestAnimationFrame(tick);
    };
    this.frame = requestAnimationFrame(tick);
    if (this.bed && !this.feed) void this.load();
    else if (this.feed) this.watch(this.feed);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    cancelAnimationFrame(this.frame);
    store.live.unwatch(this.bed.id, this);
  }

  override willUpdate(changed: PropertyValues<this>): void {
    const before = changed.get("bed");
    if (changed.has("bed") && before?.id !== this.bed.id) {
      if (before) store.live.unwatch(before.id, this);
      void this.load();
    }
  }

  private async load() {
    const { id } = this.bed;
    const feed = await store.feed(id).catch(() => null);
    if (!feed || this.bed.id !== id || !this.isConnected) return;
    this.unfollow(this.feed);
    this.follow(feed);
    this.feed = feed;
    this.range = null;
    this.watch(feed);
  }

  private watch(feed: BedFeed) {
    const first = feed.bed.view.waves[0];
    const counters = feed.bed.view.waves.filter((w) => w.counts && first?.colour === "ecg");
    store.watch(feed, this, first ? [first.id, ...counters.map((w) => w.id)] : []);
  }

  private draw() {
    const canvas = this.renderRoot?.querySelector("canvas");
    const wave = this.feed?.bed.view.waves[0];
    if (!canvas || !wave) return;
    const box = canvas.getBoundingClientRect();
    if (this.sweep?.canvas !== canvas)
      this.sweep = new Sweep(canvas, scaleOf(wave, 3, 78), { colour: "#fff", filled: false });
    const style = getComputedStyle(canvas);
    this.sweep.pen.colour = style.getPropertyValue("--c").trim();
    this.fit(wave, this.sweep);
    const [low, high] = this.range ?? [0, 1];
    this.sweep.scale = { ...scaleOf(wave, prefs().pxPerMm, box.height), low, high };
    this.sweep.resize(box.width, box.height, window.devicePixelRatio || 1);
    const { rings, bed } = this.feed!;
    this.sweep.pen.mark = style.getPropertyValue("--screen-ink").trim();
    const counters = wave.colour === "ecg" ? countersOf(bed.view.waves, rings) : [];
    this.sweep.step(rings[0], this.feed!.now(), counters);
  }

  /** Once a second: the range of a wave that has none of its own, and the part of the scale an electrocardiogram is in.
   *
   * Sooner where a wave leaves its scale.
   */
  private fit(wave: WaveView, sweep: Sweep) {
    const now_ms = performance.now();
    const before = this.range;
    const ring = this.feed!.rings[0];
    const isLeft = before !== null && wave.colour !== "ecg" && leaves(ring, this.seen, before);
    this.seen = ring?.end ?? 0;
    if (before && !isLeft && now_ms - this.fitted_ms < FITS_MS) return;
    this.fitted_ms = now_ms;
    if (wave.low >= wave.high) this.range = autoRange(ring, SEEN_S, before, wave.scale);
    else
      this.range =
        wave.colour === "ecg"
          ? shifted(ring, SEEN_S, ...(before ?? [wave.low, wave.high]))
          : stepped(ring, SEEN_S, [wave.low, wave.high], before);
    if (String(before) !== String(this.range)) sweep.forget();
  }

  override render() {
    const { bed, feed } = this;
    const lives = feed !== null && bed.state !== "starting" && bed.state !== "failed";
    const alarms = feed?.isStale ? [] : (feed?.alarms ?? []);
    const alarm = lives ? foremost(alarms)[0] : undefined;
    const more = alarms.length - 1;
    return html`<a
        class="tile ${alarm ? `a${alarm.priority} ${alarm.latched ? "latched" : alarm.acknowledged ? "done" : ""}` : ""} ${feed?.isStale ? "stale" : ""}"
        href=${address(["bed", bed.id])}
      >
        <div class="head">
          <b>${either(bed, "title")}</b><span class="who">${patientLine(feed?.bed.patient)}</span
          ><span class="state">${this.stateText()}</span>
        </div>
        ${lives ? html`<div class="alarm"><span>${alarm ? alarmText(alarm) : noAlarm(feed)}</span>${alarm?.latched ? html`<span class="ago" title=${t("alarm.latchedWhy")}>${goneInWords(alarm, feed, feed.clock.t_s)}</span>` : nothing}${more > 0 ? html`<span class="more">+${more}</span>` : nothing}</div>` : nothing}
        ${lives ? this.wave(feed) : bed.state === "failed" ? html`<p class="starting">${bed.why}</p>` : this.startingView()}
        ${lives ? this.numbers(feed) : nothing}
      </a>
      ${this.removable ? html`<button class="quiet square" aria-label=${t("ward.removeBed", { bed: either(bed, "title") })} @click=${() => this.tell("twin-remove")}>${icons.close}</button>` : nothing}`;
  }

  private stateText() {
    const state = this.feed?.clock.state ?? this.bed.state;
    if (state === "starting") return t("state.starting");
    const at = this.feed ? moment(this.feed.clock.t_s, this.feed.bed.view.page_s) : "";
    return state === "running" ? at : `${t(`state.${state}`)} ${at}`;
  }

  private wave(feed: BedFeed) {
    const first = feed.bed.view.waves[0];
    if (first)
      return html`<div class="strip c-${first.colour}"><canvas role="img" aria-label=${first.label}></canvas></div>`;
    const number = feed.bed.view.numbers[0];
    return html`<div class="strip c-${number?.colour ?? "neutral"}">
      ${number ? sparkline(feed.trends, { ...number, limits: feed.limits(number) }, feed.clock.t_s) : nothing}
    </div>`;
  }

  private startingView() {
    const rank = (id: string) => (FIRST.includes(id) ? FIRST.indexOf(id) : FIRST.length);
    return html`<div class="starting">
      ${startingView(this.feed?.starting ?? null)}${leftView(this.feed?.bed, rank)}
    </div>`;
  }

  private numbers(feed: BedFeed) {
    const rank = (id: string) => (FIRST.includes(id) ? FIRST.indexOf(id) : FIRST.length);
    const all = readingsOf(feed.bed.view);
    const told = all.some((r) => r.id === "ABP") ? all.filter((r) => r.id !== "NIBP") : all;
    const readings = told.sort((a, b) => rank(a.id) - rank(b.id)).slice(0, NUMBERS);
    const wide = readings.length === NUMBERS && readings[1]?.kind === "pressure";
    return html`<div class="numbers n${readings.length} ${wide ? "w" : ""}">
      ${readings.map((r) => {
        const standing = alarmingOf(r, feed.isStale ? [] : feed.alarms);
        return html`<twin-number
          small
          ?stale=${feed.isStale}
          class="c-${r.colour} ${r.kind === "pressure" ? "wide" : ""}"
          .reading=${r}
          .values=${feed.numbers}
          .priority=${standing.priority}
          ?acknowledged=${standing.acknowledged}
          ?latched=${standing.latched}
        ></twin-number>`;
      })}
    </div>`;
  }
}
