import type { WaveView } from "../contract";
import type { WaveRing } from "../live/ring";

type Rings = readonly (WaveRing | undefined)[];

/** The running numbers of a pacemaker's pulses among the waves of a bed. */
export function countersOf(waves: readonly WaveView[], rings: Rings): WaveRing[] {
  return waves.flatMap((wave, place) => (wave.counts ? (rings[place] ?? []) : []));
}

/** Whether a pulse was given since the sample before: one of the running numbers has gone on. */
export function isPulse(counters: readonly WaveRing[], sample: number): boolean {
  return counters.some((ring) => {
    const [before, now] = [ring.at(sample - 1), ring.at(sample)];
    return now !== before && Number.isFinite(now) && Number.isFinite(before);
  });
}

/** A sample of the electrocardiogram as monitors draw it: without the pulse, which is marked instead.
 *
 * A pulse lasts 2 ms, so that about one of five is in a sample; drawn as they come these would look like other beats.
 */
export function withoutPulse(ring: WaveRing, counters: readonly WaveRing[], sample: number): number {
  return counters.length && isPulse(counters, sample) ? ring.at(sample - 1) : ring.at(sample);
}
