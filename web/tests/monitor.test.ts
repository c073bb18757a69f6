import { Sight } from "../src/monitor/sight";
import { describe, expect, test, vi } from "vitest";
import type { Alarm, Bed, Message, NumberView, View, WaveView } from "../src/contract";
import { cuffSince } from "../src/live/cuff";
import { BedFeed } from "../src/live/feed";
import { alarmsAt, asOf } from "../src/live/latching";
import {
  isOff,
  alarmingOf,
  beside,
  digits,
  limitsOf,
  looked,
  mean,
  numbersOf,
  readingsOf,
  spoken,
} from "../src/monitor/reading";
import { TwinNumber, unitFits } from "../src/monitor/number";
import { announced, calls, foremost, goneInWords, noAlarm } from "../src/monitor/standing";
import { WaveRing } from "../src/live/ring";
import { autoRange, leaves, shifted, stepped } from "../src/sweep/auto";
import { ordered, pxPerS, scaleOf } from "../src/sweep/paper";
import { markup } from "./markup";

const number = (id: string, more: Partial<NumberView> = {}): NumberView => ({
  id,
  label: id,
  unit: "mmHg",
  colour: "arterial",
  digits: 0,
  ...more,
});
const wave = (id: string, colour: WaveView["colour"], more: Partial<WaveView> = {}): WaveView => ({
  id,
  label: id,
  unit: "mmHg",
  colour,
  window_s: 6,
  low: 0,
  high: 100,
  rate_hz: 100,
  offset: 0,
  scale: 1,
  inverted: false,
  ...more,
});
const VIEW: View = {
  page_s: 1,
  waves: [
    wave("co2_wave", "co2"),
    wave("ecg_ii", "ecg", { unit: "mV", low: -0.5, high: 1.5 }),
    wave("ecg_v5", "ecg"),
    wave("ecg_i", "ecg"),
    wave("arterial_pressure", "arterial"),
    wave("airway_flow", "airway"),
  ],
  numbers: [
    number("HR", { wave: "ecg_ii", unit: "/min", limits: { low_control: "alarms.low", high: 120 } }),
    number("SYS", { wave: "arterial_pressure" }),
    number("DIA"),
    number("MAP"),
    number("etCO2", { wave: "co2_wave", colour: "co2" }),
    number("RR", { wave: "resp", colour: "respiration" }),
    number("Temp", { colour: "temperature" }),
  ],
};
const BED: Bed = {
  id: "b",
  title: "B",
  kind: "acute",
  state: "running",
  t_s: 500,
  speed: 1,
  branch: 0,
  view: VIEW,
  devices: [{ id: "alarms", kind: "alarm_system", label: "", shows: [] }],
  controls: [
    { id: "alarms.low", group: "alarm", label: "low", kind: "number", now: 50 },
    { id: "alarm_paused", group: "alarm", label: "pause", kind: "act" },
    { id: "leak", group: "fault", label: "leak", kind: "number" },
  ],
};
const alarm = (id: string, priority: 1 | 2 | 3, more: Partial<Alarm> = {}): Alarm => ({
  id,
  priority,
  text: id,
  acknowledged: false,
  ...more,
});
const VALUES = { HR: 72, SYS: 118, DIA: 64, MAP: 82, etCO2: null, Temp: 36.5 };

describe("what calls from other beds", () => {
  const bed = (title: string, alarms: Alarm[], isStale = false) => ({ isStale, alarms, bed: { ...BED, title } });
  test("is of each bed what nobody acknowledged, the most urgent first, and nothing of a line that is lost", () => {
    const beds = [
      bed("quiet", []),
      bed("seen", [alarm("asystole", 3, { acknowledged: true })]),
      bed("over", [alarm("apnoea", 3, { latched: true })]),
      bed("low", [alarm("SpO2", 1)]),
      bed("high", [alarm("SpO2", 1), alarm("apnoea", 3)]),
      bed("lost", [alarm("apnoea", 3)], true),
    ];
    expect(calls(beds).map((c) => [c.bed.title, c.alarm.id])).toEqual([
      ["high", "apnoea"],
      ["over", "apnoea"],
      ["low", "SpO2"],
    ]);
  });
});

