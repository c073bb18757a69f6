import { describe, expect, test, vi } from "vitest";
import { asksHowLong, begun, mostOf, orderOf, returns, timesOf, usualOrder } from "../src/actions/form";
import { inWords } from "../src/actions/words";
import { TwinActions } from "../src/actions/actions";
import { TwinOrder } from "../src/actions/order";
import type { Bed, Control } from "../src/contract";
import { TwinControl } from "../src/devices/control";
import { doseStep, spokenControl, spokenUnit } from "../src/devices/dose";
import { beyond, decimals, nudge, staying, stepOf } from "../src/devices/stepping";
import { Drafts } from "../src/live/drafts";
import { BedFeed } from "../src/live/feed";
import { prefs, setPrefs } from "../src/prefs";
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
    expect(inWords(rhythm, 3, 30)).toBe("Rhythm: Atrial fibrillation for 30 s");
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
    knob.feed = { may: () => true, drafts: new Drafts(), endOf: () => null } as unknown as BedFeed;
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

describe("what is typed and not sent", () => {
  const peep: Control = { id: "vent.peep", group: "device", label: "PEEP", kind: "number", unit: "cmH2O", low: 0, high: 25, now: 5 }; // prettier-ignore
  const bed = { id: "b", title: "", kind: "acute", state: "running", t_s: 60, speed: 1, branch: 0, devices: [], controls: [peep, drug({ spoken: { unit: "µg", factor: 1e-3 } })], view: { waves: [], numbers: [], page_s: 1 } } as Bed; // prettier-ignore
  const told = () => {
    const feed = new BedFeed(structuredClone(bed));
    feed.role = "clinician";
    feed.send = async () => ({ accepted: true, text: "" });
    return feed;
  };
  /** An element that is in no page, as far as what it does asks for one. */
  const aside = (element: object) => {
    Object.assign(element, { renderRoot: { activeElement: null, querySelector: () => null } });
    Object.defineProperty(element, "updateComplete", { value: Promise.resolve(true) });
    (element as { tell(): void }).tell = () => undefined;
  };
  type Knob = { typed(input: { value: string }): void; send(value: number): Promise<void>; updateComplete: unknown };
  const knob = (feed: BedFeed) => Object.assign(new TwinControl(), { feed, control: feed.control("vent.peep")! });
  const type = (of: TwinControl, value: string) => (of as unknown as Knob).typed({ value });

  test("waits in the setting of a device, also for who went to another page and came back", () => {
    const feed = told();
    type(knob(feed), "8");
    expect(feed.drafts.waiting(feed.bed.controls).map((w) => [w.control.id, w.value])).toEqual([["vent.peep", 8]]);
    const page = markup(knob(feed).render());
    expect(page).toContain("waiting");
    expect(page).toMatch(/\.value=8(\.0)?\s/);
    type(knob(feed), "5");
    expect(feed.drafts.waiting(feed.bed.controls)).toEqual([]);
  });
  test("says until when a setting stands that has an end", () => {
    const feed = told();
    expect(markup(knob(feed).render())).not.toContain("until");
    feed.endOf = () => 75;
    expect(markup(knob(feed).render())).toContain("until 01:15");
  });
  test("waits no more once it is set, by whomever, or discarded, and stays where it is refused", async () => {
    const feed = told();
    const answers = [{ accepted: false, text: "no" }, { accepted: true, text: "" }]; // prettier-ignore
    feed.send = async () => answers.shift()!;
    const own = knob(feed);
    aside(own);
    const send = () => (own as unknown as Knob).send(8);
    const n = () => feed.drafts.waiting(feed.bed.controls).length;
    type(own, "8");
    vi.stubGlobal("window", { setTimeout: () => 0, clearTimeout: () => undefined });
    await send();
    expect(n()).toBe(1);
    await send();
    expect([n(), feed.control("vent.peep")!.now]).toEqual([0, 8]);
    vi.unstubAllGlobals();
    type(own, "12");
    feed.control("vent.peep")!.now = 12;
    expect(n()).toBe(0);
    type(own, "14");
    feed.drafts.discard();
    expect(n()).toBe(0);
  });
  test("is not taken for another unit", () => {
    const drafts = new Drafts();
    const limit: Control = { ...peep, id: "low", unit: "mg/dL" };
    drafts.hold(limit, 80);
    expect([drafts.setting(limit), drafts.setting({ ...limit, unit: "mmol/L" })]).toEqual([80, null]);
  });
  test("of an order stays in its form, and its list stays open where it was", () => {
    const feed = told();
    const fresh = () => Object.assign(new TwinOrder(), { control: feed.control("x_rate")!, drafts: feed.drafts });
    type Form = { willUpdate(c: Map<string, unknown>): void; updated(c: Map<string, unknown>): void; value: number; lasts_s: number }; // prettier-ignore
    const begin = () => {
      const form = fresh() as unknown as Form;
      form.willUpdate(new Map([["control", undefined]]));
      return form;
    };
    const first = begin();
    expect([first.value, first.lasts_s]).toEqual([100, 0]);
    first.updated(new Map([["value", 0]]));
    expect(feed.drafts.order("given", feed.control("x_rate")!)).toBeNull();
    Object.assign(first, { value: 150, lasts_s: 300 });
    first.updated(new Map([["value", 100]]));
    expect([begin().value, begin().lasts_s]).toEqual([150, 300]);
    const list = () => Object.assign(new TwinActions(), { feed }) as unknown as Form & { open: string; group: string; sought: string }; // prettier-ignore
    const before = list();
    before.willUpdate(new Map([["feed", undefined]]));
    Object.assign(before, { open: "x_rate", sought: "phen" });
    before.willUpdate(new Map());
    const after = list();
    after.willUpdate(new Map([["feed", undefined]]));
    expect([after.open, after.group, after.sought]).toEqual(["x_rate", "drug", "phen"]);
  });
  test("is planned only of what one's role may do", () => {
    const feed = told();
    const of = (roles: string[]) => {
      for (const control of feed.bed.controls) control.roles = roles as never;
      const list = Object.assign(new TwinActions(), { feed, planned: true });
      return markup(list.render()).includes("data-control");
    };
    feed.role = "clinician";
    expect([of(["clinician", "instructor"]), of(["instructor"])]).toEqual([true, false]);
  });
  test("stays after it was given, and can be given once more", async () => {
    const feed = told();
    const list = Object.assign(new TwinActions(), { feed });
    aside(Object.assign(list, { open: "x_rate" }));
    vi.stubGlobal("window", { setTimeout: () => 0, clearTimeout: () => undefined });
    const event = { stopPropagation: () => undefined, detail: { control: feed.control("x_rate")!, value: 0.15, lasts_s: 0 } }; // prettier-ignore
    await (list as unknown as { onOrder(e: unknown): Promise<void> }).onOrder(event);
    vi.unstubAllGlobals();
    const page = markup(list.render());
    expect(page).toContain("Done at 01:00: Phenylephrine 150 µg");
    expect(page).toContain("<twin-order");
    expect(page).toContain("Give once more");
  });
});

