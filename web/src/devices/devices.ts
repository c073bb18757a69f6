import { css, html, nothing, type PropertyValues } from "lit";
import { customElement, property } from "lit/decorators.js";
import { TwinElement } from "../element";
import type { BedFeed } from "../live/feed";
import "./differs";
import { shared } from "../style/shared";
import type { Device } from "../contract";
import { either, t } from "../text/text";
import { hasPanel } from "./device";

const LARGE = new Set(["ventilator"]);

/** Those with the most to see come first. */
const ORDER = [
  "ventilator",
  "infusion_pump",
  "cgm",
  "insulin_pump",
  "pump_handset",
  "insulin_loop",
  "cgm_receiver",
  "glucose_meter",
  "pacemaker",
  "defibrillator",
  "watch",
  "nibp",
  "oximeter",
  "capnograph",
  "monitor",
  "other",
  "alarm_system",
];

/** The devices at a bed, each with its panel. */
@customElement("twin-devices")
export class TwinDevices extends TwinElement {
  @property({ attribute: false }) feed!: BedFeed;
  /** They show a moment of the past: nothing is done at them. */
  @property({ type: Boolean }) still = false;

  static override styles = [
    shared,
    css`
      :host {
        display: block;
      }
      .grid {
        display: grid;
        grid-template-columns: minmax(0, 1.7fr) minmax(0, 1fr);
        gap: 12px;
        align-items: start;
      }
      .grid.one {
        display: block;
        columns: 3 400px;
        column-gap: 12px;
      }
      .one > * {
        break-inside: avoid;
        margin-bottom: 12px;
      }
      .column {
        display: grid;
        gap: 12px;
      }
      @media (max-width: 980px) {
        .grid {
          grid-template-columns: minmax(0, 1fr);
        }
      }
      .empty {
        padding: 32px;
        text-align: center;
      }
    `,
  ];

  override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has("feed")) return;
    this.unfollow(changed.get("feed"));
    this.follow(this.feed);
  }

  override render() {
    const rank = (kind: string) => (ORDER.includes(kind) ? ORDER.indexOf(kind) : ORDER.indexOf("other"));
    const devices = [...this.feed.bed.devices].sort((a, b) => rank(a.kind) - rank(b.kind));
    if (!devices.length) return html`<p class="panel empty">${t("devices.none")}</p>`;
    const differs = this.still ? nothing : html`<twin-differs .feed=${this.feed}></twin-differs>`;
    const panel = (d: Device) => html`<twin-device ?still=${this.still} .feed=${this.feed} .device=${d}></twin-device>`;
    const shown = devices.filter((d) => hasPanel(d, this.feed));
    const rest = devices.filter((d) => !shown.includes(d));
    const large = shown.filter((d) => LARGE.has(d.kind));
    const small = shown.filter((d) => !LARGE.has(d.kind));
    const also = rest.length
      ? html`<p class="panel small">${t("devices.also", { names: rest.map((d) => either(d, "label")).join(", ") })}</p>`
      : nothing;
    if (!large.length)
      return html`${differs}
        <div class="grid one">${small.map(panel)}${also}</div>`;
    return html`${differs}
      <div class="grid">
        <div class="column">${large.map(panel)}</div>
        <div class="column">${small.map(panel)}${also}</div>
      </div>`;
  }
}