describe("readings", () => {
  test("of what drugs do are there once they have a value", () => {
    const view = { ...VIEW, numbers: [...VIEW.numbers, number("TOF", { of_body: true, of_drugs: true })] };
    const ids = (values: Record<string, number | null>) => looked(view, values).numbers.map((n) => n.id);
    expect(ids({ TOF: null })).not.toContain("TOF");
    expect(ids({ TOF: 40 })).toContain("TOF");
    expect(ids({ TOF: null })).toContain("etCO2");
    expect(looked(VIEW, {})).toBe(VIEW);
  });
  test("join systolic, diastolic and mean, and stand beside their wave", () => {
    expect(readingsOf(VIEW).map((r) => r.id)).toEqual(["HR", "ABP", "etCO2", "RR", "Temp"]);
    const { byWave, alone } = beside(VIEW);
    expect(byWave.get("arterial_pressure")!.map((r) => r.id)).toEqual(["ABP"]);
    expect(byWave.get("co2_wave")!.map((r) => r.id)).toEqual(["etCO2", "RR"]);
    expect(alone.map((r) => r.id)).toEqual(["Temp"]);
  });
  test("show dashes where there is no reading", () => {
    const [, abp, co2] = readingsOf(VIEW);
    expect([digits(abp!, VALUES), mean(abp!, VALUES), digits(co2!, VALUES)]).toEqual(["118/64", "82", "--"]);
    expect(spoken(abp!, VALUES)).toBe("ABP 118/64 (82) mmHg");
  });
  test("have the limits that their controls stand at", () => {
    const feed = new BedFeed(structuredClone(BED));
    expect(limitsOf(feed, readingsOf(VIEW)[0]!)).toMatchObject({ low: 50, high: 120 });
    feed.message({
      kind: "entry",
      bed: "b",
      entry: {
        seq: 1,
        branch: 0,
        t_s: 1,
        wall: "",
        who: "",
        kind: "request",
        control: "alarms.low",
        value: 44,
        text: "",
        accepted: true,
      },
    });
    expect(limitsOf(feed, readingsOf(VIEW)[0]!)).toMatchObject({ low: 44 });
  });
  test("alarm with the highest alarm that is about them", () => {
    const [hr, abp] = readingsOf(VIEW);
    const alarms = [alarm("heart_rate_low", 2), alarm("asystole", 3), alarm("ventilator_high_pressure", 3)];
    const priority = (r: typeof hr, of: Alarm[]) => alarmingOf(r!, of).priority;
    expect([priority(hr, alarms), priority(abp, alarms)]).toEqual([3, 0]);
    expect(priority(abp, [alarm("x", 1, { numbers: ["MAP"] })])).toBe(1);
    expect(numbersOf(alarm("pressure_very_low", 3))).toContain("MAP");
  });
});

describe("strips", () => {
  test("stand as the bed lists them, the capnogram last, flow left to the ventilator", () => {
    expect(ordered(VIEW.waves).map((w) => w.wave.id)).toEqual([
      "ecg_ii",
      "ecg_v5",
      "ecg_i",
      "arterial_pressure",
      "co2_wave",
    ]);
    expect(ordered(VIEW.waves).map((w) => w.place)).toEqual([1, 2, 3, 4, 0]);
  });
  test("are, where there is not room for all, one of each kind before a second lead", () => {
    expect(ordered(VIEW.waves, null, 3).map((w) => w.wave.id)).toEqual(["ecg_ii", "arterial_pressure", "co2_wave"]);
    expect(ordered(VIEW.waves, null, 4).map((w) => w.wave.id)).toEqual([
      "ecg_ii",
      "ecg_v5",
      "arterial_pressure",
      "co2_wave",
    ]);
  });
  test("are those that somebody chose", () =>
    expect(ordered(VIEW.waves, ["co2_wave", "ecg_i"]).map((w) => w.wave.id)).toEqual(["ecg_i", "co2_wave"]));
  test("that are not swept leave their numbers to stand alone", () => {
    expect(beside(VIEW, ["ecg_ii"]).alone.map((r) => r.id)).toEqual(["ABP", "etCO2", "RR", "Temp"]);
  });
  test("run at 25 mm/s, and at 6.25 mm/s where somebody breathes", () => {
    expect([pxPerS(VIEW.waves[1]!, 4), pxPerS(VIEW.waves[0]!, 4)]).toEqual([100, 25]);
  });
  test("draw a millivolt 10 mm high", () => {
    const scale = scaleOf(VIEW.waves[1]!, 4, 108);
    const pixelsOfAMillivolt = (108 - 8) / (scale.high - scale.low);
    expect(pixelsOfAMillivolt).toBeCloseTo(40, 9);
    expect((scale.high + scale.low) / 2).toBeCloseTo(0.5, 9);
  });
});

