import { html, nothing, type PropertyValues } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import type { Change, Control, Fork, ForkRequest } from "../contract";
import "../actions/actions";
import { usualOrder, type Order } from "../actions/form";
import { changeInWords, inWords } from "../actions/words";
import { TwinElement } from "../element";
import type { BedFeed } from "../live/feed";
import { icons } from "../style/icons";
import { shared } from "../style/shared";
import { isSlow, moment } from "../text/moment";
import { either, span, t } from "../text/text";
import "./act";
import { styles } from "./fork.styles";
import "./forks";
import { horizonsOf, membersOf, usualHorizon } from "./reach";
import { Left, leftInWords } from "./left";
import "./result";
import { isAlone, legend, verdict } from "./verdict";

const AGO_S = [60, 300];
const AGO_SLOW_S = [3600, 14_400];
const POLL_MS = 400;
/** What is often asked, offered where the bed has it. */
const USUAL = [
  "phenylephrine_rate",
  "phenylephrine",
  "norepinephrine_rate",
  "norepinephrine",
  "crystalloid",
  "propofol_rate",
  "propofol",
  "blood_loss",
  "injection",
  "carbohydrate",
  "insulin_bolus",
];
const MOST_USUAL = 5;

/** What is offered, with what was chosen elsewhere. */
const withOwn = (offered: number[], own: number) => [...new Set([...offered, own])].sort((a, b) => a - b);

/** What if: from a moment on, both futures of this patient, as it is and with a change. */
@customElement("twin-fork")
export class TwinFork extends TwinElement {
  @property({ attribute: false }) feed!: BedFeed;
  /** A fork that was played already. */
  @property() forkId = "";
  @property({ attribute: false }) at: number | null = null;
  @state() private changes: Change[] = [];
  @state() private horizon_s = 600;
  @state() private members = 24;
  @state() private fork: Fork | null = null;
  @state() private progress: number | null = null;
  private left = new Left();
  /** Seconds until the futures are there, where that can be said. */
  private left_s: number | null = null;
  @state() private failure = "";
  /** The futures that were asked for and that somebody stopped; that is no error. */
  @state() private stopped: Fork | null = null;
  /** Whether who looks may stop what is played. */
  @state() private mayStop = false;
  @state() private choosing = false;
  @state() private played: { at_s: number; horizon_s: number } | null = null;
  private run = 0;
  /** The fork that was asked for here. */
  private asked = "";
  /** The fork that is played or shown. */
  private followed = "";

  static override styles = [shared, styles];

  private get at_s(): number {
    return Math.min(this.at ?? this.feed.clock.t_s, this.feed.clock.t_s);
  }

