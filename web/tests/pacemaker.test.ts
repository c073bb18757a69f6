import { describe, expect, test } from "vitest";
import type { Control, Device } from "../src/contract";
import { nameOnPanel } from "../src/devices/kinds";
import { setLanguage } from "../src/text/text";
import { counted, later, tally, type Counted } from "../src/devices/pacer";

const at = (t_s: number, paced: number, sensed = 0): Counted =>
  counted(t_s, {
    atrial_paced_number: 0,
    atrial_sensed_number: sensed,
    ventricular_paced_number: paced,
    ventricular_sensed_number: 0,
  })!;
const all = (...moments: Counted[]) => moments.reduce<readonly Counted[]>(later, []);

describe("the lamps of a pacemaker", () => {
  test("say nothing before it told all its counts", () => {
    expect(counted(3, { atrial_paced_number: 1 })).toBeNull();
    expect(counted(3, undefined)).toBeNull();
    expect(tally(later([], null))).toMatchObject({ over_s: 0, lit: [] });
  });
  test("are lit by what was counted since it was told last", () => {
    expect(tally(all(at(0, 5, 7), at(1, 6, 8), at(2, 7, 8))).lit).toEqual(["ventricular_paced"]);
    expect(tally(all(at(0, 5))).lit).toEqual([]);
  });
  test("count over the last minute", () => {
    const told = tally(all(at(0, 100), at(30, 130), at(61, 160), at(62, 161)));
    expect([told.over_s, told.often.ventricular_paced]).toEqual([32, 31]);
  });
  test("begin anew where the bed goes back", () => {
    expect(tally(all(at(50, 60), at(51, 61), at(20, 30), at(21, 32))).often.ventricular_paced).toBe(2);
    expect(later(all(at(1, 1)), at(1, 1))).toHaveLength(1);
  });
});

test("on the panel of a device its settings are named without it", () => {
  const name = (whose: string, whose_ko: string, label: string, label_ko: string) =>
    nameOnPanel({ label, label_ko } as Control, { label: whose, label_ko: whose_ko } as Device);
  const mode = () => name("Pacemaker", "심박조율기", "Pacemaker, AV delay", "심박조율기 방실 지연");
  const itself = () => name("Pacemaker", "심박조율기", "Pacemaker", "심박조율기");
  const other = () => name("Ventilator", "인공호흡기", "Ventilator and patient", "인공호흡기 연결");
  expect([mode(), itself(), other()]).toEqual(["AV delay", "Pacemaker", "Ventilator and patient"]);
  setLanguage("ko");
  expect([mode(), itself(), other()]).toEqual(["방실 지연", "심박조율기", "연결"]);
  setLanguage("en");
});
