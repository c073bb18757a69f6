/** A surface of triangles: `positions` in cm, three to a point; `index`, three to a triangle, counter-clockwise from outside. */
export interface Surface {
  positions: Float32Array;
  index: Uint32Array;
}

export type Point = readonly [number, number, number];

/** What a closed surface encloses, in mL where lengths are in cm: the divergence theorem on x / 3 (sum of tetrahedra). */
export function enclosed_ml({ positions: p, index }: Surface): number {
  let sum = 0;
  for (let i = 0; i < index.length; i += 3) {
    const [a, b, c] = [3 * index[i]!, 3 * index[i + 1]!, 3 * index[i + 2]!];
    const [bx, by, bz, cx, cy, cz] = [p[b]!, p[b + 1]!, p[b + 2]!, p[c]!, p[c + 1]!, p[c + 2]!];
    sum += p[a]! * (by * cz - bz * cy) + p[a + 1]! * (bz * cx - bx * cz) + p[a + 2]! * (bx * cy - by * cx);
  }
  return sum / 6;
}

/** A grid of points, `rows` by `columns`; the outside is where rows cross columns (right-handed). */
export function grid(rows: number, columns: number, at: (row: number, column: number) => Point): Surface {
  const positions = new Float32Array(rows * columns * 3);
  for (let r = 0; r < rows; r++)
    for (let c = 0; c < columns; c++) positions.set(at(r / (rows - 1), c / (columns - 1)), 3 * (r * columns + c));
  const index = new Uint32Array((rows - 1) * (columns - 1) * 6);
  let n = 0;
  for (let r = 0; r < rows - 1; r++)
    for (let c = 0; c < columns - 1; c++) {
      const a = r * columns + c;
      index.set([a, a + 1, a + columns, a + 1, a + columns + 1, a + columns], n);
      n += 6;
    }
  return { positions, index };
}

/** Several surfaces as one, which is drawn in one call. */
export function merged(...parts: Surface[]): Surface {
  const positions = new Float32Array(parts.reduce((n, p) => n + p.positions.length, 0));
  const index = new Uint32Array(parts.reduce((n, p) => n + p.index.length, 0));
  let [points, corners] = [0, 0];
  for (const part of parts) {
    positions.set(part.positions, points);
    for (let i = 0; i < part.index.length; i++) index[corners + i] = part.index[i]! + points / 3;
    points += part.positions.length;
    corners += part.index.length;
  }
  return { positions, index };
}

