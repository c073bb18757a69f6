import { describe, expect, test } from "vitest";
import type { WaveView } from "../src/contract";
import { WaveRing } from "../src/live/ring";
import { offered } from "../src/sweep/paper";
import { countersOf, isPulse } from "../src/sweep/pulses";
import { Sweep } from "../src/sweep/sweep";

const PERIOD_S = 0.01;

/** A strip of 500 by 50 pixels at 100 pixels a second, and every line that is drawn on it. */
function strip() {
  const lines: { from: [number, number]; to: [number, number]; colour: string }[] = [];
  let at: [number, number] = [NaN, NaN];
  const context = {
    strokeStyle: "",
    clearRect: () => {},
    beginPath: () => {},
    stroke: () => {},
    moveTo: (x: number, y: number) => (at = [x, y]),
    lineTo: (x: number, y: number) => {
      lines.push({ from: at, to: [x, y], colour: context.strokeStyle });
      at = [x, y];
    },
  };
  const canvas = { getContext: () => context } as unknown as HTMLCanvasElement;
  const scale = { low: 0, high: 1, inverted: false, pxPerS: 100 };
  const sweep = new Sweep(canvas, scale, { colour: "green", filled: false, mark: "white" });
  sweep.resize(500, 50, 1);
  return { sweep, lines };
}

/** A running number that goes on at some samples. */
function counting(at: readonly number[], samples: number, from = 0): WaveRing {
  const ring = new WaveRing(1000, PERIOD_S);
  ring.write(
    0,
    Array.from({ length: samples }, (_, i) => (from + at.filter((k) => k <= i).length) % 10_000),
  );
  return ring;
}

test("a pen that goes on sample by sample leaves no gap, also where it is ahead of what has come", () => {
  const { sweep, lines } = strip();
  const ring = new WaveRing(1000, PERIOD_S);
  for (let i = 0; i < 200; i++) {
    ring.write(i * PERIOD_S, [0.5]);
    sweep.step(ring, (i + 1) * PERIOD_S); // the end of the newest sample, whose successor is still to come
  }
  const drawn = lines.map(({ from, to }) => [Math.round(from[0]), Math.round(to[0])]);
  expect(drawn).toEqual(Array.from({ length: 199 }, (_, i) => [i, i + 1]));
});

describe("pulses of a pacemaker", () => {
  const flat = new WaveRing(1000, PERIOD_S);
  flat.write(0, new Float32Array(300).fill(0.5));

  test("are marked each once and upright where a running number goes on, whatever is drawn at once", () => {
    const pulses = [1, 40, 41, 130, 299];
    for (const piece of [1, 7, 300]) {
      const { sweep, lines } = strip();
      const counters = [counting(pulses, 300)];
      for (let i = 0; i < 300; i += piece) sweep.step(flat, (Math.min(i + piece, 300) - 1) * PERIOD_S, counters);
      const marks = lines.filter((l) => l.colour === "white");
      expect(marks.map((m) => m.from[0]).sort((a, b) => a - b)).toEqual(pulses);
      for (const { from, to } of marks) {
        expect(to[0]).toBe(from[0]);
        expect((from[1] + to[1]) / 2).toBeCloseTo(25);
      }
    }
  });

  test("are not drawn as voltages besides, also where a sample holds one", () => {
    const { sweep, lines } = strip();
    const spiked = new WaveRing(1000, PERIOD_S);
    spiked.write(
      0,
      Array.from({ length: 100 }, (_, i) => (i === 60 ? 1 : 0.5)),
    );
    sweep.step(spiked, 0.99, [counting([30, 60], 100)]);
    const trace = lines.filter((l) => l.colour === "green");
    expect(new Set(trace.map((l) => l.to[1]))).toEqual(new Set([25]));
  });

  test("are those of atria and ventricles, go on where the number begins anew, and are none where a sample is missing", () => {
    const [atria, ventricles] = [counting([10], 100), counting([20], 100, 9_999)];
    const found = (counters: WaveRing[]) =>
      Array.from({ length: 100 }, (_, i) => i).filter((i) => isPulse(counters, i));
    expect(found([atria, ventricles])).toEqual([10, 20]);
    atria.write(1.02, [7]); // two samples were lost, and what was given meanwhile is not known in time
    expect(isPulse([atria], 102)).toBe(false);
  });

  test("are no strip of their own", () => {
    const waves = [
      { id: "ecg_ii", colour: "ecg" },
      { id: "ventricular_paced_number", colour: "neutral", counts: true },
    ] as WaveView[];
    expect(offered(waves).map((w) => w.wave.id)).toEqual(["ecg_ii"]);
    expect(countersOf(waves, [undefined, flat])).toEqual([flat]);
    expect(countersOf(waves, [flat])).toEqual([]);
  });
});
