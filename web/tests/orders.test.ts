import { describe, expect, test } from "vitest";
import { asksHowLong, begun, mostOf, orderOf, timesOf, usualOrder } from "../src/actions/form";
import { inWords } from "../src/actions/words";
import type { Control } from "../src/contract";
import { TwinControl } from "../src/devices/control";
import { doseStep, spokenControl, spokenUnit } from "../src/devices/dose";
import { beyond, decimals, nudge, staying, stepOf } from "../src/devices/stepping";
import type { BedFeed } from "../src/live/feed";
import { setLanguage } from "../src/text/text";
import { markup } from "./markup";

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
  const small = drug({ spoken: { unit: "µg", factor: 1e-3 } });
  test("speak in the unit that the server says of the drug and send the server's", () => {
    expect(spokenUnit(small)).toEqual({ unit: "µg", factor: 1e-3 });
    expect(spokenControl(small)).toMatchObject({ unit: "µg", low: 0, high: 2000, default: 100 });
    expect(inWords(small, 0.1)).toBe("Phenylephrine 100 µg");
    expect(orderOf(small, 150, 0, 0).value).toBe(0.15);
  });
  test("of a pump are in micrograms where doses of its drug are", () => {
    const of = { kind: "number", unit: "mg/min", spoken: { unit: "µg/min", factor: 1e-3 } } as const;
    const pump = drug({ ...of, high: 1, lasting_high: 0.0472, now: 0.008, default: null });
    expect(spokenControl(pump)).toMatchObject({ unit: "µg/min", high: 1000, lasting_high: 47.2, now: 8 });
    expect(inWords(pump, 0.008)).toBe("Phenylephrine 8 µg/min");
    expect(beyond(spokenControl(pump), 60)).toContain("at most 47.2 µg/min that stays");
  });
  test("leave larger doses in milligrams", () => {
    expect(spokenUnit(drug({ default: 100, high: 400 }))).toEqual({ unit: "mg", factor: 1 });
    expect(inWords(drug({ default: 100 }), 100, 300)).toBe("Phenylephrine 100 mg over 5 min");
  });
  test("of a pump have another ceiling with an end than without, and its knob sets what stays", () => {
    const pump: Control = { ...drug({ kind: "number", unit: "mg/min", high: 200, default: null }), lasting_high: 16.8 };
    expect([mostOf(pump, null), mostOf(pump, 60)]).toEqual([16.8, 200]);
    expect([mostOf(drug({}), 0), mostOf(drug({ kind: "number" }), null)]).toEqual([2, 2]);
    expect([nudge(staying(pump), 16.8, 1), staying(drug({})).high]).toEqual([16.8, 2]);
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

describe("a value that was typed beyond what can be set", () => {
  const pump: Control = {
    ...drug({ kind: "number", unit: "mg/min", high: 200, default: null }),
    ...{ lasting_high: 16.8, why: "the label", why_ko: "허가사항" },
  };
  test("is told what may stay, by which source, and that more needs an end", () => {
    expect(beyond(pump, 120)).toBe("at most 16.8 mg/min that stays (the label); more only with an end");
    expect([beyond(pump, 16.8), beyond(pump, 120, true)]).toEqual(["", ""]);
    expect(beyond(pump, 201, true)).toBe("at most 200 mg/min");
    setLanguage("ko");
    expect(beyond(pump, 120)).toContain("최대 16.8 mg/min(허가사항)");
    setLanguage("en");
  });
  test("is told the range where nothing else limits it", () => {
    const peep = drug({ kind: "number", unit: "cmH2O", low: 2, high: 25, why: "the device" });
    expect([beyond(peep, 1), beyond(peep, 26), beyond(peep, 25)]).toEqual([
      "at least 2 cmH2O",
      "at most 25 cmH2O (the device)",
      "",
    ]);
  });
  test("stays in its knob as it was typed, and is not confirmed", () => {
    const knob = new TwinControl();
    knob.feed = { may: () => true } as unknown as BedFeed;
    knob.control = pump;
    const sent: number[] = [];
    const own = knob as unknown as {
      typed(input: { value: string }): void;
      onKey(event: object): void;
      send(value: number): void;
    };
    own.send = (value) => void sent.push(value);
    own.typed({ value: "120" });
    const page = markup(knob.render());
    expect(page).toContain("120");
    expect(page).toContain("at most 16.8 mg/min that stays");
    own.onKey({ key: "Enter" });
    expect(sent).toEqual([]);
    own.typed({ value: "12" });
    expect(markup(knob.render())).not.toContain("at most");
    own.onKey({ key: "Enter" });
    expect(sent).toEqual([12]);
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

describe("the form of an order", () => {
  const fluid = drug({ id: "crystalloid", unit: "mL", high: 3000, default: 500, lasts_s: 600 });
  const level = (more: Partial<Control>) => drug({ id: "wound", group: "patient", kind: "number", unit: "", ...more });
  test("sends that a dose is given at once, which its own time would take the place of", () => {
    expect(orderOf(fluid, 500, 0, 0)).toMatchObject({ value: 500, lasts_s: 0 });
    expect(orderOf(fluid, 500, begun(fluid).lasts_s, 0)).toMatchObject({ lasts_s: 600 });
    expect(orderOf(drug({}), 0.1, begun(drug({})).lasts_s, 0)).toMatchObject({ value: 0.1, lasts_s: 0 });
  });
  test("says nothing of the time of a level that stays", () => {
    expect("lasts_s" in orderOf(level({}), 1, begun(level({})).lasts_s, 0)).toBe(false);
    expect(timesOf(level({}))).toContain(null);
  });
  test("does not offer that something stays which ends by itself", () => {
    const stimulus = level({ id: "stimulus", high: 2, default: 1.25, lasts_s: 60 });
    expect([begun(stimulus).lasts_s, timesOf(stimulus).includes(null)]).toEqual([60, false]);
    const shock = level({ id: "shock", high: 360, default: 200, lasts_s: 0.1 });
    expect([asksHowLong(shock), begun(shock).lasts_s]).toEqual([false, null]);
  });
  test("offers what is usual with the time it usually takes", () => {
    expect(usualOrder(fluid)).toMatchObject({ value: 500, lasts_s: 600, after_s: 0 });
    expect(usualOrder(drug({}))).toMatchObject({ value: 0.1, lasts_s: 0 });
    expect("lasts_s" in usualOrder(level({ default: 1 }))).toBe(false);
  });
  test("asks of no setting of a device how long it lasts", () =>
    expect(asksHowLong(level({ id: "alarms.heart_rate_low" }))).toBe(false));
  test("begins with what stands, else with what is usual, else with the least; never with the most", () => {
    expect(begun(level({ low: 0, high: 150, default: 0, now: 0 })).value).toBe(0);
    expect(begun(level({ low: 0, high: 30_000, default: null, now: 0 })).value).toBe(0);
    expect(begun(level({ low: 30, high: 200, default: 50, now: 65 })).value).toBe(65);
    expect(begun(level({ low: 4, high: 60, default: null, now: null })).value).toBe(4);
  });
  test("begins with what is usual where nothing stands for long", () => {
    expect(begun(level({ high: 360, default: 200, now: 0, lasts_s: 0.1 })).value).toBe(200);
    expect(begun(fluid).value).toBe(500);
  });
});
