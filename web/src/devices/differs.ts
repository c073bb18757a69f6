import { css, html, nothing, type PropertyValues } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import type { TwinShown } from "../contract";
import { TwinElement } from "../element";
import type { BedFeed } from "../live/feed";
import { Poll } from "../live/poll";
import { shared } from "../style/shared";
import { moment } from "../text/moment";
import { either, shown, t } from "../text/text";

const EVERY_MS = 4000;

/** Where a device does not do or measure what was asked of it, or what is in the patient: all three beside each other. */
@customElement("twin-differs")
export class TwinDiffers extends TwinElement {
  @property({ attribute: false }) feed!: BedFeed;
  @state() private twins: Record<string, TwinShown[]> = {};
  private readonly poll = new Poll(this, () => this.ask(), EVERY_MS);

  static override styles = [
    shared,
    css`
      section {
        border-inline-start: 3px solid var(--warn);
        margin-bottom: 12px;
      }
      table {
        font-variant-numeric: tabular-nums;
      }
      td:not(:first-child),
      th:not(:first-child) {
        text-align: end;
      }
    `,
  ];

  override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has("feed") && changed.get("feed")) {
      this.twins = {};
      void this.poll.now();
    }
  }

  /** Asks how the devices stand; says whether to ask again. */
  private async ask(): Promise<boolean> {
    const { feed } = this;
    if (!feed?.twins) return false;
    const twins = feed.isStale || feed.clock.state === "starting" ? null : await feed.twins().catch(() => null);
    if (twins && feed === this.feed) this.twins = twins;
    return true;
  }

  override render() {
    const { devices, view } = this.feed.bed;
    const rows = devices.flatMap((device) =>
      (this.twins[device.id] ?? []).filter((one) => one.differs).map((one) => ({ device, one })),
    );
    if (!rows.length) return nothing;
    const figure = (one: TwinShown, value: number | null) =>
      shown(value === null ? null : value / (one.spoken?.factor ?? 1), one.digits ?? 1);
    return html`<section class="panel scroll">
      <h2>${t("differs.title")}</h2>
      <table>
        <thead>
          <tr>
            <th scope="col">${t("differs.what")}</th>
            <th scope="col">${t("differs.desired")}</th>
            <th scope="col">${t("differs.reported")}</th>
            <th scope="col" title=${t("differs.estimatedWhy")}>${t("differs.estimated")}</th>
            <th scope="col">${t("differs.since")}</th>
          </tr>
        </thead>
        <tbody>
          ${rows.map(
            ({ device, one }) =>
              html`<tr>
                <td>
                  ${either(device, "label")}: ${either(one, "label")}
                  <small>${one.spoken?.unit ?? one.unit ?? ""}</small>
                </td>
                <td>${figure(one, one.desired)}</td>
                <td>${figure(one, one.reported)}</td>
                <td>${figure(one, one.estimated)}</td>
                <td>${one.since_s ? moment(one.since_s, view.page_s) : nothing}</td>
              </tr>`,
          )}
        </tbody>
      </table>
    </section>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "twin-differs": TwinDiffers;
  }
}
