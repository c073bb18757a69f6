import { Left, leftInWords } from "../src/fork/left";
import { describe, expect, test, vi } from "vitest";
import type { Bed, Branch, Change, Control, Fork, ForkListed, NumberView, View } from "../src/contract";
import { area, line, linear, nearest, range, ticks, timeTicks } from "../src/fork/geometry";
import { TwinFork } from "../src/fork/fork";
import { foremostForks, TwinForks } from "../src/fork/forks";
import { TwinForkAct } from "../src/fork/act";
import { TwinFuture } from "../src/fork/future";
import { Doing } from "../src/fork/doing";
import { standingTo } from "../src/fork/standing";
import { BedFeed } from "../src/live/feed";
import { markup } from "./markup";
import { setLanguage } from "../src/text/text";
import { horizonsOf, membersOf, usualHorizon } from "../src/fork/reach";
import { differences, legend, spread, verdict } from "../src/fork/verdict";

const same = (v: number) => v;

describe("charts of futures", () => {
  test("draw a line that breaks where nothing is known", () => {
    expect(line([0, 1, 2, 3, 4], [1, 2, null, 4, 5], same, same)).toBe("M0.0 1.0L1.0 2.0M3.0 4.0L4.0 5.0");
  });
  test("draw the band forward along the top and back along the bottom", () => {
    const band = { p5: [1, 2], p50: [2, 3], p95: [3, 4] };
    expect(area([10, 20], band, same, same)).toBe("M10.0 3.0L20.0 4.0L20.0 2.0L10.0 1.0Z");
  });
  test("draw a band in pieces where some of it is unknown", () => {
    const band = { p5: [1, null, 1], p50: [2, null, 2], p95: [3, null, 3] };
    expect(area([0, 1, 2], band, same, same).match(/Z/g)).toHaveLength(2);
  });
  test("put the highest value on top", () => {
    const y = linear(0, 100, 200, 0);
    expect([y(0), y(50), y(100)]).toEqual([200, 100, 0]);
  });
  test("mark round values", () => {
    expect(ticks(52, 98, 3)).toEqual([60, 80]);
    expect(ticks(0, 1, 4)).toEqual([0, 0.25, 0.5, 0.75, 1]);
    expect(timeTicks(100, 800, 4)).toEqual([300, 600]);
  });
  test("hold everything that is drawn, and never zoom into noise", () => {
    const [low, high] = range([97, null, 99], 6);
    expect([low, high]).toEqual([95, 101]);
    const wide = range([40, 120], 6);
    expect(wide[0]).toBeLessThan(40);
    expect(wide[1]).toBeGreaterThan(120);
  });
  test("say that nothing was read where there is nothing to draw, and draw no scale", () => {
    const hr = { id: "HR", label: "HR", unit: "/min", digits: 0, colour: "ecg" } as NumberView;
    const drawn = (p50: (number | null)[]) =>
      markup(Object.assign(new TwinFuture(), { number: hr, t_s: [1, 2], band: { p5: p50, p50, p95: p50 } }).render());
    expect(drawn([null, null])).toMatch(/no reading/);
    expect(drawn([null, null])).not.toMatch(/class="grid"|class="median"/);
    expect(drawn([null, 70])).toMatch(/class="median"/);
  });
  test("find the nearest time", () => {
    expect([nearest([0, 10, 20], 14), nearest([0, 10, 20], 16), nearest([0, 10, 20], 99), nearest([5], 0)]).toEqual([
      1, 2, 2, 0,
    ]);
  });
});

