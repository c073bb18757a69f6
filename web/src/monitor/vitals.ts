import { css, html, type PropertyValues } from "lit";
import { customElement, property } from "lit/decorators.js";
import { TwinElement } from "../element";
import type { BedFeed } from "../live/feed";
import { shared } from "../style/shared";
import "./alarms";
import "./number";
import { alarmingOf, limitsOf, looked, readingsOf } from "./reading";

const MOST = 8;

/** Alarms and numbers of a bed in one strip, for pages that show something else. */
@customElement("twin-vitals")
export class TwinVitals extends TwinElement {
  @property({ attribute: false }) feed!: BedFeed;

  static override styles = [
    shared,
    css`
      :host {
        display: block;
        position: relative;
        background: var(--screen);
        border: 1px solid var(--screen-rule);
        border-radius: 12px;
        padding: 8px;
      }
      .numbers {
        display: flex;
        gap: 4px;
        overflow-x: auto;
        scrollbar-width: none;
        margin-top: 4px;
      }
      /* There are more beyond the edge. */
      :host([more]) .numbers {
        mask-image: linear-gradient(to right, #000 calc(100% - 56px), transparent calc(100% - 12px));
      }
      :host([more])::after {
        content: "›";
        position: absolute;
        inset-inline-end: 8px;
        bottom: 24px;
        font-size: 26px;
        line-height: 30px;
        color: var(--screen-ink);
        pointer-events: none;
      }
      twin-number {
        height: 62px;
        flex: 1 0 84px;
      }
      .wide {
        flex: 1.8 0 168px;
      }
    `,
  ];

  override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has("feed")) return;
    this.unfollow(changed.get("feed"));
    this.follow(this.feed);
  }

  override updated(): void {
    this.note();
  }

  /** Notes whether there are numbers beyond the edge. */
  private note = () => {
    const row = this.renderRoot.querySelector(".numbers");
    this.toggleAttribute("more", !!row && row.scrollLeft + row.clientWidth < row.scrollWidth - 2);
  };

  override render() {
    const readings = readingsOf(looked(this.feed.bed.view, this.feed.numbers)).slice(0, MOST);
    return html`<twin-alarms .feed=${this.feed}></twin-alarms>
      <div class="numbers" @scroll=${this.note}>
        ${readings.map((r) => {
          const standing = alarmingOf(r, this.feed.isStale ? [] : this.feed.alarms);
          return html`<twin-number
            small
            ?stale=${this.feed.isStale}
            class="c-${r.colour} ${r.kind === "pressure" ? "wide" : ""}"
            .reading=${r}
            .values=${this.feed.numbers}
            .limits=${limitsOf(this.feed, r)}
            .priority=${standing.priority}
            ?acknowledged=${standing.acknowledged}
            ?latched=${standing.latched}
          ></twin-number>`;
        })}
      </div>`;
  }
}
