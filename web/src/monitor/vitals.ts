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

  override render() {
    const readings = readingsOf(looked(this.feed.bed.view, this.feed.numbers)).slice(0, MOST);
    return html`<twin-alarms .feed=${this.feed}></twin-alarms>
      <div class="numbers">
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
