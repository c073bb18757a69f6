import { css, html, nothing, svg, type PropertyValues } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { TwinElement } from "../element";
import { line, linear, nearest, ticks, timeTicks, type Place } from "../fork/geometry";
import type { BedFeed } from "../live/feed";
import { shared } from "../style/shared";
import { holds, lineage } from "../timeline/lanes";
import { timeOfDay } from "../text/moment";
import { shown, t } from "../text/text";
import { boluses, doses, fingerSticks, LOWEST, readings, zone, ZONES, type Dose } from "./day";

const [LEFT, RIGHT, TOP, TIMES] = [44, 34, 8, 22];
const [GLUCOSE, BOLUS, BASAL, BETWEEN] = [236, 78, 52, 24];
const MARKS = [54, 70, 180, 250] as const;
const STEP_S = 300;
/** Room to the right of now, so that what comes is seen to come. */
const AHEAD = 0.03;

/** What a sensor and a pump have kept: glucose with its target, meals and finger-sticks, boluses and insulin on board, the basal rate. */
@customElement("twin-glucose-chart")
export class TwinGlucoseChart extends TwinElement {
  @property({ attribute: false }) feed!: BedFeed;
  @property({ type: Number }) hours = 6;
  /** Whether the blood itself is drawn, which no device knows. */
  @property({ type: Boolean }) body = false;
  @state() private width = 800;
  @state() private cursor_s: number | null = null;
  private observer: ResizeObserver | null = null;

  static override styles = [
    shared,
    css`
      :host {
        display: block;
        position: relative;
        min-width: 0;
        touch-action: pan-y;
      }
      svg {
        display: block;
        width: 100%;
        overflow: visible;
      }
      text {
        fill: var(--screen-soft);
        font: 11px var(--font);
        font-variant-numeric: tabular-nums;
      }
      .strong {
        fill: var(--screen-ink);
        font-weight: 650;
      }
      .grid {
        stroke: var(--screen-rule);
      }
      .target {
        fill: #4caf6d;
        opacity: 0.14;
      }
      .limit {
        stroke: var(--screen-soft);
        stroke-dasharray: 3 4;
        opacity: 0.7;
      }
      .alert {
        stroke: var(--medium);
        stroke-dasharray: 6 4;
        opacity: 0.75;
      }
      .very-low {
        fill: #ff6b63;
        stroke: #ff6b63;
      }
      .low {
        fill: #ff9c8f;
        stroke: #ff9c8f;
      }
      .in {
        fill: #63d987;
        stroke: #63d987;
      }
      .high {
        fill: #ffc24d;
        stroke: #ffc24d;
      }
      .very-high {
        fill: #ff9a3d;
        stroke: #ff9a3d;
      }
      .trace path {
        fill: none;
        stroke-width: 1.3;
        opacity: 0.65;
      }
      .trace circle {
        stroke: none;
      }
      .body {
        fill: none;
        stroke: var(--screen-ink);
        stroke-width: 1.4;
        stroke-dasharray: 2 3;
        opacity: 0.85;
      }
      .meal {
        fill: #ffd98a;
      }
      .stick {
        fill: none;
        stroke: #ff8a80;
        stroke-width: 2;
      }
      .bolus {
        fill: #7fb0ff;
      }
      .iob {
        fill: #7fb0ff;
        opacity: 0.22;
      }
      .iob-line {
        fill: none;
        stroke: #7fb0ff;
        stroke-width: 1.4;
      }
      .basal {
        fill: #9d8cff;
        opacity: 0.45;
      }
      .basal-line {
        fill: none;
        stroke: #b6a9ff;
        stroke-width: 1.5;
      }
      .cursor {
        stroke: var(--accent);
      }
      .now {
        stroke: var(--screen-ink);
        opacity: 0.4;
      }
      .tip {
        position: absolute;
        top: 0;
        font-size: 12.5px;
        line-height: 17px;
        padding: 4px 9px;
        border-radius: 6px;
        background: var(--screen-raised);
        color: var(--screen-ink);
        border: 1px solid var(--screen-rule);
        pointer-events: none;
        white-space: nowrap;
        font-variant-numeric: tabular-nums;
        transform: translateX(-50%);
      }
      :host(:focus-visible) {
        outline-offset: 4px;
      }
    `,
  ];

