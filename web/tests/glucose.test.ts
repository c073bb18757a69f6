import { describe, expect, test } from "vitest";
import type { Bed, Entry } from "../src/contract";
import { advised, arrow, boluses, doses, fingerSticks, finer, readings, statistics, zone } from "../src/glucose/day";
import { timeOfDay } from "../src/text/moment";
import { Measure } from "../src/live/measure";
import { worn } from "../src/devices/insulin";
import { BedFeed } from "../src/live/feed";
import { feedAt, until } from "../src/glucose/past";

describe("a day of glucose", () => {
  test("divides readings by the limits of the consensus", () => {
    expect([53, 54, 69, 70, 180, 181, 250, 251].map(zone)).toEqual([0, 1, 1, 2, 2, 3, 3, 4]);
  });
  test("weighs readings by the time for which they stand, and no gap for more than a quarter of an hour", () => {
    const found = statistics([0, 300, 600, 7800], [60, 100, 100, 200], 0, 10_000)!;
    expect(found.seen_s).toBe(300 + 300 + 900 + 60);
    expect(found.shares[1]).toBeCloseTo(300 / 1560);
    expect(found.shares[2]).toBeCloseTo(1200 / 1560);
    expect(found.mean).toBeCloseTo((300 * 60 + 1200 * 100 + 60 * 200) / 1560);
    expect(found.shares.reduce((a, b) => a + b)).toBeCloseTo(1);
  });
  test("says nothing where there was no reading", () => {
    expect(statistics([0, 60], [null, null], 0, 100)).toBeNull();
  });
  test("has an arrow for each trend", () => {
    expect([-3.1, -3, -2, -1.9, -1, -0.9, 0.9, 1, 2, 3, 3.1].map(arrow)).toEqual([
      "down2",
      "down",
      "down",
      "slantDown",
      "slantDown",
      "level",
      "level",
      "slantUp",
      "up",
      "up",
      "up2",
    ]);
  });
  test("finds boluses in the total, one where parts follow each other", () => {
    const t = [0, 60, 120, 180, 3600, 3660];
    expect(boluses(t, [3, 5, 5, 6, 6, 7.5], 0, 4000)).toEqual([
      { t_s: 60, amount: 3 },
      { t_s: 3660, amount: 1.5 },
    ]);
    expect(boluses(t, [3, 5, 5, 6, 6, 7.5], 1000, 4000)).toEqual([{ t_s: 3660, amount: 1.5 }]);
  });
  test("finds finger-sticks where the display of the meter changes", () => {
    expect(fingerSticks([0, 60, 120, 180], [null, 112, 112, 140], 0, 200)).toEqual([
      { t_s: 60, amount: 112 },
      { t_s: 180, amount: 140 },
    ]);
  });
  test("has one reading in five minutes, also where two are the same", () => {
    const t = Array.from({ length: 12 }, (_, i) => 60 * i);
    const held = [90, 90, 90, 90, 90, 90, 90, 90, 90, 90, 95, 95];
    expect(readings(t, held)).toEqual([0, 5, 10]);
    expect(readings([0, 60, 120], [90, null, 90])).toEqual([0, 2]);
  });
  test("shows meals that were granted and those of the script, and none that was refused or is to come", () => {
    const entry = (over: Partial<Entry>): Entry => ({
      seq: 1,
      branch: 0,
      t_s: 100,
      wall: "",
      who: "me",
      kind: "request",
      control: "carbohydrate",
      value: 40,
      text: "",
      accepted: true,
      ...over,
    });
    const script = [
      { control: "carbohydrate", t_s: 50, value: 60 },
      { control: "carbohydrate", t_s: 900, value: 60 },
      { control: "injection", t_s: 50, value: 3 },
    ];
    expect(doses([entry({}), entry({ accepted: false })], script, "carbohydrate", 0, 200)).toEqual([
      { t_s: 50, amount: 60 },
      { t_s: 100, amount: 40 },
    ]);
  });
  test("keeps what is fine and has the rest coarse", () => {
    const whole = { t_s: [0, 600, 1200, 1800], numbers: { glucose: [1, 2, 3, 4] } };
    const recent = { t_s: [1200, 1260], numbers: { glucose: [30, 31] } };
    expect(finer(whole, recent)).toEqual({ t_s: [0, 600, 1200, 1260], numbers: { glucose: [1, 2, 30, 31] } });
  });
  test("reads as a clock", () => {
    expect([0, 43_500, 86_400 + 3600].map(timeOfDay)).toEqual(["00:00", "12:05", "01:00"]);
  });
});