describe("the feed of a bed", () => {
  test("lets a role do what the group of a control allows", () => {
    const feed = new BedFeed(structuredClone(BED));
    feed.send = async () => ({ accepted: true, text: "" });
    const may = (role: BedFeed["role"], id: string) => ((feed.role = role), feed.may(feed.control(id)));
    expect([
      may("viewer", "leak"),
      may("engineer", "leak"),
      may("clinician", "leak"),
      may("clinician", "alarm_paused"),
      may("administrator", "leak"),
    ]).toEqual([false, true, false, true, true]);
    expect(feed.may(undefined)).toBe(false);
    feed.setAway(true);
    expect([may("administrator", "leak"), feed.isStale]).toEqual([false, true]);
  });
  test("forgets, on another branch, what came after the moment it began", () => {
    const feed = new BedFeed(structuredClone(BED));
    for (const t_s of [1, 2, 3])
      feed.message({ kind: "numbers", bed: "b", t_s, values: { HR: t_s }, alarms: [], alarm_sound: 0, devices: {} });
    feed.message({ kind: "clock", bed: "b", t_s: 2, state: "running", speed: 1, branch: 1 });
    expect(feed.trends.t_s).toEqual([1, 2]);
    expect(feed.trends.numbers["HR"]).toEqual([1, 2]);
  });
  test("puts the past behind what came live meanwhile", () => {
    const feed = new BedFeed(structuredClone(BED));
    for (const t_s of [9, 10])
      feed.message({ kind: "numbers", bed: "b", t_s, values: { HR: t_s }, alarms: [], alarm_sound: 0, devices: {} });
    feed.setTrends({ t_s: [1, 5, 9], numbers: { HR: [1, 5, 9] } });
    expect(feed.trends.t_s).toEqual([1, 5, 9, 10]);
    expect(feed.trends.numbers["HR"]).toEqual([1, 5, 9, 10]);
    expect(feed.trends.numbers["Temp"]).toEqual([null, null, null, null]);
  });
  test("knows of its past when the cuff measured", () => {
    const feed = new BedFeed({ ...structuredClone(BED), view: { ...VIEW, numbers: [number("NSYS")] } });
    feed.setTrends({ t_s: [10, 20, 30], numbers: { NSYS: [120, 118, 118] } });
    expect(feed.cuff_s).toBe(20);
  });
  test("shows no number that nobody told, such as the mean of a stretch of its past", () => {
    const feed = new BedFeed(structuredClone(BED));
    feed.setTrends({ t_s: [100, 500], numbers: { HR: [70, 75.4] } });
    expect(feed.numbers).toEqual({});
    feed.message({ kind: "numbers", bed: "b", t_s: 500, values: { HR: 81 }, alarms: [], alarm_sound: 0, devices: {} });
    expect(feed.numbers["HR"]).toBe(81);
  });
  test("shows the waves from before where time stands still", () => {
    const feed = new BedFeed({ ...structuredClone(BED), state: "paused" });
    expect(feed.now(1)).toBeNaN();
    feed.before({ bed: 0, seq: 0, t0_s: 499, period_s: 0.01, waves: new Map([[1, new Int16Array(100)]]) }, 1);
    feed.now(2);
    expect(feed.now(9)).toBeCloseTo(500, 6);
  });
  test("shows waves that came from before where time stands still later, and asks for them where none came", () => {
    const asked = vi.fn();
    const of = (state: "running" | "paused") =>
      ({ kind: "clock", bed: "b", t_s: 500, state, speed: 1, branch: 0 }) as const;
    const feed = new BedFeed({ ...structuredClone(BED), t_s: 500, state: "running" });
    feed.addEventListener("blank", asked);
    feed.message(of("paused"));
    expect([asked.mock.calls.length, feed.now()]).toEqual([1, NaN]);
    feed.message(of("running"));
    const drawn = vi.fn();
    feed.addEventListener("change", drawn);
    feed.before({ bed: 0, seq: 0, t0_s: 499, period_s: 0.01, waves: new Map([[1, new Int16Array(100)]]) });
    expect(drawn).toHaveBeenCalledOnce(); // a wave without a scale of its own is scaled to what came
    expect(feed.now()).toBeNaN();
    feed.message(of("paused"));
    expect(feed.now(performance.now() / 1000 + 9)).toBeCloseTo(500, 6);
    expect(asked).toHaveBeenCalledOnce();
  });
  test("counts the frames that were dropped", () => {
    const feed = new BedFeed(structuredClone(BED));
    for (const seq of [1, 2, 5])
      feed.frame({ bed: 0, seq, t0_s: seq, period_s: 0.5, waves: new Map([[1, Int16Array.from([1, 2])]]) }, seq);
    expect(feed.lost).toBe(2);
    expect(feed.rings[1]!.at(10)).toBe(1);
    expect(feed.rings[1]!.at(7)).toBeNaN();
  });
});

