/** What surrounds the heart: lungs, airways, great vessels, bones and the outline of the body. x to the patient's left, y up, z to the front; cm. */
import {
  along,
  ellipsoid,
  enclosed_ml,
  evened,
  grid,
  merged,
  mixed,
  tube,
  zeroOf,
  type Point,
  type Surface,
} from "./mesh";

const HEART: Point = [3.6, -2.2, 2.6];
const HEART_ROOM = 6.4;

/** A lung, with how dark each point is: the furrows between lobes (three lobes on the right, two on the left). */
export interface Lung extends Surface {
  shade: Float32Array;
  /** What the surface encloses as it is. */
  volume_ml: number;
  /** The point that stays where it is as the lung fills: its top. */
  top: Point;
}

export function lung(side: 1 | -1): Lung {
  const top: Point = [side * 5.6, 18.2, -1.6];
  const shades: number[] = [];
  const [rows, columns] = [84, 97];
  const surface = grid(rows, columns, (r, c) => {
    const polar = (r - 0.3) / (r < 0.3 ? 0.3 : 0.7);
    const turn = -2 * Math.PI * c * side;
    const wide = Math.cos((polar * Math.PI) / 2) ** (r < 0.3 ? 0.42 : 0.58);
    const up = r < 0.3 ? 0 : Math.sin((polar * Math.PI) / 2);
    const [cos, sin] = [Math.cos(turn), Math.sin(turn)];
    const lateral = cos > 0 ? 6.0 * cos : -3.9 * Math.abs(cos) ** 0.55;
    const lean = 1 - 0.2 * up;
    let x = side * (8.1 - 2.3 * up ** 1.6 + lateral * wide * lean);
    let z = -0.9 - 0.9 * up + 8.1 * sin * wide * (1 - 0.12 * up);
    // The lower side is domed by the diaphragm and reaches furthest down at the back.
    const dome = r < 0.3 ? 4.2 * (1 - wide * wide) : 0;
    let y = -12.2 + dome + 30.4 * up + (1 - up) * (0.34 * (z + 1) + 0.12 * (8 - Math.abs(x)));
    [x, y, z] = beside([x, y, z]);
    const furrow = depthOfFurrow(side, x, y, z);
    shades.push(furrow);
    const inward = 0.32 * furrow;
    return [x - inward * side * cos, y, z - inward * sin];
  });
  return { ...surface, shade: Float32Array.from(shades), volume_ml: enclosed_ml(surface), top };
}

/** Makes room for the heart. */
function beside([x, y, z]: Point): Point {
  const [dx, dy, dz] = [x - HEART[0], y - HEART[1], z - HEART[2]];
  const far = Math.hypot(dx, dy * 0.8, dz);
  if (far >= HEART_ROOM + 2 || far === 0) return [x, y, z];
  const room = Math.max(far, HEART_ROOM + 2 * smooth((far - HEART_ROOM + 2) / 4));
  const out = Math.max(1, room / far);
  return [HEART[0] + dx * out, HEART[1] + dy * (1 + (out - 1) * 0.4), HEART[2] + dz * out];
}

function depthOfFurrow(side: 1 | -1, x: number, y: number, z: number): number {
  const oblique = y - (3.2 - 1.15 * z);
  const level = y - 2.4 + 0.12 * z;
  const line = (distance: number) => Math.exp(-((distance / 0.42) ** 2));
  const second = side === -1 && oblique > 0 && x < -1 ? line(level) : 0;
  return Math.max(line(oblique * 0.66), second);
}

export function smooth(share: number): number {
  const x = Math.min(Math.max(share, 0), 1);
  return x * x * (3 - 2 * x);
}

/** How a lung of that volume is stretched about its top: mostly downwards, less to the front, least to the side. The product is exact. */
export function lungStretch(volume_ml: number, drawn_ml: number): Point {
  const share = Math.max(volume_ml, 50) / drawn_ml;
  return [share ** 0.22, share ** 0.48, share ** 0.3];
}

const GENERATIONS = 6;
const SPACING = 1.5;
/** Where the bronchi of a lung reach: an ellipsoid within it. */
const REACH: Record<1 | -1, { middle: Point; radii: Point }> = {
  [-1]: { middle: [-8.3, 1.4, -1.4], radii: [4.6, 11.6, 6] },
  [1]: { middle: [8.9, 1.6, -1.8], radii: [4.2, 11.6, 5.8] },
};

