import { describe, expect, test } from "vitest";
import type { WaveView } from "../src/contract";
import { WaveRing } from "../src/live/ring";
import { hasTwelve, LEFT_MM, LENGTH_S, MM_MV, MM_S, strips } from "../src/monitor/leads";

const LEADS = ["I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6"];
const waves = LEADS.map(
  (label) => ({ id: `ecg_${label.toLowerCase()}`, label, colour: "ecg", unit: "mV" }) as WaveView,
);
const PERIOD_S = 0.01;

/** Lead number k stands at k/10 mV, from the beginning until `end_s`. */
function rings(end_s: number): WaveRing[] {
  return waves.map((_, k) => {
    const ring = new WaveRing(3000, PERIOD_S);
    ring.write(0, new Float32Array(Math.round(end_s / PERIOD_S)).fill(k / 10));
    return ring;
  });
}

const points = (path: string) =>
  [...path.matchAll(/[ML](\S+) (\S+?)(?=[ML]|$)/g)].map((m) => [Number(m[1]), Number(m[2])]);

describe("the page of twelve leads", () => {
  test("needs all twelve", () => {
    expect(hasTwelve(waves)).toBe(true);
    expect(hasTwelve(waves.slice(1))).toBe(false);
  });

  test("has four columns of the same ten seconds and a rhythm strip of all of them", () => {
    const page = strips(waves, rings(20), 20);
    expect(page.map((s) => s.label).join(" ")).toBe("I aVR V1 V4 II aVL V2 V5 III aVF V3 V6 II");
    const [first, second] = [points(page[0]!.path), points(page[1]!.path)];
    expect(first[0]![0]).toBeCloseTo(LEFT_MM);
    expect(second[0]![0]).toBeCloseTo(LEFT_MM + (LENGTH_S / 4) * MM_S);
    expect(first.at(-1)![0]! - first[0]![0]!).toBeCloseTo((LENGTH_S / 4 - PERIOD_S) * MM_S);
    expect(points(page.at(-1)!.path)).toHaveLength(LENGTH_S / PERIOD_S);
  });

  test("draws a millivolt ten millimetres high", () => {
    const [strip] = strips(waves, rings(20), 20).slice(-1);
    const lead = LEADS.indexOf("II");
    expect(new Set(points(strip!.path).map((p) => p[1]))).toEqual(new Set([strip!.y - (lead / 10) * MM_MV]));
  });

  test("marks the pulses of a pacemaker on every lead they fall on", () => {
    const counter = { id: "ventricular_paced_number", colour: "neutral", unit: "", counts: true } as WaveView;
    const running = new WaveRing(3000, PERIOD_S);
    running.write(
      0,
      Array.from({ length: 2000 }, (_, i) => (i < 1100 ? 4 : 5)),
    );
    const page = strips([...waves, counter], [...rings(20), running], 20);
    const marked = page.filter((s) => s.marks).map((s) => s.label);
    expect(marked).toEqual(["I", "II", "III", "II"]);
    expect(page[0]!.marks).toBe(`M${(LEFT_MM + 1 * MM_S).toFixed(2)} ${(page[0]!.y - 3.5).toFixed(2)}v7`);
  });

  test("leaves empty what did not come", () => {
    const page = strips(waves, rings(4), 4);
    expect(page[0]!.path).toBe("");
    expect(points(page.at(-1)!.path)).toHaveLength(4 / PERIOD_S);
    const holed = rings(20);
    holed[LEADS.indexOf("II")]!.write(20, [NaN, 1]);
    expect(strips(waves, holed, 20.02).at(-1)!.path.match(/M/g)).toHaveLength(2);
  });
});
