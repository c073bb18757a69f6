import { css, html, nothing, type PropertyValues } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { api } from "../api";
import { TwinElement } from "../element";
import type { TwinGlucose } from "../glucose/glucose";
import type { BedFeed } from "../live/feed";
import { pastOf } from "../live/past";
import { TwinMonitor, type Past } from "../monitor/monitor";
import "../actions/actions";
import "../fork/fork";
import "../monitor/vitals";
import { address, go, route, routeChanged, setQuery } from "../route";
import { atLeast } from "../roles";
import { explain, store } from "../store";
import { icons } from "../style/icons";
import { shared } from "../style/shared";
import { dayOf, isSlow, moment, timeOfDay } from "../text/moment";
import { clock, either, t, type Key } from "../text/text";
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
const PAST_S = 40;
const DAY_S = 86_400;
const SPEEDS = [0.5, 1, 2, 5, 10, 30, 60];
/** Where a page is a minute: up to an hour a second. */
const SPEEDS_SLOW = [1, 10, 60, 300, 900, 3600];

/** One bed: its monitor, and what can be done there. */
@customElement("twin-bed")
export class TwinBed extends TwinElement {
  @property() bedId = "";
  @property() tab = "monitor";
  @state() private feed: BedFeed | null = null;
  @state() private failure = "";
  @state() private gave = false;
  @state() private forked = false;
  @state() private past: Past | null = null;
  /** The same of a bed of glucose: all of it at the moment that is looked at. */
  @state() private back: BedFeed | null = null;
  @query("twin-monitor, twin-glucose") private monitor?: TwinMonitor | TwinGlucose;
  /** The moment whose waves were asked for. */
  private sought: number | null = null;
  private readonly onKey = (event: KeyboardEvent) => this.key(event);

  static override styles = [
    shared,
    css`
      :host {
        display: flex;
        flex-direction: column;
        gap: 10px;
        padding: 10px 12px 12px;
      }
      .top {
        display: flex;
        align-items: center;
        gap: 8px 16px;
        flex-wrap: wrap;
      }
      .top h1 {
        font-size: 17px;
        line-height: 21px;
      }
      .top .who {
        color: var(--soft);
        font-size: 13px;
        line-height: 17px;
      }
      .clock {
        display: flex;
        align-items: center;
        gap: 6px;
        margin-inline-start: auto;
      }
      .clock .t {
        font-size: 20px;
        font-weight: 650;
        font-variant-numeric: tabular-nums;
        padding-inline: 8px;
        min-width: 84px;
        text-align: end;
      }
      .clock .t.paused {
        color: var(--warn);
      }
      .clock select {
        width: auto;
      }
      .clock button {
        min-width: 44px;
        padding: 0 10px;
      }
      nav {
        display: flex;
        gap: 2px;
        background: var(--panel);
        border: 1px solid var(--rule);
        border-radius: 10px;
        padding: 3px;
        overflow-x: auto;
        scrollbar-width: none;
      }
      nav a {
        display: inline-flex;
        align-items: center;
        gap: 7px;
        min-height: 38px;
        padding: 0 14px;
        border-radius: 7px;
        color: var(--soft);
        text-decoration: none;
        font-weight: 600;
        font-size: 14.5px;
        white-space: nowrap;
      }
      nav a:hover {
        color: var(--ink);
      }
      nav a[aria-current] {
        background: var(--accent-soft);
        color: var(--accent-ink);
      }
      .cockpit {
        flex: 1 0 auto;
        display: grid;
        grid-template-columns: minmax(0, 1fr) 350px;
        gap: 10px;
        min-height: 560px;
      }
      .side {
        display: flex;
        flex-direction: column;
        min-height: 0;
        padding: 12px;
        position: relative;
      }
      .side > * {
        position: absolute;
        inset: 12px;
      }
      .stack {
        display: flex;
        flex-direction: column;
        gap: 10px;
      }
      .stack twin-actions {
        flex: 1;
      }
      twin-monitor {
        min-width: 0;
      }
      .starting {
        display: grid;
        gap: 12px;
        place-content: center;
        text-align: center;
        flex: 1;
      }
      progress {
        width: min(420px, 80vw);
        accent-color: var(--accent);
      }
      @media (max-width: 1080px) {
        .cockpit {
          grid-template-columns: minmax(0, 1fr);
          grid-template-rows: minmax(480px, auto) auto;
        }
        .side > * {
          position: static;
        }
      }
      @media (max-width: 620px) {
        :host {
          padding: 6px 0 0;
          gap: 6px;
        }
        .top {
          padding: 0 8px;
        }
        .top .who {
          display: none;
        }
        .top h1 {
          font-size: 15px;
          line-height: 18px;
          max-width: 40vw;
        }
        .clock {
          gap: 4px;
        }
        .clock .t {
          min-width: 0;
          font-size: 18px;
          padding-inline: 2px;
        }
        .clock .step[disabled] {
          display: none;
        }
        .clock select {
          padding: 0 4px;
        }
        nav {
          order: 3;
          width: 100%;
        }
        .side,
        twin-fork {
          margin: 0 8px;
        }
      }
    `,
  ];

