import type { WaveRing } from "../live/ring";

const STEP = 1.2;
const ROOM = 0.12;

/** The range of a wave that has no scale of its own: what it lately spanned, with some room.
 *
 * It is kept until what comes leaves it or fills less than half of it, so that the trace does not breathe with the scale.
 */
export function autoRange(
  ring: WaveRing | undefined,
  window_s: number,
  before: [number, number] | null,
): [number, number] | null {
  if (!ring || ring.end === ring.begin) return before;
  let [low, high] = [Infinity, -Infinity];
  for (let i = Math.max(ring.begin, ring.end - Math.ceil(window_s / ring.period_s)); i < ring.end; i++) {
    const value = ring.at(i);
    if (value < low) low = value;
    if (value > high) high = value;
  }
  if (!(high > low)) return before;
  if (before) {
    const [bottom, top] = before;
    const fits = low >= bottom && high <= top;
    if (fits && high - low > (top - bottom) / (2 * STEP)) return before;
  }
  const room = ROOM * (high - low);
  return [low - room, high + room];
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