describe("the alarms of a bed", () => {
  const numbers = (t_s: number, alarms: Alarm[]) => ({
    kind: "numbers" as const,
    bed: "b",
    t_s,
    values: {},
    alarms,
    alarm_sound: 0 as const,
    devices: {},
  });
  test("are noted with when they began and when they ended", () => {
    const feed = new BedFeed(structuredClone(BED));
    feed.message(numbers(1, [alarm("a", 2)]));
    feed.message(numbers(2, [alarm("a", 2), alarm("b", 3)]));
    feed.message(numbers(3, [alarm("b", 3)]));
    feed.message(numbers(4, [alarm("a", 2), alarm("b", 3)]));
    expect(feed.pastAlarms.map((p) => [p.id, p.t_s, p.until_s])).toEqual([
      ["a", 1, 3],
      ["b", 2, null],
      ["a", 4, null],
    ]);
    expect(feed.alarms.map((a) => a.id)).toEqual(["b", "a"]);
  });
});

describe("alarms of which some were acknowledged", () => {
  const seen = (id: string, priority: 1 | 2 | 3) => alarm(id, priority, { acknowledged: true });
  const heart = seen("heart_rate_very_low", 3);
  const cold = alarm("temperature_low", 1);
  test("give the line to what nobody acknowledged, which is what sounds", () => {
    expect(foremost([heart, cold]).map((a) => a.id)).toEqual(["temperature_low"]);
    expect(foremost([heart, seen("pressure_very_low", 3), seen("x", 2)]).map((a) => a.id)).toEqual([
      "heart_rate_very_low",
      "pressure_very_low",
    ]);
    expect(foremost([])).toEqual([]);
  });
  test("are told to who hears them as long as they stand", () => {
    expect(announced([heart, cold])).toBe("low priority: Temperature_low");
    expect(announced([heart])).toBe("All alarms are acknowledged (1)");
    expect(announced([])).toBe("No alarm");
  });
  test("are none only of what one is connected with and has numbers of", () => {
    const said = (isStale: boolean, HR: number | null) => noAlarm({ isStale, numbers: { HR, SpO2: null } });
    expect([said(false, 70), said(false, null), said(true, 70)]).toEqual([
      "No alarm",
      "No numbers yet",
      "Unknown: not connected",
    ]);
  });
  test("let a number flash until the last alarm about it is acknowledged", () => {
    const [hr] = readingsOf(VIEW);
    expect(alarmingOf(hr!, [heart, cold]).acknowledged).toBe(true);
    expect(alarmingOf(hr!, [heart, alarm("heart_rate_low", 2)]).acknowledged).toBe(false);
  });
  test("stay as they are while the sound is paused", () => {
    const feed = new BedFeed(structuredClone(BED));
    const told = { kind: "numbers" as const, bed: "b", t_s: 1, values: {}, devices: {} };
    feed.message({ ...told, alarms: [heart, alarm("pressure_very_low", 3)], alarm_sound: 3 });
    const before = [foremost(feed.alarms), announced(feed.alarms)];
    feed.message({ ...told, t_s: 2, alarms: [heart, alarm("pressure_very_low", 3)], alarm_sound: 0 });
    expect([foremost(feed.alarms), announced(feed.alarms)]).toEqual(before);
  });
});

