import { css, html, nothing, type PropertyValues } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { TwinElement } from "../element";
import { pastOf } from "../live/past";
import type { Past } from "../monitor/monitor";
import { patientLine } from "../pages/patient";
import { prefs, setPrefs } from "../prefs";
import { sounder } from "../sound/sounder";
import { icons } from "../style/icons";
import { shared } from "../style/shared";
import { replayStyles } from "../replay/replay.styles";
import { moment } from "../text/moment";
import { either, span, t, type Key } from "../text/text";
import "../actions/actions";
import "../body/body";
import "../devices/devices";
import "../glucose/glucose";
import "../monitor/monitor";
import "../monitor/vitals";
import "../timeline/history";
import type { KernelBed } from "./model";

const TABS = ["monitor", "actions", "devices", "body", "timeline"] as const;
const RUNS_S = [10, 60, 300];
const PAST_S = 40;

function nameOf(tab: (typeof TABS)[number], kind: string): Key {
  if (tab === "actions") return "actions.title";
  return tab === "monitor" && kind === "diabetes" ? "bed.glucose" : (`bed.${tab}` as Key);
}

/** A bed of a notebook's kernel: what it shows, and what can be asked of it. It lives on when it is told to. */
@customElement("twin-bedside")
export class TwinBedside extends TwinElement {
  @property({ attribute: false }) kernel!: KernelBed;
  @state() private tab: (typeof TABS)[number] = "monitor";
  @state() private busy = false;
  @state() private said = "";
  @state() private at_s: number | null = null;
  @state() private past: Past | null = null;

  static override styles = [
    shared,
    replayStyles,
    css`
      .run {
        display: flex;
        flex-wrap: wrap;
        gap: 8px;
        align-items: center;
      }
      .run .t {
        font-size: 18px;
        min-width: 0;
      }
      twin-actions {
        display: block;
        height: 420px;
        margin-inline: 12px;
      }
    `,
  ];

  override connectedCallback(): void {
    super.connectedCallback();
    if (this.kernel) sounder.hear(this, [this.kernel.feed]);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    sounder.forget(this);
  }

  override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has("kernel")) return;
    this.unfollow((changed.get("kernel") as KernelBed | undefined)?.feed);
    this.follow(this.kernel.feed);
    sounder.hear(this, [this.kernel.feed]);
  }

  private async ask(said: Record<string, unknown>) {
    this.busy = true;
    const { accepted, text } = await this.kernel.ask(said);
    this.said = accepted ? "" : text;
    this.busy = false;
  }

  override render() {
    const { feed } = this.kernel;
    const { t_s, state: now } = feed.clock;
    const off = this.busy || now === "running";
    const { page_s } = feed.bed.view;
    const runs = [page_s, ...RUNS_S.map((s) => s * Math.max(page_s, 1))];
    return html`<div class="ribbon" role="note">SIMULATION · not for clinical use / 교육용 시뮬레이션</div>
      <header>
        <div class="grow">
          <h1>${either(feed.bed, "title")}</h1>
          <p class="small">${patientLine(feed.bed.patient)}</p>
        </div>
        <nav class="segments" aria-label=${t("bed.parts")}>
          ${TABS.filter((tab) => tab !== "body" || feed.bed.kind !== "diabetes").map((tab) => html`<button class="slim" aria-pressed=${tab === this.tab} @click=${() => (this.tab = tab)}>${t(nameOf(tab, feed.bed.kind))}</button>`)}
        </nav>
        <div class="run" role="group" aria-label=${t("clock.title")}>
          <span class="t num"><b>${moment(t_s, page_s)}</b></span>
          ${runs.map((s) => html`<button class="slim" ?disabled=${off} title=${t("notebook.run", { t: span(s) })} @click=${() => this.ask({ do: "run", lasts_s: s })}>${icons.play}${span(s)}</button>`)}
        </div>
        ${this.settings()}
      </header>
      ${this.said ? html`<p class="note bad" role="alert">${this.said}</p>` : nothing}${this.stage()}`;
  }

  private settings() {
    const { language, theme } = prefs();
    const [other, dark] = [language === "ko" ? "en" : "ko", theme !== "light"] as const;
    return html`<div class="row">
      <button class="slim" lang=${other} @click=${() => setPrefs({ language: other })}>
        ${other === "ko" ? "한국어" : "English"}
      </button>
      <button class="slim" @click=${() => setPrefs({ theme: dark ? "light" : "dark" })}>
        ${t(dark ? "theme.light" : "theme.dark")}
      </button>
    </div>`;
  }

  private stage() {
    const { feed } = this.kernel;
    const vitals = html`<twin-vitals .feed=${feed}></twin-vitals>`;
    if (this.tab === "actions") return html`${vitals}<twin-actions class="panel" .feed=${feed}></twin-actions>`;
    if (this.tab === "devices") return html`${vitals}<twin-devices .feed=${feed}></twin-devices>`;
    if (this.tab === "body") return html`${vitals}<twin-body .feed=${feed}></twin-body>`;
    if (this.tab === "timeline") return this.history();
    return feed.bed.kind === "diabetes"
      ? html`<twin-glucose .feed=${feed}></twin-glucose>`
      : html`<twin-monitor .feed=${feed}></twin-monitor>`;
  }

  private history() {
    const { feed } = this.kernel;
    return html`${this.past ? html`<twin-monitor bare .feed=${feed} .past=${this.past} @twin-live=${() => this.look(null)}></twin-monitor>` : html`<twin-vitals .feed=${feed}></twin-vitals>`}
      <twin-history
        .feed=${feed}
        .at_s=${this.at_s}
        mayRewind
        @twin-at=${(e: CustomEvent<number | null>) => this.look(e.detail)}
        @twin-rewind=${(e: CustomEvent<number>) => this.ask({ do: "rewind", t_s: e.detail }).then(() => this.look(null))}
      ></twin-history>`;
  }

  /** Looks at a moment of the past, whose waves the kernel computes again. */
  private async look(at_s: number | null) {
    this.at_s = at_s;
    this.past = null;
    if (at_s === null) return;
    const waves = async (from_s: number, to_s: number) => (await this.kernel.ask({ do: "waves", from_s, to_s })).frame;
    const past = await pastOf(this.kernel.feed, at_s, PAST_S, waves);
    if (this.at_s === at_s) this.past = past;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "twin-bedside": TwinBedside;
  }
}
