import { describe, expect, test } from "vitest";
import type { Bed, Branch, Entry, PastAlarm } from "../src/contract";
import { breathStarts, tidal } from "../src/devices/breaths";
import { share } from "../src/devices/kinds";
import { BedFeed } from "../src/live/feed";
import { WaveRing } from "../src/live/ring";
import { TwinHistory } from "../src/timeline/history";
import { alarmMarks, foremostRows, holds, lanesOf, lineage, rows, type Mark } from "../src/timeline/lanes";
import { panelsOf } from "../src/trends/panels";
import { markup } from "./markup";

const BRANCHES: Branch[] = [
  { id: 0, parent: null, from_t_s: 0 },
  { id: 1, parent: 0, from_t_s: 100 },
  { id: 2, parent: 0, from_t_s: 200 },
  { id: 3, parent: 1, from_t_s: 150 },
];
const entry = (seq: number, more: Partial<Entry>): Entry => ({
  seq,
  branch: 0,
  t_s: 0,
  wall: "",
  who: "x",
  kind: "request",
  control: "propofol",
  value: 1,
  text: "",
  accepted: true,
  ...more,
});

describe("the branches of a bed", () => {
  test("go back to the root", () => expect(lineage(BRANCHES, 3).map((b) => b.id)).toEqual([0, 1, 3]));
  test("have of their ancestors what was before they began", () => {
    const line = lineage(BRANCHES, 3);
    const at = (branch: number, t_s: number) => holds(entry(1, { branch, t_s }), line);
    expect([at(0, 90), at(0, 110), at(1, 140), at(1, 160), at(3, 400), at(2, 50)]).toEqual([
      true,
      false,
      true,
      false,
      true,
      false,
    ]);
  });
  test("have nothing of an ancestor from the moment on at which they began: it was not carried out on them", () => {
    const order = (line: Branch[]) => holds(entry(1, { branch: 0, t_s: 100 }), line);
    expect([order(lineage(BRANCHES, 1)), order(lineage(BRANCHES, 2))]).toEqual([false, true]);
    expect(holds(entry(2, { branch: 1, t_s: 100, kind: "rewind" }), lineage(BRANCHES, 1))).toBe(true);
  });
  test("that begin before their parent did leave the grandparent there", () => {
    const line = lineage([...BRANCHES, { id: 4, parent: 1, from_t_s: 50 }], 4);
    const at = (branch: number, t_s: number) => holds(entry(1, { branch, t_s }), line);
    expect([at(0, 40), at(0, 50), at(0, 70), at(1, 110), at(4, 50)]).toEqual([true, false, false, false, true]);
  });
  test("end where a broken chain of parents would turn in a circle", () => {
    expect(
      lineage(
        [
          { id: 1, parent: 2, from_t_s: 0 },
          { id: 2, parent: 1, from_t_s: 0 },
        ],
        1,
      ).map((b) => b.id),
    ).toEqual([2, 1]);
  });
});

describe("the lanes of a timeline", () => {
  test("let an alarm last from its beginning to its end, or until now", () => {
    const alarms: PastAlarm[] = [
      { id: "HR", priority: 2, text: "HR", t_s: 10, until_s: 30 },
      { id: "SpO2", priority: 3, text: "SpO2", t_s: 20, until_s: null },
    ];
    expect(alarmMarks(alarms, 99).map((m) => [m.from_s, m.to_s])).toEqual([
      [10, 30],
      [20, 99],
    ]);
  });
  test("tell what people did from what happened, and leave out the clock", () => {
    const lanes = lanesOf([entry(1, {}), entry(2, { kind: "event" }), entry(3, { kind: "clock" })], BRANCHES, 0);
    expect([lanes.actions.length, lanes.events.length]).toEqual([1, 1]);
  });
  test("put what overlaps below each other", () => {
    const mark = (from_s: number, to_s: number): Mark => ({ from_s, to_s, entry: entry(1, {}) });
    expect(rows([mark(0, 10), mark(5, 8), mark(12, 12)], 1).map((r) => r.length)).toEqual([2, 1]);
    expect(rows([mark(0, 0), mark(5, 5)], 10)).toHaveLength(2);
  });
  test("show the most urgent where there are more rows than room, and say how many are not shown", () => {
    const marks = [1, 2, 1, 2, 3, 2, 3].map((priority, i) => ({ from_s: i, to_s: 100, priority }));
    const of = (most: number) => foremostRows(marks, 0, most, (m) => -m.priority);
    expect(of(4).shown.map((row) => row.map((m) => m.priority))).toEqual([[3], [3], [2], [2]]);
    expect(of(4).hidden).toBe(3);
    expect(of(7).shown.flat()).toEqual(marks);
    expect(of(7).hidden).toBe(0);
  });
  test("put what fits between into the same row, whatever its rank", () => {
    const at = (from_s: number, to_s: number) => ({ from_s, to_s });
    expect(rows([at(0, 4), at(10, 20), at(5, 9)], 0, (m) => -m.from_s)).toEqual([[at(0, 4), at(5, 9), at(10, 20)]]);
  });
});