describe("the pause of the sound", () => {
  const told = { kind: "numbers" as const, bed: "b", values: {}, alarms: [], alarm_sound: 0 as const, devices: {} };
  test("lasts as long as the alarm system says, whatever that is set to", () => {
    const feed = new BedFeed(structuredClone(BED));
    expect(feed.pauseLeft_s).toBe(0);
    feed.message({ ...told, t_s: 1, pause_left_s: 299 });
    expect(feed.pauseLeft_s).toBe(299);
    feed.message({ ...told, t_s: 2, pause_left_s: 0 });
    expect(feed.pauseLeft_s).toBe(0);
  });
  test("is not guessed from the log", () => {
    const feed = new BedFeed(structuredClone(BED));
    const entry = { seq: 1, branch: 0, t_s: 499, wall: "", who: "", kind: "request", text: "", accepted: true };
    feed.setLog({ entries: [{ ...entry, control: "alarm_paused" }], branches: [] });
    feed.message({ ...told, t_s: 501 });
    expect(feed.pauseLeft_s).toBe(0);
  });
});

test("looking back shows the alarms that stood then, without flashing", () => {
  const pastAlarms = [
    { id: "a", priority: 1 as const, text: "a", t_s: 10, until_s: 20 },
    { id: "b", priority: 3 as const, text: "b", t_s: 15, until_s: null },
    { id: "c", priority: 2 as const, text: "c", t_s: 30, until_s: null },
  ];
  expect(alarmsAt({ pastAlarms }, 16).map((a) => [a.id, a.acknowledged])).toEqual([
    ["b", true],
    ["a", true],
  ]);
  expect(alarmsAt({ pastAlarms }, 20).map((a) => a.id)).toEqual(["b"]);
});

describe("the place of an electrocardiogram on its strip", () => {
  const ring = (of: (i: number) => number) => {
    const made = new WaveRing(1000, 0.01);
    made.write(
      0,
      Array.from({ length: 800 }, (_, i) => of(i)),
    );
    return made;
  };
  test("moves down with what is mostly below, and keeps its height", () => {
    const [low, high] = shifted(
      ring((i) => (i % 80 < 12 ? -0.9 : 0.2)),
      8,
      -0.5,
      1.5,
    );
    expect(low).toBeCloseTo(-0.9, 6);
    expect(high - low).toBeCloseTo(2, 9);
  });
  test("does not move with the spikes of a pacemaker", () => {
    expect(
      shifted(
        ring((i) => (i % 400 === 0 ? 5 : 0.2)),
        8,
        -0.5,
        1.5,
      ),
    ).toEqual([-0.5, 1.5]);
  });
  test("moves up only as far as the bottom stays inside", () => {
    expect(
      shifted(
        ring((i) => (i % 2 ? 3 : -0.3)),
        8,
        -0.5,
        1.5,
      )[0],
    ).toBeCloseTo(-0.3, 6);
    expect(
      shifted(
        ring((i) => (i % 2 ? 1 : 0)),
        8,
        -0.5,
        1.5,
      ),
    ).toEqual([-0.5, 1.5]);
  });
});

