import type { WaveRing } from "../live/ring";

const STEP = 1.2;
const ROOM = 0.12;
const LEAST_STEPS = 100;

/** The range of a wave that has no scale of its own: what it lately spanned, with some room.
 *
 * It is kept until what comes leaves it or fills less than half of it, so that the trace does not breathe with the scale,
 * and never so fine that the steps of the samples are seen, as where a pulse wave is nothing but drift.
 */
export function autoRange(
  ring: WaveRing | undefined,
  window_s: number,
  before: [number, number] | null,
  step = 0,
): [number, number] | null {
  if (!ring || ring.end === ring.begin) return before;
  let [low, high] = spanned(ring, window_s);
  const lacking = Math.max(0, LEAST_STEPS * step - (high - low)) / 2;
  [low, high] = [low - lacking, high + lacking];
  if (!(high > low)) return before;
  if (before) {
    const [bottom, top] = before;
    const fits = low >= bottom && high <= top;
    if (fits && high - low > (top - bottom) / (2 * STEP)) return before;
  }
  const room = ROOM * (high - low);
  return [low - room, high + room];
}

/** Whether what came from one sample on leaves a range. */
export function leaves(ring: WaveRing | undefined, from: number, [low, high]: readonly [number, number]): boolean {
  if (!ring) return false;
  for (let i = Math.max(ring.begin, from); i < ring.end; i++) if (ring.at(i) < low || ring.at(i) > high) return true;
  return false;
}

/** The lowest and the highest that lately came. */
function spanned(ring: WaveRing, window_s: number): [number, number] {
  let [low, high] = [Infinity, -Infinity];
  for (let i = Math.max(ring.begin, ring.end - Math.ceil(window_s / ring.period_s)); i < ring.end; i++) {
    const value = ring.at(i);
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return [low, high];
}

const STEPS = [1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10];
/** A coarser scale is left when this share of the finer one would do. */
const ROOMY = 0.85;

/** The least round number that is no less. */
function rounded(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return Number((STEPS.find((step) => step * power >= value * (1 - 1e-9))! * power).toPrecision(2));
}

/** The scale of a wave that has one: its own as long as the wave is inside, in round steps further where it leaves it.
 *
 * It grows at once and shrinks when what came lately has room in a finer one, so that it does not go to and fro.
 */
export function stepped(
  ring: WaveRing | undefined,
  window_s: number,
  [low, high]: readonly [number, number],
  before: [number, number] | null,
): [number, number] {
  if (!ring || ring.end === ring.begin) return before ?? [low, high];
  const [bottom, top] = spanned(ring, window_s);
  if (!(top >= bottom)) return before ?? [low, high];
  const least = (room: number): [number, number] => [
    bottom < low ? low - rounded((low - bottom) / room) : low,
    top > high * (high > 0 ? room : 1) ? low + Math.max(rounded((top - low) / room), high - low) : high,
  ];
  const [wanted, roomy] = [least(1), least(ROOMY)];
  if (!before || wanted[0] < before[0] || wanted[1] > before[1]) return wanted;
  return [Math.max(roomy[0], before[0]), Math.min(roomy[1], before[1])];
}

const RARE = 0.005;

/** Moves a range of fixed height so far that what a trace mostly spans is inside, the bottom first.
 *
 * The rarest samples, such as spikes of a pacemaker, move nothing.
 */
export function shifted(ring: WaveRing | undefined, window_s: number, low: number, high: number): [number, number] {
  if (!ring || ring.end === ring.begin) return [low, high];
  const values: number[] = [];
  for (let i = Math.max(ring.begin, ring.end - Math.ceil(window_s / ring.period_s)); i < ring.end; i++) {
    const value = ring.at(i);
    if (Number.isFinite(value)) values.push(value);
  }
  if (!values.length) return [low, high];
  values.sort((a, b) => a - b);
  const [bottom, top] = [values[Math.floor(RARE * values.length)]!, values[Math.ceil((1 - RARE) * values.length) - 1]!];
  const up = Math.max(top - high, 0);
  const move = Math.min(up, bottom - low);
  return [low + move, high + move];
}
