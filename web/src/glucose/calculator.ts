import { css, html, nothing, type PropertyValues } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { TwinElement } from "../element";
import type { BedFeed } from "../live/feed";
import { shared } from "../style/shared";
import { shown, t } from "../text/text";
import { advised, type Therapy } from "./day";

const USUAL_TARGET = 110;

/** The bolus calculator of a pump: carbohydrate in, a dose out, with how it comes about. */
@customElement("twin-bolus-calculator")
export class TwinBolusCalculator extends TwinElement {
  @property({ attribute: false }) feed!: BedFeed;
  @state() private grams = 0;
  @state() private said = "";

  static override styles = [
    shared,
    css`
      .form {
        display: grid;
        grid-template-columns: minmax(120px, 180px) 1fr auto;
        gap: 8px 16px;
        align-items: end;
        padding: 6px 0;
      }
      p,
      label {
        color: var(--screen-soft);
        font-size: 13px;
      }
      .dose {
        font-size: 26px;
        line-height: 30px;
        font-weight: 650;
        color: var(--screen-ink);
        font-variant-numeric: tabular-nums;
      }
      @media (max-width: 620px) {
        .form {
          grid-template-columns: 1fr;
        }
      }
    `,
  ];

  override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has("feed")) return;
    this.unfollow(changed.get("feed"));
    this.follow(this.feed);
  }

  /** What the devices of the bed were set to. */
  private therapy(): Therapy | null {
    const facts = this.feed.bed.devices.find((d) => d.facts?.["carbohydrate_ratio"])?.facts;
    const [ratio, factor] = [facts?.["carbohydrate_ratio"], facts?.["correction_factor"]];
    return ratio && factor ? { carbohydrate_ratio: ratio, correction_factor: factor, target: USUAL_TARGET } : null;
  }

  override render() {
    const therapy = this.therapy();
    const control = this.feed.control("injection");
    if (!therapy || !control) return nothing;
    const k = this.feed.measure.numbers({ glucose: 1 })["glucose"] ?? 1;
    const { numbers } = this.feed;
    const glucose = numbers["glucose"];
    const advice = advised(
      therapy,
      this.grams,
      glucose === null || glucose === undefined ? null : glucose / k,
      numbers["IOB"] ?? 0,
    );
    const most = typeof control.high === "number" ? control.high : Infinity;
    const dose = Math.min(advice.dose, most);
    const digits = k === 1 ? 0 : 1;
    return html`<div class="form">
      <label
        >${t("calculator.grams")}<input
          type="number"
          inputmode="decimal"
          min="0"
          max="300"
          step="5"
          .value=${String(this.grams)}
          @input=${(e: Event) => (this.grams = Math.min(Math.max(Number((e.target as HTMLInputElement).value) || 0, 0), 300))}
      /></label>
      <div>
        <p class="dose" role="status">${shown(dose, 2)} U</p>
        <p>
          ${t("calculator.how", {
            meal: shown(advice.meal, 2),
            correction: `${advice.correction < 0 ? "−" : "+"}${shown(Math.abs(advice.correction), 2)}`,
            ratio: shown(therapy.carbohydrate_ratio, 0),
            factor: shown(therapy.correction_factor * k, digits),
            target: shown(therapy.target * k, digits),
          })}
        </p>
      </div>
      <button class="primary" ?disabled=${!(dose > 0) || !this.feed.may(control)} @click=${() => this.give(dose)}>
        ${t("calculator.give", { u: shown(dose, 2) })}
      </button>
      ${this.said ? html`<p role="status">${this.said}</p>` : nothing}
    </div>`;
  }

  private async give(dose: number) {
    const said = await this.feed.send?.("injection", Number(dose.toFixed(2)));
    if (!said) return;
    this.said = said.accepted ? t("control.accepted") : said.text;
    if (said.accepted) this.grams = 0; // the same meal is not counted twice
    if (said.accepted) this.tell("twin-sent", { control: this.feed.control("injection"), value: dose, ...said });
  }
}
