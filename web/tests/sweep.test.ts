import { expect, test } from "vitest";
import { WaveRing } from "../src/live/ring";
import { Sweep } from "../src/sweep/sweep";

test("a pen that goes on sample by sample leaves no gap, also where it is ahead of what has come", () => {
  const lines: [number, number][] = [];
  let at: [number, number] = [NaN, NaN];
  const context = {
    clearRect: () => {},
    beginPath: () => {},
    stroke: () => {},
    moveTo: (x: number, y: number) => (at = [x, y]),
    lineTo: (x: number, y: number) => {
      lines.push([at[0], x]);
      at = [x, y];
    },
  };
  const canvas = { getContext: () => context } as unknown as HTMLCanvasElement;
  const sweep = new Sweep(canvas, { low: 0, high: 1, inverted: false, pxPerS: 100 }, { colour: "#fff", filled: false });
  sweep.resize(500, 50, 1);
  const ring = new WaveRing(1000, 0.01);
  for (let i = 0; i < 200; i++) {
    ring.write(i * 0.01, [0.5]);
    sweep.step(ring, (i + 1) * 0.01); // the end of the newest sample, whose successor is still to come
  }
  const drawn = lines.map(([from, to]) => [Math.round(from), Math.round(to)]);
  expect(drawn).toEqual(Array.from({ length: 199 }, (_, i) => [i, i + 1]));
});
