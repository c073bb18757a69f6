import { css, html, nothing, type PropertyValues } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import type { Fork, NumberView, Trends } from "../contract";
import { TwinElement } from "../element";
import type { BedFeed } from "../live/feed";
import { fromMg } from "../live/measure";
import { labelOfNumber } from "../monitor/reading";
import { shared } from "../style/shared";
import { moment } from "../text/moment";
import { shown, t } from "../text/text";
import "./future";
import { range } from "./geometry";
import { differences, isAlone, spread } from "./verdict";

const FIRST = 6;
/** Numbers that say most come first. */
const ORDER = [
  "MAP",
  "HR",
  "SpO2",
  "etCO2",
  "RR",
  "glucose",
  "IOB",
  "basal",
  "bolus",
  "BG",
  "BIS",
  "SYS",
  "DIA",
  "CVP",
  "Temp",
];
const LEAST_WIDE: Record<string, number> = {
  SpO2: 6,
  Temp: 1,
  RR: 6,
  etCO2: 10,
  IOB: 2,
  basal: 1,
  bolus: 4,
  glucose: 60,
  BG: 60,
  BIS: 20,
};
/** Measured rarely, or told by another number. */
const LEFT_OUT = /^(N(SYS|DIA|MAP)|SMBG|trend)$/;
const LEAD_SHARE = 0.6;

/** Both futures side by side, number by number. Before they are played: the past, and the open future. */
@customElement("twin-fork-result")
export class TwinForkResult extends TwinElement {
  @property({ attribute: false }) feed!: BedFeed;
  @property({ attribute: false }) fork: Fork | null = null;
  @property({ type: Number }) at_s = 0;
  @property({ type: Number }) horizon_s = 600;
  @state() private cursor_s: number | null = null;
  @state() private all = false;

  static override styles = [
    shared,
    css`
      :host {
        display: block;
        min-width: 0;
      }
      .table {
        display: grid;
        grid-template-columns: 92px minmax(0, 1fr) minmax(0, 1fr) 150px;
        column-gap: 14px;
        row-gap: 2px;
        align-items: center;
      }
      .head {
        font-size: 14px;
        font-weight: 650;
        padding: 0 0 6px 40px;
        display: flex;
        gap: 8px;
        align-items: center;
      }
      .head::before {
        content: "";
        width: 22px;
        height: 4px;
        border-radius: 2px;
        background: var(--own);
      }
      .as-is {
        --own: var(--as-is);
      }
      .changed {
        --own: var(--changed);
      }
      .head.last {
        padding-inline-start: 0;
        color: var(--soft);
        font-weight: 550;
        font-size: 13px;
      }
      .head.last::before {
        display: none;
      }
      .name {
        font-weight: 650;
        font-size: 16px;
        line-height: 1.2;
      }
      .name small {
        display: block;
        font-weight: 400;
      }
      .ends {
        display: grid;
        gap: 1px;
        font-variant-numeric: tabular-nums;
        line-height: 1.25;
      }
      .ends .a {
        color: var(--as-is);
        font-size: 14px;
      }
      .ends .b {
        color: var(--changed);
        font-size: 21px;
        font-weight: 700;
        letter-spacing: -0.01em;
      }
      .ends small {
        font-size: 12px;
        color: inherit;
        font-weight: 400;
        opacity: 0.9;
      }
      .ends .d {
        font-size: 13px;
        color: var(--ink);
      }
      .ends .most {
        color: var(--soft);
      }
      .cell {
        display: contents;
      }
      .rule {
        grid-column: 1 / -1;
        border-top: 1px solid var(--rule);
        height: 0;
        margin: 3px 0;
      }
      .more {
        margin-top: 8px;
      }
      @media (max-width: 1180px) {
        .table {
          grid-template-columns: 62px minmax(0, 1fr) minmax(0, 1fr) 112px;
          column-gap: 8px;
        }
        .name {
          font-size: 14px;
        }
        .ends .b {
          font-size: 18px;
        }
      }
      @media (max-width: 900px) {
        .table {
          grid-template-columns: minmax(0, 1fr) auto;
          column-gap: 8px;
        }
        twin-future {
          grid-column: 1 / -1;
        }
        twin-future[which="as-is"].single {
          display: none;
        }
        .head {
          padding-inline-start: 0;
          font-size: 13px;
        }
        .head.first,
        .head.last {
          display: none;
        }
        .ends {
          grid-column: 1 / -1;
          display: flex;
          flex-wrap: wrap;
          align-items: baseline;
          gap: 0 14px;
          white-space: nowrap;
        }
        .ends .b {
          font-size: 18px;
        }
      }
    `,
  ];