test("a wave without a scale keeps its own until what comes leaves it or fills less than half of it", () => {
  const ring = new WaveRing(1000, 0.01);
  ring.write(
    0,
    Array.from({ length: 800 }, (_, i) => Math.sin(i / 10)),
  );
  const first = autoRange(ring, 8, null)!;
  expect(first[0]).toBeLessThan(-1);
  expect(first[1]).toBeGreaterThan(1);
  const again = new WaveRing(1000, 0.01);
  again.write(
    0,
    Array.from({ length: 800 }, (_, i) => 0.8 * Math.sin(i / 10)),
  );
  expect(autoRange(again, 8, first)).toEqual(first);
  const small = new WaveRing(1000, 0.01);
  small.write(
    0,
    Array.from({ length: 800 }, (_, i) => 0.2 * Math.sin(i / 10)),
  );
  expect(autoRange(small, 8, first)![1]).toBeLessThan(0.4);
});

test("a wave leaves a scale where what is new is outside of it", () => {
  const ring = new WaveRing(100, 0.01);
  ring.write(0, [0, 2, 0.5, NaN, 0.4]);
  expect(leaves(ring, 0, [0, 1])).toBe(true);
  expect(leaves(ring, 2, [0, 1])).toBe(false);
  expect(leaves(ring, 2, [0.45, 1])).toBe(true);
  expect(leaves(ring, 5, [0.45, 1])).toBe(false);
  expect(leaves(undefined, 0, [0, 1])).toBe(false);
});

test("a colour that no theme knows is neutral", () => {
  const bed = structuredClone(BED);
  (bed.view.numbers[0] as { colour: string }).colour = "white";
  const [first, second] = new BedFeed(bed).bed.view.numbers;
  expect([first!.colour, second!.colour]).toEqual(["neutral", "arterial"]);
});

test("going back, an alarm that ended later stands again, and none is begun by what stood after", () => {
  const feed = new BedFeed(structuredClone(BED));
  feed.setLog({ entries: [], branches: [], alarms: [{ id: "a", priority: 3, text: "a", t_s: 10, until_s: 150 }] });
  const numbers = (t_s: number, alarms: Alarm[]) =>
    feed.message({ kind: "numbers", bed: "b", t_s, values: {}, alarms, alarm_sound: 0, devices: {} });
  numbers(500, [alarm("later", 2)]);
  feed.message({ kind: "clock", bed: "b", t_s: 60, state: "running", speed: 1, branch: 1 });
  feed.setLog({ entries: [], branches: [], alarms: [{ id: "a", priority: 3, text: "a", t_s: 10, until_s: null }] });
  numbers(61, [alarm("a", 3)]);
  expect(feed.pastAlarms.map((p) => [p.id, p.t_s, p.until_s])).toEqual([["a", 10, null]]);
});

