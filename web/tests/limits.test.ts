import { expect, test } from "vitest";
import type { Bed, Control, NumberView } from "../src/contract";
import { BedFeed } from "../src/live/feed";
import { TwinAlarms } from "../src/monitor/alarms";
import { TwinLimits } from "../src/monitor/limits";
import { setLanguage } from "../src/text/text";
import { markup } from "./markup";

const limit = (side: string, now: number): Control =>
  ({ id: `alarms.heart_rate_${side}`, group: "alarm", kind: "number", label: side, unit: "/min", now }) as Control;
const SIDES = { very_low: 40, low: 50, high: 120, very_high: 140 };
const number = (id: string, sides: string[]) =>
  ({
    ...{ id, label: id, unit: "/min", digits: 0, colour: "ecg" },
    limits: Object.fromEntries(sides.map((side) => [`${side}_control`, `alarms.heart_rate_${side}`])),
  }) as NumberView;
const bed = (numbers: NumberView[]) =>
  ({
    ...{ id: "b", t_s: 1, state: "running", speed: 1, branch: 0, devices: [] },
    view: { page_s: 1, waves: [], numbers },
    controls: Object.entries(SIDES).map(([side, now]) => limit(side, now)),
  }) as unknown as Bed;
const shown = (numbers: NumberView[]) =>
  markup(Object.assign(new TwinLimits(), { feed: new BedFeed(bed(numbers)) }).render());

test("alarms of high priority have their own limits beyond the others, each with its value", () => {
  const page = shown([number("HR", Object.keys(SIDES))]);
  const names = [...page.matchAll(/name=([^\n]+)\s+><\/twin-control>/g)].map((m) => m[1]);
  expect(names).toEqual(["Low", "High", "Very low ***", "Very high ***"]);
  expect([...page.matchAll(/\.now=(\d+)/g)].map((m) => Number(m[1]))).toEqual([50, 120, 40, 140]);
  setLanguage("ko");
  expect(shown([number("HR", Object.keys(SIDES))])).toContain("매우 낮음 ***");
  setLanguage("en");
});

test("a number without them has one row", () => {
  const page = shown([number("RR", ["low", "high"])]);
  expect(page).not.toContain("Very");
  expect(page).not.toContain("under");
});

test("the strip of a bed has the pause for all, and leaves to the header that nothing is heard here", () => {
  const page = markup(Object.assign(new TwinAlarms(), { feed: new BedFeed(bed([])) }).render());
  expect(page).toContain("Pause audio");
  expect(page).not.toContain("Audio off");
});