describe("what two futures say", () => {
  const number = (id: string, digits = 0): NumberView => ({ id, label: id, unit: "mmHg", colour: "arterial", digits });
  const band = (p50: number[], half: number) => ({ p5: p50.map((v) => v - half), p50, p95: p50.map((v) => v + half) });
  const view = { numbers: [number("HR"), number("MAP"), number("NMAP")], page_s: 1 } as View;
  const feed = { bed: { view } as Bed };
  const fork = (hr: number[], map: number[]): Fork => ({
    state: "done",
    progress: 1,
    t_s: [60, 120, 180],
    as_is: { HR: band([60, 60, 60], 2), MAP: band([80, 80, 80], 3), NMAP: band([80, 80, 80], 1) },
    changed: { HR: band(hr, 2), MAP: band(map, 3), NMAP: band([99, 99, 99], 1) },
  });

  test("is where they part most, and what is left of it in the end", () => {
    const [hr, map] = differences(feed.bed.view.numbers, fork([60, 50, 58], [80, 104, 81]));
    expect([hr!.place, hr!.size, map!.place, map!.size]).toEqual([1, 5, 1, 8]);
    expect(verdict(feed, fork([60, 50, 58], [80, 104, 81]))).toBe(
      "MAP at 02:00: 104 mmHg (101–107) with the change, 80 mmHg (77–83) as it is. In the end, at 03:00: 81 mmHg (78–84) and 80 mmHg (77–83).",
    );
  });
  test("is said of another number where the pressure does not part", () => {
    expect(verdict(feed, fork([60, 60, 50], [80, 80, 81]))).toBe(
      "HR at 03:00: 50 mmHg (48–52) with the change, 60 mmHg (58–62) as it is.",
    );
  });
  test("is nothing where no number parts by more than its members do", () => {
    expect(verdict(feed, fork([60, 60, 61], [80, 81, 80]))).toContain("no number differs");
  });
  test("is the number alone where one member was played", () => {
    const one = (hr: number[]): Fork => ({
      ...fork(hr, [80, 80, 80]),
      members: 1,
      as_is: { HR: band([60, 60, 60], 0) },
      changed: { HR: band(hr, 0) },
    });
    expect(verdict(feed, one([60, 60, 50]))).toBe("HR at 03:00: 50 mmHg with the change, 60 mmHg as it is.");
    expect(verdict(feed, one([60, 60, 60]))).toBe("Until 03:00 no number differs.");
    expect(spread({ p5: [278], p95: [278] }, 0, 0, true)).toBe("");
    expect(spread({ p5: [278], p95: [278] }, 0, 0, false)).toBe(" (278–278)");
  });
  test("tells the minute of a bed whose pages are minutes", () => {
    const slow = { bed: { view: { ...view, page_s: 60 } as View } as Bed };
    const told = { ...fork([60, 60, 50], [80, 80, 81]), t_s: [104_160, 104_220, 104_280] };
    expect(verdict(slow, told)).toContain("HR at Day 2 04:58: ");
  });
});

describe("beside the futures", () => {
  const spread = (of: string) => ({ of, text: `The spread of ${of}`, text_ko: `${of}의 범위입니다` });
  const said = (of?: string) => legend({ state: "done", progress: 1, ...(of ? { spread: spread(of) } : {}) }, 24);

  test("it is said what the members were drawn from, whatever that is", () => {
    for (const of of ["past", "people", "twin"])
      expect(said(of)).toMatch(new RegExp(`^Line: median. Band: .* of 24 members.* The spread of ${of}\\.$`));
    setLanguage("ko");
    for (const of of ["past", "people", "twin", "patient"])
      expect(said(of)).toMatch(new RegExp(` ${of}의 범위입니다\\.$`));
    setLanguage("en");
  });
  test("nothing is said of bands where the patient was played alone", () => {
    expect(said("patient")).toBe(
      "Line: what comes, the same noise in both futures. Dotted: the line as it is. The spread of patient.",
    );
  });
  test("nothing is said of it by a server that does not", () => {
    expect(said()).toMatch(/Dotted: the median as it is\.$/);
  });
});

describe("what was tried", () => {
  const change = (control: string): Change => ({ control, value: 1, lasts_s: 0, after_s: 0 });
  const [first, second] = [change("propofol"), change("crystalloid")];
  test("is done once, however often it is pressed", async () => {
    const doing = new Doing();
    const sent: unknown[][] = [];
    const send = async (...what: unknown[]) => (sent.push(what), { accepted: true, text: "" });
    const both = [doing.all([first], send), doing.all([first], send)];
    expect(doing.busy).toBe(true);
    expect(await Promise.all(both)).toEqual([{ accepted: true, text: "" }, null]);
    await doing.all([first], send);
    expect(sent).toEqual([["propofol", 1, 0]]);
    expect([doing.busy, doing.left([first, second])]).toEqual([false, [second]]);
  });
  test("goes on where it was refused, and does not begin anew", async () => {
    const doing = new Doing();
    const sent: string[] = [];
    const send = async (control: string) => (sent.push(control), { accepted: sent.length !== 2, text: control });
    expect(await doing.all([first, second], send)).toEqual({ accepted: false, text: "crystalloid" });
    expect(await doing.all([first, second], send)).toEqual({ accepted: true, text: "crystalloid" });
    expect(sent).toEqual(["propofol", "crystalloid", "crystalloid"]);
  });
});

describe("how far one may look", () => {
  const bed = (page_s: number, longest_s?: number) =>
    ({ view: { page_s }, ...(longest_s ? { forks: { longest_s, most_members: 24 } } : {}) }) as Bed;
  test("is as far as the server plays", () => {
    expect(horizonsOf(bed(60, 14_400))).toEqual([3600, 7200, 14_400]);
    expect(horizonsOf(bed(60, 86_400))).toContain(28_800);
    expect([usualHorizon(bed(60, 7200)), usualHorizon(bed(1, 14_400))]).toEqual([7200, 600]);
    expect(membersOf(bed(1, 600))).toEqual([12, 24]);
  });
});

