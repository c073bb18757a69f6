import { css, html, nothing, type PropertyValues } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import type { Alarm } from "../contract";
import { TwinElement } from "../element";
import type { BedFeed } from "../live/feed";
import { soundOn } from "../prefs";
import { player } from "../sound/player";
import { icons } from "../style/icons";
import { shared } from "../style/shared";
import { alarmText, clock, t } from "../text/text";
import { sight } from "./sight";
import { announced, foremost, goneInWords, noAlarm } from "./standing";

const STARS = ["", "*", "**", "***"];
const TURN_MS = 4000;
/** What the header covers, which stays on top when a page is scrolled. */
const HEADER = "-116px 0px 0px 0px";

/** An alarm that only latches looks like no other, whether it was acknowledged or not. */
const look = (a: Alarm) => `p${a.priority} ${a.latched ? "latched" : a.acknowledged ? "done" : ""}`;

/** The strip on top of a monitor: what alarms, with which priority, and what the bell does. */
@customElement("twin-alarms")
export class TwinAlarms extends TwinElement {
  @property({ attribute: false }) feed!: BedFeed;
  /** Alarms of another moment than now; nothing of them flashes. */
  @property({ attribute: false }) alarms: Alarm[] | null = null;
  /** The moment they are of. */
  @property({ attribute: false }) at_s: number | null = null;
  @state() private turn = 0;
  @state() private list = false;
  @query(".list") private listElement?: HTMLElement;
  private timer = 0;
  private seen: IntersectionObserver | null = null;
  private announcement = "";

  static override styles = [
    shared,
    css`
      :host {
        display: block;
        position: relative;
        background: var(--screen);
        color: var(--screen-ink);
      }
      .strip {
        display: flex;
        align-items: stretch;
        gap: 6px;
        min-height: 44px;
      }
      .text {
        flex: 1;
        min-width: 0;
        display: flex;
        gap: 12px;
        align-items: center;
        justify-content: flex-start;
        text-align: start;
        padding: 0 14px;
        border-radius: 6px;
        border: 0;
        font-size: clamp(15px, 2.2vw, 20px);
        font-weight: 650;
        background: var(--screen-raised);
        color: var(--screen-soft);
        min-height: 44px;
        overflow: hidden;
      }
      .text .what {
        overflow: hidden;
        text-overflow: ellipsis;
        white-space: nowrap;
      }
      .text .stars {
        letter-spacing: 0.06em;
      }
      .text .more {
        margin-inline-start: auto;
        font-size: 14px;
        font-weight: 600;
        border: 1px solid currentColor;
        border-radius: 99px;
        padding: 1px 9px;
      }
      .text:disabled {
        opacity: 1;
        cursor: default;
      }
      .p3 {
        background: var(--high);
        color: var(--on-high);
        animation: high 0.5s steps(1) infinite;
      }
      .p2 {
        background: var(--medium);
        color: var(--on-medium);
        animation: medium 1.667s steps(1) infinite;
      }
      .p1 {
        background: var(--low);
        color: var(--on-low);
      }
      .done {
        animation: none;
        background: var(--screen-raised);
      }
      .p3.done {
        color: #ff8078;
        box-shadow: inset 0 0 0 2px var(--high);
      }
      .p2.done {
        color: var(--medium);
        box-shadow: inset 0 0 0 2px var(--medium);
      }
      .p1.done {
        color: var(--low);
        box-shadow: inset 0 0 0 2px var(--low);
      }
      /* The condition is gone: nothing flashes, and the frame is broken. */
      .latched {
        animation: none;
        background: var(--screen-raised);
        color: var(--screen-ink);
        outline: 2px dashed var(--own);
        outline-offset: -2px;
      }
      .p3 {
        --own: var(--high);
        --on-own: var(--on-high);
      }
      .p2 {
        --own: var(--medium);
        --on-own: var(--on-medium);
      }
      .p1 {
        --own: var(--low);
        --on-own: var(--on-low);
      }
      .chip {
        flex: none;
        background: var(--own);
        color: var(--on-own);
        border-radius: 4px;
        padding: 1px 8px;
        font-size: 13px;
        font-weight: 700;
        white-space: nowrap;
      }
      .ago {
        flex: none;
        font-size: 14px;
        font-weight: 500;
        font-variant-numeric: tabular-nums;
        white-space: nowrap;
      }
      @keyframes high {
        50% {
          background: #6d0d09;
          color: #ffd9d6;
        }
      }
      @keyframes medium {
        50% {
          background: #4a3e00;
          color: #ffe98a;
        }
      }
      .strip > button:not(.text) {
        background: var(--screen-raised);
        border-color: var(--screen-rule);
        color: var(--screen-ink);
        padding: 0 12px;
      }
      .strip > button.paused {
        color: var(--medium);
        border-color: var(--medium);
      }
      .list {
        position: absolute;
        z-index: 5;
        top: 48px;
        inset-inline: 0;
        max-width: 620px;
        background: var(--screen-raised);
        border: 1px solid var(--screen-rule);
        border-radius: 8px;
        padding: 6px;
        box-shadow: 0 12px 32px rgb(0 0 0 / 0.6);
        display: grid;
        gap: 4px;
      }
      .list li {
        display: flex;
        flex-wrap: wrap;
        align-items: baseline;
        gap: 2px 12px;
        padding: 9px 12px;
        border-radius: 5px;
        font-weight: 600;
        animation: none;
      }
      .list small {
        margin-inline-start: auto;
        color: inherit;
      }
      .list .why {
        flex: 1 0 100%;
        font-weight: 400;
      }
      .label {
        display: inline;
      }
      /* On a phone the name of an alarm comes before since when it latches, which the list says. */
      @media (max-width: 560px) {
        .text {
          gap: 7px;
          padding: 0 9px;
        }
        .text .ago {
          display: none;
        }
        .text .chip {
          font-size: 11px;
          padding: 0 5px;
        }
        .text .what {
          white-space: normal;
          line-height: 1.15;
          max-height: 2.3em;
        }
      }
      @media (max-width: 720px) {
        .label {
          display: none;
        }
        .strip > button:not(.text) {
          min-width: 44px;
          padding: 0 8px;
        }
      }
    `,
  ];

