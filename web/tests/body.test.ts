import { describe, expect, test } from "vitest";
import { beatAt, emptied } from "../src/body/beat";
import { bodySurface, ofSaturation, UNKNOWN } from "../src/body/colour";
import { ellipsoid, enclosed_ml, tube, zeroOf, type Surface } from "../src/body/mesh";
import { Motion, MUSCLE_ML, TISSUE_ML } from "../src/body/motion";
import * as chest from "../src/body/thorax";
import { heartAxes, LEFT, leftSize, outerSize, RightVentricle, type Size } from "../src/body/ventricles";
import type { Bed, Body, Message } from "../src/contract";
import { BedFeed } from "../src/live/feed";
import { WaveRing } from "../src/live/ring";

/** The surface as the picture stretches it. */
const stretched = (surface: Surface, by: readonly [number, number, number]): Surface => ({
  positions: surface.positions.map((v, i) => v * by[i % 3]!),
  index: surface.index,
});
const left = ({ radius, length }: Size) => stretched(LEFT, [radius, length, radius]);
const within = (value: number, wanted: number, share: number) =>
  expect(Math.abs(value - wanted) / wanted).toBeLessThan(share);

/** Edges that are not shared by one triangle each way, points at one place being one. */
function openEdges({ positions, index }: Surface): number {
  const places = new Map<string, number>();
  const n = positions.length / 3;
  const place = Array.from({ length: n }, (_, i) => {
    const at = [0, 1, 2].map((k) => Math.round(positions[3 * i + k]! * 1e4) + 0).join();
    return places.get(at) ?? (places.set(at, i), i);
  });
  const edges = new Map<number, number>();
  for (let i = 0; i < index.length; i += 3) {
    const corners = [place[index[i]!]!, place[index[i + 1]!]!, place[index[i + 2]!]!] as const;
    if (corners[0] === corners[1] || corners[1] === corners[2] || corners[2] === corners[0]) continue;
    for (let k = 0; k < 3; k++) {
      const [a, b] = [corners[k]!, corners[(k + 1) % 3]!];
      const key = Math.min(a, b) * n + Math.max(a, b);
      edges.set(key, (edges.get(key) ?? 0) + Math.sign(b - a));
    }
  }
  return [...edges.values()].filter((open) => open !== 0).length;
}

/** Organs are made once for all tests: to make them is most of the work. */
const LUNGS = { 1: chest.lung(1), [-1]: chest.lung(-1) } as const;
const OUTLINE = chest.outline();

test("an edge is open where a triangle is missing", () => {
  const ball = ellipsoid([0, 0, 0], [1, 1, 1], 8, 8);
  expect(openEdges(ball)).toBe(0);
  expect(openEdges({ ...ball, index: ball.index.slice(0, -60) })).toBeGreaterThan(0);
});

describe("what a mesh encloses", () => {
  test("is the volume of solids that geometry gives", () => {
    within(enclosed_ml(ellipsoid([4, -7, 2], [2, 3, 5], 60, 80)), (4 / 3) * Math.PI * 30, 0.01);
    const round = tube([[1, 1, 1], [1, 6, 1], [1, 11, 1]], () => 2, 60); // prettier-ignore
    within(enclosed_ml(round), Math.PI * 4 * 10 + (4 / 3) * Math.PI * 8, 0.03);
    const ball = zeroOf((x, y, z) => Math.hypot(x, y, z) - 3, [-4, -4, -4], [4, 4, 4], 0.2);
    within(enclosed_ml(ball), 36 * Math.PI, 0.01);
  });
  test("has a meaning, because every organ is closed", () => {
    const right = new RightVentricle();
    right.fill(130, outerSize(leftSize(120), MUSCLE_ML));
    const organs = { LEFT, right: right.surface, lung: LUNGS[1], other: LUNGS[-1], outline: OUTLINE };
    for (const [name, surface] of Object.entries(organs)) expect([name, openEdges(surface)]).toEqual([name, 0]);
  });
});

