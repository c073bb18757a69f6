import { html, nothing, type PropertyValues } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import type { Alarm, Priority, WaveView } from "../contract";
import { TwinElement } from "../element";
import type { BedFeed } from "../live/feed";
import type { WaveRing } from "../live/ring";
import { prefs, soundOn } from "../prefs";
import { renderBurst, type Category } from "../sound/alarms";
import { player } from "../sound/player";
import { Beats } from "../sound/pulse";
import { icons } from "../style/icons";
import { shared } from "../style/shared";
import { autoRange, leaves, shifted, stepped } from "../sweep/auto";
import { GAIN_MM_MV, labelOf, mmPerS, ordered, scaleOf } from "../sweep/paper";
import { countersOf } from "../sweep/pulses";
import { Sweep, type Scale } from "../sweep/sweep";
import { moment } from "../text/moment";
import { clock, short, since, t } from "../text/text";
import { sparkline } from "../trends/sparkline";
import "./alarms";
import "./display";
import type { TwinDisplay } from "./display";
import "./limits";
import type { TwinLimits } from "./limits";
import type { TwinTwelve } from "./twelve";
import { monitorStyles } from "./monitor.styles";
import { hasTwelve } from "./leads";
import "./number";
import { alarmingOf, beside, digits, limitsOf, looked, mean, type Reading } from "./reading";

/** How much of a wave sets its scale, where it has none of its own. */
const AUTO_S = 8;

/** A stretch of the past: its waves by place, its numbers, and the moment that is looked at. */
export interface Past {
  t_s: number;
  rings: (WaveRing | undefined)[];
  numbers: Record<string, number | null>;
  alarms: Alarm[];
}

interface Lane {
  wave: WaveView;
  place: number;
  sweep: Sweep;
  canvas: HTMLCanvasElement;
  /** The range that its strip has now. */
  range: [number, number] | null;
  /** The sample after the last one that was seen to be inside or not. */
  seen: number;
}

/** A bedside monitor: waves that a pen sweeps, numbers beside them, alarms on top. */
@customElement("twin-monitor")
export class TwinMonitor extends TwinElement {
  @property({ attribute: false }) feed!: BedFeed;
  @property({ attribute: false }) past: Past | null = null;
  @property({ type: Number }) speed_mm_s = 25;
  @property({ type: Number }) gain = 1;
  @property({ type: Boolean }) bare = false;
  /** That it shows the past is said around it. */
  @property({ type: Boolean }) unnoticed = false;
  @state() private frozen_s: number | null = null;
  @query("twin-limits") private limits?: TwinLimits;
  @query("twin-display") private display?: TwinDisplay;
  @query("twin-twelve") private twelve?: TwinTwelve;
  /** Milliseconds that the last drawing took. */
  drawn_ms = 0;
  private lanes: Lane[] = [];
  private frame = 0;
  private observer: ResizeObserver | null = null;
  private beats: Beats | null = null;
  private heardUntil = NaN;
  private measuredTo = NaN;

  static override styles = [shared, monitorStyles];

  /** One burst of an alarm as samples: what is heard, for a test that measures it. */
  static renderAlarm(priority: Priority, category?: Category): Promise<AudioBuffer> {
    return renderBurst(priority, category);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.observer = new ResizeObserver(() => this.measure());
    this.observer.observe(this);
    const tick = () => {
      this.draw();
      this.frame = requestAnimationFrame(tick);
    };
    this.frame = requestAnimationFrame(tick);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    cancelAnimationFrame(this.frame);
    this.observer?.disconnect();
  }

