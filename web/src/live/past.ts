import { api } from "../api";
import { nearest } from "../fork/geometry";
import type { Past } from "../monitor/monitor";
import type { BedFeed } from "./feed";
import { decodeFrame, type Frame } from "./frame";
import { alarmsAt } from "./latching";
import { WaveRing } from "./ring";

type Waves = (from_s: number, to_s: number) => Promise<Frame | null>;

/** What a monitor showed at a moment of the past: its waves from the server, its numbers from the trends. */
export async function pastOf(
  feed: BedFeed,
  t_s: number,
  window_s: number,
  waves: Waves = (from_s, to_s) => api.waves(feed.bed.id, from_s, to_s).then(decodeFrame, () => null),
): Promise<Past> {
  const frame = await waves(Math.max(0, t_s - window_s), t_s);
  const past: Past = { t_s, rings: [], numbers: {}, alarms: alarmsAt(feed, t_s) };
  for (const [place, samples] of frame?.waves ?? []) {
    const wave = feed.bed.view.waves[place];
    if (!wave || !frame) continue;
    const ring = new WaveRing(samples.length + 1, frame.period_s);
    ring.write(frame.t0_s, samples, wave.offset, wave.scale);
    past.rings[place] = ring;
  }
  const { t_s: times, numbers } = feed.trends;
  const i = times.length ? nearest(times, t_s) : -1;
  for (const id in numbers) past.numbers[id] = numbers[id]![i] ?? null;
  return past;
}
