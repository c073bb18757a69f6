import { css, html, nothing, type PropertyValues } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import type { Device } from "../contract";
import { TwinElement } from "../element";
import type { BedFeed } from "../live/feed";
import { icons } from "../style/icons";
import { shared } from "../style/shared";
import { moment } from "../text/moment";
import { shown, t } from "../text/text";
import { grown, lasts_s, MM_S, onPaper, ROW_MM, ROW_S, type Recording } from "./recording";
import "./strips";

const LOOKS_EVERY_MS = 250;
const RADIUS = 94;
const AROUND = 2 * Math.PI * RADIUS;
const GRID_MM = 5;
/** The last recording of each bed, while one looks at other pages. */
const kept = new WeakMap<BedFeed, Recording>();

/** What a watch says. Everything is null before it said anything. */
export interface Says {
  rate: number | null;
  /** Whether the rate is a reading. */
  valid: boolean | null;
  /** Of its pulse wave, 0 to 1. */
  quality: number | null;
  steps: number | null;
  recording: boolean;
}

export function says(values: Record<string, number | string | null> | undefined): Says {
  const of = (id: string) => {
    const value = values?.[`watch_${id}`];
    return typeof value === "number" ? value : null;
  };
  const valid = of("valid");
  const is = valid === null ? null : valid > 0.5;
  return {
    rate: is ? of("heart_rate") : null,
    valid: is,
    quality: of("quality"),
    steps: of("steps"),
    recording: (of("ecg_valid") ?? 0) > 0.5,
  };
}

/** How it stands with the heart rate, in words. */
export function rateInWords({ valid }: Says): string {
  if (valid === null) return t("watch.waits");
  return valid ? t("watch.reads") : t("watch.poor");
}

/** What is on the face of a watch, its pulse wave and movement, and the electrocardiogram that it recorded last. */
@customElement("twin-watch")
export class TwinWatch extends TwinElement {
  @property({ attribute: false }) feed!: BedFeed;
  @property({ attribute: false }) device!: Device;
  @state() private recording: Recording | null = null;
  private timer = 0;

  static override styles = [
    shared,
    css`
      :host {
        display: grid;
        gap: 10px;
        container-type: inline-size;
      }
      .top {
        display: grid;
        gap: 10px;
        justify-items: center;
        isolation: isolate;
      }
      twin-strips {
        justify-self: stretch;
        align-content: center;
      }
      @container (min-width: 520px) {
        .top {
          grid-template-columns: auto minmax(0, 1fr);
        }
      }
      .case {
        position: relative;
        width: 216px;
        height: 216px;
        margin: 26px 14px;
        border-radius: 50%;
        background: #3a434c;
        box-shadow:
          inset 0 0 0 2px #5a6570,
          0 2px 8px rgb(0 0 0 / 0.4);
      }
      .case::before,
      .case::after {
        content: "";
        position: absolute;
        z-index: -1;
        left: 50px;
        right: 50px;
        height: 44px;
        background: #4a5560;
      }
      .case::before {
        top: -26px;
        border-radius: 10px 10px 0 0;
      }
      .case::after {
        bottom: -26px;
        border-radius: 0 0 10px 10px;
      }
      .crown {
        position: absolute;
        right: -9px;
        top: 92px;
        width: 10px;
        height: 32px;
        border-radius: 0 5px 5px 0;
        background: #5a6570;
      }
      .face {
        position: absolute;
        inset: 8px;
        border-radius: 50%;
        background: #000;
        color: var(--screen-ink);
        display: grid;
        align-content: center;
        justify-items: center;
        text-align: center;
        font-variant-numeric: tabular-nums;
      }
      .face > svg {
        position: absolute;
        inset: 0;
        transform: rotate(-90deg);
        fill: none;
        stroke-width: 6;
      }
      .face p {
        font-size: 12px;
        line-height: 15px;
        color: var(--screen-soft);
        max-width: 132px;
      }
      .face .rate {
        max-width: none;
        color: inherit;
        display: flex;
        align-items: center;
        gap: 6px;
        font-size: 52px;
        line-height: 56px;
        font-weight: 650;
      }
      .rate svg {
        width: 22px;
        height: 22px;
        color: #ff5b55;
      }
      .none .rate svg {
        color: var(--screen-soft);
      }
      .rate small {
        font-size: 13px;
        font-weight: 400;
        color: var(--screen-soft);
      }
      .ecg {
        background: var(--screen);
        color: var(--wave-ecg);
        border-radius: 8px;
        padding: 8px;
        display: grid;
        gap: 4px;
      }
      .ecg h3 {
        color: inherit;
        font-size: 12px;
        line-height: 15px;
        font-weight: 600;
      }
      .ecg p {
        font-size: 12px;
        line-height: 16px;
        color: var(--screen-soft);
      }
      .ecg p.on {
        color: var(--wave-ecg);
        font-weight: 650;
      }
      .ecg svg {
        width: 100%;
        height: auto;
        display: block;
      }
    `,
  ];