/** Windpipe and bronchi. Every bronchus goes towards the middle of the part of the lung that it serves, and that part is
 * halved across its longest side for the next two.
 */
export function airways(): Surface {
  const carina: Point = [-0.2, 7.2, -2.2];
  const parts: Surface[] = [tube([[0, 25, 0.8], [0, 15, -1], carina], () => 0.95, 14, 18)];
  const grow = (from: Point, ahead: Point, served: Point[], radius: number, generation: number) => {
    const middle = meanOf(served);
    const to = mixed(from, middle, generation === 0 ? 0.62 : 0.55);
    const length = Math.hypot(to[0] - from[0], to[1] - from[1], to[2] - from[2]);
    // It leaves in the direction of the one before, and bends.
    const bend = mixed(
      mixed(from, to, 0.5),
      from.map((v, k) => v + ahead[k]! * length * 0.5) as unknown as Point,
      0.45,
    );
    parts.push(tube([from, bend, to], (s) => radius * (1 - 0.24 * s), generation < 3 ? 9 : 6, generation < 3 ? 6 : 4));
    if (generation === GENERATIONS || served.length < 4) return;
    const on = unitOf([to[0] - bend[0], to[1] - bend[1], to[2] - bend[2]]);
    const [low, high] = [Math.min, Math.max].map((f) => [0, 1, 2].map((k) => f(...served.map((p) => p[k]!))));
    const spans = [0, 1, 2].map((k) => high![k]! - low![k]!);
    const longest = spans.indexOf(Math.max(...spans));
    for (const upper of [true, false]) {
      const half = served.filter((p) => p[longest]! > middle[longest]! === upper);
      if (half.length) grow(to, on, half, radius * 0.7, generation + 1);
    }
  };
  for (const side of [-1, 1] as const)
    grow(carina, unitOf([side, -0.75, 0]), servedBy(side), side < 0 ? 0.74 : 0.66, 0);
  return merged(...parts);
}

function servedBy(side: 1 | -1): Point[] {
  const { middle, radii } = REACH[side];
  const served: Point[] = [];
  for (let x = -radii[0]; x <= radii[0]; x += SPACING)
    for (let y = -radii[1]; y <= radii[1]; y += SPACING)
      for (let z = -radii[2]; z <= radii[2]; z += SPACING) {
        const at: Point = [middle[0] + x, middle[1] + y, middle[2] + z];
        const inside = (x / radii[0]) ** 2 + (y / radii[1]) ** 2 + (z / radii[2]) ** 2 < 1;
        const free = Math.hypot(at[0] - HEART[0], at[1] - HEART[1], at[2] - HEART[2]) > HEART_ROOM;
        if (inside && free) served.push(at);
      }
  return served;
}

const meanOf = (points: Point[]): Point =>
  [0, 1, 2].map((k) => points.reduce((sum, p) => sum + p[k]!, 0) / points.length) as unknown as Point;

function unitOf(a: Point): Point {
  const l = Math.hypot(...a);
  return [a[0] / l, a[1] / l, a[2] / l];
}

/** A vessel on either side: the path on the right of the patient, and its mirror. */
const both = (path: Point[], radius: (s: number) => number, segments: number) =>
  [1, -1].map((s) =>
    tube(
      path.map(([x, y, z]) => [s * x, y, z] as Point),
      radius,
      10,
      segments,
    ),
  );

/** Aorta and its great branches. */
export function arteries(): Surface {
  return merged(
    tube(
      [
        [1.4, 1.2, 0.8],
        [-0.4, 4.4, 2],
        [-0.9, 7.6, 1.8],
        [0.4, 10.2, 0.2],
        [2.4, 10, -2.4],
        [3, 6.4, -4.4],
        [2.6, 0, -5.2],
        [1.4, -12, -4.8],
        [0.4, -30, -2.8],
      ],
      (s) => 1.5 - 0.65 * s,
      16,
      80,
    ),
    tube(
      [
        [-0.4, 9.4, 0.6],
        [-2.2, 13.4, 0.4],
        [-3.2, 19, 0.2],
        [-3.1, 38, 0],
      ],
      (s) => 0.62 - 0.2 * s,
      10,
      24,
    ),
    tube(
      [
        [1.2, 9.8, -0.8],
        [2.4, 13.6, -0.4],
        [3.1, 19, 0.2],
        [3.1, 38, 0],
      ],
      (s) => 0.52 - 0.12 * s,
      10,
      24,
    ),
    tube(
      [
        [2.2, 9.8, -2],
        [4, 14.2, -1.4],
        [9, 16.4, -0.6],
        [16.5, 13.6, -1],
        [20.5, 4, -1.2],
        [23.6, -14, -1.4],
      ],
      (s) => 0.55 - 0.42 * s,
      9,
      36,
    ),
    tube(
      [
        [-2.2, 13.4, 0.4],
        [-4.4, 15.2, -0.4],
        [-9, 16.4, -0.6],
        [-16.5, 13.6, -1],
        [-20.5, 4, -1.2],
        [-23.6, -14, -1.4],
      ],
      (s) => 0.5 - 0.37 * s,
      9,
      36,
    ),
    ...both(
      [
        [0.4, -29.6, -2.8],
        [2.6, -35, -2],
        [6.6, -43, 2],
        [8.6, -52, 2.4],
        [9.4, -64, 0],
      ],
      (s) => 0.68 - 0.25 * s,
      26,
    ),
  );
}

