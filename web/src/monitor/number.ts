import { css, html, nothing } from "lit";
import { customElement, property } from "lit/decorators.js";
import type { Priority } from "../contract";
import { TwinElement } from "../element";
import { shared } from "../style/shared";
import { shown, t } from "../text/text";
import { digits, mean, spoken, type Reading, type ReadingLimits } from "./reading";

/** One reading in large digits, with its limits; flashes with the priority of an alarm that nobody acknowledged. */
@customElement("twin-number")
export class TwinNumber extends TwinElement {
  @property({ attribute: false }) reading!: Reading;
  @property({ attribute: false }) values: Record<string, number | null> = {};
  @property({ attribute: false }) limits: ReadingLimits | null = null;
  @property({ type: Number, reflect: true }) priority: Priority | 0 = 0;
  /** Whether somebody acknowledged the alarm: it does not flash. */
  @property({ type: Boolean, reflect: true }) acknowledged = false;
  /** Something small under the digits, such as the time since a cuff measured. */
  @property() more = "";
  @property({ type: Boolean, reflect: true }) small = false;

  static override styles = [
    shared,
    css`
      :host {
        display: block;
        container-type: size;
        min-width: 0;
        min-height: 0;
        color: var(--c);
        background: var(--screen);
        overflow: hidden;
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
        font-size: clamp(20px, min(74cqh - 14px, 136cqw / var(--n)), 96px);
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
        font-size: clamp(18px, min(80cqh - 18px, 150cqw / var(--n)), 48px);
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
      :host([acknowledged][priority="3"]) .all {
        box-shadow: inset 0 0 0 2px var(--high);
      }
      :host([acknowledged][priority="2"]) .all {
        box-shadow: inset 0 0 0 2px var(--medium);
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
        :host([priority="3"]:not([acknowledged])) .all {
          background: var(--high);
          color: var(--on-high);
        }
        :host([priority="2"]:not([acknowledged])) .all {
          background: var(--medium);
          color: var(--on-medium);
        }
      }
      @container (max-width: 150px) {
        .limits,
        .mean,
        .head .unit {
          display: none;
        }
        .aside {
          display: inline;
        }
        .all {
          padding-inline: 4px;
          grid-template: auto 1fr / 1fr;
        }
        .digits {
          font-size: clamp(18px, min(74cqh - 14px, 150cqw / var(--alone)), 96px);
        }
      }
      :host([small]) .limits {
        display: none;
      }
      :host([small]) .all {
        grid-template: auto 1fr / 1fr;
        padding-inline: 4px;
      }
      @container (max-height: 72px) {
        .whose {
          display: none;
        }
      }
      @container (max-height: 50px) {
        .limits {
          display: none;
        }
        .all {
          grid-template: 1fr / auto 1fr;
          align-items: center;
        }
        .head {
          grid-column: 1;
        }
        .digits {
          font-size: clamp(18px, 62cqh, 34px);
        }
      }
    `,
  ];

  override render() {
    const { reading, values } = this;
    const text = digits(reading, values);
    const middle = mean(reading, values);
    const alone = Math.max(text.length, 2.4);
    const length = Math.max(text.length + (middle ? (middle.length + 2) * 0.56 : 0), 2.4);
    return html`<div class="all" role="group" aria-label=${spoken(reading, values)}>
      <div class="head" aria-hidden="true">
        <span>${reading.label}</span
        ><span class="unit">${reading.unit}</span
        >${reading.members[0]?.of_body ? html`<span class="unit">· ${t("monitor.body")}</span>` : nothing}${this.more ? html`<span class="more num">${this.more}</span>` : nothing}
        ${middle ? html`<span class="aside num">(${middle})</span>` : nothing}
      </div>
      <div class="limits" aria-hidden="true">${this.besideDigits()}</div>
      <div class="digits" aria-hidden="true" .style=${`--n:${length.toFixed(2)};--alone:${alone.toFixed(2)}`}>
        <span>${text}</span>${middle ? html`<span class="mean">(${middle})</span>` : nothing}
      </div>
    </div>`;
  }

  private besideDigits() {
    if (!this.limits) return nothing;
    const { number, low, high } = this.limits;
    const name =
      number.id === this.reading.members[0]?.id
        ? nothing
        : html`<span class="whose" title=${t("limits.of", { name: number.label })}>${number.label}</span>`;
    return html`${name}<span>${high === null ? "" : shown(high, number.digits)}</span
      ><span>${low === null ? "" : shown(low, number.digits)}</span>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "twin-number": TwinNumber;
  }
}
