import { describe, expect, test } from "vitest";
import { delivers } from "../src/devices/insulin";

describe("the screen of an insulin pump", () => {
  test("shows the basal rate and not what the motor gave in whole steps within a minute", () => {
    expect(delivers(0.96, 0.93, 0)).toEqual({ rate: 0.93, bolus: false });
    expect(delivers(0.9, 0.93, 3)).toEqual({ rate: 0.93, bolus: false });
  });
  test("shows what is given while a bolus runs, and where the pump stopped", () => {
    expect(delivers(178, 0.93, 0)).toEqual({ rate: 178, bolus: true });
    expect(delivers(0, 0.93, 1)).toEqual({ rate: 0, bolus: false });
  });
  test("shows nothing before the pump said anything", () => {
    expect(delivers(null, 0.93, 0).rate).toBeNull();
  });
});
