import { css, html, nothing, svg } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import type { Band, NumberView, Trends } from "../contract";
import { TwinElement } from "../element";
import { labelOfNumber } from "../monitor/reading";
import { shared } from "../style/shared";
import { moment, tick } from "../text/moment";
import { shown, t } from "../text/text";
import { area, line, linear, nearest, ticks, timeTicks } from "./geometry";
import { spread } from "./verdict";

/** Whether something of it was read. */
const isRead = (values: readonly (number | null)[]) => values.some((v) => v !== null && Number.isFinite(v));

const [LEFT, RIGHT, TOP, BOTTOM] = [40, 10, 8, 22];

/** One number in one future: the past that leads there, the median, and where nine of ten members stay. */
@customElement("twin-future")
export class TwinFuture extends TwinElement {
  @property({ attribute: false }) number!: NumberView;
  @property({ attribute: false }) past: Trends = { t_s: [], numbers: {} };
  @property({ attribute: false }) t_s: number[] = [];
  @property({ attribute: false }) band: Band | null = null;
  /** The median of the other future, drawn thin for comparison. */
  @property({ attribute: false }) other: Band | null = null;
  @property({ attribute: false }) span: [number, number] = [0, 1];
  @property({ attribute: false }) range: [number, number] = [0, 1];
  @property({ attribute: false }) limits: { low: number | null; high: number | null } = { low: null, high: null };
  @property({ type: Number }) at_s = 0;
  @property({ type: Number }) page_s = 1;
  /** Whether the patient alone was played, without a band. */
  @property({ type: Boolean }) alone = false;
  @property({ type: Number }) cursor_s: number | null = null;
  @property({ reflect: true }) which: "as-is" | "changed" = "as-is";
  @property({ type: Boolean }) axis = false;
  @state() private width = 400;
  @property({ type: Number }) height = 128;
  private observer: ResizeObserver | null = null;

  static override styles = [
    shared,
    css`
      :host {
        display: block;
        position: relative;
        min-width: 0;
        --own: var(--as-is);
        touch-action: pan-y;
      }
      :host([which="changed"]) {
        --own: var(--changed);
      }
      svg {
        display: block;
        width: 100%;
        overflow: visible;
      }
      .grid {
        stroke: var(--rule);
        stroke-width: 1;
      }
      text {
        fill: var(--faint);
        font: 11px var(--font);
        font-variant-numeric: tabular-nums;
      }
      .past {
        stroke: var(--ink);
        fill: none;
        stroke-width: 1.6;
        opacity: 0.75;
      }
      .band {
        fill: var(--own);
        opacity: 0.24;
      }
      .median {
        stroke: var(--own);
        fill: none;
        stroke-width: 2.6;
        stroke-linejoin: round;
      }
      .other {
        stroke: var(--as-is);
        fill: none;
        stroke-width: 1.4;
        stroke-dasharray: 3 4;
      }
      .limit {
        stroke: var(--bad);
        stroke-width: 1;
        stroke-dasharray: 6 4;
        opacity: 0.65;
      }
      .now {
        stroke: var(--ink);
        stroke-width: 1;
        opacity: 0.5;
      }
      .cursor {
        stroke: var(--accent);
        stroke-width: 1;
      }
      .dot {
        fill: var(--own);
        stroke: var(--panel);
        stroke-width: 2;
      }
      .open {
        fill: var(--own);
        opacity: 0.07;
      }
      .tip {
        position: absolute;
        top: 2px;
        font-size: 12px;
        line-height: 16px;
        padding: 2px 7px;
        border-radius: 6px;
        background: var(--panel);
        border: 1px solid var(--rule);
        pointer-events: none;
        white-space: nowrap;
        font-variant-numeric: tabular-nums;
        color: var(--ink);
        transform: translateX(-50%);
      }
    `,
  ];

  override connectedCallback(): void {
    super.connectedCallback();
    this.observer = new ResizeObserver(
      (entries) => (this.width = Math.max(160, Math.round(entries[0]!.contentRect.width))),
    );
    this.observer.observe(this);
    this.addEventListener("pointermove", this.onMove);
    this.addEventListener("pointerleave", this.onLeave);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.observer?.disconnect();
    this.removeEventListener("pointermove", this.onMove);
    this.removeEventListener("pointerleave", this.onLeave);
  }

  private onMove = (event: PointerEvent) => {
    const x = event.clientX - this.getBoundingClientRect().left;
    const share = (x - LEFT) / (this.width - LEFT - RIGHT);
    this.tell("twin-cursor", this.span[0] + Math.min(Math.max(share, 0), 1) * (this.span[1] - this.span[0]));
  };

  private onLeave = () => this.tell("twin-cursor", null);

