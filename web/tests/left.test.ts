import { describe, expect, test } from "vitest";
import type { Bed, NumberView } from "../src/contract";
import { leftView } from "../src/monitor/left";
import { setLanguage } from "../src/text/text";
import { markup } from "./markup";

const number = (id: string, more: Partial<NumberView> = {}): NumberView => ({
  id,
  label: id,
  unit: "/min",
  colour: "ecg",
  digits: 0,
  ...more,
});
const bed = (left: Bed["left"]): Bed => ({
  id: "b",
  title: "B",
  kind: "acute",
  state: "starting",
  t_s: 0,
  speed: 1,
  branch: 0,
  left,
  view: {
    page_s: 1,
    waves: [],
    numbers: [number("Temp"), number("HR"), number("TOF", { of_drugs: true, of_body: true })],
  },
  devices: [],
  controls: [],
});
const rank = (id: string) => ["HR"].indexOf(id) + 1 || 9;
const alarm = { id: "low", priority: 2 as const, text: "pressure low", acknowledged: false };

describe("a bed on its way", () => {
  test("says what it showed last, that it is not live, and how old it is", () => {
    setLanguage("en");
    const wall = "2026-03-01T12:03:00+00:00";
    const left = { wall, t_s: 60, values: { HR: 101, Temp: null, TOF: null }, alarms: [alarm] };
    const said = markup(leftView(bed(left), rank, Date.parse(wall) + 300_000));
    expect(said).toContain("Not live.");
    expect(said).toContain("5 min ago");
    expect(said).toContain("101");
    expect(said).toContain("Alarms then: Pressure low");
    expect(said).not.toContain("Temp");
    expect(said).not.toContain("TOF");
    expect(said).not.toContain("twin-number");
  });
  test("says nothing where nothing was before", () => {
    expect(markup(leftView(bed(null), rank))).not.toContain("Not live");
  });
});
