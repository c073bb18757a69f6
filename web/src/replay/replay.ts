import { html, nothing, type PropertyValues } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import type { Language } from "../contract";
import { TwinElement } from "../element";
import { patientLine } from "../pages/patient";
import { prefs, setPrefs } from "../prefs";
import { icons } from "../style/icons";
import { shared } from "../style/shared";
import { isSlow, moment } from "../text/moment";
import { either, span, t, type Key } from "../text/text";
import "../body/body";
import "../devices/devices";
import "../glucose/glucose";
import "../monitor/monitor";
import "../monitor/vitals";
import "../timeline/history";
import type { Film } from "./film";
import { Player } from "./player";
import { replayStyles } from "./replay.styles";

/** How fast one plays, how fast at first, and how far one leaps: of beds that live by the second, and by the minute. */
const FAST = { speeds: [0.25, 0.5, 1, 2, 5, 10, 30, 60], first: 1, leap_s: 10 };
const SLOW = { speeds: [1, 60, 300, 600, 1800, 3600], first: 600, leap_s: 1800 };
const TABS = ["monitor", "devices", "body"] as const;

/** A session that is played: monitor, devices and body as on the ward, and below them the time that one moves in. */
@customElement("twin-replay")
export class TwinReplay extends TwinElement {
  @property({ attribute: false }) film!: Film;
  /** Licences of what the page is made of, to be read. */
  @property({ attribute: false }) licences = "";
  player!: Player;
  @state() private tab: (typeof TABS)[number] = "monitor";
  private pace = FAST;
  private frame = 0;

  static override styles = [shared, replayStyles];

  override connectedCallback(): void {
    super.connectedCallback();
    if (!this.hasAttribute("tabindex")) this.tabIndex = 0;
    this.addEventListener("keydown", this.onKey);
    const tick = (ms: number) => {
      this.player?.tick(ms / 1000);
      this.showTime();
      this.frame = requestAnimationFrame(tick);
    };
    this.frame = requestAnimationFrame(tick);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.removeEventListener("keydown", this.onKey);
    cancelAnimationFrame(this.frame);
  }

