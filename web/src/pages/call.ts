import { css, html, nothing } from "lit";
import { customElement } from "lit/decorators.js";
import type { Alarm, BedSummary } from "../contract";
import { TwinElement } from "../element";
import type { BedFeed } from "../live/feed";
import { sight } from "../monitor/sight";
import { calls } from "../monitor/standing";
import { setSound, soundOn } from "../prefs";
import { address, route, routeChanged } from "../route";
import { player } from "../sound/player";
import { sounder } from "../sound/sounder";
import { store } from "../store";
import { icons } from "../style/icons";
import { shared } from "../style/shared";
import { alarmText, either, t } from "../text/text";

const STARS = ["", "*", "**", "***"];

/** Hears every bed, on every page; says what alarms most where one does not see it, with the way to that bed, and
 * whether alarms are heard here. */
@customElement("twin-call")
export class TwinCall extends TwinElement {
  private readonly feeds = new Map<string, BedFeed>();
  private readonly listen = () => void this.attend();

  static override styles = [
    shared,
    css`
      :host {
        display: flex;
        align-items: center;
        gap: 8px;
        min-width: 0;
        margin-inline-start: auto;
      }
      a {
        display: flex;
        gap: 8px;
        min-width: 0;
        padding: 3px 10px;
        border-radius: 6px;
        font-weight: 650;
        font-size: 14px;
        line-height: 24px;
        text-decoration: none;
        white-space: nowrap;
        background: var(--own);
        color: var(--on-own);
      }
      a > .what {
        overflow: hidden;
        text-overflow: ellipsis;
      }
      .p3 {
        --own: var(--high);
        --on-own: var(--on-high);
        animation: blink 0.5s steps(1) infinite;
      }
      .p2 {
        --own: var(--medium);
        --on-own: var(--on-medium);
        animation: blink 1.667s steps(1) infinite;
      }
      .p1 {
        --own: var(--low);
        --on-own: var(--on-low);
      }
      .stands {
        animation: none;
      }
      /* The condition is gone: nothing flashes, and the frame is broken. */
      .latched {
        animation: none;
        background: none;
        color: var(--ink);
        outline: 2px dashed var(--own);
        outline-offset: -2px;
      }
      @keyframes blink {
        50% {
          opacity: 0.6;
        }
      }
      button {
        flex: none;
        min-width: 44px;
        padding: 0 10px;
      }
      .off {
        color: var(--on-medium);
        background: var(--medium);
        border-color: var(--medium);
      }
      @media (max-width: 760px) {
        button span {
          display: none;
        }
        a {
          font-size: 12px;
          line-height: 15px;
          padding: 3px 8px;
        }
        a > .what {
          white-space: normal;
          max-height: 30px;
        }
      }
    `,
  ];

  override connectedCallback(): void {
    super.connectedCallback();
    this.follow(player);
    this.follow(routeChanged);
    this.follow(sight);
    store.addEventListener("change", this.listen);
    void this.attend();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    store.removeEventListener("change", this.listen);
    for (const [id, feed] of this.feeds) this.leave(id, feed);
    sounder.forget(this);
  }

  /** Hears the beds there are, and none that is gone, whether somebody looks at them or not. */
  private async attend() {
    sounder.lost = store.live.state === "lost";
    const beds = store.beds.map((b) => b.id);
    const found = await Promise.all(beds.map((id) => this.feeds.get(id) ?? store.feed(id).catch(() => null)));
    if (!this.isConnected || beds.join() !== store.beds.map((b) => b.id).join()) return;
    for (const [id, feed] of this.feeds) if (!beds.includes(id)) this.leave(id, feed);
    for (const feed of found) if (feed && !this.feeds.has(feed.bed.id)) this.join(feed);
    sounder.hear(this, [...this.feeds.values()]);
    this.requestUpdate();
  }

  private join(feed: BedFeed) {
    this.feeds.set(feed.bed.id, feed);
    this.follow(feed);
    store.watch(feed, this, []);
  }

  private leave(id: string, feed: BedFeed) {
    this.feeds.delete(id);
    this.unfollow(feed);
    store.live.unwatch(id, this);
  }

  /** Whether one sees what a bed shows now: on its own page, but not at its past, nor where its strip is scrolled away. */
  private isSeen(id: string): boolean {
    const { path, query } = route();
    return path[0] === "bed" && path[1] === id && query.get("at") === null && !sight.isHidden(id);
  }

  override render() {
    const others = [...this.feeds.values()].filter((feed) => !this.isSeen(feed.bed.id));
    const [first, ...more] = calls(others);
    return html`<span class="unseen" role="status"
        >${first ? `${t(`alarm.p${first.alarm.priority}`)}: ${this.said(first.bed, first.alarm)}` : nothing}</span
      >${
        first
          ? html`<a
              class="p${first.alarm.priority} ${first.alarm.latched ? "latched" : ""} ${this.stands(first.bed.id) ? "stands" : ""}"
              href=${address(["bed", first.bed.id])}
              title=${this.said(first.bed, first.alarm)}
              aria-label=${t("call.go", { what: this.said(first.bed, first.alarm) })}
              ><span aria-hidden="true">${STARS[first.alarm.priority]}</span
              ><span class="what">${this.said(first.bed, first.alarm)}</span
              >${more.length ? html`<span>+${more.length}</span>` : nothing}</a
            >`
          : nothing
      }${this.bell()}`;
  }

  /** Whether time stands at a bed: its alarm does not flash. */
  private stands(id: string): boolean {
    return this.feeds.get(id)?.clock.state !== "running";
  }

  private said(bed: Pick<BedSummary, "title">, alarm: Alarm): string {
    return `${alarmText(alarm)} · ${either(bed, "title")}`;
  }

  private bell() {
    const on = soundOn() && player.open;
    const said = t(on ? "sound.on" : soundOn() ? "sound.off" : "sound.muted");
    const press = () => {
      setSound(!on);
      if (!on) void player.unlock();
    };
    return html`<button
      class=${on ? "" : "off"}
      aria-pressed=${on}
      aria-label=${said}
      title=${t(on ? "sound.mute" : soundOn() ? "sound.gate" : "sound.offHere")}
      @click=${press}
    >
      ${on ? icons.bell : icons.bellOff}<span>${said}</span>
    </button>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "twin-call": TwinCall;
  }
}
