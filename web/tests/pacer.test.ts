import { describe, expect, test } from "vitest";
import { Pacer } from "../src/live/pacer";

/** Draws at 60 Hz while frames of 50 ms arrive late by a seeded, uneven delay; returns what was shown. */
function play(pacer: Pacer, { seconds = 20, jitter_s = 0.06, speed = 1, from = 100 } = {}) {
  let seed = 7;
  const chance = () => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647;
  const arrivals: [number, number][] = [];
  for (let k = 1; k <= seconds * 20; k++) arrivals.push([k * 0.05 + chance() * jitter_s, from + k * 0.05 * speed]);
  arrivals.sort((a, b) => a[0] - b[0]);
  const shown: { wall: number; t: number; newest: number }[] = [];
  let next = 0;
  let newest = NaN;
  for (let wall = 0; wall < seconds; wall += 1 / 60) {
    while (next < arrivals.length && arrivals[next]![0] <= wall) {
      newest = Math.max(Number.isNaN(newest) ? -Infinity : newest, arrivals[next]![1]);
      pacer.arrive(newest, arrivals[next++]![0]);
    }
    shown.push({ wall, t: pacer.now(wall), newest });
  }
  return shown.filter((s) => Number.isFinite(s.t));
}

describe("the time that is shown", () => {
  test("is nothing before the first frame", () => expect(new Pacer().now(5)).toBeNaN());

  test("stands at the end of each picture where frames are those, as soon as one came", () => {
    const pacer = Object.assign(new Pacer(), { speed: 20, stills: true });
    pacer.arrive(60, 5);
    expect([5, 5.5, 6.9].map((wall) => pacer.now(wall))).toEqual([60, 60, 60]);
    pacer.arrive(82, 7);
    expect([7, 8.9].map((wall) => pacer.now(wall))).toEqual([82, 82]);
  });

  test("flows evenly although frames come in jerks", () => {
    const shown = play(new Pacer()).slice(120);
    const steps = shown.slice(1).map((s, i) => (s.t - shown[i]!.t) * 60);
    expect(Math.min(...steps)).toBeGreaterThan(0.85);
    expect(Math.max(...steps)).toBeLessThan(1.15);
  });
  test("is never later than the newest sample and never goes back", () => {
    const shown = play(new Pacer(), { jitter_s: 0.2 });
    for (const s of shown) expect(s.t).toBeLessThanOrEqual(s.newest + 1e-9);
    for (let i = 1; i < shown.length; i++) expect(shown[i]!.t).toBeGreaterThanOrEqual(shown[i - 1]!.t);
  });
  test("stays close behind the newest sample", () => {
    const shown = play(new Pacer()).slice(300);
    const behind = shown.map((s) => s.newest - s.t);
    expect(Math.max(...behind)).toBeLessThan(0.4);
  });
  test("follows the speed of the simulation", () => {
    const pacer = new Pacer();
    pacer.speed = 5;
    const shown = play(pacer, { speed: 5 }).slice(300);
    const [first, last] = [shown[0]!, shown[shown.length - 1]!];
    expect((last.t - first.t) / (last.wall - first.wall)).toBeCloseTo(5, 1);
  });
  test("comes to rest at the last sample when the bed pauses", () => {
    const pacer = new Pacer();
    const last = play(pacer).pop()!;
    pacer.running = false;
    let t = last.t;
    for (let wall = last.wall; wall < last.wall + 5; wall += 1 / 60) t = pacer.now(wall);
    expect(t).toBeCloseTo(last.newest, 6);
  });
  test("jumps where the bed went far on", () => {
    const pacer = new Pacer();
    play(pacer);
    pacer.arrive(500, 20.1);
    expect(pacer.now(20.1)).toBeGreaterThan(499);
  });
});