describe("the advice of a bolus calculator", () => {
  const therapy = { carbohydrate_ratio: 14, correction_factor: 40, target: 110 };
  test("covers the meal and the correction that is not on board", () => {
    expect(advised(therapy, 56, 190, 0.5)).toEqual({ meal: 4, correction: 1.5, dose: 5.5 });
  });
  test("never takes insulin on board from a meal", () => {
    expect(advised(therapy, 56, 150, 3).dose).toBeCloseTo(4);
  });
  test("gives less below the target, and never less than nothing", () => {
    expect(advised(therapy, 28, 70, 0).dose).toBeCloseTo(1);
    expect(advised(therapy, 0, 60, 0).dose).toBe(0);
  });
  test("rounds down to what a pump gives, and advises the meal alone where there is no reading", () => {
    expect(advised(therapy, 10, null, 0).dose).toBeCloseTo(0.7);
  });
});

const bed = (): Bed => ({
  id: "b",
  title: "B",
  kind: "diabetes",
  state: "running",
  t_s: 0,
  speed: 60,
  branch: 0,
  view: {
    waves: [],
    numbers: [
      {
        id: "glucose",
        label: "glucose",
        unit: "mg/dL",
        colour: "glucose",
        digits: 0,
        limits: { low_control: "receiver.low_limit" },
      },
      { id: "IOB", label: "IOB", unit: "U", colour: "insulin", digits: 2 },
    ],
    page_s: 60,
  },
  devices: [
    { id: "sensor", kind: "cgm", label: "Sensor", shows: [{ id: "cgm", label: "", unit: "mg/dL", digits: 0 }] },
  ],
  controls: [
    {
      id: "receiver.low_limit",
      group: "alarm",
      kind: "number",
      label: "Low",
      unit: "mg/dL",
      low: 60,
      high: 100,
      now: 70,
    },
  ],
});

describe("mmol/L", () => {
  const numbers = { kind: "numbers" as const, bed: "b", t_s: 60, alarms: [], alarm_sound: 0 as const };
  test("is what everything of glucose is read in, and nothing else", () => {
    const feed = new BedFeed(bed(), "mmol/L");
    feed.message({ ...numbers, values: { glucose: 180.16, IOB: 2 }, devices: { sensor: { cgm: 90.08 } } });
    expect(feed.numbers["glucose"]).toBeCloseTo(10);
    expect(feed.numbers["IOB"]).toBe(2);
    expect(feed.devices["sensor"]!["cgm"]).toBeCloseTo(5);
    expect(feed.bed.view.numbers[0]).toMatchObject({ unit: "mmol/L", digits: 1 });
    expect(feed.limits(feed.bed.view.numbers[0]!).low).toBeCloseTo(3.8854, 3);
    expect(feed.trends.numbers["glucose"]![0]).toBeCloseTo(10);
  });
  test("goes back to mg/dL without loss", () => {
    const feed = new BedFeed(bed(), "mmol/L");
    feed.message({ ...numbers, values: { glucose: 180.16, IOB: 2 }, devices: {} });
    feed.use("mg/dL");
    expect(feed.numbers["glucose"]).toBeCloseTo(180.16);
    expect(feed.trends.numbers["glucose"]![0]).toBeCloseTo(180.16);
    expect(feed.control("receiver.low_limit")).toMatchObject({ unit: "mg/dL", low: 60, now: 70 });
  });
  test("asks the server in mg/dL, and the least that may be set stays allowed", () => {
    const measure = new Measure(bed(), "mmol/L");
    const low = measure.bed().controls[0]!.low!;
    expect(measure.asked("receiver.low_limit", low)).toBe(60);
    expect(measure.changes([{ control: "receiver.low_limit", value: 5, after_s: 0 }], "asked")[0]!.value).toBe(90.1);
  });
});

describe("a sensor", () => {
  test("is as old as it was at the start and since, and new again at the end of its life", () => {
    const day = 86_400;
    expect(worn(0, 10 * day, 2 * day)).toBe(2 * day);
    expect(worn(8 * day + 60, 10 * day, 2 * day)).toBe(60);
  });
});

