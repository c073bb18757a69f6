import { css, html, nothing, svg, type PropertyValues } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import type { PastAlarm } from "../contract";
import { TwinElement } from "../element";
import { linear, timeTicks, type Place } from "../fork/geometry";
import type { BedFeed } from "../live/feed";
import { icons } from "../style/icons";
import { shared } from "../style/shared";
import { moment, tick } from "../text/moment";
import { alarmText, either, t, type Key } from "../text/text";
import {
  alarmMarks,
  branchNumber,
  foremostRows,
  lanesOf,
  left_s,
  lineage,
  type AlarmMark,
  type Mark,
  type Stretch,
} from "./lanes";

const [LEFT, RIGHT] = [92, 10];
const ROW = 17;
const MOST_ROWS = 4;

/** A lane with rows that are not shown, or that can be put away. */
interface Fold {
  name: Key;
  hidden: number;
  top: number;
}

/** What happened, was done and alarmed, over one line of time. A click looks at the past. Emits `twin-at` and `twin-rewind`. */
@customElement("twin-timeline")
export class TwinTimeline extends TwinElement {
  @property({ attribute: false }) feed!: BedFeed;
  @property({ attribute: false }) span: [number, number] = [0, 1];
  @property({ attribute: false }) at_s: number | null = null;
  @property({ attribute: false }) cursor_s: number | null = null;
  @property({ type: Boolean }) mayRewind = false;
  /** A click goes to its moment, and there is no now to come back to. */
  @property({ type: Boolean }) seeks = false;
  @state() private width = 800;
  @state() private asking = false;
  /** Lanes of which every row is shown. */
  @state() private open: readonly Key[] = [];
  private observer: ResizeObserver | null = null;

  static override styles = [
    shared,
    css`
      :host {
        display: block;
        min-width: 0;
      }
      svg {
        display: block;
        width: 100%;
        cursor: crosshair;
        touch-action: pan-y;
      }
      text {
        fill: var(--soft);
        font: 12px var(--font);
        font-variant-numeric: tabular-nums;
      }
      .grid {
        stroke: var(--rule);
      }
      .name {
        font-weight: 600;
      }
      .a3 {
        fill: var(--high);
      }
      .a2 {
        fill: var(--medium);
      }
      .a1 {
        fill: var(--low);
      }
      .done {
        fill: var(--accent);
      }
      .refused {
        fill: none;
        stroke: var(--bad);
        stroke-width: 1.7;
      }
      .event {
        fill: var(--changed);
      }
      .label {
        font-size: 11.5px;
        fill: var(--ink);
      }
      .open {
        fill: var(--panel);
        stroke-width: 1.5;
        stroke-dasharray: 4 3;
      }
      .l3 {
        stroke: var(--high);
      }
      .l2 {
        stroke: var(--medium);
      }
      .l1 {
        stroke: var(--low);
      }
      .on3 {
        fill: var(--on-high);
      }
      .on2 {
        fill: var(--on-medium);
      }
      .on1 {
        fill: var(--on-low);
      }
      .branch {
        stroke: var(--soft);
        fill: none;
        stroke-width: 2;
      }
      .branch.live {
        stroke: var(--accent);
        stroke-width: 3;
      }
      .branch-dot {
        fill: var(--accent);
      }
      .now {
        stroke: var(--ink);
        opacity: 0.5;
      }
      .at {
        stroke: var(--warn);
        stroke-width: 2;
      }
      .cursor {
        stroke: var(--accent);
      }
      .lanes {
        position: relative;
      }
      .fold {
        position: absolute;
        left: 0;
        min-height: 36px;
        min-width: 44px;
        padding: 0 10px;
        font-size: 14px;
        font-variant-numeric: tabular-nums;
      }
      .bar {
        display: flex;
        flex-wrap: wrap;
        gap: 8px;
        align-items: center;
        min-height: 44px;
        margin-bottom: 6px;
      }
    `,
  ];

