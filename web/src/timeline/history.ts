import { css, html, nothing, type PropertyValues } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { TwinElement } from "../element";
import type { BedFeed } from "../live/feed";
import { address } from "../route";
import { shared } from "../style/shared";
import { icons } from "../style/icons";
import { isSlow, moment } from "../text/moment";
import { either, maybe, span, t } from "../text/text";
import type { Entry, Scripted } from "../contract";
import "../trends/trends";
import { branchNumber, holds, left_s, lineage } from "./lanes";
import "./timeline";

const SPANS_S = [300, 900, 1800, 3600, 14_400, 86_400];
const MOST_ROWS = 200;

/** A line of the log: what somebody did, or what the script of the bed did, which every branch has. */
interface Row {
  entry: Entry | (Scripted & { kind: "event"; accepted: true; who: ""; reason: null });
  /** Whether it is of the past of the branch that is lived. */
  own: boolean;
}

/** The past of a bed: timeline, trends and log over one time, with one cursor. */
@customElement("twin-history")
export class TwinHistory extends TwinElement {
  @property({ attribute: false }) feed!: BedFeed;
  @property({ attribute: false }) at_s: number | null = null;
  @property({ type: Boolean }) mayRewind = false;
  /** Where recording and replay of this bed are. */
  @property() recording = "";
  @property() replay = "";
  /** What is shown of time, where it does not go on: a click then goes there. */
  @property({ attribute: false }) whole: [number, number] | null = null;
  @state() private cursor_s: number | null = null;
  @state() private span_s = 0;
  /** Whether the log shows what was done on branches that the bed has left. */
  @state() private others = false;

  static override styles = [
    shared,
    css`
      :host {
        display: grid;
        grid-template-columns: minmax(0, 1fr);
        gap: 12px;
      }
      .head {
        justify-content: space-between;
      }
      .segments {
        display: flex;
        flex-wrap: wrap;
        gap: 4px;
      }
      .segments button {
        min-height: 38px;
        padding: 0 12px;
        font-size: 14px;
      }
      table td:first-child {
        white-space: nowrap;
      }
      tr.later td {
        opacity: 0.5;
      }
      tr.other td {
        opacity: 0.62;
        font-style: italic;
      }
      tbody tr.other {
        cursor: default;
      }
      .branch {
        display: inline-block;
        border: 1px solid var(--rule);
        border-radius: 99px;
        padding: 0 8px;
        font-size: 12.5px;
        font-style: normal;
        white-space: nowrap;
      }
      .own .branch {
        border-color: var(--accent);
        color: var(--accent-ink);
      }
      tr.refused td {
        color: var(--soft);
      }
      .why {
        display: block;
        color: var(--bad);
      }
      .logs {
        max-height: 420px;
        overflow: auto;
      }
      .logs th {
        position: sticky;
        top: 0;
        background: var(--panel);
      }
      tbody tr {
        cursor: pointer;
      }
      button.time {
        min-height: 0;
        padding: 0 2px;
        border: 0;
        background: none;
        color: inherit;
        font: inherit;
      }
      tbody tr:hover {
        background: var(--raised);
      }
    `,
  ];

