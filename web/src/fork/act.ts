import { css, html, nothing, type PropertyValues } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import type { Change, Fork } from "../contract";
import { changeInWords } from "../actions/words";
import { TwinElement } from "../element";
import type { Answer } from "../live/asking";
import type { BedFeed } from "../live/feed";
import { atLeast } from "../roles";
import { icons } from "../style/icons";
import { shared } from "../style/shared";
import { moment } from "../text/moment";
import { t } from "../text/text";
import { Doing } from "./doing";
import { standingTo, type Standing } from "./standing";

/** What was tried in futures can be done at the bed: now, or where they begin, for which the bed is taken back. */
@customElement("twin-fork-act")
export class TwinForkAct extends TwinElement {
  @property({ attribute: false }) feed!: BedFeed;
  @property({ attribute: false }) fork!: Fork;
  /** The number of its entry in the log. */
  @property() forkId = "";
  /** The moment at which the futures begin. */
  @property({ type: Number }) at_s = 0;
  @state() private applied = "";
  /** Whether somebody is asked if the bed is to be taken back. */
  @state() private sure = false;
  private doing = new Doing();

  static override styles = [
    shared,
    css`
      :host {
        display: grid;
        gap: 10px;
      }
      .panel p {
        min-width: 240px;
      }
      button {
        white-space: normal;
        text-align: start;
        line-height: 1.3;
        min-height: 44px;
        padding-block: 6px;
      }
    `,
  ];

  override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has("feed")) {
      this.unfollow(changed.get("feed"));
      this.follow(this.feed);
    }
    if (!changed.has("fork")) return;
    this.doing = new Doing();
    this.sure = false;
    this.applied = "";
  }

  private moment(t_s: number): string {
    return moment(t_s, this.feed.bed.view.page_s);
  }

  /** What was tried can be done: the changes that come at once, there and then or now, whichever is meant. */
  override render() {
    const tried = this.doing.left(this.fork.changes ?? []);
    const now = tried.filter((c) => c.after_s === 0 && this.feed.may(this.feed.control(c.control)));
    const done = this.applied ? html`<p class="note" role="status">${this.applied}</p>` : nothing;
    if (!now.length) return done;
    const { at_s } = this;
    const standing = standingTo(this.feed, this.forkId, at_s);
    const later = tried.filter((c) => c.after_s > 0);
    return html`${done}${standing === "now" ? nothing : html`<p class="note">${this.notThen(standing, at_s)}</p>`}
    ${this.sure ? this.confirm(now, at_s) : this.ways(now, standing, at_s)}
    ${later.length ? html`<p class="small">${t("fork.notLater", { what: this.inWords(later) })}</p>` : nothing}`;
  }

  private inWords(changes: readonly Change[]): string {
    return changes.map((c) => changeInWords(this.feed.control(c.control), c)).join(", ");
  }

  /** That the bed is not where these futures begin. */
  private notThen(standing: Standing, at_s: number): string {
    const [then, now] = [this.moment(at_s), this.moment(this.feed.clock.t_s)];
    if (standing === "elsewhere") return t("fork.elsewhere", { then, now });
    return t(this.mayRewind ? "fork.notThen" : "fork.notThenAsk", { then, now });
  }

  private get mayRewind(): boolean {
    return this.feed.doAt !== null && atLeast(this.feed.role, "instructor");
  }

  private ways(changes: Change[], standing: Standing, at_s: number) {
    const what = this.inWords(changes);
    const back = standing === "later" && this.mayRewind;
    const key = standing === "now" ? "fork.doIt" : "fork.doItNow";
    return html`<div class="row">
      ${back ? html`<button ?disabled=${this.doing.busy} @click=${this.ask}>${icons.rewind}${t("fork.rewindAndDo", { t: this.moment(at_s), what })}</button>` : nothing}
      <button ?disabled=${this.doing.busy} @click=${() => this.doIt(changes)}>${icons.check}${t(key, { what })}</button>
    </div>`;
  }

  private ask = () => {
    this.sure = true;
    void this.updateComplete.then(() =>
      this.renderRoot.querySelector<HTMLElement>("[role=alertdialog] button")?.focus(),
    );
  };

  private confirm(changes: Change[], at_s: number) {
    const then = this.moment(at_s);
    return html`<div
      class="panel row"
      role="alertdialog"
      aria-label=${t("fork.rewindAndDo", { t: then, what: this.inWords(changes) })}
    >
      <p class="grow">
        ${t("fork.rewindSure", { then, now: this.moment(this.feed.clock.t_s), what: this.inWords(changes) })}
      </p>
      <button class="primary" @click=${() => this.doThere(changes, at_s)}>${icons.rewind}${t("control.confirm")}</button
      ><button @click=${() => (this.sure = false)}>${t("control.cancel")}</button>
    </div>`;
  }

  private async doIt(changes: Change[]) {
    const doing = this.doing.all(changes, this.feed.send!);
    this.requestUpdate();
    const said = await doing;
    // What was done is done now: that is where one looks from here on.
    if (said?.accepted) this.tell("twin-at", null);
    this.tellDone(said, t("fork.done", { what: this.inWords(changes) }));
  }

  /** Takes the bed back to where the futures begin and does there what was tried, before time goes on. */
  private async doThere(changes: Change[], at_s: number) {
    this.sure = false;
    this.applied = "";
    try {
      const said = await this.feed.doAt!(at_s, () => this.doing.all(changes, this.feed.send!));
      this.tell("twin-at", null);
      this.tellDone(said, t("fork.doneThere", { then: this.moment(at_s), what: this.inWords(changes) }));
    } catch (error) {
      this.applied = error instanceof Error ? error.message : String(error);
    }
  }

  private tellDone(said: Answer | null, done: string) {
    if (said) this.applied = said.accepted ? done : said.text || t("control.refused");
    this.requestUpdate();
  }
}