describe("an alarm whose condition is gone, and that nobody acknowledged", () => {
  const apnoea = alarm("apnoea", 3, { text: "apnoea", numbers: ["RR"], latched: true });
  const said = (t_s: number, alarms: Alarm[]) =>
    ({ kind: "numbers", bed: "b", t_s, values: {}, alarms, alarm_sound: 3, devices: {} }) as Message;
  test("says since when, also where it came back in between and to who looks at a moment of the past", () => {
    const feed = new BedFeed(structuredClone(BED));
    const there = { ...apnoea, latched: false };
    for (const [t_s, a] of [
      [500, there],
      [510, apnoea],
      [520, there],
      [530, apnoea],
      [568, apnoea],
    ] as const)
      // prettier-ignore
      feed.message(said(t_s, [a]));
    expect(feed.pastAlarms[0]!.latched).toEqual([
      [510, 520],
      [530, null],
    ]);
    expect(goneInWords(feed.alarms[0]!, feed, 568)).toBe("was 38 s ago");
    expect(goneInWords(there, feed, 568)).toBe("");
    const then = (t_s: number) => alarmsAt(feed, t_s).map((a) => a.latched);
    expect([then(505), then(515), then(525), then(531)]).toEqual([[false], [true], [false], [true]]);
    feed.message(said(570, []));
    expect(feed.pastAlarms[0]).toMatchObject({ until_s: 570, latched: [[510, 520], [530, 570]] }); // prettier-ignore
    expect(asOf(feed.pastAlarms, 515)).toMatchObject([{ until_s: null, latched: [[510, null]] }]);
  });
  test("is said to be over where nobody saw since when", () =>
    expect(goneInWords(apnoea, { pastAlarms: [] }, 568)).toBe("condition gone"));
  test("is read out as such, with how it is cleared and without a number that would be read every second", () => {
    expect(announced([apnoea])).toBe("high priority: Apnoea. Latched: its condition is gone. Acknowledge clears it.");
  });
  test("leaves the line to one of the same priority that is there, and not to a lesser one", () => {
    const [other, lesser] = [alarm("asystole", 3), alarm("heart_rate_low", 2)];
    expect(foremost([apnoea, other, lesser])).toEqual([other]);
    expect(foremost([apnoea, lesser])).toEqual([apnoea]);
  });
  test("lets its number be as it is: another alarm of it counts, and alone it only frames it", () => {
    const rr = readingsOf(VIEW).find((r) => r.id === "RR")!;
    expect(alarmingOf(rr, [apnoea])).toEqual({ priority: 3, acknowledged: false, latched: true });
    const low = alarm("breathing_low", 2, { numbers: ["RR"], acknowledged: true });
    expect(alarmingOf(rr, [apnoea, low])).toEqual({ priority: 2, acknowledged: true, latched: false });
    expect(alarmingOf(rr, [])).toEqual({ priority: 0, acknowledged: true, latched: false });
  });
});

describe("the unit of a number", () => {
  const said = (label: string, unit: string, width_px: number) => {
    const view: View = { page_s: 1, waves: [], numbers: [number("x", { label, unit })] };
    const element = Object.assign(new TwinNumber(), { reading: readingsOf(view)[0]!, values: { x: 35 }, small: true });
    Object.assign(element, { room: width_px <= 150 ? "narrow" : "", width_px });
    return markup(element.render());
  };
  test("stands beside its label where there is room, and else below its digits", () => {
    expect(unitFits({ label: "SpO2", unit: "%" }, 80)).toBe(true);
    expect(unitFits({ label: "EtCO2", unit: "mmHg" }, 80)).toBe(false);
    expect(said("EtCO2", "mmHg", 80)).toMatch(/under.*class="foot" aria-hidden="true">mmHg</s);
    expect(said("EtCO2", "mmHg", 150)).not.toContain("foot");
    expect(said("BIS", "", 20)).not.toContain("foot");
  });
  test("of the train of four says that the number is the ratio, not the count", () => {
    const [tof] = readingsOf({ page_s: 1, waves: [], numbers: [number("TOF", { unit: "%" })] });
    expect(spoken(tof!, { TOF: 75 })).toBe("TOF ratio 75 %");
  });
});

describe("the scale of a wave that has one", () => {
  const own = [0, 160] as const;
  const ring = (low: number, high: number) => {
    const made = new WaveRing(1000, 0.01);
    made.write(
      0,
      Int16Array.from({ length: 800 }, (_, i) => (i % 2 ? low : high)),
      0,
      1,
    );
    return made;
  };
  const of = (low: number, high: number, before: [number, number] | null = null) =>
    stepped(ring(low, high), 8, own, before);

  test("is its own while it is inside, and none is known before it comes", () => {
    expect(of(65, 120)).toEqual([0, 160]);
    expect(stepped(undefined, 8, own, null)).toEqual([0, 160]);
  });
  test("grows at once in round steps", () => {
    expect([of(115, 196, [0, 160]), of(224, 270, [0, 200]), of(-4, 120)]).toEqual([
      [0, 200],
      [0, 300],
      [-4, 160],
    ]);
  });
  test("shrinks when there is room in a finer one, and does not go to and fro", () => {
    expect(of(115, 158, [0, 200])).toEqual([0, 200]);
    expect(of(60, 130, [0, 200])).toEqual([0, 160]);
    expect(of(100, 196, [0, 300])).toEqual([0, 250]);
    expect(of(-4, 120, [-4, 160])).toEqual([-4, 160]);
  });
});