describe("how long futures take still", () => {
  test("is said from a tenth on, by how far they came since somebody looks", () => {
    const left = new Left();
    expect(left.at(0, 100)).toBeNull();
    expect(left.at(0.05, 105)).toBeNull();
    expect(left.at(0.25, 110)).toBeCloseTo(30);
    expect(left.at(0.5, 120)).toBeCloseTo(20);
    const late = new Left(); // somebody opens the page when half is done
    expect(late.at(0.5, 0)).toBeNull();
    expect(late.at(0.5, 4)).toBeNull();
    expect(late.at(0.6, 10)).toBeCloseTo(40);
  });
  test("begins anew where what is done falls, as after a start of the server", () => {
    const left = new Left();
    left.at(0.2, 0);
    left.at(0.4, 10);
    expect(left.at(0.1, 20)).toBeNull();
    expect(left.at(0.2, 30)).toBeCloseTo(80);
  });
  test("is rounded upwards, the more the longer it is, and never nothing", () => {
    expect(leftInWords(null)).toBe("");
    expect(leftInWords(0.2)).toBe("About 1 s left");
    expect(leftInWords(41)).toBe("About 45 s left");
    expect(leftInWords(100)).toBe("About 105 s left");
    expect(leftInWords(121)).toBe("About 3 min left");
    expect(leftInWords(200)).toBe("About 4 min left");
  });
});

describe("what was tried from a moment, once the bed has gone on", () => {
  const drug: Control = { id: "propofol", group: "drug", label: "Propofol", kind: "number", unit: "mg" };
  const bed = { id: "b", title: "", kind: "acute", state: "running", t_s: 310, speed: 1, branch: 0, devices: [], controls: [drug], view: { waves: [], numbers: [], page_s: 1 } } as Bed; // prettier-ignore
  const told = (branches: Branch[], branch = 0, t_s = 723) => {
    const feed = new BedFeed({ ...bed, branch, t_s });
    const entry = { seq: 7, branch: 0, t_s: 310, wall: "", who: "x", kind: "fork", text: "", accepted: true };
    feed.setLog({ entries: [entry], branches, script: [] });
    feed.role = "instructor";
    feed.send = async () => ({ accepted: true, text: "" });
    feed.doAt = (_, act) => act();
    return feed;
  };
  const ROOT: Branch = { id: 0, parent: null, from_t_s: 0 };
  const act = (feed: BedFeed, changes: Change[] = [{ control: "propofol", value: 50, after_s: 0 }]) => {
    const element = new TwinForkAct();
    Object.assign(element, { feed, forkId: "7", at_s: 300, fork: { state: "done", progress: 1, changes } });
    return element;
  };
  test("is done now where that is but as long ago as futures take to be played", () => {
    expect(standingTo(told([ROOT], 0, 360), "7", 300)).toBe("now");
    const page = markup(act(told([ROOT], 0, 360)).render());
    expect(page).toContain("Do it now at the bed: Propofol 50 mg");
    expect(page).not.toContain("Rewind");
  });
  test("can be done there by rewinding, or now with the word that now is not then", () => {
    expect(standingTo(told([ROOT]), "7", 300)).toBe("later");
    const page = markup(act(told([ROOT])).render());
    expect(page).toContain("Rewind the bed to 05:00 and do it there: Propofol 50 mg");
    expect(page).toContain("Now is not then: these futures begin at 05:00, and the bed is at 12:03.");
    expect(page).toContain("Do it now all the same: Propofol 50 mg");
  });
  test("is only done now by who may not rewind, who is told who may", () => {
    const feed = told([ROOT]);
    feed.role = "clinician";
    const page = markup(act(feed).render());
    expect(page).toContain("An instructor can rewind the bed to 05:00.");
    expect(page).not.toContain("Rewind the bed");
  });
  test("cannot be done there where the bed is on another branch, or not yet as far", () => {
    const before: Branch = { id: 1, parent: 0, from_t_s: 200 };
    const after: Branch = { id: 1, parent: 0, from_t_s: 400 };
    const standing = (branch: Branch, t_s = 723) => standingTo(told([ROOT, branch], 1, t_s), "7", 300);
    expect([standing(before), standing(after), standing(before, 250)]).toEqual(["elsewhere", "later", "elsewhere"]);
    const page = markup(act(told([ROOT, before], 1)).render());
    expect(page).toContain("on a branch of time that the bed has left");
    expect(page).not.toContain("Rewind the bed");
  });
  test("is asked for once more before the bed goes back, and is done there, what comes later being told", async () => {
    const feed = told([ROOT]);
    const done: unknown[] = [];
    feed.doAt = async (t_s, what) => (done.push(t_s), what());
    feed.send = async (control, value) => (done.push([control, value]), { accepted: true, text: "" });
    const changes = [
      { control: "propofol", value: 50, after_s: 0 },
      { control: "propofol", value: 20, after_s: 60 },
    ];
    const element = act(feed, changes);
    const own = element as unknown as { sure: boolean; doThere(changes: Change[], at_s: number): Promise<void> };
    own.sure = true;
    const page = markup(element.render());
    expect(page).toMatch(/alertdialog.*goes back from 12:03 to 05:00, for everyone who watches it/s);
    expect(page).toContain("it was to come later: Propofol 20 mg, after 1 min");
    expect(done).toEqual([]);
    await own.doThere(changes.slice(0, 1), 300);
    expect(done).toEqual([300, ["propofol", 50]]);
    expect(markup(element.render())).toContain("The bed was rewound to 05:00, and there was done: Propofol 50 mg.");
  });
});

