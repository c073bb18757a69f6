import { css, html, nothing, type PropertyValues } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import type { Control } from "../contract";
import { doseStep, spoken, spokenControl, spokenUnit, unitOf } from "../devices/dose";
import { beyond, decimals, nudge, stepOf, staying } from "../devices/stepping";
import { TwinElement } from "../element";
import type { Drafts, OrderDraft, Place } from "../live/drafts";
import { icons } from "../style/icons";
import { shared } from "../style/shared";
import { either, short, span, t } from "../text/text";
import { asksHowLong, begun, mostOf, orderOf, returns, timesOf } from "./form";

const AFTERS_S = [0, 30, 60, 120, 180, 300, 600];

/** The form of one order: how much, over which time, and (for a plan) when. Emits `twin-order`. */
@customElement("twin-order")
export class TwinOrder extends TwinElement {
  @property({ attribute: false }) control!: Control;
  @property() verb = "";
  /** Whether it is for a plan and may come later. */
  @property({ type: Boolean }) planned = false;
  @property({ type: Boolean }) disabled = false;
  /** Where what is filled in is kept while one looks at other pages. */
  @property({ attribute: false }) drafts: Drafts | null = null;
  /** What was put into the field; what else stands there somebody is typing. */
  private drawn = "";
  /** In which unit what is filled in stands, and of which control. */
  private said: { id: string; unit: string; factor: number } | null = null;
  @state() private value: number | string = 0;
  @state() private lasts_s: number | null = null;
  @state() private after_s = 0;

  static override styles = [
    shared,
    css`
      :host {
        display: block;
      }
      form {
        display: grid;
        gap: 10px;
        grid-template-columns: repeat(auto-fit, minmax(min(118px, 100%), 1fr));
        align-items: end;
      }
      .amount {
        grid-column: 1 / -1;
        display: grid;
        gap: 6px;
        font-size: 13px;
        font-weight: 550;
        color: var(--soft);
      }
      .stepper {
        display: grid;
        grid-template-columns: 44px 1fr auto 44px;
        align-items: center;
        gap: 6px;
        background: var(--field);
        border: 1px solid var(--rule);
        border-radius: 10px;
        padding: 3px;
      }
      .stepper input {
        border: 0;
        background: transparent;
        text-align: end;
        font-size: 22px;
        font-weight: 650;
        font-variant-numeric: tabular-nums;
        padding: 0;
        appearance: textfield;
      }
      .stepper input::-webkit-inner-spin-button {
        appearance: none;
      }
      .stepper button {
        padding: 0;
        min-width: 0;
      }
      .stepper .unit {
        color: var(--soft);
        min-width: 34px;
      }
      .stepper button.unit {
        padding: 0 8px;
        color: var(--accent);
        white-space: nowrap;
      }
      .send {
        grid-column: 1 / -1;
      }
      .most {
        font-weight: 400;
      }
      .back {
        grid-column: 1 / -1;
        font-size: 13px;
        line-height: 18px;
        color: var(--soft);
      }
      .no {
        color: var(--bad);
        font-weight: 400;
      }
    `,
  ];

  override willUpdate(changed: PropertyValues<this>): void {
    this.say();
    // What is being filled in stays when the bed's controls are read anew.
    if (!changed.has("control") || changed.get("control")?.id === this.control.id) return;
    this.take(this.drafts?.order(this.place, this.control) ?? { ...begun(this.control), after_s: 0 });
  }

  /** What is filled in, in the unit that is chosen now. */
  private say(): void {
    const { unit, factor } = spokenUnit(this.control);
    const before = this.said;
    this.said = { id: this.control.id, unit, factor };
    if (before?.id !== this.control.id || before.unit === unit || typeof this.value !== "number") return;
    this.value = spoken(this.value * before.factor, factor);
  }

  override updated(changed: PropertyValues): void {
    const filled = ["value", "lasts_s", "after_s"].some((name) => changed.has(name));
    if (filled && this.isChanged) this.drafts?.fill(this.place, this.control, this.filled);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    // Who is typing and goes away keeps what stands in the field.
    const typed = this.renderRoot?.querySelector<HTMLInputElement>("input")?.value || this.drawn;
    if (typed === this.drawn || !Number.isFinite(Number(typed))) return;
    this.value = Number(typed);
    if (this.isChanged) this.drafts?.fill(this.place, this.control, this.filled);
  }

  private get place(): Place {
    return this.planned ? "planned" : "given";
  }

  private get filled(): OrderDraft {
    return { value: this.value, lasts_s: this.lasts_s, after_s: this.after_s };
  }

  private take(draft: OrderDraft): void {
    ({ value: this.value, lasts_s: this.lasts_s, after_s: this.after_s } = draft);
  }

  /** Whether it says other than the form begins with. */
  private get isChanged(): boolean {
    const first = { ...begun(this.control), after_s: 0 };
    const held = this.drafts?.order(this.place, this.control) ?? null;
    return held !== null || (Object.keys(first) as (keyof OrderDraft)[]).some((k) => first[k] !== this.filled[k]);
  }