describe("the age of a measurement with the cuff", () => {
  const t_s = [0, 10, 20, 30, 40];
  const kept = (NSYS: (number | null)[], NMAP: (number | null)[]) => cuffSince({ t_s, numbers: { NSYS, NMAP } });
  test("is since its numbers stand as they do now, from what was kept where nobody saw it", () => {
    expect(kept([120, 120, 118, 118, 118], [80, 80, 80, 80, 80])).toBe(20);
    expect(kept([null, null, null, 118, 118], [null, null, null, 80, 80])).toBe(30);
  });
  test("is not known where they always stood so, and where there are none", () => {
    expect([
      kept([118, 118, 118, 118, 118], [80, 80, 80, 80, 80]),
      kept([1, 1, 1, 1, null], [1, 1, 1, 1, null]),
    ]).toEqual([null, null]);
    expect(cuffSince({ t_s, numbers: { HR: t_s } })).toBeNull();
  });
  test("stands below the digits where there is no room beside the name", () => {
    const members = [number("NSYS"), number("NDIA"), number("NMAP")];
    const nibp = {
      id: "NIBP",
      label: "NIBP",
      unit: "mmHg",
      colour: "nibp" as const,
      members,
      kind: "pressure" as const,
    };
    const tile = Object.assign(new TwinNumber(), { reading: nibp, values: {}, more: "3 min ago" });
    const of = (room: string) => {
      Object.assign(tile as object, { room });
      return markup(tile.render());
    };
    expect(of("")).toMatch(/more num">3 min ago/);
    expect(of("narrow")).toMatch(/foot"[^>]*>3 min ago · mmHg/);
  });
});

describe("the sign of a limit that never alarms", () => {
  const control = { high: 350 };
  test("stands where nothing is beyond the limit, and nowhere else", () => {
    expect([isOff(control, "low", 0), isOff(control, "high", 350)]).toEqual([true, true]);
    expect([isOff(control, "low", 50), isOff(control, "high", 120), isOff(undefined, "high", 120)]).toEqual([
      false,
      false,
      false,
    ]);
    expect([isOff(control, "low", null), isOff(control, "high", null)]).toEqual([false, false]);
  });
  test("is in the place of the limit beside the digits", () => {
    const feed = new BedFeed(structuredClone(BED));
    const hr = readingsOf(VIEW)[0]!;
    const tile = () =>
      markup(Object.assign(new TwinNumber(), { reading: hr, values: VALUES, limits: limitsOf(feed, hr) }).render());
    expect(tile()).not.toContain("never alarms");
    feed.control("alarms.low")!.now = 0;
    expect(tile()).toContain("This limit is off: it never alarms");
  });
});

test("a wave without a scale that only drifts, such as a pulse wave in an arrest, does not show the steps of its samples", () => {
  const step = 1 / 65536;
  const ring = new WaveRing(1000, 0.01);
  ring.write(
    0,
    Array.from({ length: 800 }, (_, i) => 0.5 + step * Math.floor(i / 200)),
  );
  const [low, high] = autoRange(ring, 8, null, step)!;
  expect((high - low) / step).toBeGreaterThanOrEqual(100);
  expect((low + high) / 2).toBeCloseTo(0.5 + 1.5 * step, 9);
  expect(autoRange(ring, 8, null)![1]).toBeLessThan(0.5 + 5 * step);
});

test("a bed whose strip of alarms is scrolled away is one that nobody sees", () => {
  const sight = new Sight();
  const strip = { feed: { bed: BED } };
  expect(sight.isHidden(BED.id)).toBe(false);
  sight.see(strip, false);
  expect([sight.isHidden(BED.id), sight.isHidden("other")]).toEqual([true, false]);
  sight.see({ feed: { bed: BED } }, true);
  expect(sight.isHidden(BED.id)).toBe(false);
  sight.forget(strip);
  expect(sight.isHidden(BED.id)).toBe(false);
});
