import { html, nothing, type PropertyValues } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { api } from "../api";
import { TwinElement } from "../element";
import type { TwinGlucose } from "../glucose/glucose";
import type { BedFeed } from "../live/feed";
import { TwinMonitor } from "../monitor/monitor";
import "../actions/actions";
import "../fork/fork";
import "../monitor/vitals";
import { address, go, route, routeChanged, setQuery } from "../route";
import { atLeast } from "../roles";
import { sounder } from "../sound/sounder";
import { explain, store } from "../store";
import { icons } from "../style/icons";
import { shared } from "../style/shared";
import { dayOf, isSlow, moment, timeOfDay } from "../text/moment";
import { alarmText, clock, either, since, t, type Key } from "../text/text";
import { inWords } from "../actions/words";
import { foremost } from "../monitor/standing";
import { bedStyles } from "./bed.styles";
import { shownAt, type Then } from "./bed-past";
import { patientLine } from "./patient";
import { startingView } from "./starting";
import "./tour";

const TABS = ["monitor", "what-if", "devices", "timeline", "body"] as const;
/** Parts that are loaded when somebody opens them. */
const LATER: Record<string, () => Promise<unknown>> = {
  devices: () => import("../devices/devices"),
  body: () => import("../body/body"),
  timeline: () => import("../timeline/history"),
};
/** Parts that can show a moment of the past in place of now. */
const BACK = ["monitor", "devices", "timeline", "body"];
const SPEEDS = [0.5, 1, 2, 5, 10, 30, 60, 100];
/** Where a page is a minute: up to an hour a second. */
const SPEEDS_SLOW = [1, 10, 60, 300, 900, 3600];

/** One bed: its monitor, and what can be done there. */
@customElement("twin-bed")
export class TwinBed extends TwinElement {
  @property() bedId = "";
  @property() tab = "monitor";
  @state() private feed: BedFeed | null = null;
  @state() private failure = "";
  /** The bed at the moment that is looked at, once it is known. */
  @state() private then: Then | null = null;
  @query("twin-monitor, twin-glucose") private monitor?: TwinMonitor | TwinGlucose;
  /** The moment whose waves were asked for. */
  private sought: number | null = null;
  private readonly onKey = (event: KeyboardEvent) => this.key(event);

  static override styles = [shared, bedStyles];

  override connectedCallback(): void {
    super.connectedCallback();
    document.addEventListener("keydown", this.onKey);
    if (this.feed) this.follow(this.feed.drafts);
    this.follow(routeChanged);
    if (this.feed) store.watch(this.feed, this, "all");
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    document.removeEventListener("keydown", this.onKey);
    store.live.unwatch(this.bedId, this);
    sounder.unknown(this, false);
  }

