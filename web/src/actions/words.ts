import type { Change, Control } from "../contract";
import { spokenUnit } from "../devices/dose";
import { either, maybe, short, span, t } from "../text/text";

/** A control and the value asked for, in words: `Phenylephrine 100 µg over 5 min`. */
export function inWords(control: Control, value?: number | string | null, lasts_s?: number | null): string {
  const label = either(control, "label");
  if (control.kind === "act" || value === null || value === undefined) return label;
  const what = `${label}${valueInWords(control, value)}`;
  if (!lasts_s) return what;
  return control.kind === "dose"
    ? t("order.over", { what, span: span(lasts_s) })
    : t("order.for", { what, span: span(lasts_s) });
}

function valueInWords(control: Control, value: number | string): string {
  if (control.kind === "choice") {
    const choice = control.choices?.find((c) => c.value === value);
    return `: ${choice ? either(choice, "label") : value}`;
  }
  const { unit, factor } = spokenUnit(control);
  return ` ${typeof value === "number" ? `${short(value / factor)} ${unit}`.trim() : value}`;
}

/** A change of a fork in words, with when it comes. */
export function changeInWords(control: Control | undefined, change: Change): string {
  const what = control ? inWords(control, change.value, change.lasts_s) : change.control;
  return change.after_s > 0 ? t("fork.after", { what, span: span(change.after_s) }) : what;
}

export function routeInWords(control: Control): string {
  return control.route ? (maybe(`route.${control.route}`) ?? control.route) : "";
}
