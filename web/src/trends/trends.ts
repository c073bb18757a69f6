import { css, html, unsafeCSS, type PropertyValues } from "lit";
import { customElement, property } from "lit/decorators.js";
import uPlot from "uplot";
import sheet from "uplot/dist/uPlot.min.css?inline";
import type { NumberView } from "../contract";
import { TwinElement } from "../element";
import type { BedFeed } from "../live/feed";
import { labelOfNumber } from "../monitor/reading";
import { prefsChanged } from "../prefs";
import { shared } from "../style/shared";
import { tick } from "../text/moment";
import { shown } from "../text/text";
import { panelsOf, type TrendPanel } from "./panels";

const HEIGHT = 108;
const LAST_HEIGHT = 132;
/** As wide as the names of the lanes of a timeline, so that times stand below each other. */
const AXIS_PX = 92;

/** Trends of the numbers, in panels that share their time and one cursor. Emits `twin-at` where somebody clicks. */
@customElement("twin-trends")
export class TwinTrends extends TwinElement {
  @property({ attribute: false }) feed!: BedFeed;
  /** From when to when is shown. */
  @property({ attribute: false }) span: [number, number] = [0, 1];
  /** The moment that is looked at, or nothing for now. */
  @property({ attribute: false }) at_s: number | null = null;
  private plots: uPlot[] = [];
  private panels: TrendPanel[] = [];
  private observer: ResizeObserver | null = null;
  private readonly repaint = () => this.rebuild();

  static override styles = [
    shared,
    unsafeCSS(sheet),
    css`
      :host {
        display: block;
        min-width: 0;
      }
      .plot {
        position: relative;
      }
      .plot + .plot {
        border-top: 1px solid var(--rule);
      }
      .legend {
        position: absolute;
        z-index: 1;
        top: 6px;
        inset-inline-start: 0;
        width: ${AXIS_PX - 30}px;
        display: grid;
        gap: 0;
        font-size: 12px;
        line-height: 15px;
        font-weight: 600;
        pointer-events: none;
      }
      .legend span {
        font-variant-numeric: tabular-nums;
        color: var(--k);
        white-space: nowrap;
      }
      .legend small {
        font-size: 11px;
      }
      .legend b {
        color: var(--ink);
      }
      .uplot {
        font: inherit;
      }
      .u-cursor-x {
        border-right: 1px solid var(--accent) !important;
      }
      .u-cursor-y {
        display: none;
      }
      .u-select {
        background: color-mix(in srgb, var(--accent) 20%, transparent);
      }
    `,
  ];

  override connectedCallback(): void {
    super.connectedCallback();
    this.observer = new ResizeObserver(() => this.fit());
    this.observer.observe(this);
    prefsChanged.addEventListener("change", this.repaint);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.observer?.disconnect();
    prefsChanged.removeEventListener("change", this.repaint);
    this.drop();
  }

  override render() {
    this.panels = panelsOf(this.feed.bed.view, this.feed.trends.numbers);
    return html`${this.panels.map(
      (p) =>
        html`<div class="plot">
          <div class="legend">
            ${p.numbers.map((n) => html`<span class="c-${n.colour}" data-id=${n.id} .style=${`--k:var(--trend-${n.colour})`}>${labelOfNumber(n)} <b></b></span>`)}<small
              >${[...new Set(p.numbers.map((n) => n.unit))].join(" · ")}</small
            >
          </div>
        </div>`,
    )}`;
  }

  override updated(changed: PropertyValues<this>): void {
    if (changed.has("feed")) {
      this.unfollow(changed.get("feed"));
      this.follow(this.feed);
    }
    const drawn = this.panels.flatMap((p) => p.numbers.map((n) => n.id)).join();
    if (changed.has("feed") || drawn !== this.drawn) this.rebuild();
    else this.refill();
    this.drawn = drawn;
  }

  /** The numbers of the panels that are drawn. */
  private drawn = "";