describe("trends", () => {
  test("draw pressures together and hold at least what is usual", () => {
    const number = (id: string) => ({ id, label: id, unit: "", colour: "neutral" as const, digits: 0 });
    const panels = panelsOf({ page_s: 1, waves: [], numbers: ["HR", "SYS", "MAP", "DIA", "own"].map(number) });
    expect(panels.map((p) => p.numbers.map((n) => n.id))).toEqual([["HR"], ["SYS", "MAP", "DIA"], ["own"]]);
    expect(panels[0]!.range(70, 75)).toEqual([40, 120]);
    expect(panels[0]!.range(20, 180)).toEqual([20, 180]);
    expect(panels[2]!.range(null, null)).toEqual([0, 1]);
    const bis = { ...number("BIS"), of_drugs: true };
    const drawn = (values: (number | null)[]) =>
      panelsOf({ page_s: 1, waves: [], numbers: [number("HR"), bis] }, { BIS: values }).length;
    expect([drawn([]), drawn([null, null]), drawn([null, 97])]).toEqual([1, 1, 2]);
  });
});

describe("breaths", () => {
  const dt = 0.01;
  const flow = new WaveRing(3000, dt);
  const samples = Array.from({ length: 2000 }, (_, i) => ((i * dt) % 5 < 1 ? 30 : (i * dt) % 5 < 3 ? -15 : 0));
  flow.write(0, samples);

  test("begin where gas flows in after it had flowed out", () =>
    expect(breathStarts(flow, 0, 2000)).toEqual([500, 1000, 1500]));
  test("have the volume that flowed in: 30 L/min for 1 s are 500 mL", () => {
    expect(Math.max(...tidal(undefined, flow, 500, 1000))).toBeCloseTo(500, 6);
  });
  test("have the volume that is told, above its least", () => {
    const volume = new WaveRing(10, dt);
    volume.write(0, [2, 2.1, 2.5]);
    expect(tidal(volume, flow, 0, 3).map((v) => Math.round(v))).toEqual([0, 100, 500]);
  });
});

test("a syringe shows the share of what it holds", () =>
  expect([share(25, 25), share(0, 50), share(100, 0)]).toEqual([0.5, 0, 1]));

describe("the log of a bed that was rewound", () => {
  const bed = { id: "b", title: "", kind: "acute", state: "paused", t_s: 300, speed: 1, branch: 3, devices: [], controls: [], view: { waves: [], numbers: [], page_s: 1 } } as Bed; // prettier-ignore
  const history = () => {
    const log = new TwinHistory();
    log.feed = new BedFeed(bed);
    const entries = [
      entry(1, { t_s: 50, text: "before all" }),
      entry(2, { t_s: 120, text: "on the first, left at 100" }),
      entry(3, { branch: 2, t_s: 220, text: "on the third, left altogether" }),
      entry(4, { branch: 3, t_s: 250, text: "on the one that is lived" }),
    ];
    log.feed.setLog({ entries, branches: BRANCHES, script: [] });
    return log;
  };
  const show = (log: TwinHistory) => ((log as unknown as { others: boolean }).others = true);
  test("is that of the branch that is lived, and says how much there is of others", () => {
    const page = markup(history().render());
    expect(page).toContain("before all");
    expect(page).toContain("on the one that is lived");
    expect(page).not.toContain("on the first");
    expect(page).not.toContain("on the third");
    expect(page).toContain("branch 4, which the bed lives");
    expect(page).toContain("Show other branches (2)");
  });
  test("marks every entry with its branch where others are shown, and leads to no moment of theirs", () => {
    const log = history();
    show(log);
    const rows = markup(log.render()).split("<tr").slice(2);
    const at = (text: string) => rows.find((r) => r.includes(text))!;
    expect(at("on the first")).toContain("Branch 1, left at 01:40");
    expect(at("on the third")).toContain("Branch 3, left");
    expect(at("on the one")).toMatch(/class=own.*Branch 4</s);
    expect(at("before all")).toMatch(/Branch 1</);
    expect([at("on the first"), at("on the third")].some((r) => r.includes("button"))).toBe(false);
    expect(at("on the one")).toContain("button");
  });
  test("has no word of branches as long as there is one", () => {
    const log = new TwinHistory();
    log.feed = new BedFeed({ ...bed, branch: 0 });
    log.feed.setLog({ entries: [entry(1, {})], branches: BRANCHES.slice(0, 1), script: [] });
    expect(markup(log.render())).not.toContain("ranch");
  });
});