  override connectedCallback(): void {
    super.connectedCallback();
    document.addEventListener("keydown", this.onKey);
    this.follow(routeChanged);
    if (this.feed) store.watch(this.feed, this, "all");
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    document.removeEventListener("keydown", this.onKey);
    store.live.unwatch(this.bedId, this);
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
  }

  private async load(id: string) {
    this.failure = "";
    this.unfollow(this.feed);
    this.feed = null;
    try {
      const feed = await store.feed(id);
      if (feed.bed.kind === "diabetes") await import("../glucose/glucose");
      if (this.bedId !== id) return;
      this.follow(feed);
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
      a: () => void this.feed?.send?.("alarm_acknowledged"),
      p: () => void this.feed?.send?.("alarm_paused"),
      n: () => this.feed?.control("nibp_start") && void this.feed.send?.("nibp_start"),
      f: () => this.monitor?.toggleFreeze(),
      l: () => this.monitor?.showLimits(),
      e: () => this.monitor instanceof TwinMonitor && void this.monitor.showTwelve(),
      w: () => go(["bed", this.bedId, "what-if"]),
    };
    if (event.key === " " && !onButton) {
      event.preventDefault();
      void this.setClock(this.feed.clock.state === "running" ? "pause" : "resume");
    } else if (this.parts[Number(event.key) - 1]) go(["bed", this.bedId, this.parts[Number(event.key) - 1]!]);
    else act[event.key]?.();
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
        <div>
          <h1>${either(feed.bed, "title")}</h1>
          <p class="who">${patientLine(feed.bed.patient)}</p>
        </div>
        ${this.tabs()}${this.clockControls(feed)}
      </div>
      ${this.failure ? html`<p class="note bad" role="alert">${this.failure} <button class="slim" @click=${() => (this.failure = "")}>${t("close")}</button></p>` : nothing}
      ${feed.clock.state === "failed" ? html`<p class="note bad" role="alert">${t("state.failed")}: ${store.beds.find((b) => b.id === this.bedId)?.why || feed.bed.why}</p>` : feed.clock.state === "starting" ? this.starting(feed) : this.view(feed)}
      <twin-tour
        .tab=${this.tab}
        ?glucose=${this.isGlucose}
        ?gave=${this.gave}
        ?forked=${this.forked}
        @twin-tour-to=${(e: CustomEvent<string>) => go(["bed", this.bedId, e.detail])}
      ></twin-tour>`;
  }

  private get isGlucose(): boolean {
    return this.feed?.bed.kind === "diabetes";
  }

  /** A bed of glucose alone has no body to show. */
  private get parts(): readonly string[] {
    return this.isGlucose ? TABS.filter((tab) => tab !== "body") : TABS;
  }

  private tabs() {
    return html`<nav aria-label=${t("bed.parts")}>
      ${this.parts.map(
        (tab) =>
          html`<a href=${address(["bed", this.bedId, tab])} aria-current=${this.tab === tab ? "page" : nothing}>
            ${tab === "what-if" ? icons.fork : nothing}${t((tab === "monitor" && this.isGlucose ? "bed.glucose" : `bed.${tab}`) as Key)}</a
          >`,
      )}
    </nav>`;
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
          @twin-forked=${() => (this.forked = true)}
          @twin-at=${(e: CustomEvent<number | null>) => setQuery({ at: e.detail })}
          @twin-fork=${(e: CustomEvent<string>) => setQuery({ fork: e.detail })}
        ></twin-fork>`;
    }
    if (this.tab === "devices")
      return html`<twin-vitals .feed=${feed}></twin-vitals><twin-devices .feed=${feed}></twin-devices>`;
    if (this.tab === "body")
      return html`<twin-vitals .feed=${feed}></twin-vitals><twin-body .feed=${feed}></twin-body>`;
    if (this.tab === "timeline") return this.history(feed);
    return html`<div class="cockpit">
      ${this.isGlucose ? html`<twin-glucose .feed=${feed} @twin-sent=${() => (this.gave = true)}></twin-glucose>` : html`<twin-monitor .feed=${feed}></twin-monitor>`}
      <aside class="panel side" aria-label=${t("actions.title")}>
        <div class="stack">
          <twin-actions .feed=${feed} @twin-sent=${() => (this.gave = true)}></twin-actions>
          <a class="button" href=${address(["bed", this.bedId, "what-if"])}>${icons.fork}${t("bed.tryWhatIf")}</a>
        </div>
      </aside>
    </div>`;
  }

  /** The past: what is looked at above, where it is in time below. */
  private history(feed: BedFeed) {
    const told = route().query.get("at");
    const at = told === null ? null : Number(told);
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
    const live = () => setQuery({ at: null });
    if (at !== null && this.back?.clock.t_s === at) {
      this.back.use(feed.measure.unit);
      return html`<p class="note row past">
          <span class="grow">${t("monitor.past", { t: moment(at, feed.bed.view.page_s) })}</span
          ><button class="slim" @click=${live}>${t("monitor.toLive")}</button>
        </p>
        <twin-glucose still silent .feed=${this.back}></twin-glucose>
        ${Object.keys(this.back.devices).length ? html`<twin-devices still .feed=${this.back}></twin-devices>` : nothing}`;
    }
    if (at !== null && this.past?.t_s === at)
      return html`<twin-monitor bare .feed=${feed} .past=${this.past} @twin-live=${live}></twin-monitor>`;
    return html`<twin-vitals .feed=${feed}></twin-vitals>`;
  }

  /** Loads what was shown at the moment in the address. */
  private async lookBack() {
    const told = this.tab === "timeline" ? route().query.get("at") : null;
    const at = told === null ? null : Number(told);
    const wanted = at !== null && Number.isFinite(at) ? at : null;
    if (!this.feed || wanted === this.sought) return;
    this.sought = wanted;
    const [glucose, acute] = this.isGlucose ? [wanted, null] : [null, wanted];
    const past = acute === null ? null : await pastOf(this.feed, acute, PAST_S);
    const back = glucose === null ? null : await this.glucoseAt(this.feed, glucose);
    if (wanted === this.sought) [this.past, this.back] = [past, back];
  }

  /** A bed of glucose at a moment, with its day before that page by page. */
  private async glucoseAt(feed: BedFeed, t_s: number): Promise<BedFeed> {
    const [{ feedAt }] = await Promise.all([import("../glucose/past"), import("../devices/devices")]);
    const points = Math.ceil(DAY_S / feed.bed.view.page_s);
    const [trends, shown] = await Promise.all([
      api.trends(feed.bed.id, Math.max(0, t_s - DAY_S), t_s, points).catch(() => null),
      api.moment(feed.bed.id, t_s).catch(() => null),
    ]);
    return feedAt(feed, t_s, trends, shown?.devices);
  }

  private async rewind(t_s: number) {
    try {
      await api.rewind(this.bedId, t_s);
      setQuery({ at: null });
    } catch (error) {
      this.failure = explain(error);
    }
  }

  private starting(feed: BedFeed) {
    return html`<div class="starting">
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
