import { afterEach, expect, test, vi } from "vitest";
import type { ProtocolOffered } from "../src/contract";
import { zone } from "../src/text/text";

vi.stubGlobal("location", { protocol: "http:", host: "x", hash: "" });
const { inFolders } = await import("../src/pages/start-bench");

const offered = (id: string, title: string, title_ko: string, standard: string): ProtocolOffered => ({
  id,
  title,
  title_ko,
  standard,
  devices: [],
  missing: [],
});
const ALL = [
  offered("alarms/visual_signals", "Visual alarm signals", "시각 경보 신호", "IEC 60601-1-8"),
  offered("glucose/meter", "Blood glucose meter", "혈당 측정기", "ISO 15197:2013"),
  offered("alarms/delays", "Delays", "지연", "IEC 60601-1-8"),
];
const found = (sought: string) => inFolders(ALL, sought).map(([folder, known]) => [folder, known.map((p) => p.id)]);

afterEach(() => vi.useRealTimers());

test("protocols stand by folder, all where nothing is sought", () => {
  expect(found(" ")).toEqual([
    ["Alarms", ["alarms/visual_signals", "alarms/delays"]],
    ["Glucose", ["glucose/meter"]],
  ]);
});

test("protocols are found by all the words, of either language, of the standard, of the folder", () => {
  expect(found("VISUAL alarm")).toEqual([["Alarms", ["alarms/visual_signals"]]]);
  expect(found("혈당")).toEqual([["Glucose", ["glucose/meter"]]]);
  expect(found("15197")).toEqual([["Glucose", ["glucose/meter"]]]);
  expect(found("alarms delays")).toEqual([["Alarms", ["alarms/delays"]]]);
  expect(found("visual glucose")).toEqual([]);
});

test("a zone of time is said by its distance from UTC", () => {
  const at = (minutes: number) => zone({ getTimezoneOffset: () => -minutes } as Date);
  expect([at(0), at(540), at(-210), at(345)]).toEqual(["UTC", "UTC+9", "UTC-3:30", "UTC+5:45"]);
});