/** Great veins. */
export function veins(): Surface {
  return merged(
    tube(
      [
        [-3.4, 12.6, 0.8],
        [-3.3, 8, 0.6],
        [-2.9, 2.6, 0.2],
      ],
      () => 0.95,
      14,
      20,
    ),
    tube(
      [
        [-2.6, -2.4, -0.4],
        [-2.4, -8, -1.8],
        [-2.1, -18, -3.6],
        [-1.8, -30.4, -3],
      ],
      (s) => 1.15 - 0.2 * s,
      14,
      30,
    ),
    tube(
      [
        [4.6, 13.6, 1],
        [0.4, 13, 1.6],
        [-3.3, 11.6, 0.9],
      ],
      () => 0.6,
      10,
      20,
    ),
    tube(
      [
        [-4.8, 38, 0.4],
        [-4.8, 26, 0.8],
        [-4.7, 18, 1],
        [-3.5, 11.6, 0.8],
      ],
      () => 0.62,
      10,
      20,
    ),
    tube(
      [
        [4.8, 38, 0.4],
        [4.8, 26, 0.8],
        [4.7, 18, 1],
        [4.4, 13.4, 1],
      ],
      () => 0.55,
      10,
      16,
    ),
    tube(
      [
        [4.4, 13.8, 1],
        [10, 15, 0.6],
        [16.2, 12.2, 0],
        [19, 5, -0.6],
      ],
      (s) => 0.55 - 0.45 * s,
      10,
      24,
    ),
    tube(
      [
        [-3.8, 12.6, 0.8],
        [-10, 15, 0.6],
        [-16.2, 12.2, 0],
        [-19, 5, -0.6],
      ],
      (s) => 0.55 - 0.45 * s,
      10,
      24,
    ),
    ...both(
      [
        [1.8, -30, -3],
        [4, -36, -2.6],
        [5.6, -44, 1],
        [7.4, -52, 1.4],
        [8.2, -64, -1],
      ],
      (s) => 0.75 - 0.25 * s,
      24,
    ),
  );
}

/** Trunk of the pulmonary artery and its branches, which carry venous blood. */
export function pulmonaryArteries(): Surface {
  return merged(
    tube(
      [
        [1.2, 1.6, 4.4],
        [1.8, 4, 3.6],
        [2, 6, 1.2],
      ],
      (s) => 1.4 - 0.2 * s,
      14,
      20,
    ),
    tube(
      [
        [2, 5.8, 1.2],
        [-1.4, 5.6, -0.2],
        [-5.4, 3.8, -1.2],
      ],
      (s) => 1 - 0.4 * s,
      12,
      20,
    ),
    tube(
      [
        [2, 5.8, 1.2],
        [4.2, 5.8, -1.2],
        [7, 4, -2],
      ],
      (s) => 1 - 0.4 * s,
      12,
      20,
    ),
  );
}

/** Both atria, at a fixed size: nothing is told of their volumes. */
export const leftAtrium = () => ellipsoid([0.6, 2.2, -2.2], [3.1, 2.5, 2.3], 26, 34);
export const rightAtrium = () => ellipsoid([-2.7, 0.2, 0.5], [2.1, 3.2, 2.5], 26, 34);

