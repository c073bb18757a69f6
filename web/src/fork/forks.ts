import { css, html, nothing, type PropertyValues } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import type { ForkListed } from "../contract";
import { TwinElement } from "../element";
import type { BedFeed } from "../live/feed";
import { shared } from "../style/shared";
import { moment } from "../text/moment";
import { either, t } from "../text/text";

const POLL_MS = 3000;
const MOST = 6;

/** Those that are shown: what is played first, and then the latest. */
export function foremostForks(forks: readonly ForkListed[], most = MOST): ForkListed[] {
  const isOver = (f: ForkListed) => (f.state === "running" ? 0 : 1);
  return [...forks]
    .sort((a, b) => Number(b.id) - Number(a.id))
    .sort((a, b) => isOver(a) - isOver(b))
    .slice(0, most);
}

/** The futures of a bed that are played or were, by whomever and wherever they were asked for. Emits `twin-fork`. */
@customElement("twin-forks")
export class TwinForks extends TwinElement {
  @property({ attribute: false }) feed!: BedFeed;
  /** The one that is shown beside. */
  @property() shown = "";
  /** Whether it is being played. */
  @property({ type: Boolean }) playing = false;
  @state() forks: ForkListed[] = [];
  private timer = 0;
  private run = 0;

  static override styles = [
    shared,
    css`
      :host {
        display: block;
      }
      h3 {
        font-size: 13px;
        color: var(--soft);
        margin-bottom: 6px;
      }
      ul {
        display: grid;
        gap: 4px;
      }
      button {
        width: 100%;
        display: grid;
        grid-template-columns: minmax(0, 1fr) auto;
        gap: 1px 10px;
        text-align: start;
        padding: 7px 12px;
        font-weight: 500;
        font-size: 14px;
        line-height: 1.3;
        white-space: normal;
        overflow-wrap: anywhere;
      }
      .state {
        font-size: 13px;
        color: var(--soft);
        font-variant-numeric: tabular-nums;
      }
      .running {
        color: var(--accent);
        font-weight: 650;
      }
      small {
        grid-column: 1 / -1;
        color: var(--soft);
      }
    `,
  ];

  override connectedCallback(): void {
    super.connectedCallback();
    this.timer = window.setInterval(() => {
      if (this.forks.some((f) => f.state === "running")) void this.look();
    }, POLL_MS);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    window.clearInterval(this.timer);
    this.run++;
  }

  override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has("feed")) this.forks = [];
    if (changed.has("feed") || changed.has("shown") || changed.has("playing")) void this.look();
  }

  private async look(): Promise<void> {
    const run = ++this.run;
    const told = await this.feed.forks?.list().catch(() => null);
    if (told && run === this.run) this.forks = told;
  }

  override render() {
    const forks = foremostForks(this.forks);
    if (!forks.length) return nothing;
    return html`<h3>${t("forks.title")}</h3>
      <ul>
        ${forks.map((f) => html`<li>${this.row(f)}</li>`)}
      </ul>`;
  }

  private row(fork: ForkListed) {
    const state = fork.state === "running" ? `${Math.floor(100 * fork.progress)} %` : t(`forks.${fork.state}`);
    const at = moment(fork.at_s, this.feed.bed.view.page_s);
    return html`<button aria-pressed=${fork.id === this.shown} @click=${() => this.tell("twin-fork", fork.id)}>
      <span>${either(fork, "text") || t("fork.asIs")}</span><span class="state ${fork.state}">${state}</span>
      <small>${t("forks.of", { t: at, who: fork.who })}</small>
    </button>`;
  }
}
