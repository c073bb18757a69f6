import { describe, expect, test } from "vitest";
import { NO_READING } from "../src/live/frame";
import { WaveRing } from "../src/live/ring";

const read = (ring: WaveRing, from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) => ring.at(from + i));

describe("a ring of samples", () => {
  test("keeps what was written at its time, in the unit of the wave", () => {
    const ring = new WaveRing(100, 0.01);
    ring.write(5, [10, 20, 30], -1, 0.5);
    expect(read(ring, 500, 503)).toEqual([4, 9, 14]);
    expect(ring.end_s).toBeCloseTo(5.03, 9);
  });
  test("has nothing where frames were lost or there was no reading", () => {
    const ring = new WaveRing(100, 0.01);
    ring.write(0, [1, NO_READING]);
    ring.write(0.04, [5]);
    expect(read(ring, 0, 5)).toEqual([1, NaN, NaN, NaN, 5]);
  });
  test("forgets what is older than it can hold", () => {
    const ring = new WaveRing(4, 1);
    ring.write(0, [0, 1, 2, 3, 4, 5]);
    expect(read(ring, 0, 6)).toEqual([NaN, NaN, 2, 3, 4, 5]);
  });
  test("going back a little, forgets what came after", () => {
    const ring = new WaveRing(10, 1);
    ring.write(0, [0, 1, 2, 3, 4, 5]);
    ring.write(3, [33]);
    expect(read(ring, 0, 6)).toEqual([0, 1, 2, 33, NaN, NaN]);
  });
  test("going back or on by more than it holds, begins anew", () => {
    const ring = new WaveRing(4, 1);
    ring.write(100, [1, 2]);
    ring.write(10, [3]);
    expect([ring.begin, ring.end, ring.at(10), ring.at(101)]).toEqual([10, 11, 3, NaN]);
    ring.write(1000, [4]);
    expect([ring.begin, ring.end, ring.at(10), ring.at(1000)]).toEqual([1000, 1001, NaN, 4]);
  });
  test("goes on with what came live after it", () => {
    const [past, live] = [new WaveRing(10, 1), new WaveRing(10, 1)];
    past.write(0, [0, 1, 2, 3]);
    live.write(2, [20, 30, 40, 50]);
    past.append(live);
    expect(read(past, 0, 6)).toEqual([0, 1, 2, 3, 40, 50]);
  });
});
