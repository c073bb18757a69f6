import { css, html, type PropertyValues } from "lit";
import { customElement, property } from "lit/decorators.js";
import type { Device } from "../contract";
import { TwinElement } from "../element";
import type { BedFeed } from "../live/feed";
import { shared } from "../style/shared";
import { t } from "../text/text";

const SHOWN_S = 60;
export const EVENTS = ["atrial_paced", "atrial_sensed", "ventricular_paced", "ventricular_sensed"] as const;
export type Event = (typeof EVENTS)[number];

/** What a pacemaker had counted at a moment. */
export interface Counted {
  t_s: number;
  of: Record<Event, number>;
}

/** What it counts now; nothing where it has not said all. */
export function counted(t_s: number, told: Record<string, number | string | null> | undefined): Counted | null {
  const of = EVENTS.map((event) => [event, told?.[`${event}_number`]] as const);
  return of.every(([, n]) => typeof n === "number") ? { t_s, of: Object.fromEntries(of) as Counted["of"] } : null;
}

/** The last minute with one more moment; what was counted before is gone where time or counts went back. */
export function later(past: readonly Counted[], now: Counted | null): readonly Counted[] {
  const last = past[past.length - 1];
  if (!now || now.t_s === last?.t_s) return past;
  const isBack = last && (now.t_s < last.t_s || EVENTS.some((event) => now.of[event] < last.of[event]));
  return isBack ? [now] : [...past.filter((one) => one.t_s >= now.t_s - SHOWN_S), now];
}

/** How often each happened, over how long, and which of them since it was told last. */
export function tally(past: readonly Counted[]) {
  const [first, before, now] = [past[0], past[past.length - 2], past[past.length - 1]];
  const since = (from: Counted | undefined, event: Event) => (from && now ? now.of[event] - from.of[event] : 0);
  return {
    over_s: first && now ? now.t_s - first.t_s : 0,
    often: Object.fromEntries(EVENTS.map((event) => [event, since(first, event)])) as Counted["of"],
    lit: EVENTS.filter((event) => since(before, event) > 0),
  };
}

const kept = new WeakMap<BedFeed, readonly Counted[]>();

/** The lamps of a pacemaker: what it paced and sensed, and how often of late. */
@customElement("twin-pacer")
export class TwinPacer extends TwinElement {
  @property({ attribute: false }) feed!: BedFeed;
  @property({ attribute: false }) device!: Device;

  static override styles = [
    shared,
    css`
      :host {
        display: block;
        background: var(--screen);
        color: var(--screen-ink);
        border-radius: 8px;
        padding: 10px 12px;
        font-variant-numeric: tabular-nums;
      }
      table {
        width: 100%;
      }
      caption,
      th {
        font-size: 12px;
        font-weight: 600;
        color: var(--screen-soft);
        text-align: start;
      }
      caption {
        caption-side: bottom;
        font-weight: 400;
        padding-top: 6px;
      }
      th,
      td {
        padding: 4px 0;
        border: 0;
      }
      td {
        font-size: 24px;
        line-height: 30px;
        font-weight: 650;
      }
      i {
        display: inline-block;
        width: 12px;
        height: 12px;
        margin-inline-end: 10px;
        border-radius: 50%;
        border: 1px solid var(--screen-soft);
      }
      i.lit.paced {
        background: #ffc24d;
        box-shadow: 0 0 8px #ffc24d;
      }
      i.lit.sensed {
        background: #63d987;
        box-shadow: 0 0 8px #63d987;
      }
    `,
  ];

  override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has("feed")) {
      this.unfollow(changed.get("feed"));
      this.follow(this.feed);
    }
    const now = counted(this.feed.body_s, this.feed.devices[this.device.id]);
    kept.set(this.feed, later(kept.get(this.feed) ?? [], now));
  }

  override render() {
    const { over_s, often, lit } = tally(kept.get(this.feed) ?? []);
    const cell = (event: Event) => {
      const kind = event.endsWith("_paced") ? "paced" : "sensed";
      return html`<td>
        <i class="${kind} ${lit.includes(event) ? "lit" : ""}"></i>${over_s > 0 ? often[event] : "--"}
      </td>`;
    };
    const row = (name: string, chamber: "atrial" | "ventricular") =>
      html`<tr>
        <th scope="row">${name}</th>
        ${cell(`${chamber}_paced`)}${cell(`${chamber}_sensed`)}
      </tr>`;
    return html`<table>
      <caption>
        ${over_s > 0 ? t("pacer.over", { n: Math.round(over_s) }) : t("pacer.begins")}
      </caption>
      <thead>
        <tr>
          <td></td>
          <th scope="col">${t("pacer.paced")}</th>
          <th scope="col">${t("pacer.sensed")}</th>
        </tr>
      </thead>
      <tbody>
        ${row(t("pacer.atrium"), "atrial")}${row(t("pacer.ventricle"), "ventricular")}
      </tbody>
    </table>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "twin-pacer": TwinPacer;
  }
}
