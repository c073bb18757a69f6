import { css, html, nothing, type PropertyValues } from "lit";
import { customElement, property } from "lit/decorators.js";
import { TwinElement } from "../element";
import type { BedFeed } from "../live/feed";
import { prefs } from "../prefs";
import { shared } from "../style/shared";
import { t } from "../text/text";
import { scaleOf } from "../sweep/paper";
import { Sweep } from "../sweep/sweep";
import { autoRange } from "../sweep/auto";

const HEIGHT = 78;

/** Some waves of a bed as sweeping strips, for the screens of devices. */
@customElement("twin-strips")
export class TwinStrips extends TwinElement {
  @property({ attribute: false }) feed!: BedFeed;
  @property({ attribute: false }) waves: string[] = [];
  private sweeps = new Map<HTMLCanvasElement, { sweep: Sweep; range: [number, number] | null }>();
  private frame = 0;

  static override styles = [
    shared,
    css`
      :host {
        display: grid;
        gap: 3px;
        background: var(--screen);
        border-radius: 8px;
        padding: 8px;
      }
      .strip {
        position: relative;
        height: ${HEIGHT}px;
        color: var(--c);
      }
      .strip + .strip {
        border-top: 1px solid var(--screen-rule);
      }
      canvas {
        position: absolute;
        inset: 0;
        width: 100%;
        height: 100%;
      }
      p {
        position: absolute;
        top: 1px;
        inset-inline-start: 2px;
        font-size: 12px;
        font-weight: 600;
        line-height: 15px;
      }
      .still {
        color: var(--screen-soft);
        font-size: 12px;
        line-height: 16px;
      }
      small {
        color: var(--screen-soft);
        font-size: 11px;
        font-weight: 400;
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
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    cancelAnimationFrame(this.frame);
  }

  override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has("feed")) this.sweeps.clear();
  }

  override render() {
    const { waves } = this.feed.bed.view;
    const own = this.waves.filter((id) => waves.some((w) => w.id === id));
    const strips = own.map((id) => {
      const wave = waves.find((w) => w.id === id)!;
      return html`<div class="strip c-${wave.colour}">
        <canvas data-id=${id} role="img" aria-label=${wave.label}></canvas>
        <p>${wave.label} <small>${wave.unit}</small></p>
      </div>`;
    });
    return html`${strips}${this.feed.stills ? html`<div class="still">${t("waves.still")}</div>` : nothing}`;
  }

  private draw(): void {
    const { waves } = this.feed.bed.view;
    const now_s = this.feed.now();
    for (const canvas of this.renderRoot?.querySelectorAll("canvas") ?? []) {
      const place = waves.findIndex((w) => w.id === canvas.dataset["id"]);
      const wave = waves[place];
      if (!wave || !canvas.clientWidth) continue;
      let own = this.sweeps.get(canvas);
      if (!own) {
        const colour = getComputedStyle(canvas).getPropertyValue("--c").trim();
        own = {
          sweep: new Sweep(canvas, scaleOf(wave, prefs().pxPerMm, HEIGHT), { colour, filled: wave.colour === "co2" }),
          range: null,
        };
        this.sweeps.set(canvas, own);
      }
      if (wave.low >= wave.high) {
        const before = String(own.range);
        own.range = autoRange(this.feed.rings[place], 12, own.range, wave.scale);
        if (String(own.range) !== before) own.sweep.forget();
        [own.sweep.scale.low, own.sweep.scale.high] = own.range ?? [0, 1];
      }
      own.sweep.resize(canvas.clientWidth, HEIGHT, window.devicePixelRatio || 1);
      own.sweep.step(this.feed.rings[place], now_s);
    }
  }
}