  override connectedCallback(): void {
    super.connectedCallback();
    this.observer = new ResizeObserver((e) => (this.width = Math.max(240, Math.round(e[0]!.contentRect.width))));
    this.observer.observe(this);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.observer?.disconnect();
  }

  override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has("feed")) {
      this.unfollow(changed.get("feed"));
      this.follow(this.feed);
    }
    if (changed.has("at_s")) this.asking = false;
  }

  override render() {
    const { feed, width, span } = this;
    const x = linear(span[0], span[1], LEFT, width - RIGHT);
    const lanes = lanesOf(feed.entries, feed.branches, feed.clock.branch);
    const least_s = (150 / (width - LEFT)) * (span[1] - span[0]);
    let y = 6;
    const folds: Fold[] = [];
    const lane = <M extends Stretch>(
      name: Key,
      marks: M[],
      apart_s: number,
      rank: (mark: M) => number,
      draw: (mark: M, next: M | undefined, y: number) => unknown,
    ) => {
      const seen = marks.filter((m) => m.to_s >= span[0] && m.from_s <= span[1]);
      const isOpen = this.open.includes(name);
      const { shown, hidden } = foremostRows(seen, apart_s, isOpen ? Infinity : MOST_ROWS, rank);
      const top = y;
      y += shown.length ? shown.length * ROW + 10 : 0;
      if (hidden || (isOpen && shown.length > MOST_ROWS)) folds.push({ name, hidden, top });
      return shown.length
        ? svg`<text class="name" x="0" y=${top + 12}>${t(name)}</text>${shown.map((row, i) => row.map((m, k) => draw(m, row[k + 1], top + i * ROW)))}`
        : nothing;
    };
    // What was refused gives way to what was done, and what was done before to what was done last.
    const latest = (m: Mark) => (m.entry.accepted ? 0 : 1e12) - m.from_s;
    const drawn = [
      lane("timeline.actions", lanes.actions, least_s, latest, (m, next, at) => this.mark(m, next, x, at)),
      lane("timeline.events", lanes.events, least_s, latest, (m, next, at) => this.mark(m, next, x, at)),
      lane(
        "timeline.alarms",
        alarmMarks(feed.pastAlarms, feed.clock.t_s),
        0,
        (m) => -m.alarm.priority,
        (m, _, at) => this.alarm(m, x, at),
      ),
    ];
    const branches = this.branches(x, y);
    y += branches.height;
    return html`${this.seeks ? nothing : this.bar()}
      <div class="lanes">
        <svg
          height=${y + 22}
          viewBox="0 0 ${width} ${y + 22}"
          tabindex="0"
          role="slider"
          aria-label=${`${t("timeline.title")}. ${t("timeline.keys")}`}
          aria-valuemin=${Math.round(span[0])}
          aria-valuemax=${Math.round(span[1])}
          aria-valuenow=${Math.round(this.pointed)}
          aria-valuetext=${this.moment(this.pointed)}
          @keydown=${this.onKey}
          @blur=${() => this.tell("twin-cursor", null)}
          @click=${this.onClick}
          @pointermove=${this.onMove}
          @pointerleave=${() => this.tell("twin-cursor", null)}
        >
          ${timeTicks(span[0], span[1], Math.max(2, Math.floor(width / 110))).map((s) => svg`<line class="grid" x1=${x(s)} x2=${x(s)} y1="0" y2=${y} /><text x=${x(s)} y=${y + 16} text-anchor="middle">${tick(s, this.feed.bed.view.page_s)}</text>`)}
          ${drawn}${branches.drawn}
          ${this.line("now", feed.clock.t_s, x, y)}${this.at_s === null ? nothing : this.line("at", this.at_s, x, y)}${this.cursor_s === null ? nothing : this.line("cursor", this.cursor_s, x, y)}</svg
        >${folds.map((fold) => this.fold(fold))}
      </div>`;
  }

  /** Shows the rows of a lane for which there is no room, or puts them away. */
  private fold({ name, hidden, top }: Fold) {
    const words = hidden ? t("timeline.more", { n: hidden, lane: t(name) }) : t("timeline.fewer", { lane: t(name) });
    const press = () => (this.open = hidden ? [...this.open, name] : this.open.filter((n) => n !== name));
    return html`<button
      class="fold"
      .style=${`top:${top + 18}px`}
      title=${words}
      aria-label=${words}
      aria-expanded=${!hidden}
      @click=${press}
    >
      ${hidden ? `+${hidden}` : "−"}
    </button>`;
  }

  private moment(t_s: number): string {
    return moment(t_s, this.feed.bed.view.page_s);
  }

  private line(name: string, s: number, x: Place, y: number) {
    return s < this.span[0] || s > this.span[1]
      ? nothing
      : svg`<line class=${name} x1=${x(s)} x2=${x(s)} y1="0" y2=${y} />`;
  }

  private alarm({ alarm, from_s, to_s }: AlarmMark, x: Place, y: number) {
    const text = alarmText(alarm);
    const left = Math.max(x(from_s), LEFT);
    const right = Math.max(Math.min(x(to_s), this.width - RIGHT), left + 3);
    const needed = 7 * text.length;
    // Its name stands where its condition was there for longest, or else where it only latches still.
    const within = (s: number) => Math.min(Math.max(x(s), left), right);
    const gone = alarm.latched ?? [];
    const solid = [left, ...gone.map(([, until_s]) => (until_s === null ? right : within(until_s)))].map((from, k) => ({
      from,
      width: (gone[k] ? within(gone[k][0]) : right) - from,
    }));
    const widest = solid.reduce((a, b) => (b.width > a.width ? b : a));
    const last = gone.at(-1);
    const open = widest.width <= needed && last?.[1] === null && right - within(last[0]) > needed;
    const at = open ? within(last[0]) : widest.from;
    return svg`<g><title>${this.moment(from_s)}–${alarm.until_s === null ? "" : this.moment(to_s)} ${text}</title><rect class="a${alarm.priority}" x=${left} y=${y + 3} width=${right - left} height="13" rx="2" />${this.latched(alarm, left, right, x, y)}${widest.width > needed || open ? svg`<text class="label ${open ? "" : `on${alarm.priority}`}" x=${at + 5} y=${y + 13}>${text}</text>` : nothing}</g>`;
  }

  /** Where its condition was gone and it only latched, an alarm is drawn open. */
  private latched({ latched = [], priority }: PastAlarm, left: number, right: number, x: Place, y: number) {
    const within = (s: number) => Math.min(Math.max(x(s), left), right);
    return latched.map(([from_s, until_s]) => {
      const [from, to] = [within(from_s), until_s === null ? right : within(until_s)];
      const words = t("timeline.latched", { from: this.moment(from_s) });
      return to - from < 1
        ? nothing
        : svg`<rect class="open l${priority}" x=${from} y=${y + 3.75} width=${to - from} height="11.5"><title>${words}</title></rect>`;
    });
  }

  private mark(mark: Mark, next: Mark | undefined, x: Place, y: number) {
    const { entry } = mark;
    const text = either(entry, "text");
    const title = `${this.moment(entry.t_s)} ${text} · ${entry.who}${entry.accepted ? "" : ` · ${either(entry, "reason")}`}`;
    const left = Math.max(x(mark.from_s), LEFT);
    const room = (next ? x(next.from_s) : this.width - RIGHT) - left - 14;
    const fits = Math.max(0, Math.floor(room / 6.2));
    const label = text.length <= fits ? text : fits > 5 ? `${text.slice(0, fits - 1)}…` : "";
    return svg`<g><title>${title}</title><circle class=${!entry.accepted ? "refused" : entry.kind === "event" ? "event" : "done"} cx=${left} cy=${y + 8} r="4.5" /><text class="label" x=${left + 9} y=${y + 12}>${label}</text></g>`;
  }

  /** Each branch a line that leaves its parent where somebody rewound. */
  private branches(x: Place, top: number) {
    const { branches, clock: now } = this.feed;
    if (branches.length < 2) return { drawn: nothing, height: 0 };
    const line = lineage(branches, now.branch);
    // An ancestor is lived through until the next one leaves it.
    const livedUntil = (id: number) => {
      const i = line.findIndex((b) => b.id === id);
      return i < 0 ? -Infinity : Math.min(left_s(line, i), now.t_s);
    };
    const place = (id: number | null) => top + 10 + branches.findIndex((b) => b.id === id) * 14;
    const end = (id: number) =>
      branches.find((b) => b.id === id)?.until_t_s ??
      (id === now.branch
        ? now.t_s
        : Math.max(
            ...this.feed.entries.filter((e) => e.branch === id).map((e) => e.t_s),
            ...branches.filter((b) => b.parent === id).map((b) => b.from_t_s),
            0,
          ));
    const clip = (s: number) => x(Math.min(Math.max(s, this.span[0]), this.span[1]));
    const drawn = svg`<text class="name" x="0" y=${top + 14}>${t("timeline.branches")}</text>${branches.map((b) => {
      const y = place(b.id);
      const from = clip(b.from_t_s);
      const rise = b.parent === null ? "" : `M${from} ${place(b.parent)}V${y}`;
      const lived = livedUntil(b.id);
      return svg`<path class="branch" d="${rise}M${from} ${y}H${clip(Math.max(end(b.id), b.from_t_s))}" />${
        lived >= b.from_t_s ? svg`<path class="branch live" d="${rise}M${from} ${y}H${clip(lived)}" />` : nothing
      }<text x=${from - 4} y=${y + 4} text-anchor="end">${branchNumber(branches, b.id)}</text>`;
    })}`;
    return { drawn, height: branches.length * 14 + 14 };
  }

  private bar() {
    if (this.at_s === null) return html`<div class="bar"><p class="small">${t("timeline.hint")}</p></div>`;
    const at = this.moment(this.at_s);
    return html`<div class="bar">
      <b class="num">${t("monitor.past", { t: at })}</b>
      <button class="slim" @click=${() => this.tell("twin-at", null)}>${t("monitor.toLive")}</button>
      ${this.mayRewind ? html`<button class="slim" @click=${() => (this.asking = true)}>${icons.rewind}${t("timeline.rewind", { t: at })}</button>` : nothing}
      ${this.asking ? html`<span class="small">${t("timeline.rewindSure")}</span><button class="slim primary" @click=${() => this.tell("twin-rewind", this.at_s)}>${t("control.confirm")}</button>` : nothing}
    </div>`;
  }

  private time(event: MouseEvent): number {
    const box = (event.currentTarget as Element).getBoundingClientRect();
    const share = (event.clientX - box.left - LEFT) / (this.width - LEFT - RIGHT);
    return this.span[0] + Math.min(Math.max(share, 0), 1) * (this.span[1] - this.span[0]);
  }

  private onClick = (event: MouseEvent) => this.choose(this.time(event));

  private choose(at: number) {
    this.tell("twin-at", !this.seeks && at >= this.feed.clock.t_s - 1 ? null : Math.max(0, at));
  }

  /** The moment one points at, by the keyboard or not. */
  private get pointed(): number {
    return Math.min(Math.max(this.cursor_s ?? this.at_s ?? this.feed.clock.t_s, this.span[0]), this.span[1]);
  }

  /** Arrows move what one points at, Enter goes there. */
  private onKey = (event: KeyboardEvent) => {
    const [from, to] = this.span;
    const by = { ArrowLeft: -0.01, ArrowRight: 0.01, PageDown: -0.1, PageUp: 0.1 }[event.key];
    if (event.key === "Enter") this.choose(this.pointed);
    else if (event.key === "Escape") this.tell("twin-cursor", null);
    else if (event.key === "Home" || event.key === "End") this.tell("twin-cursor", event.key === "Home" ? from : to);
    else if (by) this.tell("twin-cursor", Math.min(Math.max(this.pointed + by * (to - from), from), to));
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  private onMove = (event: PointerEvent) => this.tell("twin-cursor", this.time(event));
}
