import { css, html, nothing, svg } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { TwinElement } from "../element";
import type { BedFeed } from "../live/feed";
import type { WaveRing } from "../live/ring";
import { icons } from "../style/icons";
import { shared } from "../style/shared";
import { clock, either, shown, t } from "../text/text";
import { HEIGHT_MM, LEFT_MM, LENGTH_S, MM_MV, MM_S, ROW_MM, strips, WIDTH_MM, type Strip } from "./leads";

const INK = "#111";
const [FINE, COARSE, SHEET] = ["#f3c9c9", "#e08f8f", "#fffafa"];

/** The electrocardiogram of the last ten seconds on millimetre paper, as a recorder prints it. */
@customElement("twin-twelve")
export class TwinTwelve extends TwinElement {
  @property({ attribute: false }) feed!: BedFeed;
  @query("dialog") private dialog!: HTMLDialogElement;
  @query("svg.page") private sheet!: SVGSVGElement;
  @state() private taken: { end_s: number; heartRate: number | null; strips: Strip[] } | null = null;

  static override styles = [
    shared,
    css`
      dialog {
        width: min(1180px, 96vw);
        max-width: none;
      }
      .scroll {
        overflow-x: auto;
      }
      svg.page {
        display: block;
        width: 100%;
        min-width: 760px;
        height: auto;
        border-radius: 6px;
      }
    `,
  ];

  open(): void {
    this.take();
    this.dialog.showModal();
  }

  /** Keeps what was written until now: the paper does not move. */
  private take(): void {
    const { bed, rings, numbers } = this.feed;
    const now_s = this.feed.now();
    const newest = Math.max(0, ...rings.map((r: WaveRing | undefined) => r?.end_s ?? 0));
    const end_s = Number.isFinite(now_s) ? Math.min(now_s, newest) : newest;
    this.taken = { end_s, heartRate: numbers["HR"] ?? null, strips: strips(bed.view.waves, rings, end_s) };
  }

  private save(): void {
    const text = new XMLSerializer().serializeToString(this.sheet);
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type: "image/svg+xml" }));
    link.download = `ecg-${Math.round(this.taken?.end_s ?? 0)}-s.svg`;
    link.click();
    URL.revokeObjectURL(link.href);
  }

  override render() {
    return html`<dialog aria-labelledby="title" @click=${(e: Event) => e.target === this.dialog && this.dialog.close()}>
      <div class="inside">
        <header>
          <h1 id="title">${t("twelve.title")}</h1>
          <button class="square quiet" aria-label=${t("close")} @click=${() => this.dialog.close()}>
            ${icons.close}
          </button>
        </header>
        <div class="scroll" tabindex="0" role="region" aria-labelledby="title">
          ${this.taken ? this.paper() : nothing}
        </div>
        <div class="row">
          <button @click=${() => this.take()}>${t("twelve.again")}</button>
          <button class="quiet" @click=${() => this.save()}>${icons.download}${t("twelve.save")}</button>
        </div>
      </div>
    </dialog>`;
  }

  private paper() {
    const { end_s, heartRate, strips } = this.taken!;
    const told = [
      either(this.feed.bed, "title"),
      clock(end_s),
      `HR ${shown(heartRate, 0)}/min`,
      `${MM_S} mm/s`,
      `${MM_MV} mm/mV`,
      t("twelve.simulated"),
    ].join(" · ");
    return svg`<svg class="page" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH_MM} ${HEIGHT_MM}" role="img" aria-label=${`${t("twelve.title")}: ${told}`}>
      <defs>
        <pattern id="fine" width="1" height="1" patternUnits="userSpaceOnUse"><path d="M1 0H0V1" fill="none" stroke=${FINE} stroke-width="0.1"/></pattern>
        <pattern id="coarse" width="5" height="5" patternUnits="userSpaceOnUse"><rect width="5" height="5" fill="url(#fine)"/><path d="M5 0H0V5" fill="none" stroke=${COARSE} stroke-width="0.16"/></pattern>
      </defs>
      <rect width=${WIDTH_MM} height=${HEIGHT_MM} fill=${SHEET}/>
      <rect width=${WIDTH_MM} height=${HEIGHT_MM} fill="url(#coarse)"/>
      ${[0, 1, 2, 3].map((row) => this.pulse((row + 0.5) * ROW_MM + 5))}
      ${strips.map((s) => svg`<path d=${s.path} fill="none" stroke=${INK} stroke-width="0.28" stroke-linejoin="round"/>`)}
      ${strips.map((s) => (s.marks ? svg`<path class="pulses" d=${s.marks} fill="none" stroke=${INK} stroke-width="0.28"/>` : nothing))}
      ${strips.map((s) => svg`<text x=${s.x + 0.8} y=${s.y - ROW_MM / 2 + 4.5} font-size="3.6" font-family="sans-serif" font-weight="600" fill=${INK}>${s.label}</text>`)}
      ${strips.slice(0, -1).map((s) => (s.x > LEFT_MM ? svg`<path d="M${s.x} ${s.y - 7}v3" stroke=${INK} stroke-width="0.28"/>` : nothing))}
      <text x="3" y=${HEIGHT_MM - 2} font-size="3.4" font-family="sans-serif" fill=${INK}>${told}</text>
      <text x=${WIDTH_MM - 3} y=${HEIGHT_MM - 2} font-size="3.4" font-family="sans-serif" text-anchor="end" fill=${INK}>${LENGTH_S} s</text>
    </svg>`;
  }

  /** One millivolt for a fifth of a second. */
  private pulse(y: number) {
    return svg`<path d="M4 ${y}h2v${-MM_MV}h5v${MM_MV}h2" fill="none" stroke=${INK} stroke-width="0.28"/>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "twin-twelve": TwinTwelve;
  }
}
