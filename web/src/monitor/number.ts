import { css, html, nothing } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import type { Priority } from "../contract";
import { TwinElement } from "../element";
import { icons } from "../style/icons";
import { shared } from "../style/shared";
import { shown, t } from "../text/text";
import { digits, mean, spoken, type Reading, type ReadingLimits } from "./reading";

const NARROW_PX = 150;
const LOW_PX = 72;
const FLAT_PX = 50;
/** How wide a letter of the label and one of the unit are drawn, at most, and what is between and beside them. */
const [LABEL_PX, UNIT_PX, BESIDE_PX] = [9, 8.4, 18];

/** Whether label and unit stand beside each other in so much room; where they do not the unit stands below the digits, for
 * a number is never without. */
export function unitFits(reading: Pick<Reading, "label" | "unit">, width_px: number): boolean {
  return reading.label.length * LABEL_PX + reading.unit.length * UNIT_PX + BESIDE_PX <= width_px;
}

const sizes =
  typeof ResizeObserver === "undefined"
    ? null
    : new ResizeObserver((entries) => {
        for (const { target, contentRect } of entries)
          (target as TwinNumber).fits(contentRect.width, contentRect.height);
      });

/** One reading in large digits, with its limits; flashes with the priority of an alarm that nobody acknowledged. */
@customElement("twin-number")
export class TwinNumber extends TwinElement {
  @property({ attribute: false }) reading!: Reading;
  @property({ attribute: false }) values: Record<string, number | null> = {};
  @property({ attribute: false }) limits: ReadingLimits | null = null;
  @property({ type: Number, reflect: true }) priority: Priority | 0 = 0;
  /** Whether somebody acknowledged the alarm: it does not flash. */
  @property({ type: Boolean, reflect: true }) acknowledged = false;
  /** Whether what it alarmed for is gone: it does not flash, and is framed by a broken line. */
  @property({ type: Boolean, reflect: true }) latched = false;
  /** Something small under the digits, such as the time since a cuff measured. */
  @property() more = "";
  @property({ type: Boolean, reflect: true }) small = false;
  /** Whether it is of before the connection broke off. */
  @property({ type: Boolean, reflect: true }) stale = false;

  /** How little room there is. */
  @state() private room = "";
  @state() private width_px = Infinity;

  static override styles = [
    shared,
    css`
      :host {
        display: block;
        --w: 200px;
        --h: 70px;
        /* Sizes follow from the width and height that are measured: container queries, asked in every pass of a layout,
           took a quarter of a slow processor. */
        contain: strict;
        min-width: 0;
        min-height: 0;
        color: var(--c);
        background: var(--screen);
        overflow: hidden;
      }
      :host([stale]) {
        color: var(--screen-soft);
        opacity: 0.6;
      }
      .all {
        height: 100%;
        display: grid;
        grid-template: auto 1fr / auto 1fr;
        padding: 3px 8px 2px;
        column-gap: 8px;
        border-radius: 4px;
      }
      .head {
        grid-column: 1 / -1;
        display: flex;
        gap: 7px;
        align-items: baseline;
        font-size: 14px;
        line-height: 18px;
        font-weight: 650;
        white-space: nowrap;
        overflow: hidden;
        /* What has no room goes to a line that is not seen, whole, in place of being cut. */
        flex-wrap: wrap;
        height: 18px;
      }
      .unit {
        font-weight: 400;
        font-size: 12px;
        opacity: 0.8;
      }
      .more {
        margin-inline-start: auto;
        font-weight: 400;
        font-size: 12px;
        opacity: 0.85;
      }
      .limits {
        display: grid;
        align-content: center;
        gap: 1px;
        font-size: 12px;
        line-height: 14px;
        color: inherit;
        opacity: 0.8;
        font-variant-numeric: tabular-nums;
        text-align: end;
        min-width: 22px;
      }
      .digits {
        display: flex;
        align-items: center;
        justify-content: end;
        gap: 0.16em;
        min-width: 0;
        font-variant-numeric: tabular-nums;
        font-weight: 600;
        letter-spacing: -0.02em;
        line-height: 0.9;
        white-space: nowrap;
        font-size: clamp(20px, min(0.74 * var(--h) - 14px, 1.36 * var(--w) / var(--n)), 96px);
      }
      .aside {
        display: none;
        margin-inline-start: auto;
        font-size: 15px;
      }
      .mean {
        font-size: 0.5em;
        font-weight: 600;
        letter-spacing: -0.01em;
        align-self: end;
        padding-bottom: 0.2em;
      }
      :host([small]) .digits {
        font-size: clamp(18px, min(0.8 * var(--h) - 18px, 1.5 * var(--w) / var(--n)), 48px);
      }
      :host([priority="3"]) .all {
        animation: high 0.5s steps(1) infinite;
      }
      :host([priority="2"]) .all {
        animation: medium 1.667s steps(1) infinite;
      }
      :host([priority="1"]) .all {
        background: color-mix(in srgb, var(--low) 28%, transparent);
      }
      :host([acknowledged]) .all {
        animation: none;
      }
      :host([acknowledged][priority="3"]:not([latched])) .all {
        box-shadow: inset 0 0 0 2px var(--high);
      }
      :host([acknowledged][priority="2"]:not([latched])) .all {
        box-shadow: inset 0 0 0 2px var(--medium);
      }
      :host([latched]) .all {
        animation: none;
        background: none;
        box-shadow: none;
        outline: 2px dashed var(--low);
        outline-offset: -2px;
      }
      :host([latched][priority="3"]) .all {
        outline-color: var(--high);
      }
      :host([latched][priority="2"]) .all {
        outline-color: var(--medium);
      }
      @keyframes high {
        0% {
          background: var(--high);
          color: var(--on-high);
        }
        50% {
          background: transparent;
          color: inherit;
        }
      }
      @keyframes medium {
        0% {
          background: var(--medium);
          color: var(--on-medium);
        }
        50% {
          background: transparent;
          color: inherit;
        }
      }
      @media (prefers-reduced-motion: reduce) {
        :host([priority="3"]:not([acknowledged], [latched])) .all {
          background: var(--high);
          color: var(--on-high);
        }
        :host([priority="2"]:not([acknowledged], [latched])) .all {
          background: var(--medium);
          color: var(--on-medium);
        }
      }
      .narrow .limits,
      .narrow .mean,
      .narrow .head .body,
      .under .head .unit {
        display: none;
      }
      .never svg {
        width: 14px;
        height: 14px;
      }
      .foot {
        grid-column: 1 / -1;
        font-size: 11.5px;
        line-height: 12px;
        text-align: end;
        opacity: 0.85;
      }
      .narrow .aside {
        display: inline;
      }
      .all.narrow {
        padding-inline: 4px;
        grid-template: auto 1fr / 1fr;
      }
      .narrow .digits {
        font-size: clamp(18px, min(0.74 * var(--h) - 14px, 1.5 * var(--w) / var(--alone)), 96px);
      }
      :host([small]) .limits {
        display: none;
      }
      :host([small]) .all:not(.flat) {
        grid-template: auto 1fr / 1fr;
        padding-inline: 4px;
      }
      .all.under.under:not(.flat) {
        grid-template-rows: auto 1fr auto;
      }
      .under:not(.flat) .digits,
      :host([small]) .under:not(.flat) .digits {
        font-size: clamp(18px, min(0.8 * var(--h) - 22px, 1.5 * var(--w) / var(--alone)), 48px);
      }
      .low .whose,
      .flat .limits {
        display: none;
      }
      .all.flat {
        grid-template: 1fr / auto 1fr;
        align-items: center;
      }
      .flat .head {
        grid-column: 1;
      }
      .flat .digits {
        font-size: clamp(18px, 0.62 * var(--h), 34px);
      }
    `,
  ];