test("futures that somebody stopped are no error: who did it is said, and they can be played again", async () => {
  const error = { message: "stopped by kim", message_ko: "kim 님이 중지했습니다" };
  const change = { control: "propofol", value: 50, after_s: 0 };
  const stopped: Fork = {
    state: "stopped",
    progress: 0.4,
    at_s: 1,
    horizon_s: 300,
    members: 12,
    changes: [change],
    error,
  };
  const view = { page_s: 1, waves: [], numbers: [] } as unknown as View;
  const feed = new BedFeed({ id: "b", t_s: 9, state: "running", speed: 1, branch: 0, view, devices: [], controls: [] } as unknown as Bed); // prettier-ignore
  feed.forks = { start: async () => "7", result: async () => stopped, stop: async () => undefined, list: async () => [] } as unknown as BedFeed["forks"]; // prettier-ignore
  const fork = Object.assign(new TwinFork(), { feed });
  await (fork as unknown as { followUp(id: string): Promise<void> }).followUp("7");
  const page = markup(fork.render());
  expect(page).toContain("These futures were not played to the end: stopped by kim.");
  expect(page).toContain("Play again");
  expect(page).not.toMatch(/note bad|role="alert"/);
  setLanguage("ko");
  expect(markup(fork.render())).toContain("kim 님이 중지했습니다. ");
  setLanguage("en");
});

test("of the futures of a bed those that are played come first, then the latest", () => {
  const of = (id: string, state: ForkListed["state"]): ForkListed => ({ id, state, progress: 0, at_s: 0, horizon_s: 600, who: "", text: "" }); // prettier-ignore
  const all = [of("3", "done"), of("9", "failed"), of("7", "running"), of("12", "done"), of("20", "stopped")];
  expect(foremostForks(all, 4).map((f) => f.id)).toEqual(["7", "20", "12", "9"]);
});

test("futures of a bed say what was changed, when and by whom, and how far they are", () => {
  const list = Object.assign(new TwinForks(), { feed: { bed: { view: { page_s: 1 } } } as BedFeed, forks: [
    { id: "7", state: "running", progress: 0.345, at_s: 65, horizon_s: 600, who: "Dr Han", text: "Phenylephrine 100 µg" },
    { id: "4", state: "done", progress: 1, at_s: 60, horizon_s: 600, who: "Kim", text: "Crystalloid 500 mL" },
  ] as ForkListed[] }); // prettier-ignore
  const said = markup(list.render());
  for (const words of ["Phenylephrine 100 µg", "34 %", "from 01:05 · Dr Han", "Crystalloid 500 mL", "done", "· Kim"])
    expect(said).toContain(words);
});

test("who looks at futures from another device may stop their own", async () => {
  const view = { page_s: 1, waves: [], numbers: [] } as unknown as View;
  const feed = new BedFeed({ id: "b", t_s: 9, state: "running", speed: 1, branch: 0, view, devices: [], controls: [] } as unknown as Bed); // prettier-ignore
  const fork = { state: "running", progress: 0.2, changes: [], at_s: 0, horizon_s: 60, members: 1 };
  type Own = { followUp(id: string): Promise<void>; progress: number; run: number; tell(): void };
  for (const may_stop of [true, false]) {
    feed.forks = { result: async () => ({ ...fork, may_stop }), list: async () => [] } as unknown as BedFeed["forks"];
    const page = Object.assign(new TwinFork(), { feed });
    const own = page as unknown as Own;
    own.tell = () => undefined;
    void own.followUp("7");
    await vi.waitFor(() => expect(own.progress).toBe(0.2));
    expect(markup(page.render()).includes("Stop")).toBe(may_stop);
    own.run++;
  }
});