describe("the past of a bed of glucose", () => {
  const bed = {
    id: "b",
    title: "B",
    kind: "diabetes",
    state: "running",
    t_s: 600,
    speed: 1,
    branch: 1,
    view: {
      page_s: 60,
      waves: [],
      numbers: [{ id: "glucose", label: "", unit: "mg/dL", colour: "glucose", digits: 0 }],
    },
    devices: [],
    controls: [
      { id: "delivery_suspended", group: "device", label: "", kind: "choice", now: 1 },
      { id: "controller_paused", group: "device", label: "", kind: "choice", now: 0 },
      { id: "temporary_basal", group: "device", label: "", kind: "number", now: 100 },
    ],
  } as unknown as Bed;
  const set = (seq: number, t_s: number, control: string, value: number, lasts_s: number | null = null, branch = 0) =>
    ({ seq, branch, t_s, control, value, accepted: true, kind: "request", data: { lasts_s } }) as unknown as Entry;

  function lived(): BedFeed {
    const feed = new BedFeed(bed);
    feed.trends = { t_s: [60, 120, 180, 240], numbers: { glucose: [100, 110, 120, 130] } };
    feed.branches = [
      { id: 0, parent: null, from_t_s: 0 },
      { id: 1, parent: 0, from_t_s: 300 },
    ];
    feed.entries = [
      set(1, 60, "temporary_basal", 50, 60),
      set(2, 150, "delivery_suspended", 1),
      set(3, 400, "delivery_suspended", 0, null, 0), // on the branch that was left
      set(4, 450, "delivery_suspended", 1, null, 1),
    ];
    feed.pastAlarms = [
      { id: "low", priority: 2, text: "low", t_s: 100, until_s: 200 },
      { id: "high", priority: 2, text: "high", t_s: 230, until_s: null },
    ];
    return feed;
  }

  test("ends at the moment: trends, numbers, alarms, entries", () => {
    const past = feedAt(lived(), 180);
    expect(past.trends).toEqual({ t_s: [60, 120, 180], numbers: { glucose: [100, 110, 120] } });
    expect(past.numbers["glucose"]).toBe(120);
    expect(past.alarms.map((a) => a.id)).toEqual(["low"]);
    expect(past.entries.map((e) => e.seq)).toEqual([1, 2]);
    expect(past.clock).toMatchObject({ t_s: 180, state: "paused", branch: 1 });
    expect(past.send).toBeNull();
  });
  test("lets controls stand as they were set by then, and says nothing of what is not kept", () => {
    const at = (t_s: number, id: string) => feedAt(lived(), t_s).control(id)?.now;
    expect(at(90, "temporary_basal")).toBe(50);
    expect(at(130, "temporary_basal")).toBeNull(); // it had ended
    expect(at(90, "delivery_suspended")).toBeNull(); // before somebody first set it
    expect(at(180, "delivery_suspended")).toBe(1);
    expect(at(420, "delivery_suspended")).toBe(1); // what was set on another branch does not hold
    expect(at(90, "controller_paused")).toBe(0); // nobody ever did
    const live = lived();
    feedAt(live, 90);
    expect(live.control("temporary_basal")?.now).toBe(100);
  });
  test("takes finer trends of the server in the unit of the page", () => {
    const feed = lived();
    feed.use("mmol/L");
    const past = feedAt(feed, 150, { t_s: [120, 150, 180], numbers: { glucose: [110, 180.16, 200] } });
    expect(past.numbers["glucose"]).toBeCloseTo(10, 2);
    expect(past.trends.t_s).toEqual([120, 150]);
  });
  test("shows what devices showed then, in the unit of the page", () => {
    const feed = lived();
    feed.devices = { sensor: { cgm: 300 } };
    const then = { sensor: { cgm: 90.08 }, loop: { controller_mode: 1 } };
    expect(feedAt(feed, 150, null, then).devices).toEqual(then);
    expect(feedAt(feed, 150).devices).toEqual({}); // what is not kept is not made of what holds now
  });
  test("is empty before anything was known", () => {
    expect(until({ t_s: [60], numbers: { glucose: [100] } }, 30)).toEqual({ t_s: [], numbers: { glucose: [] } });
    expect(feedAt(lived(), 30).numbers["glucose"]).toBeNull();
  });
});
