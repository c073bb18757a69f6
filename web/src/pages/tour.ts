import { css, html, nothing } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { TwinElement } from "../element";
import { prefs, setPrefs } from "../prefs";
import { icons } from "../style/icons";
import { shared } from "../style/shared";
import { t, type Key } from "../text/text";

const STEPS = ["watch", "give", "fork", "compare"] as const;

/** What is said otherwise of a bed with a glucose sensor. */
const OF_GLUCOSE: Record<string, string> = { watch: "tour.glucoseText", give: "tour.bolusText" };

/** A first look in four steps. It moves on by what one does, can be left at any time and does not come back. */
@customElement("twin-tour")
export class TwinTour extends TwinElement {
  /** Where one is, and what one has done. */
  @property() tab = "";
  @property({ type: Boolean }) gave = false;
  @property({ type: Boolean }) forked = false;
  /** Of a bed whose monitor is a glucose sensor. */
  @property({ type: Boolean }) glucose = false;
  @state() private step = 0;

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
      .dots i {
        width: 22px;
        height: 4px;
        border-radius: 2px;
        background: var(--rule);
      }
      .dots i.on {
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

  override willUpdate(): void {
    if (this.step === 1 && this.gave) this.step = 2;
    if (this.step <= 2 && this.forked) this.step = 3;
  }

  override render() {
    if (prefs().toured) return nothing;
    const name = STEPS[this.step]!;
    const last = this.step === STEPS.length - 1;
    return html`<section class="card" role="complementary" aria-label=${t("tour.title")}>
      <div class="head">
        <b>${t((this.glucose && name === "give" ? "tour.bolus" : `tour.${name}`) as Key)}</b
        ><small class="num">${this.step + 1} / ${STEPS.length}</small>
        <button class="quiet square" aria-label=${t("tour.leave")} @click=${this.leave}>${icons.close}</button>
      </div>
      <p aria-live="polite">
        ${t((this.glucose ? (OF_GLUCOSE[name] ?? `tour.${name}Text`) : `tour.${name}Text`) as Key)}
      </p>
      <div class="row end">
        <span class="dots" aria-hidden="true"
          >${STEPS.map((_, i) => html`<i class=${i <= this.step ? "on" : ""}></i>`)}</span
        >
        ${last ? html`<button class="primary slim" @click=${this.leave}>${t("tour.done")}</button>` : html`<button class="primary slim" @click=${this.next}>${t("tour.next")}</button>`}
      </div>
    </section>`;
  }

  private next = () => {
    this.step++;
    if (this.step === 2) this.tell("twin-tour-to", "what-if");
    else if (this.step === 1 && this.tab !== "monitor") this.tell("twin-tour-to", "monitor");
  };

  private leave = () => setPrefs({ toured: true });
}