  private drop(): void {
    for (const plot of this.plots) plot.destroy();
    this.plots = [];
  }

  private rebuild(): void {
    this.drop();
    const boxes = [...this.renderRoot.querySelectorAll<HTMLElement>(".plot")];
    this.plots = this.panels.map(
      (panel, i) => new uPlot(this.options(panel, i === this.panels.length - 1), this.data(panel), boxes[i]!),
    );
    this.fit();
    this.refill();
  }

  private colour(name: string): string {
    return getComputedStyle(this).getPropertyValue(name).trim();
  }

  private options(panel: TrendPanel, last: boolean): uPlot.Options {
    const [ink, rule] = [this.colour("--faint"), this.colour("--rule")];
    const axis = { stroke: ink, grid: { stroke: rule, width: 1 }, ticks: { show: false }, font: "11px sans-serif" };
    return {
      width: Math.max(this.clientWidth, 100),
      height: last ? LAST_HEIGHT : HEIGHT,
      legend: { show: false },
      padding: [8, 10, 4, 0],
      cursor: {
        sync: { key: `twinbed-${this.feed.bed.id}` },
        drag: { x: false, y: false },
        points: { size: 7 },
        bind: { click: (plot) => this.onClick(plot) },
      },
      scales: { x: { time: false }, y: { range: (_, low, high) => panel.range(low, high) } },
      axes: [
        {
          ...axis,
          show: last,
          values: (_, ticks) => ticks.map((s) => tick(s, this.feed.bed.view.page_s)),
          size: 24,
          incrs: [1, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 28_800, 86_400],
        },
        { ...axis, size: AXIS_PX, space: 24 },
      ],
      series: [{}, ...panel.numbers.map((n) => this.series(n))],
      hooks: { setCursor: [(plot) => this.read(plot, panel)], draw: [(plot) => this.mark(plot)] },
    };
  }

  private series(number: NumberView): uPlot.Series {
    const colour = this.colour(`--trend-${number.colour}`);
    return { stroke: colour, width: 1.6, points: { show: false }, spanGaps: false };
  }

  private data(panel: TrendPanel): uPlot.AlignedData {
    const { t_s, numbers } = this.feed.trends;
    return [t_s, ...panel.numbers.map((n) => numbers[n.id] ?? t_s.map(() => null))];
  }

  private refill(): void {
    this.plots.forEach((plot, i) => {
      plot.setData(this.data(this.panels[i]!), false);
      plot.setScale("x", { min: this.span[0], max: Math.max(this.span[1], this.span[0] + 1) });
    });
  }

  private fit(): void {
    for (const plot of this.plots)
      if (this.clientWidth && plot.width !== this.clientWidth)
        plot.setSize({ width: this.clientWidth, height: plot.height });
  }

  private onClick(plot: uPlot) {
    return () => {
      const { left } = plot.cursor;
      if (left !== undefined && left >= 0) this.tell("twin-at", plot.posToVal(left, "x"));
      return null;
    };
  }

  /** Values at the cursor, in the legend. */
  private read(plot: uPlot, panel: TrendPanel): void {
    const i = plot.cursor.idx;
    for (const number of panel.numbers) {
      const at = this.renderRoot.querySelector(`.legend [data-id="${CSS.escape(number.id)}"] b`);
      if (at)
        at.textContent =
          i === null || i === undefined ? "" : shown(this.feed.trends.numbers[number.id]?.[i], number.digits);
    }
    const left = plot.cursor.left ?? -1;
    this.tell("twin-cursor", left >= 0 ? plot.posToVal(left, "x") : null);
  }

  /** A line at the moment that is looked at. */
  private mark(plot: uPlot): void {
    if (this.at_s === null) return;
    const x = Math.round(plot.valToPos(this.at_s, "x", true));
    const { ctx, bbox } = plot;
    ctx.save();
    ctx.strokeStyle = this.colour("--warn");
    ctx.lineWidth = 2 * devicePixelRatio;
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    ctx.restore();
  }
}
