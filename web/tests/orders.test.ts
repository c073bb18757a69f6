import { describe, expect, test } from "vitest";
import { inWords } from "../src/actions/words";
import type { Control } from "../src/contract";
import { doseStep, spokenControl, spokenUnit } from "../src/devices/dose";
import { decimals, nudge, stepOf } from "../src/devices/stepping";

const drug = (more: Partial<Control>): Control => ({
  id: "x_rate",
  group: "drug",
  label: "Phenylephrine",
  label_ko: "페닐에프린",
  kind: "dose",
  unit: "mg",
  low: 0,
  high: 2,
  default: 0.1,
  ...more,
});

describe("orders", () => {
  test("speak of small doses in micrograms and send milligrams", () => {
    expect(spokenUnit(drug({}))).toEqual({ unit: "µg", factor: 1e-3 });
    expect(spokenControl(drug({}))).toMatchObject({ unit: "µg", low: 0, high: 2000, default: 100 });
    expect(inWords(drug({}), 0.1)).toBe("Phenylephrine 100 µg");
  });
  test("leave larger doses in milligrams", () => {
    expect(spokenUnit(drug({ default: 100, high: 400 }))).toEqual({ unit: "mg", factor: 1 });
    expect(inWords(drug({ default: 100 }), 100, 300)).toBe("Phenylephrine 100 mg over 5 min");
  });
  test("step doses by about a tenth to a fifth of what is usual", () => {
    for (const usual of [0.1, 2, 50, 100, 500]) {
      const step = doseStep(drug({ default: usual, unit: "mg" }));
      expect(step / usual).toBeGreaterThanOrEqual(0.07);
      expect(step / usual).toBeLessThanOrEqual(0.2 + 1e-9);
    }
  });
  test("say a choice by its name", () => {
    const rhythm = drug({ kind: "choice", label: "Rhythm", choices: [{ value: 3, label: "Atrial fibrillation" }] });
    expect(inWords(rhythm, 3)).toBe("Rhythm: Atrial fibrillation");
  });
});

describe("steps of a knob", () => {
  const peep = { low: 0, high: 25, step: 1 };
  test("stay within the range", () => expect([nudge(peep, 25, 1), nudge(peep, 0, -1)]).toEqual([25, 0]));
  test("stay on the grid of the steps", () => {
    expect(nudge({ low: 0.21, high: 1, step: 0.05 }, 0.5, 1)).toBeCloseTo(0.51, 9);
    expect([nudge(peep, 4.4, 1), nudge(peep, 4.4, -1)]).toEqual([5, 4]);
  });
  test("do not gather the dust of binary fractions", () => {
    let value = 0;
    for (let i = 0; i < 3; i++) value = nudge({ low: 0, high: 1, step: 0.1 }, value, 1);
    expect(value).toBe(0.3);
  });
  test("suit a range that names no step", () =>
    expect([stepOf({ low: 0, high: 300 }), stepOf({ low: 0, high: 1 })]).toEqual([10, 0.02]));
  test("show as many decimals as they need", () =>
    expect([decimals(peep, 5), decimals({ low: 0, high: 1, step: 0.05 }, 0.5), decimals(peep, 5.5)]).toEqual([
      0, 2, 1,
    ]));
});
