import { expect, test } from "vitest";
import { drugRate, flow } from "../src/devices/flow";
import type { BedFeed } from "../src/live/feed";
import { Given } from "../src/live/given";

/** A bed whose pump is asked for 0.006 mg/min of 0.08 mg/mL, that is 4.5 mL/h, with a plunger that stands just now. */
function bed(asked: number | null = 0.006) {
  const pump = { norepinephrine_rate: 0, norepinephrine_delivered_total: 0.4, pump_flow: 0, pump_volume_total: 5 };
  const given = new Given();
  const control = (id: string) => (id === "norepinephrine_command" && asked !== null ? { now: asked } : undefined);
  return { given, devices: { pump }, control } as unknown as BedFeed;
}

const both = (feed: BedFeed) => [flow(feed, "pump"), drugRate(feed, "pump", "norepinephrine_rate")];

test("a pump of a bed that was just opened shows what is set", () => {
  const [ml, mg] = both(bed());
  expect([ml!.value, ml!.words]).toEqual([expect.closeTo(4.5, 9), "as set"]);
  expect(mg).toEqual({ value: 0.006, words: "as set" });
  expect(both(bed(0)).map((r) => r.value)).toEqual([0, 0]);
});

test("and the mean of what it gave when a minute of that was seen", () => {
  const feed = bed();
  const pump = (share: number) => ({
    pump: { norepinephrine_delivered_total: 0.0048 * share, pump_volume_total: 0.06 * share },
  });
  feed.given.note(0, pump(0));
  feed.given.note(20, pump(0.5));
  expect(both(feed).map((r) => r.words)).toEqual(["as set", "as set"]);
  feed.given.note(60, pump(1));
  expect(both(feed)).toEqual([
    { value: expect.closeTo(3.6, 9), words: "mean of 60 s" },
    { value: expect.closeTo(0.0048, 9), words: "mean of 60 s" },
  ]);
});

test("what is set is not what a pump with an alarm gives", () => {
  const feed = bed();
  feed.devices["pump"]!["pump_alarm"] = 1;
  expect(both(feed).map((r) => [r.value, r.words])).toEqual([
    [0, "at the moment"],
    [0, "at the moment"],
  ]);
});

test("where nobody asks for a rate it is that of the moment", () => {
  expect(both(bed(null)).map((r) => [r.value, r.words])).toEqual([
    [0, "at the moment"],
    [0, "at the moment"],
  ]);
});
