import { deflateSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import type { Bed } from "../src/contract";
import { Course } from "../src/replay/course";
import { fromBase64, readFilm, type Film, type Head } from "../src/replay/film";
import { Player } from "../src/replay/player";

const PAGE_S = 2;
const SAMPLES = 4;
const SPAN = [
  { branch: 0, first: 2, last: 6 },
  { branch: 1, first: 4, last: 7 },
];
const PAGES = 7;
/** Of branch 0 pages 2 to 5, of branch 1 pages 4 to 6: a sample is 1000 times its branch and 10 times its page. */
const SAMPLE = (wave: number, i: number) => {
  const [branch, page] = ([[0, 2], [0, 3], [0, 4], [0, 5], [1, 4], [1, 5], [1, 6]] as const)[Math.floor(i / SAMPLES)]!; // prettier-ignore
  return (wave ? -1 : 1) * (1000 * branch + 10 * page + (i % SAMPLES) - 32768 * (wave && i === 0 ? 1 : 0));
};
const ALARM = { id: "low", priority: 2 as const, text: "low", acknowledged: false };

const bed = {
  id: "x",
  title: "x",
  kind: "acute",
  state: "running",
  t_s: 0,
  speed: 1,
  branch: 0,
  view: {
    waves: [0, 1].map((k) => ({
      ...{ id: `w${k}`, label: "", unit: "", colour: "ecg", window_s: 8, low: 0, high: 1 },
      ...{ rate_hz: SAMPLES / PAGE_S, offset: 0, scale: 1, inverted: false },
    })),
    numbers: [{ id: "HR", label: "HR", unit: "", colour: "ecg", digits: 0 }],
    page_s: PAGE_S,
  },
  devices: [{ id: "cuff", kind: "nibp", label: "", shows: [] }],
  controls: [{ id: "limit", group: "alarm", label: "", kind: "number", now: 50 }],
} as unknown as Bed;

const entry = { wall: "", who: "x", kind: "request", control: "limit", text: "", accepted: true };
const head: Head = {
  twinbed_film: 1,
  made: { version: "1", lived: "1", seed: 7, log: "abc" },
  bed,
  page_s: PAGE_S,
  period_s: PAGE_S / SAMPLES,
  samples: SAMPLES,
  branch: 1,
  branches: [
    { id: 0, parent: null, from_t_s: 0, until_t_s: 12 },
    { id: 1, parent: 0, from_t_s: 8, until_t_s: 14 },
    { id: 2, parent: 0, from_t_s: 2, until_t_s: 3 },
  ],
  segments: SPAN,
  entries: [
    { ...entry, seq: 1, branch: 0, t_s: 6, value: 60 },
    { ...entry, seq: 2, branch: 0, t_s: 10, value: 70 },
    { ...entry, seq: 3, branch: 1, t_s: 12, value: 80, data: { lasts_s: 1.5 } },
    { ...entry, seq: 4, branch: 0, t_s: 10.5, value: 75, data: { lasts_s: 1, returns: true } },
  ],
  script: [],
  numbers: { HR: [72, 73, 74, 75, 84, 85, null] },
  sound: [0, 0, 2, 2, 0, 2, 2],
  pause_left_s: [0, 0, 0, 0, 0, 90, 88],
  alarms: [ALARM],
  standing: [[], [0], [0], [], [], [0], [0]],
  devices: { cuff: { nibp_number: [1, 1, 2, 2, 1, 2, 2] } },
  body: { cardiac_output: [1, 2, 3, 4, 5, 6, 7] },
};

function written(of: Head = head): Uint8Array<ArrayBuffer> {
  const said = new TextEncoder().encode(JSON.stringify(of));
  const n = PAGES * SAMPLES;
  const halves = new Uint8Array(4 * n);
  for (let k = 0; k < 2; k++)
    for (let i = 0; i < n; i++) {
      const step = (SAMPLE(k, i) - (i ? SAMPLE(k, i - 1) : 0)) & 0xffff;
      halves[k * n + i] = step & 255;
      halves[2 * n + k * n + i] = step >> 8;
    }
  const size = Buffer.alloc(4);
  size.writeUInt32LE(said.length);
  return new Uint8Array(deflateSync(Buffer.concat([size, said, halves])));
}

const film = (): Promise<Film> => readFilm(written(structuredClone(head)));

describe("a film", () => {
  test("is read as it was written, to the last bit", async () => {
    const { waves } = await film();
    for (let k = 0; k < 2; k++)
      expect([...waves[k]!]).toEqual(
        Array.from({ length: PAGES * SAMPLES }, (_, i) => ((SAMPLE(k, i) + 32768) & 0xffff) - 32768),
      );
  });
  test("that is cut short, of another form or no film is refused", async () => {
    await expect(readFilm(written().slice(0, 200))).rejects.toThrow();
    await expect(readFilm(written({ ...head, twinbed_film: 2 }))).rejects.toThrow("form 2");
    await expect(readFilm(written({ ...head, samples: 5 }))).rejects.toThrow("missing");
    await expect(readFilm(new Uint8Array([1, 2, 3]))).rejects.toThrow();
  });
  test("stands in a page in Base64", () => expect([...fromBase64(btoa("\x00\xff\x41"))]).toEqual([0, 255, 65]));
});

describe("a course", () => {
  test("has of its ancestors what was before it began", async () => {
    const course = new Course(await film(), 1);
    expect([course.from_s, course.to_s]).toEqual([4, 14]);
    expect(course.trends()).toEqual({ t_s: [6, 8, 10, 12, 14], numbers: { HR: [72, 73, 84, 85, null] } });
    const { begin, values } = course.samples(0, 0, 100);
    expect(begin).toBe(2 * SAMPLES);
    expect([...values].filter((_, i) => i % SAMPLES === 0)).toEqual([20, 30, 1040, 1050, 1060]);
    expect([...course.samples(0, 15, 18).values]).toEqual([33, 1040, 1041]);
    expect(course.samples(0, 90, 95).values.length).toBe(0);
  });
  test("that has nothing in the window is not there", async () => {
    const of = await film();
    expect([0, 1, 2].map((b) => new Course(of, b).isThere)).toEqual([true, true, false]);
  });
  test("tells at a time what the last page that had ended told", async () => {
    const course = new Course(await film(), 1);
    expect([4, 5.99, 6, 7.9, 10, 14, 99].map((t) => course.placeAt(t))).toEqual([null, null, 0, 0, 4, 6, 6]);
  });
  test("knows when alarms began and ended, and when the cuff had measured", async () => {
    const of = await film();
    const spans = (b: number) => new Course(of, b).alarms().map((a) => [a.t_s, a.until_s]);
    expect(spans(0)).toEqual([[8, 12]]);
    expect(spans(1)).toEqual([
      [8, 10],
      [12, 14],
    ]);
    expect([0, 1].map((b) => new Course(of, b).measured())).toEqual([[10], [12]]);
  });
});

describe("a player", () => {
  test("begins with the branch that was lived last, before anything was told", async () => {
    const { feed, course, t_s } = new Player(await film());
    expect([course.branch, t_s, feed.numbers, feed.alarms]).toEqual([1, 4, { HR: null }, []]);
  });
  test("shows a moment as it was: numbers, alarms, limits, body and the samples before it, none after", async () => {
    const player = new Player(await film());
    player.seek(13);
    const { feed } = player;
    expect([feed.numbers, feed.alarms.length, feed.sound, feed.body]).toEqual([
      { HR: 85 },
      1,
      2,
      { cardiac_output: 6 },
    ]);
    expect([feed.control("limit")!.now, feed.cuff_s, feed.clock.t_s, feed.pauseLeft_s]).toEqual([80, 12, 12, 90]);
    const ring = feed.rings[0]!;
    expect([ring.begin, ring.end, ring.at(25), ring.at(26)]).toEqual([8, 26, 1061, NaN]);
    player.seek(13.6); // a level that lasts a while has ended
    expect(feed.control("limit")!.now).toBe(50);
    player.seek(9);
    expect([feed.control("limit")!.now, feed.cuff_s, feed.rings[0]!.end]).toEqual([60, null, 18]);
    player.choose(0);
    player.seek(11);
    expect([feed.control("limit")!.now, feed.numbers["HR"], feed.rings[0]!.at(21)]).toEqual([75, 74, 51]);
    player.seek(11.6); // 75 for a second, and then what it took the place of
    expect(feed.control("limit")!.now).toBe(70);
  });
  test("knows what devices gave in the minute before a moment", async () => {
    const total = { given: [1, 1.5, 9, 9, 2.5, 3, 4] };
    const player = new Player(await readFilm(written({ ...head, devices: { ...head.devices, pump: total } })));
    player.seek(14);
    expect(player.feed.given.mean("pump", "given")).toBeNull(); // eight seconds are too few
    const branches = head.branches.map((b) => ({ ...b, from_t_s: 10 * b.from_t_s }));
    const long = await readFilm(written({ ...head, page_s: 20, branches, devices: { pump: total } }));
    const slow = new Player(long);
    slow.seek(140);
    expect(slow.feed.given.mean("pump", "given")).toEqual({ per_s: 2.5 / 60, over_s: 60 });
    slow.seek(100);
    expect(slow.feed.given.mean("pump", "given")).toBeNull(); // and forty
  });
  test("goes on with the wall, so many times as fast, and stops in the end", async () => {
    const player = new Player(await film());
    player.tick(100);
    expect(player.t_s).toBe(4);
    player.play();
    player.tick(200);
    for (let k = 1; k <= 10; k++) player.tick(200 + k / 10);
    expect(player.t_s).toBeCloseTo(5);
    expect(player.feed.now()).toBe(player.t_s);
    expect(player.feed.rings[0]!.end).toBe(10);
    player.speed = 4;
    for (let k = 1; k <= 10; k++) player.tick(201 + k / 10);
    expect(player.t_s).toBeCloseTo(9);
    expect([player.feed.numbers["HR"], player.feed.clock.state]).toEqual([73, "running"]);
    player.tick(9999);
    expect(player.t_s).toBeCloseTo(10); // who was away for long does not miss it
    for (let k = 1; k <= 20; k++) player.tick(10_000 + k / 10);
    expect([player.t_s, player.playing, player.feed.clock.state]).toEqual([14, false, "paused"]);
    player.play();
    expect(player.t_s).toBe(4);
  });
  test("sweeps the same samples from frame to frame as at once", async () => {
    const [slow, once] = [new Player(await film()), new Player(await film())];
    slow.play();
    for (let k = 0; k <= 300; k++) slow.tick(k / 40);
    once.seek(slow.t_s);
    const read = (p: Player) => Array.from({ length: 28 }, (_, i) => p.feed.rings[1]!.at(i));
    expect(read(slow)).toEqual(read(once));
    expect(read(slow).filter(Number.isFinite).length).toBeGreaterThan(10);
  });
});