export const mixed = (a: Point, b: Point, share: number): Point => [
  a[0] + (b[0] - a[0]) * share,
  a[1] + (b[1] - a[1]) * share,
  a[2] + (b[2] - a[2]) * share,
];
const minus = (a: Point, b: Point): Point => [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
const cross = (a: Point, b: Point): Point => [
  a[1] * b[2] - a[2] * b[1],
  a[2] * b[0] - a[0] * b[2],
  a[0] * b[1] - a[1] * b[0],
];
export function unit(a: Point): Point {
  const length = Math.hypot(...a) || 1;
  return [a[0] / length, a[1] / length, a[2] / length];
}

/** A point on the smooth curve (Catmull-Rom) through points. */
export function along(path: readonly Point[], share: number): Point {
  const x = Math.min(Math.max(share, 0), 1) * (path.length - 1);
  const i = Math.min(Math.floor(x), path.length - 2);
  const u = x - i;
  const [b, c] = [path[i]!, path[i + 1]!];
  const a = path[i - 1] ?? mixed(c, b, 2);
  const d = path[i + 2] ?? mixed(b, c, 2);
  const one = (k: 0 | 1 | 2) =>
    0.5 *
    (2 * b[k] +
      (c[k] - a[k]) * u +
      (2 * a[k] - 5 * b[k] + 4 * c[k] - d[k]) * u * u +
      (3 * b[k] - a[k] - 3 * c[k] + d[k]) * u * u * u);
  return [one(0), one(1), one(2)];
}

/** A tube along a curve, of a radius (cm) that may change; its ends are round. */
export function tube(path: readonly Point[], radius: (share: number) => number, sides = 10, steps = 24): Surface {
  const CAP = 3;
  const rows = steps + 1 + 2 * CAP;
  let across: Point = [0, 0, 0];
  const frames = Array.from({ length: steps + 1 }, (_, i) => {
    const at = along(path, i / steps);
    const ahead = unit(minus(along(path, Math.min(1, (i + 0.5) / steps)), along(path, Math.max(0, (i - 0.5) / steps))));
    // The frame is carried along so that the tube does not twist.
    const seed: Point = i ? across : Math.abs(ahead[1]) < 0.9 ? [0, 1, 0] : [1, 0, 0];
    const side = unit(cross(ahead, seed));
    across = unit(cross(side, ahead));
    return { at, ahead, side, up: across };
  });
  return grid(rows, sides + 1, (r, c) => {
    const row = Math.round(r * (rows - 1)) - CAP;
    const i = Math.min(Math.max(row, 0), steps);
    const { at, ahead, side, up } = frames[i]!;
    const beyond = (row - i) / CAP;
    const full = radius(i / steps);
    const [wide, far] = [full * Math.cos((Math.abs(beyond) * Math.PI) / 2), full * Math.sin((beyond * Math.PI) / 2)];
    const [x, y] = [wide * Math.cos(-2 * Math.PI * c), wide * Math.sin(-2 * Math.PI * c)];
    return [0, 1, 2].map((k) => at[k]! + ahead[k]! * far + side[k]! * x + up[k]! * y) as unknown as Point;
  });
}

/** An ellipsoid. */
export function ellipsoid(centre: Point, radii: Point, rows = 24, columns = 32): Surface {
  return grid(rows, columns, (r, c) => {
    const [polar, turn] = [Math.PI * r, 2 * Math.PI * c];
    return [
      centre[0] + radii[0] * Math.sin(polar) * Math.sin(turn),
      centre[1] - radii[1] * Math.cos(polar),
      centre[2] + radii[2] * Math.sin(polar) * Math.cos(turn),
    ];
  });
}

/** The surface where a field is zero (negative inside), by surface nets: one point in each cell that it crosses. */
export function zeroOf(
  field: (x: number, y: number, z: number) => number,
  low: Point,
  high: Point,
  step: number,
): Surface {
  const n = [0, 1, 2].map((k) => Math.ceil((high[k]! - low[k]!) / step) + 1) as [number, number, number];
  const values = new Float32Array(n[0] * n[1] * n[2]);
  const place = (x: number, y: number, z: number) => (z * n[1] + y) * n[0] + x;
  for (let z = 0; z < n[2]; z++)
    for (let y = 0; y < n[1]; y++)
      for (let x = 0; x < n[0]; x++)
        values[place(x, y, z)] = field(low[0] + x * step, low[1] + y * step, low[2] + z * step);
  const points: number[] = [];
  const pointOf = new Int32Array(values.length).fill(-1);
  const corners = Array.from({ length: 8 }, (_, i) => [i & 1, (i >> 1) & 1, (i >> 2) & 1] as const);
  for (let z = 0; z < n[2] - 1; z++)
    for (let y = 0; y < n[1] - 1; y++)
      for (let x = 0; x < n[0] - 1; x++) {
        const v = corners.map(([i, j, k]) => values[place(x + i, y + j, z + k)]!);
        if (v.every((a) => a < 0) || v.every((a) => a >= 0)) continue;
        const sum = [0, 0, 0];
        let crossings = 0;
        for (let a = 0; a < 8; a++)
          for (const bit of [1, 2, 4]) {
            const b = a | bit;
            if (a === b || v[a]! < 0 === v[b]! < 0) continue;
            const share = v[a]! / (v[a]! - v[b]!);
            for (let k = 0; k < 3; k++) sum[k]! += corners[a]![k]! + share * (corners[b]![k]! - corners[a]![k]!);
            crossings++;
          }
        pointOf[place(x, y, z)] = points.length / 3;
        [x, y, z].forEach((at, k) => points.push(low[k]! + (at + sum[k]! / crossings) * step));
      }
  const strides = [1, n[0], n[0] * n[1]] as const;
  const index: number[] = [];
  for (let z = 1; z < n[2] - 1; z++)
    for (let y = 1; y < n[1] - 1; y++)
      for (let x = 1; x < n[0] - 1; x++)
        for (let axis = 0; axis < 3; axis++) {
          const at = place(x, y, z);
          const [here, next] = [values[at]! < 0, values[at + strides[axis]!]! < 0];
          if (here === next) continue;
          const [u, w] = [strides[(axis + 1) % 3]!, strides[(axis + 2) % 3]!];
          const [a, b, c, d] = [pointOf[at]!, pointOf[at - u]!, pointOf[at - u - w]!, pointOf[at - w]!];
          index.push(...(here ? [a, b, c, a, c, d] : [a, c, b, a, d, c]));
        }
  return { positions: Float32Array.from(points), index: Uint32Array.from(index) };
}

/** Evens out a surface: every point moves halfway to the mean of its neighbours, `rounds` times. */
export function evened({ positions, index }: Surface, rounds: number): Surface {
  let now = positions;
  const degree = new Float32Array(positions.length / 3);
  for (const corner of index) degree[corner]! += 2;
  for (let round = 0; round < rounds; round++) {
    const sum = new Float32Array(now.length);
    for (let i = 0; i < index.length; i++) {
      const [a, b] = [3 * index[i]!, 3 * index[i % 3 === 2 ? i - 2 : i + 1]!];
      for (let k = 0; k < 3; k++) {
        sum[a + k]! += now[b + k]!;
        sum[b + k]! += now[a + k]!;
      }
    }
    now = now.map((v, i) => (v + sum[i]! / (degree[Math.floor(i / 3)]! || 1)) / 2);
  }
  return { positions: now, index };
}
