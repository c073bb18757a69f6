import type { Control } from "../contract";
import { either, short, t } from "../text/text";

type Range = Pick<Control, "low" | "high" | "step">;

/** The range of what stays until it is changed, which a knob sets. */
export function staying<C extends Pick<Control, "low" | "high" | "step" | "lasting_high">>(control: C): C {
  return { ...control, high: control.lasting_high ?? control.high ?? null };
}

/** A step that suits a range where none is given: about a fiftieth, as 1, 2 or 5 times a power of ten. */
export function stepOf({ low, high, step }: Range): number {
  if (step) return step;
  const rough = ((high ?? 100) - (low ?? 0)) / 50;
  const power = 10 ** Math.floor(Math.log10(Math.max(rough, 1e-9)));
  return [1, 2, 5, 10].map((k) => k * power).find((s) => s >= rough - 1e-12)!;
}

export function within({ low, high }: Range, value: number): number {
  return Math.min(Math.max(value, low ?? -Infinity), high ?? Infinity);
}

/** Why a value that was typed cannot be set, with what can be: outside the range of what stays, or, where it has an end, of
 * what may be given. Nothing where it can be. */
export function beyond(control: Control, value: number, ends = false): string {
  const high = (ends ? null : control.lasting_high) ?? control.high ?? Infinity;
  const why = either(control, "why");
  const told = (bound: number) => `${short(bound)} ${control.unit ?? ""}`.trim();
  if (value < (control.low ?? -Infinity)) return t("control.least", { least: told(control.low!) });
  if (value <= high) return "";
  if (!ends && typeof control.lasting_high === "number") return t("control.mostStays", { most: told(high), why });
  // The words are those of what stays; what has an end has another limit.
  const of = why && typeof control.lasting_high !== "number" ? ` (${why})` : "";
  return `${t("order.most", { most: told(high) })}${of}`;
}

/** The value some steps on, on the grid of the steps and within its range. */
export function nudge(range: Range, value: number, steps: number): number {
  const step = stepOf(range);
  const from = range.low ?? 0;
  const place = (value - from) / step;
  const next = steps > 0 ? Math.floor(place + 1e-9) + steps : Math.ceil(place - 1e-9) + steps;
  return within(range, Number((from + next * step).toPrecision(12)));
}

/** How many decimals a value is shown with: those of its step, and more where the value has more. */
export function decimals(range: Range, value: number): number {
  const of = (n: number) => (String(Number(n.toPrecision(6))).split(".")[1] ?? "").length;
  return Math.min(Math.max(of(stepOf(range)), of(value)), 4);
}
