/** The ventricles as shapes of a given volume. The frame of the heart: base at y = 0, apex towards -y, right ventricle at +x; cm and mL.
 *
 * The left cavity is an ellipsoid of revolution cut at its base. Its two sizes go with powers of the volume, and the powers of
 * the three axes add up to one, so that the volume is exact while the diameter changes twice as much as the length, as it does in
 * a beat. The muscle does not change its volume, so the wall thickens as the cavity empties.
 */
import { enclosed_ml, grid, type Point, type Surface } from "./mesh";

const ROWS = 48;
const COLUMNS = 49;
/** Sizes at a volume of 120 mL. */
const REST_ML = 120;
const REST_RADIUS = 2.45;
const REST_LENGTH = 8.4;
const WIDENS = 0.4;
const LENGTHENS = 0.2;
/** The ellipsoid is cut at half its long radius above its middle. */
const CUT = 0.5;
const BASE_RADIUS = Math.sqrt(1 - CUT * CUT);

/** Radius, as a share of the greatest, at a share of the length from base to apex. */
function profile(share: number): number {
  const y = CUT - share * (1 + CUT);
  return Math.sqrt(Math.max(0, 1 - y * y));
}

/** Points are denser at the apex, where the surface bends most. */
const downTo = (row: number) => Math.sin((row * Math.PI) / 2);

/** The left cavity with radius and length of one; to be stretched by `leftSize`. Closed by a flat base. */
export const LEFT: Surface = grid(ROWS, COLUMNS, (r, c) => {
  const lid = 4 / (ROWS - 1);
  const turn = 2 * Math.PI * c;
  if (r < lid) return [(r / lid) * BASE_RADIUS * Math.cos(turn), 0, (r / lid) * BASE_RADIUS * Math.sin(turn)];
  const share = downTo((r - lid) / (1 - lid));
  return [profile(share) * Math.cos(turn), -share, profile(share) * Math.sin(turn)];
});
const LEFT_ML = enclosed_ml(LEFT);

export interface Size {
  radius: number;
  length: number;
}

/** Greatest inner radius and length of a left cavity of that volume. */
export function leftSize(volume_ml: number): Size {
  const share = Math.max(volume_ml, 1) / REST_ML;
  const exact = Math.cbrt(REST_ML / (LEFT_ML * REST_RADIUS ** 2 * REST_LENGTH));
  return { radius: exact * REST_RADIUS * share ** WIDENS, length: exact * REST_LENGTH * share ** LENGTHENS };
}

/** Outer size of the left ventricle: its wall is as thick everywhere as the volume of the muscle asks for. */
export function outerSize(inner: Size, muscle_ml: number): Size & { wall: number } {
  const wanted = LEFT_ML * inner.radius ** 2 * inner.length + muscle_ml;
  let [low, high] = [0, 6];
  for (let i = 0; i < 40; i++) {
    const wall = (low + high) / 2;
    if (LEFT_ML * (inner.radius + wall) ** 2 * (inner.length + wall) < wanted) low = wall;
    else high = wall;
  }
  return { radius: inner.radius + low, length: inner.length + low, wall: low };
}

const RIGHT_ROWS = 26;
const RIGHT_COLUMNS = 34;
const HALF_TURN = (82 * Math.PI) / 180;
const REACHES = 0.86;

/** The right ventricle: a pocket that lies on the left one. `widen` lets its volume be what is asked for. */
export class RightVentricle {
  readonly surface: Surface;
  private readonly shape: { y: number; radius: number; thick: number; cos: number; sin: number }[] = [];
  private bulge = 3;

  /** `wall`: how far outside the cavity this surface lies, cm. */
  constructor(private readonly wall = 0) {
    const outer = grid(RIGHT_ROWS, RIGHT_COLUMNS, () => [0, 0, 0]);
    for (let r = 0; r < RIGHT_ROWS; r++)
      for (let c = 0; c < RIGHT_COLUMNS; c++) {
        const share = (REACHES * r) / (RIGHT_ROWS - 1);
        const down = 1 - r / (RIGHT_ROWS - 1);
        const aside = (2 * c) / (RIGHT_COLUMNS - 1) - 1;
        // It is narrower towards the apex.
        const turn = HALF_TURN * aside * down ** 0.4;
        const across = Math.cos((aside * Math.PI) / 2);
        const thick = Math.max(0, across) ** 0.75 * down ** 0.6 * (0.82 + 0.18 * down);
        this.shape.push({ y: -share, radius: profile(share), thick, cos: Math.cos(turn), sin: Math.sin(turn) });
      }
    const points = RIGHT_ROWS * RIGHT_COLUMNS;
    const index = [...outer.index];
    // The side on the septum looks the other way; the lid closes the base between both.
    for (let i = 0; i < outer.index.length; i += 3)
      index.push(points + outer.index[i]!, points + outer.index[i + 2]!, points + outer.index[i + 1]!);
    for (let c = 0; c < RIGHT_COLUMNS - 1; c++) index.push(c, points + c, points + c + 1, c, points + c + 1, c + 1);
    this.surface = { positions: new Float32Array(points * 6), index: Uint32Array.from(index) };
  }

  /** Lies down on a left ventricle of that outer size with that volume (secant steps, to a thousandth). */
  fill(volume_ml: number, on: Size): void {
    const wanted = Math.max(volume_ml, 1);
    let [before, miss] = [this.bulge * 0.9, 0];
    let missBefore = this.lay(before, on) - wanted;
    for (let i = 0; i < 12; i++) {
      miss = this.lay(this.bulge, on) - wanted;
      if (Math.abs(miss) < 1e-3 * wanted) break;
      const slope = (miss - missBefore) / (this.bulge - before);
      [before, missBefore] = [this.bulge, miss];
      this.bulge = Math.max(0.02, this.bulge - miss / (slope || 1));
    }
  }

  /** The wall of another right ventricle: as that one lies, further out. */
  cover(cavity: RightVentricle, on: Size): void {
    this.bulge = cavity.bulge;
    this.lay(this.bulge, on);
  }

  private lay(bulge: number, on: Size): number {
    const p = this.surface.positions;
    const points = this.shape.length;
    this.shape.forEach(({ y, radius, thick, cos, sin }, i) => {
      const inside = radius * on.radius;
      const out = inside + bulge * thick + this.wall;
      const [a, b] = [3 * i, 3 * (points + i)];
      p[a] = out * cos;
      p[a + 1] = y * (on.length + this.wall * (1 - thick));
      p[a + 2] = out * sin;
      p[b] = inside * cos;
      p[b + 1] = y * on.length;
      p[b + 2] = inside * sin;
    });
    return enclosed_ml(this.surface);
  }
}

/** From the frame of the heart to that of the chest (x to the patient's left, y up, z to the front): a rotation by columns, and where the base is. */
export function heartAxes(): { x: Point; y: Point; z: Point; at: Point } {
  const norm = (a: Point): Point => {
    const l = Math.hypot(...a);
    return [a[0] / l, a[1] / l, a[2] / l];
  };
  const y = norm([-0.7, 0.56, -0.45]);
  const towards: Point = [-0.72, -0.2, 0.68];
  const dot = towards[0] * y[0] + towards[1] * y[1] + towards[2] * y[2];
  const x = norm([towards[0] - dot * y[0], towards[1] - dot * y[1], towards[2] - dot * y[2]]);
  const z: Point = [x[1] * y[2] - x[2] * y[1], x[2] * y[0] - x[0] * y[2], x[0] * y[1] - x[1] * y[0]];
  return { x, y, z, at: [1.6, 1.2, 0.6] };
}