const PAIRS = 10;
export function bones(): Surface {
  const parts: Surface[] = [
    tube(
      [
        [0, 13.6, 9],
        [0, 6, 10.2],
        [0, -3.4, 10.6],
      ],
      (s) => 0.95 - 0.35 * s,
      10,
      18,
    ),
  ];
  for (let i = 0; i < PAIRS; i++) {
    const down = i / (PAIRS - 1);
    const wide = 6.4 + 8.4 * Math.sin(Math.min(1, down * 1.35 + 0.08) * (Math.PI / 2)) - 1.2 * down * down;
    const deep = 5 + 4.6 * Math.sin(Math.min(1, down * 1.3 + 0.12) * (Math.PI / 2));
    const reach = i < 7 ? 0.955 : 0.9 - 0.06 * (i - 6);
    for (const side of [1, -1]) {
      const path = Array.from({ length: 14 }, (_, k): Point => {
        const turn = 0.12 + (Math.PI * reach - 0.12) * (k / 13);
        const drop = (3 + 5.2 * down) * smooth(k / 11) - (i < 7 ? 1.2 + 3.4 * down : 0) * smooth((k - 9) / 4);
        return [side * wide * Math.sin(turn), 17 - 26 * down - drop, 0.6 - deep * Math.cos(turn) - 0.8 * (1 - down)];
      });
      parts.push(tube(path, () => 0.46, 7, 44));
    }
  }
  for (const side of [1, -1])
    parts.push(
      tube(
        [
          [side * 1.2, 14.2, 8.4],
          [side * 6, 15.6, 7],
          [side * 12, 17, 2.6],
          [side * 16.4, 17.2, 0],
        ],
        () => 0.62,
        8,
        24,
      ),
    );
  for (let i = 0; i < 22; i++)
    parts.push(ellipsoid([0, 25 - 3 * i, spineAt(25 - 3 * i)], [1.5 + 0.035 * i, 1.15, 1.3 + 0.03 * i], 10, 14));
  return merged(...parts);
}

const SPINE: readonly Point[] = [
  [0, 28, -1.4],
  [0, 16, -5.2],
  [0, 2, -8.2],
  [0, -14, -6.4],
  [0, -26, -3.6],
  [0, -42, -6.6],
];
const spineAt = (y: number) => along(SPINE, (28 - y) / 70)[2];

/** The outline of the body at a standard size: a smooth union of ellipsoids and capsules. */
export function outline(): Surface {
  const blobs: [Point, Point][] = [
    [
      [0, 40, 1.4],
      [7.6, 10.4, 9.4],
    ],
    [
      [0, 35, 3.6],
      [5.6, 7, 6.4],
    ],
    [
      [0, 4, 0.2],
      [16.4, 20, 11.4],
    ],
    [
      [0, -20, 0.4],
      [14.6, 22, 10.4],
    ],
    [
      [0, -40, -0.4],
      [17.4, 13, 11.4],
    ],
    [
      [0, 14.5, -1.6],
      [18.4, 6, 7],
    ],
  ];
  const limbs: [Point, Point, number, number][] = [
    [[0, 16, -2], [0, 32, 0], 6, 5.4],
    [[8, 19, -2.4], [18.6, 14.2, -1.4], 3.6, 5.4],
    [[19.6, 12.4, -1.2], [24.6, -14.6, -2], 5, 3.9],
    [[24.6, -14.6, -2], [29.4, -39, 3], 3.9, 2.5],
    [[29.4, -40, 3], [30.6, -50, 5], 2.9, 2.4],
    [[9.2, -44, -0.4], [10.2, -66, 0], 8.6, 7],
  ];
  const SOFT = 3.2;
  const field = (x: number, y: number, z: number) => {
    let sum = 0;
    const add = (d: number) => (sum += Math.exp(-d / SOFT));
    for (const [c, r] of blobs) {
      const k = Math.hypot((x - c[0]) / r[0], (y - c[1]) / r[1], (z - c[2]) / r[2]);
      add((k - 1) * Math.min(...r));
    }
    const ax = Math.abs(x);
    for (const [a, b, ra, rb] of limbs) {
      const [dx, dy, dz] = [b[0] - a[0], b[1] - a[1], b[2] - a[2]];
      const on = ((ax - a[0]) * dx + (y - a[1]) * dy + (z - a[2]) * dz) / (dx * dx + dy * dy + dz * dz);
      const h = Math.min(Math.max(on, 0), 1);
      add(Math.hypot(ax - a[0] - h * dx, y - a[1] - h * dy, z - a[2] - h * dz) - ra - (rb - ra) * h);
    }
    return -SOFT * Math.log(sum) + 1.2;
  };
  return evened(zeroOf(field, [-38, -79, -16], [38, 56, 18], 1.4), 3);
}