describe("the ventricles", () => {
  test("the drawn left one encloses what the twin tells, to 1 %", () => {
    for (const ml of [15, 40, 75, 130, 220, 400]) within(enclosed_ml(left(leftSize(ml))), ml, 0.01);
  });
  test("the drawn right one encloses what the twin tells, to 1 %, whatever the left one holds", () => {
    const right = new RightVentricle();
    for (const on of [40, 130, 260])
      for (const ml of [25, 70, 140, 250, 380]) {
        right.fill(ml, outerSize(leftSize(on), MUSCLE_ML));
        within(enclosed_ml(right.surface), ml, 0.01);
      }
  });
  test("muscle keeps its volume, so the wall thickens as the cavity empties", () => {
    const walls = [60, 130, 240].map((ml) => {
      const outer = outerSize(leftSize(ml), MUSCLE_ML);
      within(enclosed_ml(left(outer)), ml + MUSCLE_ML, 0.01);
      return outer.wall;
    });
    expect(walls[0]).toBeGreaterThan(walls[1]!);
    expect(walls[1]).toBeGreaterThan(walls[2]!);
    // End-diastolic walls of healthy adults are 0.6 to 1.0 cm (Lang et al. 2015, women 0.6-0.9, men 0.6-1.0).
    expect(walls[1]).toBeGreaterThan(0.6);
    expect(walls[1]).toBeLessThan(1.0);
  });
  test("the wall of the right one lies outside its cavity", () => {
    const on = outerSize(leftSize(120), MUSCLE_ML);
    const [cavity, wall] = [new RightVentricle(), new RightVentricle(0.3)];
    cavity.fill(140, on);
    wall.cover(cavity, on);
    expect(enclosed_ml(wall.surface)).toBeGreaterThan(enclosed_ml(cavity.surface) + 20);
  });
  test("the heart is turned, not mirrored or stretched, and its apex is to the left, down and to the front", () => {
    const { x, y, z } = heartAxes();
    const [dot, length] = [x[0] * y[0] + x[1] * y[1] + x[2] * y[2], Math.hypot(...z)];
    expect(dot).toBeCloseTo(0, 9);
    expect(length).toBeCloseTo(1, 9);
    expect(x[1] * y[2] - x[2] * y[1]).toBeCloseTo(z[0], 9);
    expect([-y[0] > 0, -y[1] < 0, -y[2] > 0]).toEqual([true, true, true]);
  });
});

describe("the lungs", () => {
  test("enclose the gas that the twin tells and the tissue beside it, to 1 %", () => {
    for (const side of [1, -1] as const) {
      const lung = LUNGS[side];
      for (const gas_ml of [300, 1100, 2600])
        within(
          enclosed_ml(stretched(lung, chest.lungStretch(gas_ml + TISSUE_ML, lung.volume_ml))),
          gas_ml + TISSUE_ML,
          0.01,
        );
    }
  });
  test("are two, the left one smaller, because the heart needs room", () => {
    const [leftLung, rightLung] = [LUNGS[1], LUNGS[-1]];
    expect(leftLung.volume_ml).toBeGreaterThan(1000);
    expect(leftLung.volume_ml).toBeLessThan(rightLung.volume_ml);
    expect(Math.min(...[0, 1, 2, 3].map((i) => leftLung.positions[300 + 3 * i]!))).toBeGreaterThan(0);
  });
});

test("all surfaces together have fewer than 150 000 triangles", () => {
  const right = new RightVentricle().surface;
  const parts = [
    LEFT, LEFT, right, right, LUNGS[1], LUNGS[-1], chest.airways(), chest.arteries(), chest.veins(),
    chest.pulmonaryArteries(), chest.leftAtrium(), chest.rightAtrium(), chest.bones(), OUTLINE,
  ]; // prettier-ignore
  expect(parts.reduce((n, { index }) => n + index.length / 3, 0)).toBeLessThan(150_000);
});

const PERIOD_S = 0.004;
/** An electrocardiogram of R and T waves, an R wave at whole multiples of `rr_s`. */
function ecg(rr_s: number, until_s: number): WaveRing {
  const ring = new WaveRing(Math.ceil(until_s / PERIOD_S), PERIOD_S);
  const hill = (t: number, at: number, wide: number) => Math.exp(-(((t - at) / wide) ** 2));
  const values = Array.from({ length: Math.ceil(until_s / PERIOD_S) }, (_, i) => {
    const t = (i * PERIOD_S) % rr_s;
    return hill(t, 0, 0.012) + hill(t, rr_s, 0.012) + 0.3 * hill(t, 0.28, 0.05);
  });
  ring.write(0, values);
  return ring;
}

describe("the beat", () => {
  test("is found by the R waves of the ECG", () => {
    for (const rr_s of [0.4, 0.84, 1.4]) {
      const now_s = 7 * rr_s + 0.6 * rr_s;
      const beat = beatAt(ecg(rr_s, 12), now_s, 0.03, 0, 0.15)!;
      expect(Math.abs(beat.rr_s - rr_s)).toBeLessThan(0.006);
      expect(Math.abs(beat.since_s - 0.6 * rr_s)).toBeLessThan(0.02);
    }
  });
  test("is not found where there is none", () => {
    const flat = new WaveRing(3000, PERIOD_S);
    flat.write(0, new Float32Array(3000));
    expect(beatAt(flat, 10, 0.03, 0, 0.15)).toBeNull();
    // The heart stopped four seconds ago.
    const stopped = ecg(0.8, 12);
    stopped.write(8.1, new Float32Array(Math.round(3.9 / PERIOD_S)));
    expect(beatAt(stopped, 11.9, 0.03, 0, 0.15)).toBeNull();
  });
  test("empties in systole as long as Weissler's times say, and fills until the next", () => {
    for (const rr_s of [0.4, 0.6, 0.86, 1.5]) {
      const at = (since_s: number) => emptied({ since_s, rr_s });
      const closes_s = (546 - (2.1 * 60) / rr_s) / 1000 - 0.04;
      expect(at(0)).toBe(0);
      expect(at(closes_s + 0.001)).toBeCloseTo(1, 3);
      expect(at(Math.max(rr_s, closes_s + 0.12))).toBeCloseTo(0, 6);
      for (let t = 0; t < rr_s; t += 0.005) {
        const rises = t + 0.005 <= closes_s;
        expect(rises ? at(t + 0.005) >= at(t) : t < closes_s || at(t + 0.005) <= at(t)).toBe(true);
      }
    }
  });
});

