import { css, html, nothing, type PropertyValues } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import type { Entry } from "../contract";
import { TwinElement } from "../element";
import type { BedFeed } from "../live/feed";
import { atLeast } from "../roles";
import { prefs, setPrefs } from "../prefs";
import { icons } from "../style/icons";
import { shared } from "../style/shared";
import { t, type Key } from "../text/text";

const STEPS = ["watch", "give", "fork", "compare"] as const;

/** What is said otherwise of a bed with a glucose sensor. */
const OF_GLUCOSE: Record<string, string> = { watch: "tour.glucoseText", give: "tour.bolusText" };

type Step = (typeof STEPS)[number];

/** Where each is done. */
const PLACE: Record<Step, string> = { watch: "monitor", give: "monitor", fork: "what-if", compare: "what-if" };

/** What somebody has done at a bed, as its log says. */
export function doneBy(me: string, feed: Pick<BedFeed, "entries" | "control">): { gave: boolean; forks: Entry[] } {
  const mine = feed.entries.filter((e) => e.who === me && e.accepted);
  const isDrug = (e: Entry) => feed.control(e.control ?? "")?.group === "drug";
  return { gave: mine.some((e) => e.kind === "request" && isDrug(e)), forks: mine.filter((e) => e.kind === "fork") };
}

/** A first look in four steps. Which one is next follows from what was done at the bed and what was skipped; it can be
 * left at any time, and taken up again. */
@customElement("twin-tour")
export class TwinTour extends TwinElement {
  /** Where one is, at which bed, and who. */
  @property() tab = "";
  @property({ attribute: false }) feed!: BedFeed;
  @property() me = "";
  /** A step that one looks at although another is next. */
  @state() private looked: Step | null = null;

  static override styles = [
    shared,
    css`
      :host {
        position: fixed;
        z-index: 30;
        inset-inline-end: 12px;
        bottom: 12px;
        width: min(350px, calc(100vw - 24px));
      }
      .card {
        background: var(--panel);
        border: 1px solid var(--accent);
        border-radius: 14px;
        box-shadow: var(--shadow);
        padding: 16px 18px;
        display: grid;
        gap: 10px;
      }
      .head {
        display: flex;
        align-items: center;
        gap: 10px;
      }
      .head small {
        margin-inline-start: auto;
      }
      .head button {
        min-height: 36px;
        min-width: 36px;
      }
      .dots {
        display: flex;
        gap: 6px;
      }
      .dot {
        min-height: 32px;
        min-width: 24px;
        width: 24px;
        padding: 0;
        border: 0;
        background: none;
      }
      .dot::before {
        content: "";
        width: 22px;
        height: 4px;
        border-radius: 2px;
        background: var(--rule);
      }
      .dot.done::before {
        background: var(--accent);
      }
      .dot.on::before {
        height: 8px;
        border-radius: 4px;
        background: var(--accent);
      }
      p {
        color: var(--soft);
      }
      .end {
        justify-content: space-between;
      }
      @media (max-width: 620px) {
        :host {
          inset-inline-end: 12px;
          bottom: 12px;
        }
      }
    `,
  ];

  private seen = "";

  override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has("feed")) {
      this.unfollow(changed.get("feed"));
      this.follow(this.feed);
    }
    // What was done while one read an earlier step leads on.
    if (this.next !== this.seen) this.looked = null;
    this.seen = this.next ?? "";
  }

  private get isGlucose(): boolean {
    return this.feed.bed.kind === "diabetes";
  }

  /** The steps that one's role allows. */
  get steps(): Step[] {
    const gives = this.feed.bed.controls.some((c) => c.group === "drug" && this.feed.may(c));
    const forks = atLeast(this.feed.role, "clinician");
    return STEPS.filter((s) => (s === "give" ? gives : s === "watch" || forks));
  }

  private isDone(step: Step): boolean {
    const { gave, forks } = doneBy(this.me, this.feed);
    const passed = prefs().tourPassed.includes(step);
    return passed || (step === "give" && gave) || (step === "fork" && forks.length > 0) || (step === "watch" && (gave || forks.length > 0)); // prettier-ignore
  }

  /** What comes next; to compare as soon as there is something to compare. Nothing where all is done. */
  get next(): Step | null {
    const open = this.steps.filter((s) => !this.isDone(s));
    return open.includes("compare") && this.isDone("fork") && this.hasForks ? "compare" : (open[0] ?? null);
  }

  private get hasForks(): boolean {
    return doneBy(this.me, this.feed).forks.length > 0;
  }

  override render() {
    // Before the bed lives there is nothing of what is spoken of.
    if (prefs().toured || this.feed.isAway || /starting|failed/.test(this.feed.clock.state)) return nothing;
    const { steps } = this;
    const step = this.looked ?? this.next ?? steps[steps.length - 1]!;
    const place = steps.indexOf(step);
    return html`<section class="card" role="complementary" aria-label=${t("tour.title")}>
      <div class="head">
        <b>${t((this.isGlucose && step === "give" ? "tour.bolus" : `tour.${step}`) as Key)}</b
        ><small class="num">${place + 1} / ${steps.length}</small>
        <button class="quiet square" aria-label=${t("tour.leave")} title=${t("tour.leaveWhy")} @click=${this.leave}>
          ${icons.close}
        </button>
      </div>
      <p aria-live="polite">
        ${t((this.isGlucose ? (OF_GLUCOSE[step] ?? `tour.${step}Text`) : `tour.${step}Text`) as Key)}
      </p>
      <div class="row end">
        <span class="dots"
          >${steps.map((s, i) => html`<button class="dot ${this.isDone(s) ? "done" : ""} ${s === step ? "on" : ""}" aria-label=${t("tour.step", { n: i + 1 })} aria-current=${s === step ? "step" : nothing} @click=${() => (this.looked = s)}></button>`)}</span
        ><span class="row">${this.keys(step)}</span>
      </div>
    </section>`;
  }

  private keys(step: Step) {
    const there = this.tab === PLACE[step];
    const go = there
      ? nothing
      : html`<button class="slim" @click=${() => this.goTo(step)}>${t("tour.goThere")}</button>`;
    const last = this.steps.every((s) => s === step || this.isDone(s));
    const key: Key = last ? "tour.done" : step === "watch" || this.isDone(step) ? "tour.next" : step === "compare" ? "tour.next" : "tour.skip"; // prettier-ignore
    return html`${go}<button class="primary slim" @click=${() => this.pass(step, last)}>${t(key)}</button>`;
  }

  private goTo(step: Step) {
    const fork = step === "compare" ? doneBy(this.me, this.feed).forks.at(-1)?.seq : undefined;
    this.tell("twin-tour-to", { tab: PLACE[step], fork: fork === undefined ? undefined : String(fork) });
  }

  /** Goes on without what a step asks for, to where the next one is done; after the last one the first look is over. */
  private pass(step: Step, last: boolean) {
    this.looked = null;
    if (last) return this.leave();
    setPrefs({ tourPassed: [...new Set([...prefs().tourPassed, step])] });
    const { next } = this;
    if (next && PLACE[next] !== this.tab) this.goTo(next);
  }

  private leave = () => setPrefs({ toured: true });
}
