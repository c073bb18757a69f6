import { css, html, type PropertyValues } from "lit";
import { customElement, property } from "lit/decorators.js";
import type { BedSummary } from "../contract";
import { TwinElement } from "../element";
import type { BedFeed } from "../live/feed";
import { prefs, setSound, soundOn } from "../prefs";
import { loudest } from "../sound/loudest";
import { player } from "../sound/player";
import { store } from "../store";
import { icons } from "../style/icons";
import { shared } from "../style/shared";
import { t } from "../text/text";

/** Sounds the most urgent alarm of all beds, and says whether it does; who wants no sound turns it off for themselves. */
@customElement("twin-ward-sound")
export class TwinWardSound extends TwinElement {
  @property({ attribute: false }) beds: BedSummary[] = [];
  private readonly feeds = new Map<string, BedFeed>();
  private readonly hear = () => this.sound();

  static override styles = [
    shared,
    css`
      .off {
        color: var(--on-medium);
        background: var(--medium);
        border-color: var(--medium);
      }
    `,
  ];

  override connectedCallback(): void {
    super.connectedCallback();
    this.follow(player);
    for (const feed of this.feeds.values()) feed.addEventListener("change", this.hear);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    for (const feed of this.feeds.values()) feed.removeEventListener("change", this.hear);
    player.setAlarm(0);
  }

  override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has("beds")) void this.listen();
  }

  override updated(): void {
    this.sound();
  }

  /** Hears the beds there are, and none that is gone. */
  private async listen() {
    const { beds } = this;
    const found = await Promise.all(beds.map((b) => store.feed(b.id).catch(() => null)));
    if (beds !== this.beds) return;
    for (const feed of this.feeds.values()) feed.removeEventListener("change", this.hear);
    this.feeds.clear();
    for (const feed of found) if (feed) this.feeds.set(feed.bed.id, feed);
    if (!this.isConnected) return;
    for (const feed of this.feeds.values()) feed.addEventListener("change", this.hear);
    this.sound();
  }

  private sound() {
    const { priority, category } = loudest(this.feeds.values());
    player.setVolume(prefs().volume);
    player.setAlarm(soundOn() ? priority : 0, category);
  }

  override render() {
    const on = soundOn() && player.open;
    const press = () => {
      setSound(!on);
      if (!on) void player.unlock();
    };
    return html`<button
      class=${on ? "" : "off"}
      aria-pressed=${on}
      title=${t(on ? "sound.mute" : soundOn() ? "sound.gate" : "sound.offHere")}
      @click=${press}
    >
      ${on ? icons.bell : icons.bellOff}${t(on ? "sound.on" : "sound.off")}
    </button>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "twin-ward-sound": TwinWardSound;
  }
}
