import { describe, expect, test } from "vitest";
import { decodeFrame, NO_READING } from "../src/live/frame";

/** A frame as decision 0010 writes it, byte by byte. */
function written(
  waves: [number, number[]][],
  { version = 1, bed = 3, seq = 70_000, t0 = 123.45, period = 0.01 } = {},
): ArrayBuffer {
  const n = waves[0]?.[1].length ?? 0;
  const buffer = new ArrayBuffer(24 + waves.length * 2 * (1 + n));
  const view = new DataView(buffer);
  view.setUint8(0, version);
  view.setUint8(1, waves.length);
  view.setUint16(2, bed, true);
  view.setUint32(4, seq, true);
  view.setFloat64(8, t0, true);
  view.setFloat32(16, period, true);
  view.setUint32(20, n, true);
  waves.forEach(([place, samples], i) => {
    view.setUint16(24 + 2 * i, place, true);
    samples.forEach((s, k) => view.setInt16(24 + 2 * waves.length + 2 * (i * n + k), s, true));
  });
  return buffer;
}

describe("a frame", () => {
  test("gives back every field and every sample", () => {
    const frame = decodeFrame(
      written([
        [4, [1, -2, NO_READING]],
        [0, [7, 8, 32_767]],
      ]),
    )!;
    expect(frame).toMatchObject({ bed: 3, seq: 70_000, t0_s: 123.45 });
    expect(frame.period_s).toBeCloseTo(0.01, 7);
    expect([...frame.waves.get(4)!]).toEqual([1, -2, -32_768]);
    expect([...frame.waves.get(0)!]).toEqual([7, 8, 32_767]);
  });
  test("of another version is not read", () => expect(decodeFrame(written([[0, [1]]], { version: 2 }))).toBeNull());
  test("that is cut short is not read", () => expect(decodeFrame(written([[0, [1, 2, 3]]]).slice(0, 28))).toBeNull());
  test("shorter than a head is not read", () => expect(decodeFrame(new ArrayBuffer(5))).toBeNull());
  test("without a period is not read", () => expect(decodeFrame(written([[0, [1]]], { period: 0 }))).toBeNull());
});