const wave = (id: string) => ({ id, label: id, unit: "", colour: "ecg", window_s: 8, low: 0, high: 1, rate_hz: 250, offset: 0, scale: 1, inverted: false }); // prettier-ignore
const bed = { id: "b", title: "b", kind: "acute", state: "running", t_s: 0, speed: 1, branch: 0, view: { waves: [wave("ecg_ii"), wave("lung_volume")], numbers: [], page_s: 1 }, devices: [], controls: [] } as unknown as Bed; // prettier-ignore
const BODY: Body = { left_ventricular_volume: 90, right_ventricular_volume: 100, lung_volume_left: 1.1, lung_volume_right: 1.3, cardiac_output: 5 }; // prettier-ignore

describe("between the pages", () => {
  const tell = (feed: BedFeed, t_s: number, body: Body) =>
    feed.message({ kind: "numbers", bed: "b", t_s, values: {}, alarms: [], alarm_sound: 0, devices: {}, body } as Message); // prettier-ignore
  const RR_S = 0.8;
  function followed(until_s: number, body: Body, withEcg = true) {
    const feed = new BedFeed(bed);
    if (withEcg) feed.rings[0] = ecg(RR_S, 60);
    const motion = new Motion(feed);
    const drawn: { t_s: number; left_ml: number; right_ml: number; beat: string | null }[] = [];
    for (let i = 1; i * 0.02 <= until_s; i++) {
      const t_s = i * 0.02;
      if (i % 40 === 1) tell(feed, Math.ceil(t_s / RR_S) * RR_S, { ...body });
      drawn.push({ t_s, ...motion.at(t_s, feed.body, feed.body_s) });
    }
    return { feed, motion, drawn };
  }
  test("the ventricle has the told volume when the page ends, and swings by the stroke volume of the cardiac output", () => {
    const { drawn } = followed(16, BODY);
    const last = drawn.filter(({ t_s }) => t_s > 12);
    // Every page ends 0.8 s after the one before, at an R wave.
    for (const { left_ml } of last.filter(({ t_s }) => Math.abs(t_s / RR_S - Math.round(t_s / RR_S)) < 1e-6))
      within(left_ml, 90, 0.01);
    const all = last.map((d) => d.left_ml);
    within(Math.max(...all) - Math.min(...all), (5000 * RR_S) / 60, 0.03);
    expect(last.every((d) => d.beat === "ecg_ii")).toBe(true);
  });
  test("nothing moves where no wave shows a beat", () => {
    const { drawn } = followed(16, BODY, false);
    for (const { left_ml, beat } of drawn.slice(-100)) expect([left_ml, beat]).toEqual([90, null]);
  });
  test("a live lung volume is followed, shared as the twin tells both lungs", () => {
    const { feed, motion } = followed(4, BODY);
    feed.rings[1] = new WaveRing(1000, PERIOD_S);
    feed.rings[1].write(0, new Float32Array(1000).fill(3));
    const now = motion.at(3.9, feed.body, feed.body_s);
    expect(now.breath).toBe("lung_volume");
    expect(now.lungLeft_L).toBeCloseTo((3 * 1.1) / 2.4, 6);
    expect(now.lungLeft_L + now.lungRight_L).toBeCloseTo(3, 6);
  });
});

describe("colours", () => {
  test("of blood go from dark to red with saturation, and say where nothing is told", () => {
    expect(ofSaturation(0.98)[0]).toBeGreaterThan(ofSaturation(0.8)[0]);
    expect(ofSaturation(0.98)[2]).toBeLessThan(ofSaturation(0.8)[2]);
    expect(ofSaturation(null)).toEqual(UNKNOWN);
  });
  test("of perfusion need the body surface, 1.81 m2 at 170 cm and 70 kg (Du Bois)", () => {
    expect(bodySurface({ height_cm: 170, weight_kg: 70 })).toBeCloseTo(1.81, 2);
    expect(bodySurface({ weight_kg: 70 })).toBeNull();
  });
});