  override connectedCallback(): void {
    super.connectedCallback();
    sizes?.observe(this);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    sizes?.unobserve(this);
  }

  /** Fits what is written to the room there is. */
  fits(width_px: number, height_px: number): void {
    this.style.setProperty("--w", `${width_px}px`);
    this.style.setProperty("--h", `${height_px}px`);
    const room = [width_px <= NARROW_PX && "narrow", height_px <= LOW_PX && "low", height_px <= FLAT_PX && "flat"];
    this.room = room.filter(Boolean).join(" ");
    this.width_px = width_px;
  }

  override render() {
    const { reading, values } = this;
    const text = digits(reading, values);
    const middle = mean(reading, values);
    const alone = Math.max(text.length, 2.4);
    const length = Math.max(text.length + (middle ? (middle.length + 2) * 0.56 : 0), 2.4);
    const aside = this.room.includes("narrow") && middle !== null;
    // When it was measured has no room beside a name on a narrow tile.
    const age = this.room.includes("narrow") ? this.more : "";
    const outside = reading.unit !== "" && (aside || !unitFits(reading, this.width_px));
    const below = (outside || age !== "") && !this.room.includes("flat");
    const foot = [age, reading.unit].filter(Boolean).join(" · ");
    return html`<div
      class="all ${this.room} ${below ? "under" : ""}"
      role="group"
      aria-label=${`${this.stale ? `${t("monitor.stale")}: ` : ""}${spoken(reading, values)}`}
    >
      <div class="head" aria-hidden="true">
        <span>${reading.label}</span
        ><span class="unit">${reading.unit}</span
        >${reading.members[0]?.of_body ? html`<span class="unit body" title=${t("monitor.bodyWhy")}>· ${t("monitor.body")}</span>` : nothing}${this.more && !age ? html`<span class="more num">${this.more}</span>` : nothing}
        ${middle ? html`<span class="aside num">(${middle})</span>` : nothing}
      </div>
      <div class="limits" aria-hidden="true">${this.besideDigits()}</div>
      <div class="digits" aria-hidden="true" .style=${`--n:${length.toFixed(2)};--alone:${alone.toFixed(2)}`}>
        <span>${text}</span>${middle ? html`<span class="mean">(${middle})</span>` : nothing}
      </div>
      ${below ? html`<div class="foot" aria-hidden="true">${foot}</div>` : nothing}
    </div>`;
  }

  private besideDigits() {
    if (!this.limits) return nothing;
    const { number, low, high, off } = this.limits;
    // The crossed bell of IEC 60601-1-8 stands where a limit never alarms.
    const limit = (value: number | null, isOff: boolean) =>
      isOff
        ? html`<span class="never" title=${t("limits.never")}>${icons.bellOff}</span>`
        : html`<span>${value === null ? "" : shown(value, number.digits)}</span>`;
    const name =
      number.id === this.reading.members[0]?.id
        ? nothing
        : html`<span class="whose" title=${t("limits.of", { name: number.label })}>${number.label}</span>`;
    return html`${name}${limit(high, off.high)}${limit(low, off.low)}`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "twin-number": TwinNumber;
  }
}
