import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Bed, Branch, Entry, WaveView } from "../src/contract";
import type { BedFeed } from "../src/live/feed";
import type { Store } from "../src/store";
import { Wire } from "./wire";

const entry = (seq: number, more: Partial<Entry> = {}): Entry => ({
  seq,
  branch: 0,
  t_s: 10,
  wall: "",
  who: "kim",
  kind: "request",
  control: "peep",
  value: 8,
  text: "PEEP 8",
  accepted: true,
  ...more,
});

/** What the server holds of its one bed; a test changes it. */
let held: {
  bed: Bed;
  entries: Entry[];
  branches: Branch[];
  trends: { t_s: number[]; numbers: Record<string, number[]> };
};
let asked: string[];
let store: Store;
let watcher: BedFeed;

function answer(path: string): unknown {
  if (/\/api\/beds\/[bc]$/.test(path)) return held.bed;
  if (path.includes("/log")) return { entries: held.entries, branches: held.branches, alarms: [] };
  if (path.includes("/trends")) return held.trends;
  throw new Error(path);
}

const settled = () => vi.advanceTimersByTimeAsync(0);
const peep = () => watcher.control("peep")!.now;
const numbers = (t_s: number) =>
  Wire.last.says({ kind: "numbers", bed: "b", t_s, values: { HR: t_s }, alarms: [], alarm_sound: 0, devices: {} });