  override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has("tab")) void LATER[this.tab]?.();
    if (changed.has("bedId")) {
      const before = changed.get("bedId");
      if (before) store.live.unwatch(before, this);
      void this.load(this.bedId);
    }
  }

  override updated(): void {
    void this.lookBack();
    sounder.unknown(this, this.isUnknown);
  }

  /** Whether the bed was there and is not yet again, so that nobody knows what alarms; where the line is lost the page
   * says so itself. */
  private get isUnknown(): boolean {
    const { feed } = this;
    const isBack = !feed || (!feed.isAway && !(feed.isStale && feed.clock.state === "starting"));
    return !isBack && store.live.state !== "lost";
  }

  private async load(id: string) {
    this.failure = "";
    this.unfollow(this.feed);
    this.unfollow(this.feed?.drafts);
    this.feed = this.then = null;
    this.sought = null;
    try {
      const feed = await store.feed(id);
      if (feed.bed.kind === "diabetes") await import("../glucose/glucose");
      if (this.bedId !== id) return;
      this.follow(feed);
      this.follow(feed.drafts);
      this.feed = feed;
      if (this.isConnected) store.watch(feed, this, "all");
      void store.loadWaves(feed);
    } catch (error) {
      this.failure = explain(error);
    }
  }

  private key(event: KeyboardEvent) {
    const typing = event
      .composedPath()
      .some((n) => n instanceof HTMLElement && /^(INPUT|SELECT|TEXTAREA|DIALOG)$/.test(n.tagName));
    if (typing || event.isComposing || event.ctrlKey || event.metaKey || event.altKey || !this.feed) return;
    const onButton = event.composedPath().some((n) => n instanceof HTMLElement && /^(BUTTON|A)$/.test(n.tagName));
    const act: Record<string, () => void> = {
      a: () => void this.live?.send?.("alarm_acknowledged"),
      p: () => void this.live?.send?.("alarm_paused"),
      n: () => this.live?.control("nibp_start") && void this.live.send?.("nibp_start"),
      f: () => this.monitor?.toggleFreeze(),
      l: () => this.monitor?.showLimits(),
      e: () => this.monitor instanceof TwinMonitor && void this.monitor.showTwelve(),
      w: () => go(["bed", this.bedId, "what-if"], { at: this.at }),
    };
    if (event.key === " " && !onButton) {
      event.preventDefault();
      void this.setClock(this.feed.clock.state === "running" ? "pause" : "resume");
    } else if (this.parts[Number(event.key) - 1])
      go(["bed", this.bedId, this.parts[Number(event.key) - 1]!], { at: this.at });
    else act[event.key]?.();
  }

  /** The moment that is looked at, as the address says it; nothing where that is now. It goes along to every part. */
  private get at(): number | null {
    const told = route().query.get("at");
    const at = told === null ? NaN : Number(told);
    return at >= 0 && this.feed !== null && at < this.feed.clock.t_s ? at : null;
  }

  /** The bed, where one looks at it as it is now: keys act on nothing that one does not see. */
  private get live(): BedFeed | null {
    return this.at === null || this.tab === "what-if" ? this.feed : null;
  }

  private get mayClock(): boolean {
    return atLeast(store.me?.role, "clinician");
  }

  private async setClock(act: "pause" | "resume" | "step" | "speed", value?: number) {
    if (!this.mayClock) return;
    await api.clock(this.bedId, act, value).catch((e: unknown) => (this.failure = explain(e)));
  }

  override render() {
    if (this.failure && !this.feed)
      return html`<div class="panel">
        <p class="note bad">${this.failure}</p>
        <p><a href=${address(["ward"])}>${t("nav.ward")}</a></p>
      </div>`;
    const { feed } = this;
    if (!feed) return nothing;
    return html`<div class="top">
        <div class="title">
          <h1>${either(feed.bed, "title")}</h1>
          <p class="who">${patientLine(feed.bed.patient)}</p>
        </div>
        ${this.tabs()}${this.clockControls(feed)}
      </div>
      ${this.failure ? html`<p class="note bad" role="alert">${this.failure} <button class="slim" @click=${() => (this.failure = "")}>${t("close")}</button></p>` : nothing}
      ${
        feed.clock.state === "failed"
          ? html`<p class="note bad" role="alert">
              ${t("state.failed")}: ${store.beds.find((b) => b.id === this.bedId)?.why || feed.bed.why}
            </p>`
          : feed.isAway
            ? html`${this.unknown()}
                <p class="note row past" role="status">${t("bed.away")}</p>`
            : feed.clock.state === "starting"
              ? this.starting(feed)
              : [this.unsent(feed), this.view(feed)]
      }
      <twin-tour
        .tab=${this.tab}
        .feed=${feed}
        .me=${store.me?.name ?? ""}
        @twin-tour-to=${(e: CustomEvent<{ tab: string; fork?: string }>) => go(["bed", this.bedId, e.detail.tab], { fork: e.detail.fork })}
      ></twin-tour>`;
  }

  /** What was typed at the devices and not sent, on every part but theirs. */
  private unsent(feed: BedFeed) {
    const waiting = feed.drafts.waiting(feed.bed.controls);
    if (!waiting.length || this.tab === "devices") return nothing;
    const what = waiting.map(({ control, value }) => inWords(control, value)).join(", ");
    return html`<p class="note row past">
      <span class="grow">${t("drafts.waiting", { what })}</span>
      <a class="button slim" href=${address(["bed", this.bedId, "devices"])}>${t("drafts.goThere")}</a>
      <button class="slim" @click=${() => feed.drafts.discard()}>${t("drafts.discard")}</button>
    </p>`;
  }

  private get isGlucose(): boolean {
    return this.feed?.bed.kind === "diabetes";
  }

  /** A bed of glucose alone has no body to show. */
  private get parts(): readonly string[] {
    return this.isGlucose ? TABS.filter((tab) => tab !== "body") : TABS;
  }

  private tabs() {
    return html`<nav aria-label=${t("bed.parts")}>${this.parts.map((tab) => this.link(tab))}</nav>`;
  }

  private link(tab: string) {
    const part = t((tab === "monitor" && this.isGlucose ? "bed.glucose" : `bed.${tab}`) as Key);
    const n = tab === "devices" && this.feed ? this.feed.drafts.waiting(this.feed.bed.controls).length : 0;
    return html`<a
      href=${address(["bed", this.bedId, tab], { at: this.at })}
      aria-current=${this.tab === tab ? "page" : nothing}
      aria-label=${n ? t("drafts.tab", { part, n }) : nothing}
      title=${n ? t("drafts.tab", { part, n }) : nothing}
      >${tab === "what-if" ? icons.fork : nothing}${part}${n ? html`<span class="badge">${n}</span>` : nothing}</a
    >`;
  }

  private view(feed: BedFeed) {
    if (this.tab === "what-if") {
      const { query } = route();
      const at = query.get("at");
      return html`<twin-vitals .feed=${feed}></twin-vitals>
        <twin-fork
          .feed=${feed}
          .at=${at === null ? null : Number(at)}
          .forkId=${query.get("fork") ?? ""}
          @twin-at=${(e: CustomEvent<number | null>) => setQuery({ at: e.detail })}
          @twin-fork=${(e: CustomEvent<string>) => setQuery({ fork: e.detail })}
        ></twin-fork>`;
    }
    if (this.tab === "timeline") return this.history(feed);
    if (this.at !== null) return this.viewThen(feed, this.at);
    if (this.tab === "devices")
      return html`<twin-vitals .feed=${feed}></twin-vitals><twin-devices .feed=${feed}></twin-devices>`;
    if (this.tab === "body")
      return html`<twin-vitals .feed=${feed}></twin-vitals><twin-body .feed=${feed}></twin-body>`;
    return html`<div class="cockpit">
      ${this.isGlucose ? html`<twin-glucose .feed=${feed}></twin-glucose>` : html`<twin-monitor .feed=${feed}></twin-monitor>`}
      <aside class="panel side" aria-label=${t("actions.title")}>
        <div class="stack">
          <twin-actions .feed=${feed}></twin-actions>
          <a class="button" href=${address(["bed", this.bedId, "what-if"])}>${icons.fork}${t("bed.tryWhatIf")}</a>
        </div>
      </aside>
    </div>`;
  }

  private toNow = () => setQuery({ at: null });

  /** A part of the bed at a moment of its past, with the way back to now. */
  private viewThen(feed: BedFeed, at: number) {
    const then = this.then?.at_s === at ? this.then : null;
    return html`${this.banner(feed, at)}${then ? this.partThen(feed, then) : html`<p class="small" role="status">${t("monitor.seeking", { t: this.moment(at) })}</p>`}`;
  }

  private moment(t_s: number): string {
    return moment(t_s, this.feed!.bed.view.page_s);
  }

  /** That one does not look at now, how long ago it is, and what alarms now. */
  private banner(feed: BedFeed, at: number) {
    const alarm = feed.isStale ? undefined : foremost(feed.alarms).find((a) => !a.acknowledged);
    const { t_s } = feed.clock;
    return html`<div class="note row past">
      <span class="grow num"
        ><b>${t("monitor.past", { t: this.moment(at) })}</b> ·
        ${t("bed.agoOf", { since: since(t_s - at), now: this.moment(t_s) })}</span
      >
      ${alarm ? html`<span class="alarm" role="status">${t("bed.nowAlarms", { what: alarmText(alarm) })}</span>` : nothing}
      <a class="button slim" href=${address(["bed", this.bedId, "what-if"], { at })}
        >${icons.fork}${t("bed.whatIfThen", { t: this.moment(at) })}</a
      >
      <button class="slim primary" @click=${this.toNow}>${t("monitor.toLive")}</button>
    </div>`;
  }

  private partThen(feed: BedFeed, { past, back }: Then) {
    back.use(feed.measure.unit);
    const vitals = html`<twin-vitals .feed=${back}></twin-vitals>`;
    if (this.tab === "devices") return html`${vitals}<twin-devices still .feed=${back}></twin-devices>`;
    if (this.tab === "body") return html`${vitals}<twin-body .feed=${back}></twin-body>`;
    return html`<div class="cockpit">
      ${this.isGlucose ? html`<twin-glucose still .feed=${back}></twin-glucose>` : html`<twin-monitor bare unnoticed .feed=${feed} .past=${past}></twin-monitor>`}
      <aside class="panel side" aria-label=${t("actions.title")}>
        <div class="then">
          <p>${t("bed.actNow")}</p>
          <button @click=${this.toNow}>${t("monitor.toLive")}</button>
        </div>
      </aside>
    </div>`;
  }

  /** The past: what is looked at above, where it is in time below. */
  private history(feed: BedFeed) {
    const { at } = this;
    return html`${this.shownAt(feed, at)}
      <twin-history
        .feed=${feed}
        .at_s=${at}
        ?mayRewind=${atLeast(store.me?.role, "instructor")}
        recording=${api.recording(this.bedId)}
        replay=${api.replay(this.bedId)}
        @twin-at=${(e: CustomEvent<number | null>) => setQuery({ at: e.detail === null ? null : Math.round(e.detail) })}
        @twin-rewind=${(e: CustomEvent<number>) => this.rewind(e.detail)}
      ></twin-history>`;
  }

  /** What a screen showed at a moment, once it is known; until then, and where none is chosen, what it shows now. */
  private shownAt(feed: BedFeed, at: number | null) {
    if (at === null || this.then?.at_s !== at) return html`<twin-vitals .feed=${feed}></twin-vitals>`;
    const { past, back } = this.then;
    if (!this.isGlucose)
      return html`<twin-monitor bare .feed=${feed} .past=${past} @twin-live=${this.toNow}></twin-monitor>`;
    back.use(feed.measure.unit);
    return html`<p class="note row past">
        <span class="grow">${t("monitor.past", { t: this.moment(at) })}</span
        ><button class="slim" @click=${this.toNow}>${t("monitor.toLive")}</button>
      </p>
      <twin-glucose still .feed=${back}></twin-glucose>
      ${Object.keys(back.devices).length ? html`<twin-devices still .feed=${back}></twin-devices>` : nothing}`;
  }

  /** Loads what was shown at the moment in the address. */
  private async lookBack() {
    const wanted = BACK.includes(this.tab) ? this.at : null;
    if (!this.feed || wanted === this.sought) return;
    this.sought = wanted;
    if (wanted === null) return;
    await LATER["devices"]!();
    const then = await shownAt(this.feed, wanted);
    if (wanted === this.sought) this.then = then;
  }

  private async rewind(t_s: number) {
    try {
      await api.rewind(this.bedId, t_s);
      setQuery({ at: null });
    } catch (error) {
      this.failure = explain(error);
    }
  }

  /** That is an alarm itself, as where the line is lost. */
  private unknown() {
    if (!this.isUnknown) return nothing;
    return html`<p class="unknown" role="alert"><span aria-hidden="true">*</span>${t("bed.unknown")}</p>`;
  }

  private starting(feed: BedFeed) {
    return html`${this.unknown()}
      <div class="starting">
        ${startingView(feed.starting)}
        <p class="small">${t("state.startingWhy")}</p>
      </div>`;
  }

  private clockControls(feed: BedFeed) {
    const { state: now, t_s, speed } = feed.clock;
    const running = now === "running";
    const slow = isSlow(feed.bed.view.page_s);
    const off = !this.mayClock || now === "starting" || now === "failed";
    return html`<div class="clock" role="group" aria-label=${t("clock.title")}>
      <span class="t ${running ? "" : "paused"}" title=${t(slow ? "clock.timeOfDay" : "clock.simulated")}
        >${slow ? html`<small>${t("clock.day", { n: dayOf(t_s) })}</small> ${timeOfDay(t_s)}` : clock(t_s)}</span
      >
      <button
        ?disabled=${off}
        aria-label=${t(running ? "clock.pause" : "clock.resume")}
        title=${t(running ? "clock.pause" : "clock.resume")}
        @click=${() => this.setClock(running ? "pause" : "resume")}
      >
        ${running ? icons.pause : icons.play}
      </button>
      <button
        class="step"
        ?disabled=${off || running}
        aria-label=${t("clock.step")}
        title=${t("clock.step")}
        @click=${() => this.setClock("step")}
      >
        ${icons.step}
      </button>
      <select
        aria-label=${t("clock.speed")}
        ?disabled=${off}
        @change=${(e: Event) => this.setClock("speed", Number((e.target as HTMLSelectElement).value))}
      >
        ${[...new Set([...(slow ? SPEEDS_SLOW : SPEEDS), speed])].sort((a, b) => a - b).map((s) => html`<option value=${s} ?selected=${s === speed}>${s}×</option>`)}
      </select>
    </div>`;
  }
}