  override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has("feed")) return;
    this.unfollow(changed.get("feed"));
    this.follow(this.feed);
    this.span_s = isSlow(this.feed.bed.view.page_s) ? 86_400 : 1800;
  }

  private get span(): [number, number] {
    if (this.whole) return this.whole;
    const { t_s } = this.feed.clock;
    return [Math.max(0, t_s - this.span_s), Math.max(t_s, 60)];
  }

  override render() {
    const span = this.span;
    return html`<section class="panel" @twin-cursor=${(e: CustomEvent<number | null>) => (this.cursor_s = e.detail)}>
        <div class="row head">
          <h2>${t("timeline.title")}</h2>
          ${
            this.whole
              ? nothing
              : html`<div class="segments" role="group" aria-label=${t("timeline.span")}>
                  ${SPANS_S.map((s) => this.segment(s))}
                </div>`
          }
        </div>
        <twin-timeline
          .feed=${this.feed}
          .span=${span}
          .at_s=${this.at_s}
          .cursor_s=${this.cursor_s}
          ?mayRewind=${this.mayRewind}
          ?seeks=${this.whole !== null}
        ></twin-timeline>
        <twin-trends .feed=${this.feed} .span=${span} .at_s=${this.at_s}></twin-trends>
      </section>
      <section class="panel">
        <div class="row head">
          <h2>${t("timeline.log")}</h2>
          <span class="row"
            >${this.recording ? html`<a class="button" href=${this.recording} download>${icons.download}${t("timeline.recording")}</a>` : nothing}
            ${this.replay ? html`<a class="button" href=${this.replay} download>${icons.download}${t("timeline.replay")}</a>` : nothing}</span
          >
        </div>
        ${this.fold()}
        <div class="logs scroll">${this.log()}</div>
      </section>`;
  }

  private segment(s: number) {
    return html`<button aria-pressed=${s === this.span_s} @click=${() => (this.span_s = s)}>${span(s)}</button>`;
  }

  /** What an entry says; futures that were played are opened by it, where there is a page of them. */
  private what(e: { kind: string; text: string; text_ko?: string; seq?: number }) {
    if (e.kind !== "fork" || !this.recording) return either(e, "text");
    return html`<a href=${address(["bed", this.feed.bed.id, "what-if"], { fork: e.seq })}>${either(e, "text")}</a>`;
  }

  /** What people did, and what the script of the bed did so far, the latest first; what is of branches that were left
   * only where one asks for it. */
  private rows(): Row[] {
    const { branches, clock, entries, script } = this.feed;
    const line = lineage(branches, clock.branch);
    const all: Row[] = [
      ...entries.map((entry) => ({ entry, own: holds(entry, line) })),
      ...script
        .filter((s) => s.t_s <= clock.t_s)
        .map((s) => ({ entry: { ...s, kind: "event", accepted: true, who: "", reason: null } as const, own: true })),
    ];
    return all
      .filter((row) => row.own || this.others)
      .sort((a, b) => a.entry.t_s - b.entry.t_s)
      .slice(-MOST_ROWS)
      .reverse();
  }

  /** How many entries are of branches that the bed has left. */
  private elsewhere(): number {
    const line = lineage(this.feed.branches, this.feed.clock.branch);
    return this.feed.entries.filter((e) => !holds(e, line)).length;
  }

  /** Shows or folds what was done on other branches; where there is nothing of the kind, nothing. */
  private fold() {
    const n = this.elsewhere();
    if (!n) return nothing;
    const { branches, clock } = this.feed;
    return html`<p class="row small">
      <span>${t("timeline.lived", { n: branchNumber(branches, clock.branch) })}</span>
      <button class="slim" aria-pressed=${this.others} @click=${() => (this.others = !this.others)}>
        ${t(this.others ? "timeline.foldOthers" : "timeline.showOthers", { n })}
      </button>
    </p>`;
  }

  /** The branch that an entry belongs to, and when the bed left it. */
  private branch({ entry, own }: Row) {
    if (!("branch" in entry)) return nothing;
    const { branches, clock } = this.feed;
    const line = lineage(branches, clock.branch);
    const place = line.findIndex((b) => b.id === entry.branch);
    const left = left_s(line, place);
    const name = t("timeline.branch", { n: branchNumber(branches, entry.branch) });
    const words = own
      ? name
      : place >= 0
        ? t("timeline.leftAt", { branch: name, t: moment(left, this.feed.bed.view.page_s) })
        : t("timeline.left", { branch: name });
    return html`<span class="branch">${words}</span>`;
  }

  private log() {
    const rows = this.rows();
    if (!rows.length) return html`<p class="small">${t("timeline.empty")}</p>`;
    return html`<table>
      <thead>
        <tr>
          <th scope="col">${t("timeline.time")}</th>
          <th scope="col">${t("timeline.kind")}</th>
          <th scope="col">${t("timeline.whatHappened")}</th>
          <th scope="col">${t("timeline.who")}</th>
          ${this.others ? html`<th scope="col">${t("timeline.branchOf")}</th>` : nothing}
        </tr>
      </thead>
      <tbody>
        ${rows.map((row) => this.row(row))}
      </tbody>
    </table>`;
  }

  private row(row: Row) {
    const { entry: e, own } = row;
    const look = [own ? "own" : "other", e.accepted ? "" : "refused", this.isLater(e.t_s) ? "later" : ""].join(" ");
    const at = moment(e.t_s, this.feed.bed.view.page_s);
    return html`<tr class=${look} @click=${() => own && this.tell("twin-at", e.t_s)}>
      <td class="num">${own ? html`<button class="time">${at}</button>` : at}</td>
      <td>${maybe(`entry.${e.kind}`) ?? e.kind}</td>
      <td>${this.what(e)}${e.accepted ? nothing : html` <span class="why">${either(e, "reason")}</span>`}</td>
      <td>${e.who}</td>
      ${this.others ? html`<td>${this.branch(row)}</td>` : nothing}
    </tr>`;
  }

  /** Whether it came after the moment that is played. */
  private isLater(t_s: number): boolean {
    return this.whole !== null && t_s > (this.at_s ?? 0);
  }
}