  override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has("feed")) {
      this.unfollow(changed.get("feed"));
      this.follow(this.feed);
      this.changes = [];
      this.fork = this.played = this.stopped = null;
      this.followed = "";
      this.horizon_s = usualHorizon(this.feed.bed);
    }
    if (changed.has("forkId") && this.forkId && this.forkId !== this.followed) void this.followUp(this.forkId);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.run++;
  }

  override render() {
    return html`<div class="all">
      <section class="panel ask" aria-label=${t("fork.ask")}>
        ${this.when()}${this.what()}${this.howLong()}
        <button
          class="primary play"
          ?disabled=${!this.changes.length || this.progress !== null || !this.feed.forks}
          @click=${this.play}
        >
          ${icons.fork}${t("fork.play")}
        </button>
        ${this.changes.length ? nothing : html`<p class="small">${t("fork.needsChange")}</p>`}
        ${this.failure ? html`<p class="note bad" role="alert">${this.failure}</p>` : nothing}
        <twin-forks
          .feed=${this.feed}
          .shown=${this.followed}
          ?playing=${this.progress !== null}
          @twin-fork=${() => this.showResult()}
        ></twin-forks>
      </section>
      <section class="panel result" aria-label=${t("fork.title")}>${this.outcome()}</section>
    </div>`;
  }

  private when() {
    const { t_s } = this.feed.clock;
    return html`<div class="step">
      <h3><b>1</b>${t("fork.when")}</h3>
      <div class="moment">
        <input
          type="range"
          aria-label=${t("fork.when")}
          min="0"
          max=${Math.floor(t_s)}
          step="1"
          .value=${String(Math.floor(this.at_s))}
          @input=${(e: Event) => this.setAt(Number((e.target as HTMLInputElement).value))}
        />
        <output>${this.moment(this.at_s)}</output>
      </div>
      <div class="row">
        <button class="slim" aria-pressed=${this.at === null} @click=${() => this.setAt(null)}>${t("fork.now")}</button>
        ${(isSlow(this.feed.bed.view.page_s) ? AGO_SLOW_S : AGO_S).filter((s) => s < t_s).map((s) => html`<button class="slim" aria-pressed=${this.at !== null && Math.abs(t_s - this.at - s) < 1} @click=${() => this.setAt(Math.floor(t_s - s))}>${t("fork.ago", { span: span(s) })}</button>`)}
      </div>
    </div>`;
  }

  private moment(t_s: number): string {
    return moment(t_s, this.feed.bed.view.page_s);
  }

  private setAt(at: number | null) {
    this.at = at;
    this.tell("twin-at", at);
  }

  private what() {
    const usual = USUAL.map((id) => this.feed.control(id))
      .filter((c): c is Control => c !== undefined && Boolean(c.default) && this.feed.may(c))
      .slice(0, MOST_USUAL)
      .map(usualOrder);
    return html`<div class="step">
      <h3><b>2</b>${t("fork.what")}</h3>
      <ul class="changes">
        ${this.changes.map(
          (c, i) =>
            html`<li>
              <span>${changeInWords(this.feed.control(c.control), c)}</span>
              <button aria-label=${t("fork.remove")} @click=${() => this.drop(i)}>${icons.close}</button>
            </li>`,
        )}
      </ul>
      <div class="chips">
        ${this.changes.length ? nothing : usual.map((o) => html`<button @click=${() => this.add(o)}>${inWords(o.control, o.value, o.lasts_s)}</button>`)}
        <button aria-expanded=${this.choosing} @click=${() => (this.choosing = !this.choosing)}>
          ${this.choosing ? icons.minus : icons.plus}${t(this.changes.length ? "fork.another" : "fork.choose")}
        </button>
      </div>
      ${this.choosing ? html`<twin-actions planned .feed=${this.feed} @twin-order=${(e: CustomEvent<Order>) => this.add(e.detail)}></twin-actions>` : nothing}
    </div>`;
  }

  private add(order: Order) {
    const change: Change = { control: order.control.id, after_s: order.after_s };
    if (order.value !== undefined) change.value = order.value;
    if (order.lasts_s !== undefined) change.lasts_s = order.lasts_s;
    this.changes = [...this.changes, change];
    this.choosing = false;
    this.goOnAt(".play");
  }

  private drop(i: number) {
    this.changes = this.changes.filter((_, k) => k !== i);
    this.goOnAt(".chips [aria-expanded]");
  }

  /** What was pressed is gone: who came by the keyboard goes on at what comes next. */
  private goOnAt(selector: string) {
    void this.updateComplete.then(() => this.renderRoot.querySelector<HTMLElement>(selector)?.focus());
  }

  private howLong() {
    const segments = (all: number[], chosen: number, text: (n: number) => string, set: (n: number) => void) =>
      html`<div class="segments">
        ${all.map((n) => html`<button aria-pressed=${n === chosen} @click=${() => set(n)}>${text(n)}</button>`)}
      </div>`;
    return html`<div class="step">
      <h3><b>3</b>${t("fork.horizon")}</h3>
      ${segments(withOwn(horizonsOf(this.feed.bed), this.horizon_s), this.horizon_s, span, (n) => (this.horizon_s = n))}
      <details>
        <summary>${t(this.members === 1 ? "fork.member" : "fork.members", { n: this.members })}</summary>
        ${segments(withOwn(membersOf(this.feed.bed), this.members), this.members, String, (n) => (this.members = n))}
        <p class="small">${t("fork.membersWhy")}</p>
      </details>
    </div>`;
  }

  private outcome() {
    const { fork } = this;
    const at_s = this.played?.at_s ?? this.at_s;
    const horizon_s = this.played?.horizon_s ?? this.horizon_s;
    return html`<div class="title">
        <h2>${t("fork.title")}</h2>
        <p class="num">${t("fork.from", { t: this.moment(at_s), span: span(horizon_s) })}</p>
      </div>
      ${
        this.progress !== null
          ? html`<div role="status">
              <p class="invite">${t("fork.playing")} <span class="num">${leftInWords(this.left_s)}</span></p>
              ${this.progress > 0 ? html`<progress max="1" .value=${this.progress}></progress>` : html`<progress></progress>`}
              ${this.mayStop ? html`<button class="slim" @click=${this.stop}>${icons.close}${t("fork.stop")}</button>` : nothing}
            </div>`
          : nothing
      }
      ${
        fork?.as_is
          ? html`<p class="said" role="status">${verdict(this.feed, fork)}</p>
              ${this.implausible(fork)}`
          : this.progress === null
            ? (this.halted() ?? html`<p class="invite">${t("fork.invite")}</p>`)
            : nothing
      }
      <twin-fork-result .feed=${this.feed} .fork=${fork} .at_s=${at_s} .horizon_s=${horizon_s}></twin-fork-result>
      ${
        fork?.as_is
          ? html`<p class="small">${legend(fork, fork.members ?? this.members)}</p>
              <twin-fork-act .feed=${this.feed} .fork=${fork} .forkId=${this.followed} .at_s=${at_s}></twin-fork-act>`
          : nothing
      }`;
  }

  /** That somebody stopped the futures, and what can be done; nothing where nobody did. */
  private halted() {
    if (!this.stopped) return null;
    return html`<div class="note still" role="status">
      <p>${t("fork.stopped", { why: either(this.stopped.error, "message") || t("fork.stoppedBy") })}</p>
      <button class="slim" ?disabled=${!this.changes.length || !this.feed.forks} @click=${this.play}>
        ${icons.fork}${t("fork.again")}
      </button>
    </div>`;
  }

  /** How many members left what is plausible, or in which future the patient alone did. */
  private implausible({ implausible, members = this.members, ...fork }: Fork) {
    if (!implausible?.some((n) => n > 0)) return nothing;
    const [asIs, changed] = implausible;
    const where = [asIs > 0 ? t("fork.asIs") : "", changed > 0 ? t("fork.changed") : ""].filter(Boolean).join(", ");
    const said = isAlone({ ...fork, members })
      ? t("fork.implausibleOne", { where })
      : t("fork.implausible", { asIs, changed, n: members });
    return html`<p class="note">${said}</p>`;
  }

  private play = async () => {
    const wanted: ForkRequest = {
      at_s: this.at_s,
      horizon_s: this.horizon_s,
      members: this.members,
      changes: this.changes,
    };
    this.failure = this.asked = this.followed = "";
    this.stopped = null;
    this.fork = null;
    this.progress = 0;
    this.played = { at_s: wanted.at_s, horizon_s: wanted.horizon_s };
    try {
      const id = await this.feed.forks!.start(wanted);
      this.asked = id;
      const followed = this.followUp(id);
      this.tell("twin-fork", id);
      await followed;
    } catch (error) {
      this.failure = error instanceof Error ? error.message : String(error);
      this.progress = null;
    }
  };

  /** Ends what is being played; who asked for it may, on whatever page. */
  private stop = async () => {
    try {
      await this.feed.forks!.stop(this.followed);
      this.run++;
      this.progress = null;
      this.goOnAt(".play");
    } catch (error) {
      this.failure = error instanceof Error ? error.message : String(error);
    }
  };

  /** Asks how far the futures are until they are there. */
  private async followUp(id: string) {
    const run = ++this.run;
    this.followed = id;
    this.fork = null;
    this.failure = "";
    this.stopped = null;
    this.progress = 0;
    this.mayStop = false;
    this.left = new Left();
    this.left_s = null;
    let adopted = id === this.asked;
    for (;;) {
      const fork = await this.feed
        .forks!.result(id)
        .catch(
          (e: unknown) => ({ state: "failed", progress: 0, text: e instanceof Error ? e.message : String(e) }) as Fork,
        );
      if (run !== this.run) return;
      if (!adopted && fork.horizon_s) this.adopt(fork);
      adopted = true;
      if (fork.state === "stopped") {
        this.stopped = fork;
        this.progress = null;
        return;
      }
      if (fork.state === "failed") {
        this.failure =
          [either(fork.error, "message") || either(fork, "text"), either(fork.error, "advice")]
            .filter(Boolean)
            .join(" ") || t("fork.failed");
        this.progress = null;
        return;
      }
      if (fork.as_is && fork.t_s) return this.show(fork);
      this.mayStop = fork.may_stop ?? false;
      this.left_s = this.left.at(fork.progress, performance.now() / 1000);
      this.progress = fork.progress;
      await new Promise((done) => setTimeout(done, POLL_MS));
    }
  }

  /** Who opens a fork by its address sees how it was asked for, and may ask so again. */
  private adopt(fork: Fork) {
    if (fork.changes) this.changes = fork.changes;
    if (fork.horizon_s) this.horizon_s = fork.horizon_s;
    if (fork.members) this.members = fork.members;
    if (fork.at_s !== undefined) {
      this.setAt(fork.at_s);
      this.played = { at_s: fork.at_s, horizon_s: this.horizon_s };
    }
  }

  private show(fork: Fork) {
    this.fork = fork;
    this.progress = null;
    if (fork.changes) this.changes = fork.changes;
    const at_s = fork.at_s ?? this.played?.at_s ?? fork.t_s![0]!;
    this.played = { at_s, horizon_s: fork.horizon_s ?? fork.t_s![fork.t_s!.length - 1]! - at_s };
    this.tell("twin-forked");
    if (matchMedia("(max-width: 900px)").matches) this.showResult();
  }

  private showResult() {
    void this.updateComplete.then(() => this.renderRoot.querySelector(".result")?.scrollIntoView({ block: "start" }));
  }
}
