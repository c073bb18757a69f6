import { beforeEach, describe, expect, test } from "vitest";
import { grown, lasts_s, lastRun, onPaper } from "../src/devices/recording";
import { rateInWords, says } from "../src/devices/watch";
import { WaveRing } from "../src/live/ring";
import { offered } from "../src/sweep/paper";
import { setLanguage } from "../src/text/text";

const PERIOD_S = 0.01;
const ringOf = (from_s: number, values: number[], capacity = 6000) => {
  const ring = new WaveRing(capacity, PERIOD_S);
  ring.write(from_s, values);
  return ring;
};
const none = (n: number): number[] => new Array<number>(n).fill(NaN);
const ramp = (n: number, from = 0): number[] => Array.from({ length: n }, (_, k) => from + k);

describe("what a watch says", () => {
  beforeEach(() => setLanguage("en"));
  const told = {
    watch_heart_rate: 71.6,
    watch_valid: 1,
    watch_quality: 0.93,
    watch_steps: 12,
    watch_ecg_valid: 0,
  };
  test("is its rate, where that is a reading", () => {
    const said = says(told);
    expect(said).toEqual({ rate: 71.6, valid: true, quality: 0.93, steps: 12, recording: false });
    expect(rateInWords(said)).toBe("Heart rate");
  });
  test("is no rate where it refuses one, even if a number came", () => {
    const said = says({ ...told, watch_valid: 0, watch_quality: 0.2 });
    expect([said.rate, said.valid, said.quality]).toEqual([null, false, 0.2]);
    expect(rateInWords(said)).toBe("No steady pulse");
  });
  test("is nothing before it said anything", () => {
    const said = says(undefined);
    expect(said).toEqual({ rate: null, valid: null, quality: null, steps: null, recording: false });
    expect(rateInWords(said)).toBe("Looks for a pulse");
  });
  test("is on its own screen and not on the monitor", () => {
    const wave = (id: string) => ({ id, label: id, unit: "", colour: "ecg", counts: false }) as never;
    const shown = offered(["ecg_ii", "watch_ppg", "watch_ecg", "watch_acceleration"].map(wave));
    expect(shown.map((w) => w.wave.id)).toEqual(["ecg_ii"]);
  });
});

describe("the recording of a watch", () => {
  test("is what came last in one piece", () => {
    expect(lastRun(ringOf(10, [1, NaN, ...ramp(5), NaN]))).toEqual([1002, 1007]);
    expect(lastRun(ringOf(10, none(8)))).toBeNull();
  });
  test("grows as its samples come, no further than what is shown, and stays when it is over", () => {
    const ring = ringOf(10, [...none(100), ...ramp(50)]);
    const first = grown(null, ring, 11.2);
    expect(first).toEqual({ first: 1100, period_s: PERIOD_S, values: ramp(21) });
    const whole = grown(first, ring, 20);
    expect(whole?.values).toEqual(ramp(50));
    ring.write(11.5, none(6000));
    expect(grown(whole, ring, 71.5)).toBe(whole);
    expect(lasts_s(whole!)).toBeCloseTo(0.5);
  });
  test("keeps what left the ring already", () => {
    const ring = ringOf(10, ramp(400), 300);
    const kept = { first: 1000, period_s: PERIOD_S, values: ramp(350) };
    expect(grown(kept, ring, 20)?.values).toEqual(ramp(400));
  });
  test("gives way to the next one", () => {
    const ring = ringOf(10, [...ramp(50), ...none(10), ...ramp(30, 500)]);
    const kept = { first: 1000, period_s: PERIOD_S, values: ramp(50) };
    expect(grown(kept, ring, 20)).toEqual({ first: 1060, period_s: PERIOD_S, values: ramp(30, 500) });
  });
  test("is gone where the bed went back to before it", () => {
    const kept = { first: 1000, period_s: PERIOD_S, values: ramp(50) };
    expect(grown(kept, undefined, 9)).toBeNull();
    expect(grown(kept, undefined, NaN)).toBe(kept);
  });
  test("is drawn at 25 mm/s and 10 mm/mV in rows of 7.5 s, the pen lifted where a sample is missing", () => {
    const values = [0, 1, NaN, 0];
    expect(onPaper({ first: 0, period_s: 0.04, values })).toBe("M0.00 12.40L1.00 2.40M3.00 12.40");
    const long = onPaper({ first: 0, period_s: 2.5, values: [0, 0, 0, 0] });
    expect(long).toBe("M0.00 12.40L62.50 12.40L125.00 12.40M0.00 32.40");
  });
});