  override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has("feed")) {
      const before = changed.get("feed");
      this.unfollow(before);
      this.follow(this.feed);
      this.frozen_s = null;
    }
  }

  override updated(changed: PropertyValues<this>): void {
    const names = this.strips()
      .map((w) => w.wave.id)
      .join();
    if (changed.has("feed") || this.dataset["waves"] !== names) {
      this.dataset["waves"] = names;
      this.findLanes();
    }
    this.measure();
  }

  /** The waves that are swept here. */
  private strips() {
    const { waves } = this.feed.bed.view;
    const chosen = prefs().waves?.filter((id) => waves.some((w) => w.id === id));
    return ordered(waves, chosen?.length ? chosen : null);
  }

  private findLanes(): void {
    const canvases = [...this.renderRoot.querySelectorAll<HTMLCanvasElement>("canvas.trace")];
    this.lanes = this.strips().map(({ wave, place }, i) => {
      const canvas = canvases[i]!;
      this.observer?.observe(canvas);
      const pen = { colour: "#fff", filled: wave.colour === "co2" };
      return { wave, place, canvas, sweep: new Sweep(canvas, scaleOf(wave, 1, 100), pen), range: null, seen: 0 };
    });
    this.beats = null;
  }

  /** Fits strips to their places, with the colours of the theme. */
  private measure(): void {
    const ratio = window.devicePixelRatio || 1;
    for (const lane of this.lanes) {
      const box = lane.canvas.getBoundingClientRect();
      if (!box.width || !box.height) continue;
      const style = getComputedStyle(lane.canvas);
      const colour = style.getPropertyValue("--c").trim() || "#fff";
      lane.sweep.pen.mark = style.getPropertyValue("--screen-ink").trim();
      const scale = scaleOf(lane.wave, prefs().pxPerMm, box.height, this.gain, this.speed_mm_s);
      const ring = (this.past?.rings ?? this.feed.rings)[lane.place];
      if (lane.wave.low >= lane.wave.high) {
        lane.range = autoRange(ring, AUTO_S, lane.range, lane.wave.scale);
        [scale.low, scale.high] = lane.range ?? [0, 1];
      } else if (lane.wave.colour === "ecg") {
        const [low, high] = lane.range ?? [scale.low, scale.high];
        const fits = Math.abs(high - low - (scale.high - scale.low)) < 1e-9;
        lane.range = shifted(ring, AUTO_S, fits ? low : scale.low, fits ? high : scale.high);
        [scale.low, scale.high] = lane.range;
      } else this.fit(lane, scale, ring);
      const same = JSON.stringify([scale, colour]) === JSON.stringify([lane.sweep.scale, lane.sweep.pen.colour]);
      lane.sweep.scale = scale;
      lane.sweep.pen.colour = colour;
      lane.sweep.resize(box.width, box.height, ratio);
      if (!same) lane.sweep.forget();
    }
  }

  /** What leaves the usual scale of a wave is shown on a coarser one, whose ends stand beside it. */
  private fit(lane: Lane, scale: Scale, ring: WaveRing | undefined): void {
    const { low, high } = lane.wave;
    const before = String(lane.range ?? [low, high]);
    lane.range = stepped(ring, AUTO_S, [low, high], lane.range);
    [scale.low, scale.high] = lane.range;
    if (String(lane.range) !== before) this.requestUpdate();
  }

  private draw(): void {
    const began = performance.now();
    const now_s = this.feed.now(began / 1000);
    const at_s = this.past?.t_s ?? this.frozen_s ?? now_s;
    const rings = this.past?.rings ?? this.feed.rings;
    const counters = countersOf(this.feed.bed.view.waves, rings);
    // The last waves of a bed that is paused may come after its last numbers.
    const end = rings[this.lanes[0]?.place ?? 0]?.end ?? NaN;
    const isNew = this.feed.clock.state === "paused" && !Object.is(end, this.measuredTo);
    if (this.outgrown(rings) || isNew) this.measure();
    this.measuredTo = end;
    for (const { wave, place, sweep } of this.lanes)
      sweep.step(rings[place], at_s, wave.colour === "ecg" ? counters : []);
    this.drawn_ms = performance.now() - began;
    this.listen(now_s);
  }

  /** Whether a wave leaves its scale: numbers, with which scales are looked after, come once a second, waves more often. */
  private outgrown(rings: readonly (WaveRing | undefined)[]): boolean {
    let found = false;
    for (const lane of this.lanes) {
      const ring = rings[lane.place];
      const { low, high } = lane.sweep.scale;
      const isNew = !lane.range && lane.wave.low >= lane.wave.high && ring?.end !== lane.seen;
      if (lane.wave.colour !== "ecg" && ((ring && isNew) || leaves(ring, lane.seen, [low, high]))) found = true;
      lane.seen = ring?.end ?? 0;
    }
    return found;
  }

  /** Finds the beats that were drawn since the last time, and lets them be heard and seen. */
  private listen(now_s: number): void {
    const place = this.feed.bed.view.waves.findIndex((w) => w.colour === "ecg" || w.colour === "pleth");
    const ring = this.feed.rings[place];
    if (!ring || !Number.isFinite(now_s)) return;
    this.beats ??= new Beats(ring.period_s);
    const last = Math.min(Math.floor(now_s / ring.period_s), ring.end - 1);
    if (!(last - this.heardUntil < 2 / ring.period_s && last >= this.heardUntil)) this.heardUntil = last;
    for (let i = this.heardUntil + 1; i <= last; i++) {
      if (!this.beats.push(ring.at(i), i * ring.period_s)) continue;
      if (prefs().pulseTone && !this.past && soundOn()) player.beat(this.feed.numbers["SpO2"]);
      if (matchMedia("(prefers-reduced-motion: reduce)").matches) continue;
      const heart = this.renderRoot.querySelector(".heart");
      heart?.getAnimations().forEach((a) => a.cancel());
      heart?.animate([{ opacity: 1 }, { opacity: 0.15 }], { duration: 260 });
    }
    this.heardUntil = last;
  }

  toggleFreeze(): void {
    this.frozen_s = this.frozen_s === null ? this.feed.now() : null;
  }

  showLimits(): void {
    this.limits?.open();
  }

  showDisplay(): void {
    this.display?.open();
  }

  /** The electrocardiogram on paper, if all leads are there. */
  async showTwelve(): Promise<void> {
    if (!hasTwelve(this.feed.bed.view.waves)) return;
    await import("./twelve");
    await this.twelve?.updateComplete;
    this.twelve?.open();
  }

  private get values(): Record<string, number | null> {
    return this.past?.numbers ?? this.feed.numbers;
  }

  override render() {
    const view = looked(this.feed.bed.view, this.values);
    const strips = this.strips();
    const { byWave, alone } = beside(
      view,
      strips.map((s) => s.wave.id),
    );
    return html`<div
      class="monitor ${this.past || this.frozen_s !== null ? "still" : ""} ${this.feed.isStale && !this.past ? "stale" : ""}"
    >
      <twin-alarms
        .feed=${this.feed}
        .alarms=${this.past?.alarms ?? null}
        .at_s=${this.past?.t_s ?? null}
      ></twin-alarms>
      <div class="lanes">
        ${view.waves.length ? nothing : alone.map((r) => this.slowLane(r))}${strips.map(({ wave }, i) => this.lane(wave, byWave.get(wave.id) ?? [], i === 0))}
      </div>
      ${alone.length && view.waves.length ? html`<div class="tiles ${alone.length > 6 ? "many" : ""}">${alone.map((r) => this.number(r, false))}</div>` : nothing}
      ${this.notice()}${this.bare ? nothing : this.keys()} ${this.table()}
      <twin-limits .feed=${this.feed}></twin-limits>
      <twin-display .monitor=${this}></twin-display>
      <twin-twelve .feed=${this.feed}></twin-twelve>
    </div>`;
  }

  private lane(wave: WaveView, readings: readonly Reading[], first: boolean) {
    const calibrated = wave.colour === "ecg" && wave.unit === "mV";
    const label = `${labelOf(wave)}, ${t("monitor.speed", { speed: short(mmPerS(wave, this.speed_mm_s)) })}`;
    return html`<section class="lane c-${wave.colour}" aria-label=${labelOf(wave)}>
      <div class="strip">
        <canvas class="trace" role="img" aria-label=${label}></canvas>
        <p class="label" aria-hidden="true">
          <b>${labelOf(wave)}</b
          >${this.scaleText(wave, calibrated)}${wave.colour === "ecg" && this.isPaced() ? html`<span class="paced">${t("monitor.paced")}</span>` : nothing}${first ? html`<span class="heart">${icons.heart}</span>` : nothing}
        </p>
        ${calibrated ? this.calibration() : this.marks(wave)}
      </div>
      <div class="numbers n${readings.length}">${readings.map((r, i) => this.number(r, i > 0))}</div>
    </section>`;
  }

  /** Whether there is a pacemaker whose pulses are marked. */
  private isPaced(): boolean {
    return this.feed.bed.view.waves.some((w) => w.counts);
  }

  /** Where nothing is sent as a wave, a number stands beside its own trend. */
  private slowLane(reading: Reading) {
    const number = reading.members[0]!;
    return html`<section class="lane c-${reading.colour}" aria-label=${reading.label}>
      <div class="strip slow">
        ${sparkline(this.feed.trends, { ...number, limits: this.feed.limits(number) }, this.past?.t_s ?? this.feed.clock.t_s)}
        <p class="label" aria-hidden="true"><b>${reading.label}</b></p>
      </div>
      <div class="numbers n1">${this.number(reading, false)}</div>
    </section>`;
  }

  private scaleText(wave: WaveView, calibrated: boolean) {
    const speed = `${short(mmPerS(wave, this.speed_mm_s))} mm/s`;
    return html`<span>${calibrated ? `${short(GAIN_MM_MV * this.gain)} mm/mV · ${speed}` : speed}</span>`;
  }

  /** The pulse of 1 mV that says how high the electrocardiogram is drawn. */
  private calibration() {
    const px = prefs().pxPerMm;
    const [height, width] = [GAIN_MM_MV * this.gain * px, 5 * px * (this.speed_mm_s / 25)];
    return html`<svg class="cal" width=${width + 8} height=${height + 2} aria-hidden="true">
      <path
        d="M0 ${height + 1}H4V1H${4 + width}V${height + 1}H${8 + width}"
        fill="none"
        stroke="currentColor"
        stroke-width="1.5"
      />
    </svg>`;
  }

  private marks(wave: WaveView) {
    if (!wave.unit || wave.low >= wave.high) return nothing;
    const [low, high] = this.lanes.find((lane) => lane.wave.id === wave.id)?.range ?? [wave.low, wave.high];
    return html`<span class="mark high" aria-hidden="true">${short(high)}</span
      >${wave.colour === "co2" ? nothing : html`<span class="mark low" aria-hidden="true">${short(low)}</span>`}`;
  }

  private number(reading: Reading, small: boolean) {
    const stale = this.feed.isStale && !this.past;
    const { priority, acknowledged, latched } = alarmingOf(reading, this.past || stale ? [] : this.feed.alarms);
    return html`<twin-number
      class="c-${reading.colour}"
      .reading=${reading}
      .values=${this.values}
      .limits=${limitsOf(this.feed, reading)}
      .priority=${priority}
      ?acknowledged=${acknowledged}
      ?latched=${latched}
      ?small=${small}
      ?stale=${stale}
      .more=${reading.id === "NIBP" ? this.sinceCuff() : ""}
    ></twin-number>`;
  }

  /** Time since the cuff measured. */
  private sinceCuff(): string {
    const { cuff_s } = this.feed;
    return cuff_s === null || this.past ? "" : since(this.feed.clock.t_s - cuff_s);
  }

  private notice() {
    if (this.past && this.unnoticed) return nothing;
    if (this.past)
      return html`<p class="notice">
        ${t("monitor.past", { t: moment(this.past.t_s, this.feed.bed.view.page_s) })}
        <button class="slim" @click=${() => this.tell("twin-live")}>${t("monitor.toLive")}</button>
      </p>`;
    if (this.frozen_s !== null)
      return html`<p class="notice">
        ${t("monitor.frozen", { t: clock(this.frozen_s) })}
        <button class="slim" @click=${() => this.toggleFreeze()}>${t("monitor.unfreeze")}</button>
      </p>`;
    return this.feed.stills ? html`<p class="notice">${t("waves.still")}</p>` : nothing;
  }

  private keys() {
    const cuff = this.feed.control("nibp_start");
    return html`<div class="keys" role="toolbar" aria-label=${t("monitor.keys")}>
      <button aria-pressed=${this.frozen_s !== null} @click=${() => this.toggleFreeze()}>
        ${icons.freeze}<span>${t("monitor.freeze")}</span>
      </button>
      <button @click=${() => this.showLimits()}>${icons.limits}<span>${t("limits.title")}</span></button>
      ${cuff ? html`<button ?disabled=${!this.feed.may(cuff)} @click=${() => this.feed.send?.("nibp_start")}><b>NIBP</b><span>${t("monitor.measure")}</span></button>` : nothing}
      ${hasTwelve(this.feed.bed.view.waves) ? html`<button @click=${() => this.showTwelve()}>${icons.table}<span>${t("twelve.title")}</span></button>` : nothing}
      <button @click=${() => this.showDisplay()}>${icons.settings}<span>${t("display.title")}</span></button>
    </div>`;
  }

  /** The numbers as a table, for those who hear them. */
  private table() {
    const { byWave, alone } = beside(looked(this.feed.bed.view, this.values));
    const readings = [...[...byWave.values()].flat(), ...alone];
    return html`<table class="unseen">
      <caption>
        ${t("monitor.table")}
      </caption>
      <tbody>
        ${readings.map((r) => {
          const middle = mean(r, this.values);
          return html`<tr>
            <th scope="row">${r.label}</th>
            <td>${digits(r, this.values)}${middle ? ` (${middle})` : ""} ${r.unit}</td>
          </tr>`;
        })}
      </tbody>
    </table>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "twin-monitor": TwinMonitor;
  }
}