  override render() {
    const { width, span, range, band } = this;
    const height = this.height + (this.axis ? 0 : TOP - BOTTOM);
    const bottom = height - (this.axis ? BOTTOM : TOP);
    const x = linear(span[0], span[1], LEFT, width - RIGHT);
    const y = linear(range[0], range[1], bottom, TOP);
    const marks = ticks(range[0], range[1], height < 100 ? 2 : 3).filter((v) => y(v) > TOP - 2 && y(v) < bottom + 2);
    const limit = (v: number | null) =>
      v === null || v <= range[0] || v >= range[1]
        ? nothing
        : svg`<line class="limit" x1=${LEFT} x2=${width - RIGHT} y1=${y(v)} y2=${y(v)} />`;
    const past = this.past.numbers[this.number.id] ?? [];
    if (![past, band?.p50 ?? [], this.other?.p50 ?? []].some(isRead)) return this.unread(x, height, bottom);
    return html`<svg height=${height} viewBox="0 0 ${width} ${height}" role="img" aria-label=${this.description()}>
        ${marks.map((v) => svg`<line class="grid" x1=${LEFT} x2=${width - RIGHT} y1=${y(v)} y2=${y(v)} /><text x=${LEFT - 6} y=${y(v) + 4} text-anchor="end">${v}</text>`)}
        ${this.axis ? this.times(x, height) : nothing}
        ${band ? nothing : svg`<rect class="open" x=${x(this.at_s)} y=${TOP} width=${x(span[1]) - x(this.at_s)} height=${bottom - TOP} rx="4" />`}
        ${limit(this.limits.low)}${limit(this.limits.high)}
        ${band && !this.alone ? svg`<path class="band" d=${area(this.t_s, band, x, y)} />` : nothing}
        ${this.other ? svg`<path class="other" d=${line(this.t_s, this.other.p50, x, y)} />` : nothing}
        <path class="past" d=${line(this.past.t_s, past, x, y)} />
        ${band ? svg`<path class="median" d=${line(this.t_s, band.p50, x, y)} />` : nothing}
        <line class="now" x1=${x(this.at_s)} x2=${x(this.at_s)} y1=${TOP - 4} y2=${bottom} />
        ${this.cursor(x, y, bottom)}</svg
      >${this.tip(x)}`;
  }

  /** Where nothing was read there is no scale to draw. */
  private unread(x: (v: number) => number, height: number, bottom: number) {
    const { width, span } = this;
    return html`<svg height=${height} viewBox="0 0 ${width} ${height}" role="img" aria-label=${this.description()}>
      ${this.axis ? this.times(x, height) : nothing}
      <rect class="open" x=${x(span[0])} y=${TOP} width=${x(span[1]) - x(span[0])} height=${bottom - TOP} rx="4" />
      <text x=${x((span[0] + span[1]) / 2)} y=${(TOP + bottom) / 2 + 4} text-anchor="middle">${t("fork.unread")}</text>
    </svg>`;
  }

  private times(x: (v: number) => number, height: number) {
    return timeTicks(this.span[0], this.span[1], Math.max(2, Math.floor(this.width / 90))).map(
      (s) => svg`<text x=${x(s)} y=${height - 5} text-anchor="middle">${tick(s, this.page_s)}</text>`,
    );
  }

  /** The value at the cursor: of the past before the fork, of the median after it. */
  private atCursor(): { t_s: number; p50: number | null; i?: number } | null {
    if (this.cursor_s === null) return null;
    if (this.cursor_s > this.at_s && this.band && this.t_s.length) {
      const i = nearest(this.t_s, this.cursor_s);
      return { t_s: this.t_s[i]!, p50: this.band.p50[i] ?? null, i };
    }
    if (!this.past.t_s.length || this.cursor_s > this.at_s) return null;
    const i = nearest(this.past.t_s, this.cursor_s);
    return { t_s: this.past.t_s[i]!, p50: this.past.numbers[this.number.id]?.[i] ?? null };
  }

  private cursor(x: (v: number) => number, y: (v: number) => number, bottom: number) {
    if (this.cursor_s === null) return nothing;
    const at = this.atCursor();
    const dot = at && at.p50 !== null ? svg`<circle class="dot" cx=${x(at.t_s)} cy=${y(at.p50)} r="4.5" />` : nothing;
    return svg`<line class="cursor" x1=${x(this.cursor_s)} x2=${x(this.cursor_s)} y1=${TOP - 4} y2=${bottom} />${dot}`;
  }

  private tip(x: (v: number) => number) {
    const at = this.atCursor();
    if (!at || at.p50 === null) return nothing;
    const { digits } = this.number;
    const band = at.i === undefined ? "" : spread(this.band!, at.i, digits, this.alone);
    const place = Math.min(Math.max(x(at.t_s), 80), this.width - 70);
    return html`<span class="tip" .style=${`left:${place}px`}
      >${moment(at.t_s, this.page_s)} · <b>${shown(at.p50, digits)}</b>${band}</span
    >`;
  }

  private description(): string {
    const { digits, unit } = this.number;
    const label = labelOfNumber(this.number);
    const last = this.band ? this.t_s.length - 1 : -1;
    const which = t(this.which === "as-is" ? "fork.asIs" : "fork.changed");
    if (last < 0) return `${label}, ${which}`;
    return `${label}, ${which}: ${shown(this.band!.p50[last], digits)}${spread(this.band!, last, digits, this.alone)} ${unit}, ${moment(this.t_s[last]!, this.page_s)}`;
  }
}