  override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has("film")) return this.player.use(prefs().glucoseUnit);
    this.unfollow(this.player);
    this.player = new Player(this.film);
    this.pace = isSlow(this.film.head.page_s) ? SLOW : FAST;
    this.player.speed = this.pace.first;
    this.follow(this.player);
  }

  private readonly onKey = (event: KeyboardEvent) => {
    const on = event
      .composedPath()
      .find((n) => n instanceof HTMLElement && /^(INPUT|SELECT|BUTTON|A)$/.test(n.tagName));
    if (event.ctrlKey || event.metaKey || event.altKey || on) return;
    const { player } = this;
    const act: Record<string, () => void> = {
      " ": () => (player.playing ? player.pause() : player.play()),
      ArrowLeft: () => player.seek(player.t_s - this.pace.leap_s),
      ArrowRight: () => player.seek(player.t_s + this.pace.leap_s),
    };
    if (!act[event.key]) return;
    event.preventDefault();
    act[event.key]!();
  };

  /** The time that goes on from frame to frame, without drawing all else anew. */
  private showTime(): void {
    const { player } = this;
    const slider = this.renderRoot.querySelector<HTMLInputElement>(".seek");
    const text = this.renderRoot.querySelector(".t b");
    if (!player || !slider || !text) return;
    const now = moment(player.t_s, this.film.head.page_s);
    if (text.textContent !== now) text.textContent = now;
    if (slider.valueAsNumber !== player.t_s) slider.valueAsNumber = player.t_s;
  }

  override render() {
    const { feed } = this.player;
    return html`<div class="ribbon" role="note">SIMULATION · not for clinical use / 교육용 시뮬레이션</div>
      <header>
        <div class="grow">
          <h1>${either(feed.bed, "title")}</h1>
          <p class="small">${patientLine(feed.bed.patient)}</p>
        </div>
        <nav class="segments" aria-label=${t("bed.parts")}>
          ${this.tabs().map((tab) => html`<button class="slim" aria-pressed=${tab === this.tab} @click=${() => (this.tab = tab)}>${t(tab === "monitor" && feed.bed.kind === "diabetes" ? "bed.glucose" : (`bed.${tab}` as Key))}</button>`)}
        </nav>
        ${this.settings()}
      </header>
      ${this.stage()}${this.transport()}${this.past()}${this.made()}`;
  }

  /** A bed of glucose alone has no body to show. */
  private tabs() {
    return TABS.filter((tab) => tab !== "body" || this.player.feed.bed.kind !== "diabetes");
  }

  private settings() {
    const { language, theme } = prefs();
    const dark = theme !== "light";
    const other: Language = language === "ko" ? "en" : "ko";
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
    const { feed } = this.player;
    if (this.tab === "devices")
      return html`<twin-vitals .feed=${feed}></twin-vitals><twin-devices .feed=${feed}></twin-devices>`;
    if (this.tab === "body")
      return html`<twin-vitals .feed=${feed}></twin-vitals><twin-body .feed=${feed}></twin-body>`;
    return feed.bed.kind === "diabetes"
      ? html`<twin-glucose still .feed=${feed}></twin-glucose>`
      : html`<twin-monitor .feed=${feed}></twin-monitor>`;
  }

  private transport() {
    const { player } = this;
    const { from_s, to_s } = player.course;
    const { speeds, leap_s } = this.pace;
    const leap = (key: Key, by_s: number) =>
      html`<button
        class="leap"
        aria-label=${t(key, { t: span(leap_s) })}
        @click=${() => player.seek(player.t_s + by_s)}
      >
        ${by_s < 0 ? "−" : "+"}${span(leap_s)}
      </button>`;
    const name = t(player.playing ? "clock.pause" : "replay.play");
    return html`<section class="panel transport" role="group" aria-label=${t("replay.title")}>
      <button
        class="square primary play"
        title=${name}
        aria-label=${name}
        @click=${() => (player.playing ? player.pause() : player.play())}
      >
        ${player.playing ? icons.pause : icons.play}
      </button>
      ${leap("replay.back", -leap_s)}${leap("replay.on", leap_s)}
      <input
        class="seek"
        type="range"
        min=${from_s}
        max=${to_s}
        step="any"
        aria-label=${t("replay.seek")}
        aria-valuetext=${moment(player.t_s, this.film.head.page_s)}
        @input=${(e: Event) => player.seek((e.target as HTMLInputElement).valueAsNumber)}
      />
      <span class="t num"><b></b> / ${moment(to_s, this.film.head.page_s)}</span>
      <select
        aria-label=${t("clock.speed")}
        @change=${(e: Event) => (player.speed = Number((e.target as HTMLSelectElement).value))}
      >
        ${speeds.map((s) => html`<option value=${s} ?selected=${s === player.speed}>${s}×</option>`)}
      </select>
      ${player.courses.length > 1 ? this.branches() : nothing}
    </section>`;
  }

  private branches() {
    const { player } = this;
    const from = (id: number) => this.film.head.branches.find((b) => b.id === id)?.from_t_s ?? 0;
    return html`<div class="branches segments" role="group" aria-label=${t("replay.branches")}>
      ${player.courses.map(({ branch }) => html`<button class="slim" aria-pressed=${branch === player.course.branch} @click=${() => player.choose(branch)}>${t("replay.branch", { n: branch + 1, t: moment(from(branch), this.film.head.page_s) })}</button>`)}
    </div>`;
  }

  private past() {
    const { player } = this;
    return html`<twin-history
      .feed=${player.feed}
      .at_s=${player.feed.clock.t_s}
      .whole=${[player.course.from_s, player.course.to_s]}
      @twin-at=${(e: CustomEvent<number | null>) => e.detail !== null && player.seek(e.detail)}
    ></twin-history>`;
  }

  /** From what it was made, so that it can be made again. */
  private made() {
    const { made } = this.film.head;
    const { from_s, to_s } = this.player.course;
    return html`<footer class="small">
      <p>${made.version === made.lived ? t("replay.same", made) : t("replay.madeBy", made)}</p>
      <p>
        ${t("replay.window")}
        <span class="num">${moment(from_s, this.film.head.page_s)}–${moment(to_s, this.film.head.page_s)}</span> ·
        ${t("replay.seed")} <span class="num">${made.seed}</span> · ${t("replay.log")} <code>${made.log}</code>
      </p>
      ${
        this.licences
          ? html`<details>
              <summary>${t("replay.licences")}</summary>
              <pre>${this.licences}</pre>
            </details>`
          : nothing
      }
    </footer>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "twin-replay": TwinReplay;
  }
}