  override connectedCallback(): void {
    super.connectedCallback();
    this.follow(player);
    this.timer = window.setInterval(() => this.turn++, TURN_MS);
    this.seen = new IntersectionObserver(([entry]) => sight.see(this, entry!.isIntersecting), { rootMargin: HEADER });
    this.seen.observe(this);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    window.clearInterval(this.timer);
    this.seen?.disconnect();
    sight.forget(this);
  }

  override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has("feed")) {
      this.unfollow(changed.get("feed"));
      this.follow(this.feed);
    }
    // Where nothing has alarmed yet there is nothing to say.
    if (this.isUnknown) this.announcement = noAlarm(this.feed);
    else if (this.announcement || this.feed.alarms.length) this.announcement = announced(this.feed.alarms);
  }

  /** Whether nobody can say what alarms now. */
  private get isUnknown(): boolean {
    return this.feed.isStale && this.alarms === null;
  }

  override render() {
    const alarms = this.isUnknown ? [] : (this.alarms ?? this.feed.alarms);
    const turns = foremost(alarms);
    const first = turns[this.turn % Math.max(turns.length, 1)];
    return html`<div class="strip">
        <button
          class="text ${first ? look(first) : ""}"
          title=${first?.latched ? t("alarm.latchedWhy") : nothing}
          aria-expanded=${this.list}
          ?disabled=${!first}
          @click=${() => (this.list = !this.list)}
        >
          ${
            first
              ? html`<span class="stars" aria-hidden="true">${STARS[first.priority]}</span>${this.chip(first)}<span
                    class="what"
                    >${alarmText(first)}</span
                  >${this.ago(first)}
                  ${alarms.length > 1 ? html`<span class="more">+${alarms.length - 1}</span>` : nothing}`
              : html`<span class="what">${this.alarms ? t("alarm.none") : noAlarm(this.feed)}</span>`
          }
        </button>
        ${this.alarms ? nothing : this.acknowledge(alarms)}${this.bell()}
      </div>
      ${
        this.list && alarms.length
          ? html`<ul class="list">
              ${alarms.map(
                (a) =>
                  html`<li class=${look(a)}>
                    <span>${STARS[a.priority]}</span>${this.chip(a)}<span>${alarmText(a)}</span>${this.ago(a)}
                    <small
                      >${t(`alarm.p${a.priority}`)}${a.acknowledged && !a.latched ? `, ${t("alarm.acknowledged")}` : ""}</small
                    >
                    ${a.latched ? html`<small class="why">${t("alarm.latchedWhy")}</small>` : nothing}
                  </li>`,
              )}
            </ul>`
          : nothing
      }
      <div class="unseen" role="alert" aria-live="assertive">${this.announcement}</div>`;
  }

  override updated(): void {
    if (this.list && !this.listElement) this.list = false;
  }

  private chip(alarm: Alarm) {
    return alarm.latched ? html`<span class="chip">${t("alarm.latched")}</span>` : nothing;
  }

  /** How long the condition of an alarm has been gone, where it only latches. */
  private ago(alarm: Alarm) {
    const words = goneInWords(alarm, this.feed, this.at_s ?? this.feed.clock.t_s);
    return words ? html`<span class="ago">${words}</span>` : nothing;
  }

  private acknowledge(alarms: readonly Alarm[]) {
    if (!this.feed.may(this.feed.control("alarm_acknowledged"))) return nothing;
    return html`<button
      ?disabled=${!alarms.some((a) => !a.acknowledged)}
      @click=${() => this.feed.send?.("alarm_acknowledged")}
    >
      ${icons.check}<span class="label">${t("alarm.acknowledge")}</span>
    </button>`;
  }

  /** The pause of the bed's sound, for all; that nothing is heard on this screen says the bell of the header. */
  private bell() {
    const left_s = this.feed.pauseLeft_s;
    const off = !this.feed.may(this.feed.control("alarm_paused"));
    // The same act begins a pause and ends it.
    const press = () => this.feed.send?.("alarm_paused");
    if (left_s > 0) {
      const why = `${t("sound.paused")}${off ? "" : ` ${t("sound.resume")}`}`;
      return html`<button class="paused num" ?disabled=${off} @click=${press} title=${why}>
        ${icons.bellPaused}${clock(left_s)}
      </button>`;
    }
    return html`<button ?disabled=${off} @click=${press} title=${t("sound.pauseAll")}>
      ${soundOn() && player.open ? icons.bell : icons.bellOff}<span class="label">${t("sound.pause")}</span>
    </button>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "twin-alarms": TwinAlarms;
  }
}