  /** Puts the cursor where something is filled in; at what asks for nothing, on its button. */
  override focus(options?: FocusOptions): void {
    const first =
      this.renderRoot.querySelector<HTMLElement>("input, select") ?? this.renderRoot.querySelector("button.send");
    (first as HTMLElement | null)?.focus(options);
    if (first instanceof HTMLInputElement) first.select();
  }

  override render() {
    const { control } = this;
    return html`<form @submit=${this.submit} @keydown=${this.held}>
      ${control.kind === "act" ? nothing : control.kind === "choice" ? this.choice() : this.stepper()}
      ${control.kind === "dose" ? this.times(t(control.group === "patient" ? "order.overTime" : "order.during"), timesOf(control), this.lasts_s, (v) => (this.lasts_s = v)) : nothing}
      ${asksHowLong(control) ? this.times(t("order.lasts"), timesOf(control), this.lasts_s, (v) => (this.lasts_s = v)) : nothing}
      ${this.goesBack()}
      ${this.planned ? this.times(t("order.when"), AFTERS_S, this.after_s, (v) => (this.after_s = v ?? 0), true) : nothing}
      <button class="primary send" ?disabled=${this.disabled}>
        ${this.planned ? icons.plus : icons.check}${this.verb}
      </button>
    </form>`;
  }

  private stepper() {
    const own = spokenControl(this.control);
    const range = { ...own, step: own.kind === "dose" ? doseStep(own) : stepOf(staying(own)) };
    const value = Number(this.value);
    const step = (by: number) => (this.value = nudge(range, value, by));
    const high = mostOf(own, this.lasts_s);
    const no = beyond(own, value, this.lasts_s !== null);
    const most = high === null ? "" : t("order.most", { most: `${short(high)} ${own.unit}` });
    return html`<div class="amount">
      <span id="amount"
        >${own.kind === "dose" ? t(own.group === "patient" ? "order.amount" : "order.dose") : either(own, "label")}
        <small class="most" title=${either(own, "why") || nothing}>${most}</small></span
      >
      <span class="stepper"
        ><button type="button" aria-label=${t("control.less")} @click=${() => step(-1)}>${icons.minus}</button>
        <input
          type="number"
          inputmode="decimal"
          aria-labelledby="amount"
          step="any"
          min=${own.low ?? nothing}
          max=${high ?? nothing}
          .value=${(this.drawn = value.toFixed(decimals(range, value)))}
          @change=${(e: Event) => (this.value = Number((e.target as HTMLInputElement).value))}
        />
        ${unitOf(this.control)}
        <button type="button" aria-label=${t("control.more")} @click=${() => step(1)}>${icons.plus}</button></span
      >
      ${no ? html`<small class="no" role="alert">${no}</small>` : nothing}
    </div>`;
  }

  /** That a change with an end is undone then, and to what. */
  private goesBack() {
    if (!returns(this.control, this.lasts_s)) return nothing;
    const { now, unit } = spokenControl(this.control);
    const stands = typeof now === "number" ? `${short(now)} ${unit ?? ""}`.trim() : "--";
    return html`<p class="back">${t("order.returns", { span: span(this.lasts_s!), now: stands })}</p>`;
  }

  private choice() {
    return html`<label class="amount"
      >${either(this.control, "label")}<select
        @change=${(e: Event) => (this.value = this.control.choices![(e.target as HTMLSelectElement).selectedIndex]!.value)}
      >
        ${this.control.choices?.map((c) => html`<option ?selected=${c.value === this.value}>${either(c, "label")}</option>`)}
      </select></label
    >`;
  }

  private times(
    label: string,
    offered: (number | null)[],
    chosen: number | null,
    set: (v: number | null) => void,
    later = false,
  ) {
    const all = offered.includes(chosen) ? offered : [...offered, chosen].sort((a, b) => (a ?? -1) - (b ?? -1));
    const text = (s: number | null) =>
      s === null
        ? t("order.stays")
        : s === 0
          ? t(later ? "order.atOnce" : "order.bolus")
          : later
            ? t("order.in", { span: span(s) })
            : span(s);
    return html`<label
      >${label}<select @change=${(e: Event) => set(all[(e.target as HTMLSelectElement).selectedIndex] ?? null)}>
        ${all.map((s) => html`<option ?selected=${s === chosen}>${text(s)}</option>`)}
      </select></label
    >`;
  }

  /** A key that was held down to open the form does not send it. */
  private held = (event: KeyboardEvent) => {
    if (event.key === "Enter" && event.repeat) event.preventDefault();
  };

  private submit = (event: SubmitEvent) => {
    event.preventDefault();
    this.tell("twin-order", orderOf(this.control, this.value, this.lasts_s, this.after_s));
  };
}
