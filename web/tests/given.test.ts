import { expect, test } from "vitest";
import { Given, MEAN_S } from "../src/live/given";

const SLIP_ML = 0.005;

/** What a pump whose plunger sticks and slips has given at a flow by a time. */
const slipped = (ml_h: number, t_s: number) => SLIP_ML * Math.floor((ml_h * t_s) / 3600 / SLIP_ML + 1e-9);

test("the mean of a minute stands within one slip of the flow, whatever a second says", () => {
  for (const ml_h of [2, 5, 20]) {
    const given = new Given();
    const means: number[] = [];
    const seconds = new Set<number>();
    for (let t_s = 1; t_s <= 600; t_s++) {
      given.note(t_s, { propofol: { pump_volume_total: slipped(ml_h, t_s) } });
      seconds.add(Math.round((slipped(ml_h, t_s) - slipped(ml_h, t_s - 1)) * 3600 * 10) / 10);
      const mean = given.mean("propofol", "pump_volume_total");
      if (t_s <= 50) expect(mean).toBeNull();
      else if (t_s > MEAN_S) {
        expect(mean!.over_s).toBe(MEAN_S);
        means.push(mean!.per_s * 3600);
      }
    }
    expect(Math.max(...seconds) - Math.min(...seconds)).toBeGreaterThanOrEqual(18); // a slip of a second is 18 mL/h
    for (const mean of means) expect(Math.abs(mean - ml_h)).toBeLessThanOrEqual((SLIP_ML / MEAN_S) * 3600 + 1e-9);
  }
});

test("nothing is said of a device that tells no total, nor across a step back in time", () => {
  const given = new Given();
  given.note(0, { a: { x: 1 } });
  given.note(50, { a: { x: 6 } });
  expect(given.mean("a", "x")).toEqual({ per_s: 0.1, over_s: 50 });
  expect([given.mean("a", "y"), given.mean("b", "x")]).toEqual([null, null]);
  given.note(20, { a: { x: 3 } });
  expect(given.mean("a", "x")).toBeNull();
  given.note(90, { a: { x: 5 } }); // after a gap longer than a minute nothing old is counted
  expect(given.mean("a", "x")).toBeNull();
});
