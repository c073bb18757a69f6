import { css, html, nothing, type PropertyValues } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { api } from "../api";
import { TwinElement } from "../element";
import type { BedFeed } from "../live/feed";
import type { TwinMonitor } from "../monitor/monitor";
import "../monitor/monitor";
import { address } from "../route";
import { explain, store } from "../store";
import { icons } from "../style/icons";
import { shared } from "../style/shared";
import { clock, either, t } from "../text/text";
import { patientLine } from "./patient";

const SPEEDS = [0.5, 1, 2, 5, 10, 30, 60];

/** One bed: its monitor, and what can be done there. */
@customElement("twin-bed")
export class TwinBed extends TwinElement {
  @property() bedId = "";
  @property() tab = "monitor";
  @state() private feed: BedFeed | null = null;
  @state() private failure = "";
  @query("twin-monitor") private monitor?: TwinMonitor;
  private readonly onKey = (event: KeyboardEvent) => this.key(event);

  static override styles = [
    shared,
    css`
      :host { display: flex; flex-direction: column; gap: 10px; padding: 10px 12px 12px; }
      .top { display: flex; align-items: center; gap: 8px 16px; flex-wrap: wrap; }
      .top h1 { font-size: 18px; } .top .who { color: var(--soft); font-size: 14px; }
      .clock { display: flex; align-items: center; gap: 6px; margin-inline-start: auto; }
      .clock .t { font-size: 20px; font-weight: 650; font-variant-numeric: tabular-nums; padding-inline: 8px; min-width: 84px; text-align: end; }
      .clock .t.paused { color: var(--warn); }
      .clock select { width: auto; }
      .clock button { min-width: 44px; padding: 0 10px; }
      twin-monitor { flex: 1 0 auto; display: flex; }
      .starting { display: grid; gap: 12px; place-content: center; text-align: center; flex: 1; } progress { width: min(420px, 80vw); accent-color: var(--accent); }
      @media (max-width: 620px) { :host { padding: 6px 0 0; gap: 6px; } .top { padding: 0 8px; } .who { display: none; } }
    `,
  ];

  override connectedCallback(): void {
    super.connectedCallback();
    document.addEventListener("keydown", this.onKey);
    if (this.feed) store.watch(this.feed, this, "all");
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    document.removeEventListener("keydown", this.onKey);
    store.live.unwatch(this.bedId, this);
  }

  override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has("bedId")) {
      const before = changed.get("bedId");
      if (before) store.live.unwatch(before, this);
      void this.load(this.bedId);
    }
  }

  private async load(id: string) {
    this.failure = "";
    this.unfollow(this.feed);
    this.feed = null;
    try {
      const feed = await store.feed(id);
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
    const typing = event.composedPath().some((n) => n instanceof HTMLElement && /^(INPUT|SELECT|TEXTAREA|DIALOG)$/.test(n.tagName));
    if (typing || event.isComposing || event.ctrlKey || event.metaKey || event.altKey || !this.feed) return;
    const onButton = event.composedPath().some((n) => n instanceof HTMLElement && /^(BUTTON|A)$/.test(n.tagName));
    const act: Record<string, () => void> = {
      a: () => void this.feed?.send?.("alarm_acknowledged"),
      p: () => void this.feed?.send?.("alarm_paused"),
      n: () => this.feed?.control("nibp_start") && void this.feed.send?.("nibp_start"),
      f: () => this.monitor?.toggleFreeze(),
      l: () => this.monitor?.showLimits(),
    };
    if (event.key === " " && !onButton) {
      event.preventDefault();
      void this.setClock(this.feed.clock.state === "running" ? "pause" : "resume");
    } else act[event.key]?.();
  }

  private get mayClock(): boolean {
    return ["clinician", "instructor", "administrator"].includes(store.me?.role ?? "");
  }

  private async setClock(act: "pause" | "resume" | "step" | "speed", value?: number) {
    if (!this.mayClock) return;
    await api.clock(this.bedId, act, value).catch((e: unknown) => (this.failure = explain(e)));
  }

  override render() {
    if (this.failure && !this.feed) return html`<div class="panel"><p class="note bad">${this.failure}</p><p><a href=${address(["ward"])}>${t("nav.ward")}</a></p></div>`;
    const { feed } = this;
    if (!feed) return nothing;
    return html`<div class="top"><div><h1>${either(feed.bed, "title")}</h1></div><span class="who">${patientLine(feed.bed.patient)}</span>${this.clockControls(feed)}</div>
      ${this.failure ? html`<p class="note bad" role="alert">${this.failure} <button class="slim" @click=${() => (this.failure = "")}>${t("close")}</button></p>` : nothing}
      ${feed.clock.state === "starting" ? this.starting(feed) : html`<twin-monitor .feed=${feed}></twin-monitor>`}`;
  }

  private starting(feed: BedFeed) {
    return html`<div class="starting"><p>${feed.starting?.text || t("state.starting")}</p><progress max="1" .value=${feed.starting?.progress ?? 0}></progress></div>`;
  }

  private clockControls(feed: BedFeed) {
    const { state: now, t_s, speed } = feed.clock;
    const running = now === "running";
    const off = !this.mayClock || now === "starting" || now === "failed";
    return html`<div class="clock" role="group" aria-label=${t("clock.title")}>
      <span class="t ${running ? "" : "paused"}" title=${t("clock.simulated")}>${clock(t_s)}</span>
      <button ?disabled=${off} aria-label=${t(running ? "clock.pause" : "clock.resume")} title=${t(running ? "clock.pause" : "clock.resume")} @click=${() => this.setClock(running ? "pause" : "resume")}>${running ? icons.pause : icons.play}</button>
      <button ?disabled=${off || running} aria-label=${t("clock.step")} title=${t("clock.step")} @click=${() => this.setClock("step")}>${icons.step}</button>
      <select aria-label=${t("clock.speed")} ?disabled=${off} @change=${(e: Event) => this.setClock("speed", Number((e.target as HTMLSelectElement).value))}>
        ${[...new Set([...SPEEDS, speed])].sort((a, b) => a - b).map((s) => html`<option value=${s} ?selected=${s === speed}>${s}×</option>`)}</select>
    </div>`;
  }
}
