import { css, html } from "lit";
import { customElement, property } from "lit/decorators.js";
import { TwinElement } from "../element";
import { ticks } from "../fork/geometry";
import type { BedFeed } from "../live/feed";
import { shared } from "../style/shared";
import { t } from "../text/text";
import { breathStarts, tidal } from "./breaths";

const KEPT = 3;
const LOOK_BACK_S = 30;
const DRAW_EVERY_MS = 60;
const [LEFT, BOTTOM, TOP, PAD] = [42, 26, 20, 10];

interface Loop {
  x: number[];
  y: number[];
}

/** Pressure against volume, and flow against volume, of the last breaths; the newest is bright. */
@customElement("twin-loops")
export class TwinLoops extends TwinElement {
  @property({ attribute: false }) feed!: BedFeed;
  private frame = 0;
  private drawn_ms = 0;
  private limits: Record<string, [number, number]> = {};

  static override styles = [
    shared,
    css`
      :host {
        display: grid;
        grid-template-columns: 1fr 1fr;
        gap: 8px;
      }
      figure {
        margin: 0;
        background: var(--screen);
        border-radius: 8px;
        padding: 8px;
        display: grid;
        grid-template-rows: auto minmax(190px, 1fr);
        color: var(--screen-soft);
      }
      figcaption {
        font-size: 12px;
        font-weight: 600;
        color: var(--wave-airway);
      }
      div {
        position: relative;
      }
      canvas {
        position: absolute;
        inset: 0;
        width: 100%;
        height: 100%;
      }
    `,
  ];

  override connectedCallback(): void {
    super.connectedCallback();
    const tick = (ms: number) => {
      if (ms - this.drawn_ms > DRAW_EVERY_MS) {
        this.drawn_ms = ms;
        this.draw();
      }
      this.frame = requestAnimationFrame(tick);
    };
    this.frame = requestAnimationFrame(tick);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    cancelAnimationFrame(this.frame);
  }

  override render() {
    return html`<figure>
        <figcaption>${t("loops.pv")}</figcaption>
        <div><canvas class="pv" role="img" aria-label=${t("loops.pv")}></canvas></div>
      </figure>
      <figure>
        <figcaption>${t("loops.fv")}</figcaption>
        <div><canvas class="fv" role="img" aria-label=${t("loops.fv")}></canvas></div>
      </figure>`;
  }

  private ring(id: string) {
    return this.feed.rings[this.feed.bed.view.waves.findIndex((w) => w.id === id)];
  }

  private draw(): void {
    const [pressure, flow, volume] = [this.ring("airway_pressure"), this.ring("airway_flow"), this.ring("lung_volume")];
    const now_s = this.feed.now();
    if (!pressure || !flow || !Number.isFinite(now_s)) return;
    const now = Math.min(Math.floor(now_s / flow.period_s), flow.end - 1);
    const starts = breathStarts(flow, now - Math.round(LOOK_BACK_S / flow.period_s), now).slice(-KEPT);
    const spans = starts.map((from, i) => [from, (starts[i + 1] ?? now) + 1] as const).filter(([a, b]) => b - a > 2);
    const read = (ring: typeof flow, a: number, b: number) => Array.from({ length: b - a }, (_, k) => ring.at(a + k));
    const volumes = spans.map(([a, b]) => tidal(volume, flow, a, b));
    this.paint(
      "pv",
      spans.map(([a, b], i) => ({ x: read(pressure, a, b), y: volumes[i]! })),
      ["cmH2O", "mL"],
      [0, 20],
      [0, 600],
    );
    this.paint(
      "fv",
      spans.map(([a, b], i) => ({ x: volumes[i]!, y: read(flow, a, b) })),
      ["mL", "L/min"],
      [0, 600],
      [-40, 40],
    );
  }

  /** The range of an axis: at least what is usual, growing at once and not shrinking while one looks. */
  private grown(key: string, values: number[], least: [number, number]): [number, number] {
    let [low, high] = this.limits[key] ?? least;
    for (const v of values) {
      if (v < low) low = v * (v < 0 ? 1.1 : 0.9);
      if (v > high) high = v * 1.1;
    }
    return (this.limits[key] = [low, high]);
  }

  private paint(
    name: string,
    loops: Loop[],
    units: [string, string],
    leastX: [number, number],
    leastY: [number, number],
  ): void {
    const canvas = this.renderRoot?.querySelector<HTMLCanvasElement>(`canvas.${name}`);
    const context = canvas?.getContext("2d");
    if (!canvas || !context || !canvas.clientWidth) return;
    const ratio = window.devicePixelRatio || 1;
    const [width, height] = [canvas.clientWidth, canvas.clientHeight];
    const size: [number, number] = [Math.round(width * ratio), Math.round(height * ratio)];
    if (canvas.width !== size[0] || canvas.height !== size[1]) [canvas.width, canvas.height] = size;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    const rangeX = this.grown(
      `${name}x`,
      loops.flatMap((l) => l.x),
      leastX,
    );
    const rangeY = this.grown(
      `${name}y`,
      loops.flatMap((l) => l.y),
      leastY,
    );
    const x = (v: number) => LEFT + ((v - rangeX[0]) / (rangeX[1] - rangeX[0])) * (width - LEFT - PAD);
    const y = (v: number) => height - BOTTOM - ((v - rangeY[0]) / (rangeY[1] - rangeY[0])) * (height - BOTTOM - TOP);
    this.axes(context, x, y, rangeX, rangeY, units, width, height);
    const colour = getComputedStyle(this).getPropertyValue("--wave-airway").trim();
    loops.forEach((loop, i) => {
      context.strokeStyle = colour;
      context.globalAlpha = i === loops.length - 1 ? 1 : 0.28;
      context.lineWidth = i === loops.length - 1 ? 2 : 1.3;
      context.beginPath();
      loop.x.forEach((v, k) => (k ? context.lineTo(x(v), y(loop.y[k]!)) : context.moveTo(x(v), y(loop.y[k]!))));
      context.stroke();
    });
    context.globalAlpha = 1;
  }

  private axes(
    context: CanvasRenderingContext2D,
    x: (v: number) => number,
    y: (v: number) => number,
    rangeX: [number, number],
    rangeY: [number, number],
    units: [string, string],
    width: number,
    height: number,
  ): void {
    context.strokeStyle = "#222b33";
    context.fillStyle = "#93a1ad";
    context.font = "11px sans-serif";
    context.lineWidth = 1;
    context.beginPath();
    for (const v of ticks(rangeX[0], rangeX[1], 4)) {
      context.moveTo(x(v), TOP);
      context.lineTo(x(v), height - BOTTOM);
      context.textAlign = "center";
      context.fillText(String(v), x(v), height - BOTTOM + 13);
    }
    for (const v of ticks(rangeY[0], rangeY[1], 4)) {
      context.moveTo(LEFT, y(v));
      context.lineTo(width - PAD, y(v));
      context.textAlign = "right";
      context.fillText(String(v), LEFT - 5, y(v) + 4);
    }
    context.stroke();
    context.textAlign = "right";
    context.fillText(units[0], width - PAD, height - 2);
    context.textAlign = "left";
    context.fillText(units[1], 0, PAD);
  }
}
