import type { Control } from "../contract";

/** A unit in which people say a dose, and how many of the server's units one is. */
export interface Spoken {
  unit: string;
  factor: number;
}

/** Doses of less than half a milligram are said in micrograms. */
export function spokenUnit(control: Control): Spoken {
  const usual =
    typeof control.default === "number" && control.default > 0 ? control.default : (control.high ?? Infinity);
  if (control.kind === "dose" && control.unit === "mg" && usual < 0.5) return { unit: "µg", factor: 1e-3 };
  return { unit: control.unit ?? "", factor: 1 };
}

/** The control as people speak of it: its range, step and default in the spoken unit. */
export function spokenControl(control: Control): Control {
  const { unit, factor } = spokenUnit(control);
  if (factor === 1) return control;
  const of = (v: number | null | undefined) =>
    v === null || v === undefined ? v : Number((v / factor).toPrecision(9));
  return {
    ...control,
    unit,
    low: of(control.low) ?? null,
    high: of(control.high) ?? null,
    step: of(control.step) ?? null,
    default: typeof control.default === "number" ? of(control.default)! : (control.default ?? null),
  };
}

/** A step for doses around their usual size: about a tenth of it, as 1, 2 or 5 times a power of ten. */
export function doseStep(control: Control): number {
  if (control.step) return control.step;
  const usual = typeof control.default === "number" && control.default > 0 ? control.default : (control.high ?? 10) / 5;
  const power = 10 ** Math.floor(Math.log10(usual / 5));
  return [5, 2, 1].map((k) => k * power).find((s) => s <= usual / 5 + 1e-12)!;
}