  override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has("feed")) return;
    this.unfollow(changed.get("feed"));
    this.follow(this.feed);
    this.recording = kept.get(this.feed) ?? null;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.timer = window.setInterval(() => this.look(), LOOKS_EVERY_MS);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    window.clearInterval(this.timer);
  }

  /** Takes what came of a recording: the waves that are kept reach back a minute. */
  private look(): void {
    const place = this.feed.bed.view.waves.findIndex((w) => w.id === "watch_ecg");
    this.recording = grown(this.recording, this.feed.rings[place], this.feed.now());
    if (this.recording) kept.set(this.feed, this.recording);
  }

  override render() {
    const said = says(this.feed.devices[this.device.id]);
    return html`<div class="top">
        ${this.face(said)}
        <twin-strips .feed=${this.feed} .waves=${["watch_ppg", "watch_acceleration"]}></twin-strips>
      </div>
      ${this.ecg(said)}`;
  }

  private face(said: Says) {
    const quality = Math.min(Math.max(said.quality ?? 0, 0), 1);
    const colour = said.valid ? "#3ddc5b" : "#ffc24d";
    return html`<div class="case">
      <i class="crown"></i>
      <div class="face ${said.rate === null ? "none" : ""}">
        <svg viewBox="0 0 200 200" aria-hidden="true">
          <circle cx="100" cy="100" r=${RADIUS} stroke="#222b33" />
          <circle cx="100" cy="100" r=${RADIUS} stroke=${colour} stroke-dasharray="${quality * AROUND} ${AROUND}" />
        </svg>
        <p>${moment(this.feed.clock.t_s, this.feed.bed.view.page_s)}</p>
        <p class="rate">${icons.heart}<span>${shown(said.rate, 0)}</span> <small>/min</small></p>
        <p>${rateInWords(said)}</p>
        <p>${t("watch.quality", { n: said.quality === null ? "--" : Math.round(100 * quality) })}</p>
        <p>${t("watch.steps", { n: shown(said.steps, 0) })}</p>
      </div>
    </div>`;
  }

  private ecg(said: Says) {
    const { recording } = this;
    return html`<section class="ecg" aria-label=${t("watch.ecg")}>
      <h3>${t("watch.ecg")}</h3>
      ${recording ? this.paper(recording) : nothing}
      <p class=${said.recording ? "on" : ""}>${this.ecgInWords(said.recording)}</p>
    </section>`;
  }

  private ecgInWords(goesOn: boolean): string {
    const { recording } = this;
    if (!recording) return t(goesOn ? "watch.begins" : "watch.noEcg");
    const n = Math.round(lasts_s(recording));
    if (goesOn) return t("watch.records", { n, of: this.device.facts?.["ecg_time"] ?? "--" });
    const at = moment(recording.first * recording.period_s, this.feed.bed.view.page_s);
    return t("watch.recorded", { n, t: at });
  }

  private paper(recording: Recording) {
    const rows = Math.max(1, Math.ceil(Math.max(lasts_s(recording), this.device.facts?.["ecg_time"] ?? 0) / ROW_S));
    const [width, height] = [ROW_S * MM_S, rows * ROW_MM];
    const lines = (n: number, line: (k: number) => string) => Array.from({ length: n + 1 }, (_, k) => line(k)).join("");
    const grid =
      lines(Math.floor(width / GRID_MM), (k) => `M${k * GRID_MM} 0V${height}`) +
      lines(height / GRID_MM, (k) => `M0 ${k * GRID_MM}H${width}`);
    return html`<svg viewBox="0 0 ${width} ${height}" role="img" aria-label=${t("watch.ecgDrawn")}>
      <path d=${grid} stroke="#222b33" stroke-width="0.3" fill="none" />
      <path d=${onPaper(recording)} stroke="currentColor" stroke-width="0.5" stroke-linejoin="round" fill="none" />
    </svg>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "twin-watch": TwinWatch;
  }
}