describe("a change with an end", () => {
  const pump = drug({
    ...{ kind: "number", unit: "mg/min", label: "Propofol by its pump", now: 0.008, default: null },
    spoken: { unit: "µg/min", factor: 1e-3 },
  } as const);
  test("returns where it is of what else stays, and not of a dose, an event or what ends by itself", () => {
    expect([returns(pump, 60), returns(pump, null)]).toEqual([true, false]);
    expect([returns(drug({}), 60), returns(drug({ kind: "number", lasts_s: 60 }), 60)]).toEqual([false, false]);
  });
  test("says that and to what it goes back, in both languages", () => {
    const form = (lasts_s: number | null) => {
      const order = new TwinOrder();
      Object.assign(order, { control: pump, lasts_s });
      return markup(order.render());
    };
    expect(form(60)).toContain("After 1 min it goes back to what is set now (8 µg/min).");
    expect(form(null)).not.toContain("goes back");
    setLanguage("ko");
    expect(form(300)).toContain("5분 뒤에는 지금 설정(8 µg/min)으로 돌아갑니다.");
    setLanguage("en");
  });
});

describe("the rate of a drug", () => {
  const pump = drug({
    ...{ kind: "number", unit: "mg/min", high: 1, lasting_high: 0.0472, now: 0.00198, default: null },
    ...{ spoken: { unit: "µg/min", factor: 1e-3 }, per_kg: { unit: "µg/kg/min", factor: 0.066 } },
  } as const);
  const feed = () =>
    new BedFeed({ id: "b", t_s: 1, state: "running", view: { page_s: 1, waves: [], numbers: [] }, devices: [], controls: [pump] } as unknown as Bed); // prettier-ignore
  type Form = { willUpdate(c: Map<string, unknown>): void; value: number };
  const press = () => setPrefs({ perKg: !prefs().perKg });

  test("is said, asked for and limited by the weight of the patient where one wants that", () => {
    expect(inWords(pump, 0.0066)).toBe("Phenylephrine 6.6 µg/min");
    press();
    expect(inWords(pump, 0.0066)).toBe("Phenylephrine 0.1 µg/kg/min");
    expect(orderOf(pump, 0.1, null, 0).value).toBeCloseTo(0.0066, 12);
    expect(spokenControl(pump)).toMatchObject({ unit: "µg/kg/min", now: 0.03 });
    expect(beyond(spokenControl(pump), 0.8)).toContain("at most 0.715 µg/kg/min that stays");
    expect(spokenUnit(drug({})).unit).toBe("mg"); // a dose has no such unit
    press();
  });
  test("stays the same rate where the unit is changed while one fills it in", () => {
    const order = new TwinOrder();
    const form = Object.assign(order, { control: pump }) as unknown as Form;
    form.willUpdate(new Map([["control", undefined]]));
    form.value = 6.6;
    press();
    form.willUpdate(new Map());
    expect(form.value).toBeCloseTo(0.1, 9);
    expect(markup(order.render())).toContain("µg/kg/min");
    press();
    form.willUpdate(new Map());
    expect(form.value).toBeCloseTo(6.6, 9);
  });
  test("on a knob that waits stays the same rate, and a draft of an order is not taken for the other unit", () => {
    const { drafts } = feed();
    const knob = () => markup(Object.assign(new TwinControl(), { feed: Object.assign(feed(), { drafts }), control: pump }).render()); // prettier-ignore
    drafts.hold(pump, 0.0066);
    drafts.fill("given", pump, { value: 6.6, lasts_s: null, after_s: 0 });
    expect(knob()).toContain(".value=6.6");
    press();
    expect(knob()).toContain(".value=0.1");
    expect(drafts.order("given", pump)).toBeNull();
    press();
    expect(drafts.order("given", pump)?.value).toBe(6.6);
  });
});
