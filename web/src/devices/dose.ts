import { html } from "lit";
import type { Control, Spoken } from "../contract";
import { prefs, setPrefs } from "../prefs";
import { t } from "../text/text";

/** The unit in which people say what a control is asked for, as the server says it: one for all of a drug, or the one by
 * the weight of the patient where who looks wants that. */
export function spokenUnit(control: Pick<Control, "unit" | "spoken" | "per_kg">): Spoken {
  if (prefs().perKg && control.per_kg) return control.per_kg;
  return control.spoken ?? { unit: control.unit ?? "", factor: 1 };
}

/** The control as people speak of it: its numbers in the spoken unit. */
export function spokenControl(control: Control): Control {
  const { unit, factor } = spokenUnit(control);
  if (factor === 1) return control;
  const of = <V>(v: V): V => (typeof v === "number" ? (spoken(v, factor) as V) : v);
  return {
    ...control,
    unit,
    low: of(control.low) ?? null,
    high: of(control.high) ?? null,
    step: of(control.step) ?? null,
    default: of(control.default) ?? null,
    now: of(control.now) ?? null,
    lasting_high: of(control.lasting_high) ?? null,
  };
}

/** The unit of a control; one that can be said by the weight of the patient is a button that changes to that and back. */
export function unitOf(control: Control) {
  const { unit } = spokenUnit(control);
  if (!control.per_kg) return html`<span class="unit">${unit}</span>`;
  const { unit: other } = prefs().perKg ? (control.spoken ?? { unit: control.unit ?? "" }) : control.per_kg;
  const press = () => setPrefs({ perKg: !prefs().perKg });
  return html`<button type="button" class="unit" title=${t("order.unit", { unit: other })} @click=${press}>
    ${unit}
  </button>`;
}

/** A number of the server in the spoken unit. */
export function spoken(value: number, factor: number): number {
  return Number((value / factor).toPrecision(9));
}

/** A number in the spoken unit as the server has it. */
export function unspoken<V>(control: Control, value: V): V {
  const { factor } = spokenUnit(control);
  return typeof value === "number" && factor !== 1 ? (Number((value * factor).toPrecision(9)) as V) : value;
}

/** A step for doses around their usual size: about a tenth of it, as 1, 2 or 5 times a power of ten. */
export function doseStep(control: Control): number {
  if (control.step) return control.step;
  const usual = typeof control.default === "number" && control.default > 0 ? control.default : (control.high ?? 10) / 5;
  const power = 10 ** Math.floor(Math.log10(usual / 5));
  return [5, 2, 1].map((k) => k * power).find((s) => s <= usual / 5 + 1e-12)!;
}