beforeEach(async () => {
  vi.useFakeTimers();
  vi.resetModules();
  Wire.all = [];
  asked = [];
  held = {
    bed: {
      id: "b",
      title: "B",
      kind: "acute",
      state: "running",
      t_s: 10,
      speed: 1,
      branch: 0,
      view: { page_s: 1, waves: [], numbers: [{ id: "HR", label: "HR", unit: "/min", colour: "ecg", digits: 0 }] },
      devices: [],
      controls: [
        { id: "peep", group: "device", label: "PEEP", kind: "number", now: 5 },
        { id: "stimulus", group: "person", label: "Stimulus", kind: "number", now: 0, lasts_s: 60 },
      ],
    },
    entries: [],
    branches: [{ id: 0, parent: null, from_t_s: 0 }],
    trends: { t_s: [], numbers: {} },
  };
  vi.stubGlobal("WebSocket", Wire);
  vi.stubGlobal("window", globalThis);
  vi.stubGlobal("location", { protocol: "http:", host: "x" });
  vi.stubGlobal("fetch", async (path: string) => {
    asked.push(path);
    const said = structuredClone(answer(path));
    return { ok: said !== null, status: said === null ? 404 : 200, json: async () => said ?? {} };
  });
  ({ store } = await import("../src/store"));
  store.live.open();
  Wire.last.opens();
  watcher = await store.feed("b");
  store.watch(watcher, store, "all");
  await vi.advanceTimersByTimeAsync(50);
  asked.length = 0;
});
afterEach(() => {
  store.live.close();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test("going back leaves nothing of the branch that was left", async () => {
  numbers(11);
  Wire.last.says({ kind: "entry", bed: "b", entry: entry(1, { t_s: 11 }) });
  expect([peep(), watcher.numbers["HR"]]).toEqual([8, 11]);
  Object.assign(held.bed, { branch: 1, t_s: 4 });
  Wire.last.says({ kind: "clock", bed: "b", t_s: 4, state: "paused", speed: 1, branch: 1 });
  expect([watcher.numbers, watcher.alarms, watcher.sound, watcher.devices]).toEqual([{}, [], 0, {}]);
  held.trends = { t_s: [3, 4], numbers: { HR: [3, 4] } };
  held.branches.push({ id: 1, parent: 0, from_t_s: 4 });
  await settled();
  expect(peep()).toBe(5);
  expect(watcher.branches).toEqual(held.branches);
  expect(watcher.trends.t_s).toEqual([3, 4]);
  expect(asked.filter((path) => path.includes("/log"))).toHaveLength(1);
});

test("numbers are of before from the loss of the connection until something comes again", async () => {
  numbers(11);
  expect(watcher.isStale).toBe(false);
  Wire.last.close();
  await settled();
  expect([watcher.isStale, watcher.numbers["HR"]]).toEqual([true, 11]);
  await vi.advanceTimersByTimeAsync(1000);
  Wire.last.opens();
  await vi.advanceTimersByTimeAsync(50);
  expect(watcher.isStale).toBe(true);
  numbers(12);
  expect(watcher.isStale).toBe(false);
});

test("waves that the server refuses for a while are asked for again where time stands still, as long as somebody looks", async () => {
  watcher.bed.view.waves = [{ id: "ecg_ii", label: "II", colour: "ecg", unit: "mV", rate_hz: 100 } as WaveView];
  Wire.last.says({ kind: "clock", bed: "b", t_s: 12, state: "paused", speed: 1, branch: 0 });
  const times = () => asked.filter((path) => path.includes("/waves")).length;
  await settled();
  expect(times()).toBe(1);
  await vi.advanceTimersByTimeAsync(4100);
  expect(times()).toBe(3);
  store.live.unwatch("b", store);
  await vi.advanceTimersByTimeAsync(20_000);
  expect(times()).toBe(3);
});

test("what was missed while the connection was lost is read again", async () => {
  numbers(11);
  Wire.last.close();
  held.bed.controls[0]!.now = 12;
  held.bed.t_s = 60;
  held.entries = [entry(1, { t_s: 30, value: 12 })];
  held.trends = { t_s: [11, 40, 60], numbers: { HR: [11, 40, 60] } };
  await vi.advanceTimersByTimeAsync(1000);
  expect(asked).toEqual([]);
  Wire.last.opens();
  await settled();
  expect(peep()).toBe(12);
  expect(watcher.entries.map((e) => e.seq)).toEqual([1]);
  expect(watcher.trends.t_s).toEqual([11, 40, 60]);
});

test("a server that was killed may be where the bed was earlier: what came after is forgotten", async () => {
  for (const t_s of [11, 12, 13]) numbers(t_s);
  Wire.last.close();
  Object.assign(held.bed, { state: "starting", t_s: 0 });
  await vi.advanceTimersByTimeAsync(1000);
  Wire.last.opens();
  Wire.last.says({ kind: "clock", bed: "b", t_s: 0, state: "starting", speed: 1, branch: 0 });
  await settled();
  expect(watcher.clock).toMatchObject({ state: "starting", branch: 0 });
  Object.assign(held.bed, { state: "running", t_s: 11 });
  held.trends = { t_s: [11], numbers: { HR: [11] } };
  Wire.last.says({ kind: "clock", bed: "b", t_s: 11, state: "running", speed: 1, branch: 0 });
  await settled();
  expect(watcher.clock).toMatchObject({ state: "running", t_s: 11 });
  expect(watcher.trends.t_s).toEqual([11]);
});

test("a server that was killed may not know the bed yet when it answers: it is read again once it lives", async () => {
  numbers(11);
  Wire.last.close();
  const whole = held.bed;
  Object.assign(held, { bed: null });
  await vi.advanceTimersByTimeAsync(1000);
  const before = asked.length;
  Wire.last.opens([]);
  await settled();
  expect([watcher.isAway, watcher.isStale, asked.length]).toEqual([true, true, before]); // asks for nothing that is not there
  held.bed = whole;
  Object.assign(held.bed, { t_s: 30 });
  held.bed.controls[0]!.now = 12;
  Wire.last.lists(["b"]);
  expect(await store.feed("b")).toBe(watcher); // who looks at it goes on with it
  expect(watcher.isAway).toBe(false);
  Wire.last.says({ kind: "clock", bed: "b", t_s: 0, state: "starting", speed: 1, branch: 0 });
  Wire.last.says({ kind: "clock", bed: "b", t_s: 30, state: "running", speed: 1, branch: 0 });
  await settled();
  expect([peep(), watcher.numbers["HR"]]).toEqual([12, 11]);
});

test("a bed that was starting has its controls and its past once it lives", async () => {
  const { controls } = held.bed;
  Object.assign(held.bed, { id: "c", state: "starting", t_s: 0, controls: [] });
  const feed = await store.feed("c");
  store.watch(feed, feed, []);
  await vi.advanceTimersByTimeAsync(50);
  Object.assign(held.bed, { state: "running", t_s: 2, controls });
  held.trends = { t_s: [1, 2], numbers: { HR: [1, 2] } };
  Wire.last.says({ kind: "clock", bed: "c", t_s: 2, state: "running", speed: 1, branch: 0 });
  await settled();
  expect(feed.control("peep")!.now).toBe(5);
  expect([feed.trends.t_s, feed.clock.t_s]).toEqual([[1, 2], 2]);
});

test("an entry that came while the bed was read again is newer than what was read", async () => {
  Wire.last.close();
  await vi.advanceTimersByTimeAsync(1000);
  Wire.last.opens();
  Wire.last.says({ kind: "entry", bed: "b", entry: entry(7, { value: 9 }) });
  await settled();
  expect(peep()).toBe(9);
});

test("a level that lasts a while stands as long as it does, and then as the bed says", async () => {
  const stimulus = () => watcher.control("stimulus")!.now;
  const told = entry(1, { control: "stimulus", value: 1.25, data: { lasts_s: 60 } });
  Wire.last.says({ kind: "entry", bed: "b", entry: told });
  numbers(69);
  expect(stimulus()).toBe(1.25);
  numbers(70);
  expect(stimulus()).toBe(null);
  await settled();
  expect(stimulus()).toBe(0);
});

test("so does one that was begun before one came, and not one that another took the place of", async () => {
  const stimulus = () => watcher.control("stimulus")!.now;
  held.entries = [
    entry(1, { control: "stimulus", value: 1.25, t_s: 0, data: { lasts_s: 60 } }),
    entry(2, { value: 8, t_s: 1, data: { lasts_s: 30 } }),
    entry(3, { value: 10, t_s: 2, data: { lasts_s: null } }),
  ];
  Object.assign(held.bed.controls[0]!, { now: 10 });
  Object.assign(held.bed.controls[1]!, { now: 1.25 });
  Wire.last.close();
  await vi.advanceTimersByTimeAsync(1000);
  Wire.last.opens();
  await settled();
  held.bed.controls[1]!.now = 0;
  numbers(40);
  expect([peep(), stimulus()]).toEqual([10, 1.25]);
  numbers(60);
  await settled();
  expect([peep(), stimulus()]).toEqual([10, 0]);
});

test("what the script of a bed sets is read from the server when its time has come", async () => {
  watcher.setLog({
    entries: [],
    branches: held.branches,
    alarms: [],
    script: [{ control: "peep", t_s: 12, value: 9, lasts_s: 1e9, text: "PEEP 9", text_ko: "PEEP 9" }],
  });
  held.bed = { ...held.bed, controls: held.bed.controls.map((c) => (c.id === "peep" ? { ...c, now: 9 } : c)) };
  numbers(11);
  await settled();
  expect(peep()).toBe(5);
  numbers(12);
  await settled();
  expect(peep()).toBe(9);
});