  override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has("feed")) return;
    this.unfollow(changed.get("feed"));
    this.follow(this.feed);
  }

  private numbers(): NumberView[] {
    const { numbers } = this.feed.bed.view;
    const has = (n: NumberView) => !this.fork?.as_is || n.id in this.fork.as_is;
    const rank = (n: NumberView) => (ORDER.indexOf(n.id) + ORDER.length + 1) % (ORDER.length + 1);
    return numbers.filter((n) => has(n) && !LEFT_OUT.test(n.id)).sort((a, b) => rank(a) - rank(b));
  }

  override render() {
    const numbers = this.numbers();
    const shownNumbers = this.all ? numbers : numbers.slice(0, FIRST);
    const span: [number, number] = [Math.max(0, this.at_s - LEAD_SHARE * this.horizon_s), this.at_s + this.horizon_s];
    const past = this.lead(span[0]);
    return html`<div class="table" @twin-cursor=${(e: CustomEvent<number | null>) => (this.cursor_s = e.detail)}>
        <span class="head first" aria-hidden="true"></span>
        <span class="head as-is">${t("fork.asIs")}</span><span class="head changed">${t("fork.changed")}</span>
        <span class="head last"
          >${this.fork?.as_is ? t("fork.atEnd", { t: moment(span[1], this.feed.bed.view.page_s) }) : nothing}</span
        >
        ${shownNumbers.map((n, i) => this.row(n, span, past, i === shownNumbers.length - 1))}
      </div>
      ${numbers.length > FIRST ? html`<button class="quiet slim more" @click=${() => (this.all = !this.all)}>${t(this.all ? "fork.fewer" : "fork.all", { n: numbers.length })}</button>` : nothing}`;
  }

  /** The trends before the fork. */
  private lead(from_s: number): Trends {
    const { t_s, numbers } = this.feed.trends;
    const first = t_s.findIndex((s) => s >= from_s);
    const after = t_s.findIndex((s) => s > this.at_s + 0.5);
    const [a, b] = [first < 0 ? t_s.length : first, after < 0 ? t_s.length : after];
    return {
      t_s: t_s.slice(a, b),
      numbers: Object.fromEntries(Object.entries(numbers).map(([id, v]) => [id, v.slice(a, b)])),
    };
  }

  private row(number: NumberView, span: [number, number], past: Trends, last: boolean) {
    const { fork } = this;
    const [asIs, changed] = [fork?.as_is?.[number.id] ?? null, fork?.changed?.[number.id] ?? null];
    const bands = [asIs, changed].filter((b) => b !== null).flatMap((b) => [...b.p5, ...b.p95]);
    const all = [...(past.numbers[number.id] ?? []), ...bands];
    const values = range(all, fromMg(number.unit, LEAST_WIDE[number.id] ?? 20));
    if (/^S[pa]O2$/.test(number.id)) values[1] = Math.min(values[1], 100.6);
    const chart = (which: "as-is" | "changed") =>
      html`<twin-future
        which=${which}
        .number=${number}
        .past=${past}
        .t_s=${fork?.t_s ?? []}
        .band=${which === "as-is" ? asIs : changed}
        .other=${which === "changed" ? asIs : null}
        .span=${span}
        .range=${values}
        .limits=${this.feed.limits(number)}
        .at_s=${this.at_s}
        .cursor_s=${this.cursor_s}
        .page_s=${this.feed.bed.view.page_s}
        ?alone=${isAlone(fork)}
        ?axis=${last}
      ></twin-future>`;
    return html`<p class="name">${labelOfNumber(number)}<small>${number.unit}</small></p>
      ${chart("as-is")}${chart("changed")}${this.ends(number)}${last ? nothing : html`<div class="rule"></div>`}`;
  }

  /** Where the futures part most, if that is not at the end. */
  private most(number: NumberView) {
    const [d] = differences([number], this.fork!);
    if (!d || d.size < 1 || d.place === d.asIs.p50.length - 1) return nothing;
    const gain = (d.changed.p50[d.place] ?? NaN) - (d.asIs.p50[d.place] ?? NaN);
    const ended = (d.changed.p50.at(-1) ?? NaN) - (d.asIs.p50.at(-1) ?? NaN);
    if (!(Math.abs(gain) > 1.3 * Math.abs(ended))) return nothing;
    return html`<span class="d most"
      >${t("fork.most", { gain: `${gain > 0 ? "+" : "−"}${shown(Math.abs(gain), number.digits)}`, t: moment(this.fork!.t_s![d.place]!, this.feed.bed.view.page_s) })}</span
    >`;
  }

  private ends(number: NumberView) {
    const [a, b] = [this.fork?.as_is?.[number.id], this.fork?.changed?.[number.id]];
    if (!a || !b) return html`<span class="ends"></span>`;
    const i = a.p50.length - 1;
    const text = (v: number | null | undefined) => shown(v, number.digits);
    const alone = isAlone(this.fork);
    const band = (x: typeof a) => (alone ? nothing : html`<small>${spread(x, i, number.digits, alone)}</small>`);
    const gain = (b.p50[i] ?? NaN) - (a.p50[i] ?? NaN);
    const step = 10 ** -number.digits;
    const difference = !Number.isFinite(gain)
      ? ""
      : Math.abs(gain) < step / 2
        ? t("fork.same")
        : `${gain > 0 ? "+" : "−"}${shown(Math.abs(gain), number.digits)} ${number.unit}`;
    return html`<div class="ends">
      <span class="b">${text(b.p50[i])} ${band(b)}</span><span class="a">${text(a.p50[i])} ${band(a)}</span
      ><span class="d">${difference}</span>${this.most(number)}
    </div>`;
  }
}
