import { css, html, nothing, type PropertyValues } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import type { DrugGiven } from "../contract";
import { TwinElement } from "../element";
import type { BedFeed } from "../live/feed";
import { Poll } from "../live/poll";
import { shared } from "../style/shared";
import { either, t } from "../text/text";

const EVERY_MS = 4000;

/** All drugs and fluids that are being given at a bed and were, by its pumps and by hand, with how much so far. */
@customElement("twin-given")
export class TwinGiven extends TwinElement {
  @property({ attribute: false }) feed!: BedFeed;
  @state() private given: DrugGiven[] = [];
  private readonly poll = new Poll(this, () => this.ask(), EVERY_MS);

  static override styles = [
    shared,
    css`
      ul {
        display: grid;
        gap: 2px;
        border-inline-start: 3px solid var(--rule);
        padding: 2px 0 2px 10px;
        max-height: 30dvh;
        overflow-y: auto;
      }
      li {
        display: grid;
        grid-template-columns: auto 1fr;
        gap: 0 10px;
        font-size: 13px;
        line-height: 18px;
      }
      li > span {
        color: var(--soft);
        text-align: end;
        font-variant-numeric: tabular-nums;
      }
      .over b {
        font-weight: 500;
        color: var(--soft);
      }
    `,
  ];

  override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has("feed") && changed.get("feed")) {
      this.given = [];
      void this.poll.now();
    }
  }

  /** Asks what is given by now; says whether to ask again. */
  private async ask(): Promise<boolean> {
    const { feed } = this;
    if (!feed?.drugs) return false;
    const given = feed.clock.state === "starting" ? null : await feed.drugs().catch(() => null);
    if (given && feed === this.feed) this.given = given;
    return true;
  }

  override render() {
    if (!this.given.length) return nothing;
    return html`<ul aria-label=${t("given.title")}>
      ${this.given.map(
        (one) =>
          html`<li class=${one.goes_on ? "" : "over"}>
            <b>${either(one, "label")}</b><span>${either(one, "text")}</span>
          </li>`,
      )}
    </ul>`;
  }
}