  override connectedCallback(): void {
    super.connectedCallback();
    this.tabIndex = 0;
    this.setAttribute("role", "group");
    this.observer = new ResizeObserver((e) => (this.width = Math.max(260, Math.round(e[0]!.contentRect.width))));
    this.observer.observe(this);
    this.addEventListener("pointermove", this.onMove);
    this.addEventListener("pointerleave", this.onLeave);
    this.addEventListener("blur", this.onLeave);
    this.addEventListener("keydown", this.onKey);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.observer?.disconnect();
    this.removeEventListener("pointermove", this.onMove);
    this.removeEventListener("pointerleave", this.onLeave);
    this.removeEventListener("blur", this.onLeave);
    this.removeEventListener("keydown", this.onKey);
  }

  override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has("feed")) return;
    this.unfollow(changed.get("feed"));
    this.follow(this.feed);
  }

  private get span(): [number, number] {
    const { t_s } = this.feed.clock;
    const wide = this.hours * 3600;
    return [t_s - wide, t_s + AHEAD * wide];
  }

  private onMove = (event: PointerEvent) => {
    const [from, to] = this.span;
    const x = event.clientX - this.getBoundingClientRect().left;
    const at = from + ((x - LEFT) / (this.width - LEFT - RIGHT)) * (to - from);
    this.cursor_s = Math.min(Math.max(at, from), this.feed.clock.t_s);
  };

  private onLeave = () => (this.cursor_s = null);

  private onKey = (event: KeyboardEvent) => {
    const by = { ArrowLeft: -STEP_S, ArrowRight: STEP_S }[event.key];
    const { t_s } = this.feed.clock;
    if (event.key === "Escape") this.cursor_s = null;
    else if (event.key === "End") this.cursor_s = t_s;
    else if (by) this.cursor_s = Math.min(Math.max((this.cursor_s ?? t_s) + by, Math.max(this.span[0], 0)), t_s);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  /** What one mg/dL is in the unit of the page. */
  private get k(): number {
    return this.feed.measure.numbers({ glucose: 1 })["glucose"] ?? 1;
  }

  private series(id: string): (number | null)[] {
    const { t_s, numbers } = this.feed.trends;
    // A replay knows what comes; it is not shown before it has come.
    return (numbers[id] ?? []).map((v, i) => (t_s[i]! <= this.feed.clock.t_s ? v : null));
  }

  private mg(id: string): (number | null)[] {
    const { k } = this;
    return this.series(id).map((v) => (v === null ? null : v / k));
  }

  private meals(from: number, to: number): Dose[] {
    const course = lineage(this.feed.branches, this.feed.clock.branch);
    const own = this.feed.entries.filter((e) => holds(e, course));
    return doses(own, this.feed.script, "carbohydrate", from, to);
  }

  override render() {
    const { width, feed } = this;
    const [from, to] = this.span;
    const now = feed.clock.t_s;
    const x = linear(from, to, LEFT, width - RIGHT);
    const { t_s } = feed.trends;
    const glucose = this.mg("glucose");
    const top = this.top(glucose, from);
    const y = linear(LOWEST - 5, top, GLUCOSE - 18, TOP);
    const height = GLUCOSE + BETWEEN + BOLUS + BETWEEN + BASAL + TIMES;
    return html`<svg
        height=${height}
        viewBox="0 0 ${width} ${height}"
        role="img"
        aria-label=${t("glucose.chart", { h: this.hours })}
      >
        <defs>
          <clipPath id="inside">
            <rect x=${LEFT} y="0" width=${Math.max(width - LEFT - RIGHT, 1)} height=${height} />
          </clipPath>
        </defs>
        ${this.times(x, height, from, to)}${this.scale(y, top)}
        <g clip-path="url(#inside)">
          ${this.trace(t_s, glucose, x, y, top, from)}
          ${this.body ? svg`<path class="body" d=${line(t_s, this.mg("BG"), x, y)} />` : nothing}
          ${this.meals(from, now).map((m) => this.meal(m, x))}
          ${fingerSticks(t_s, this.mg("SMBG"), from, now).map((s) => this.stick(s, x, y, top))}
        </g>
        ${this.insulin(t_s, x, from, now)}
        <line class="now" x1=${x(now)} x2=${x(now)} y1=${TOP} y2=${height - TIMES} />
        ${this.cursor_s === null ? nothing : svg`<line class="cursor" x1=${x(this.cursor_s)} x2=${x(this.cursor_s)} y1="0" y2=${height - TIMES} />`}
      </svg>
      ${this.tip(x)}`;
  }

  private top(glucose: (number | null)[], from: number): number {
    const { t_s } = this.feed.trends;
    let most = 280;
    glucose.forEach((v, i) => (most = v !== null && t_s[i]! >= from ? Math.max(most, v) : most));
    return Math.min(Math.ceil((most + 20) / 50) * 50, 425);
  }

  private times(x: Place, height: number, from: number, to: number) {
    return timeTicks(Math.max(from, 0), to, Math.max(3, Math.floor(this.width / 110))).map(
      (s) =>
        svg`<line class="grid" x1=${x(s)} x2=${x(s)} y1=${TOP} y2=${height - TIMES} /><text x=${x(s)} y=${height - 6} text-anchor="middle">${timeOfDay(s)}</text>`,
    );
  }

  private scale(y: Place, top: number) {
    const number = this.feed.bed.view.numbers.find((n) => n.id === "glucose");
    const right = this.width - RIGHT;
    const label = (mg: number) => shown(mg * this.k, number?.digits ?? 0);
    const limits = number ? this.feed.limits(number) : { low: null, high: null };
    const alert = (v: number | null) => {
      const mg = v === null ? null : v / this.k;
      const isZone = mg !== null && MARKS.some((m) => Math.abs(m - mg) < 0.5);
      return mg === null || mg > top || isZone
        ? nothing
        : svg`<line class="alert" x1=${LEFT} x2=${right} y1=${y(mg)} y2=${y(mg)} />`;
    };
    return svg`<rect class="target" x=${LEFT} width=${right - LEFT} y=${y(ZONES[2])} height=${y(ZONES[1]) - y(ZONES[2])} />
      ${MARKS.map((m) => svg`<line class="limit" x1=${LEFT} x2=${right} y1=${y(m)} y2=${y(m)} /><text class=${m === 70 || m === 180 ? "strong" : ""} x=${LEFT - 6} y=${y(m) + 4} text-anchor="end">${label(m)}</text>`)}
      ${top >= 350 ? svg`<text x=${LEFT - 6} y=${y(350) + 4} text-anchor="end">${label(350)}</text>` : nothing}
      ${alert(limits.low)}${alert(limits.high)}`;
  }

  /** Readings as dots in the colour of their zone, joined where none is missing. */
  private trace(t_s: number[], glucose: (number | null)[], x: Place, y: Place, top: number, from: number) {
    const all = readings(t_s, glucose).filter((i) => t_s[i]! >= from - STEP_S);
    const names = ["very-low", "low", "in", "high", "very-high"];

    const place = (i: number) => `${x(t_s[i]!).toFixed(1)} ${y(Math.min(glucose[i]!, top)).toFixed(1)}`;
    const joined: string[] = names.map(() => "");
    all.slice(1).forEach((i, k) => {
      const before = all[k]!;
      if (t_s[i]! - t_s[before]! <= 2.2 * STEP_S || !this.gap(glucose, before, i))
        joined[zone(glucose[i]!)] += `M${place(before)}L${place(i)}`;
    });
    const size = this.hours <= 6 ? 3 : this.hours <= 12 ? 2.3 : 1.8;
    return svg`<g class="trace">
      ${joined.map((d, z) => (d ? svg`<path class=${names[z]!} d=${d} />` : nothing))}
      ${all.map((i) => svg`<circle class=${names[zone(glucose[i]!)]!} cx=${x(t_s[i]!)} cy=${y(Math.min(glucose[i]!, top))} r=${size} />`)}
    </g>`;
  }

  private gap(values: (number | null)[], a: number, b: number): boolean {
    for (let i = a + 1; i < b; i++) if (values[i] === null) return true;
    return false;
  }

  private meal(meal: Dose, x: Place) {
    const at = x(meal.t_s);
    return svg`<g><path class="meal" d="M${at} ${GLUCOSE - 14}l6 10h-12z" /><text x=${at + 9} y=${GLUCOSE - 4}>${shown(meal.amount, 0)} g</text></g>`;
  }

  private stick(stick: Dose, x: Place, y: Place, top: number) {
    const [at, up] = [x(stick.t_s), y(Math.min(stick.amount, top))];
    return svg`<path class="stick" d="M${at} ${up - 6}l6 6l-6 6l-6 -6z" />`;
  }

  private insulin(t_s: number[], x: Place, from: number, now: number) {
    const [onBoard, basal] = [this.series("IOB"), this.series("basal")];
    const given = boluses(t_s, this.series("bolus"), from, now);
    const seen = (values: (number | null)[]) => values.filter((v, i) => v !== null && t_s[i]! >= from) as number[];
    const most = Math.max(2, ...given.map((b) => b.amount), ...seen(onBoard)) * 1.15;
    const rate = Math.max(1, ...seen(basal)) * 1.2;
    const [bolusTop, basalTop] = [GLUCOSE + BETWEEN, GLUCOSE + 2 * BETWEEN + BOLUS];
    const y = linear(0, most, bolusTop + BOLUS, bolusTop);
    const yBasal = linear(0, rate, basalTop + BASAL, basalTop);
    return svg`${this.axis(ticks(0, most, 2), y, "U")}${this.axis(ticks(0, rate, 2), yBasal, "U/h")}
      <text class="strong" x=${LEFT} y=${bolusTop - 7}>${t("glucose.bolusAndIob")}</text>
      <text class="strong" x=${LEFT} y=${basalTop - 7}>${t("glucose.basal")}</text>
      <g clip-path="url(#inside)">
        <path class="iob" d=${this.area(t_s, onBoard, x, y, from)} />
        <path class="iob-line" d=${line(t_s, onBoard, x, y)} />
        ${given.map((b) => svg`<rect class="bolus" x=${x(b.t_s) - 2.5} width="5" y=${y(b.amount)} height=${bolusTop + BOLUS - y(b.amount)} rx="1.5" /><text class="strong" x=${x(b.t_s) + 6} y=${Math.max(y(b.amount) + 9, bolusTop + 10)}>${shown(b.amount, b.amount % 1 ? 2 : 0)} U</text>`)}
        <path class="basal" d=${this.area(t_s, basal, x, yBasal, from, true)} />
        <path class="basal-line" d=${this.steps(t_s, basal, x, yBasal, from)} />
      </g>`;
  }

  private axis(values: number[], y: Place, unit: string) {
    const right = this.width - RIGHT;
    return values.map(
      (v) =>
        svg`<line class="grid" x1=${LEFT} x2=${right} y1=${y(v)} y2=${y(v)} />${v === 0 ? nothing : svg`<text x=${right + 5} y=${y(v) + 4}>${v}</text>`}${v === 0 ? svg`<text x=${right + 5} y=${y(v)}>${unit}</text>` : nothing}`,
    );
  }

  /** A rate stays until it changes. */
  private steps(t_s: number[], values: (number | null)[], x: Place, y: Place, from: number): string {
    let path = "";
    let before: number | null = null;
    values.forEach((v, i) => {
      if (v === null || t_s[i]! < from - STEP_S) return void (before = null);
      const at = x(t_s[i]!).toFixed(1);
      path += before === null ? `M${at} ${y(v).toFixed(1)}` : `H${at}V${y(v).toFixed(1)}`;
      before = v;
    });
    return path;
  }

  private area(t_s: number[], values: (number | null)[], x: Place, y: Place, from: number, stepped = false): string {
    const known = t_s
      .map((_, i) => i)
      .filter((i) => values[i] !== null && values[i] !== undefined && t_s[i]! >= from - STEP_S);
    if (known.length < 2) return "";
    const at = (i: number) => `${x(t_s[i]!).toFixed(1)}`;
    const up = (i: number) => y(Math.max(values[i]!, 0)).toFixed(1);
    const path = known.map((i, n) =>
      n === 0 ? `${at(i)} ${up(i)}` : stepped ? `H${at(i)}V${up(i)}` : `L${at(i)} ${up(i)}`,
    );
    const ground = y(0).toFixed(1);
    return `M${path.join("")}L${at(known[known.length - 1]!)} ${ground}L${at(known[0]!)} ${ground}Z`;
  }

  private tip(x: Place) {
    if (this.cursor_s === null || !this.feed.trends.t_s.length) return nothing;
    const i = nearest(this.feed.trends.t_s, this.cursor_s);
    const { numbers } = this.feed.bed.view;
    const said = ["glucose", "IOB", "basal"].map((id) => {
      const number = numbers.find((n) => n.id === id);
      return number ? `${shown(this.series(id)[i], number.digits)} ${number.unit}` : "";
    });
    const place = Math.min(Math.max(x(this.cursor_s), 130), this.width - 130);
    return html`<span class="tip" role="status" .style=${`left:${place}px`}
      ><b>${timeOfDay(this.feed.trends.t_s[i]!)}</b> · ${said[0]} · IOB ${said[1]} · ${said[2]}</span
    >`;
  }
}
