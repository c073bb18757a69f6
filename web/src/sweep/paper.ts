import type { WaveView } from "../contract";
import type { Scale } from "./sweep";

/** Speeds of the pen in millimetres a second: slow for breathing, as on paper. */
export const FAST_MM_S = 25;
export const SLOW_MM_S = 6.25;
export const GAIN_MM_MV = 10;
const SLOW = new Set(["co2", "respiration", "airway"]);

export function mmPerS(wave: WaveView, fast = FAST_MM_S): number {
  return SLOW.has(wave.colour) ? (fast * SLOW_MM_S) / FAST_MM_S : fast;
}

/** Pixels of a second: the speed of the paper, and slower where a wave comes so rarely that a sweep would show nothing of it. */
export function pxPerS(wave: WaveView, pxPerMm: number, fast = FAST_MM_S): number {
  return mmPerS(wave, fast) * pxPerMm;
}

/** The strip of a wave. An electrocardiogram keeps its millimetres (10 mm for 1 mV at gain 1), centred on what it shows. */
export function scaleOf(wave: WaveView, pxPerMm: number, height_css: number, gain = 1, fast = FAST_MM_S): Scale {
  const base = { inverted: wave.inverted, pxPerS: pxPerS(wave, pxPerMm, fast) };
  if (wave.colour !== "ecg" || wave.unit !== "mV") return { ...base, low: wave.low, high: wave.high };
  const half_mV = (height_css - 8) / 2 / (GAIN_MM_MV * gain * pxPerMm);
  const middle = (wave.low + wave.high) / 2;
  return { ...base, low: middle - half_mV, high: middle + half_mV };
}

/** What belongs to the own screen of a ventilator or a watch. */
const ELSEWHERE = /^(airway_flow|lung_volume|watch_\w+)$/;
/** Which strips stay where there is not room for all; a second lead comes last. */
const RANK: WaveView["colour"][] = [
  "ecg",
  "arterial",
  "pleth",
  "co2",
  "airway",
  "pulmonary",
  "venous",
  "respiration",
  "glucose",
  "insulin",
  "temperature",
  "nibp",
  "neutral",
];
/** Strips of a monitor unless somebody chose others. */
export const MOST = 6;

export interface Placed {
  wave: WaveView;
  place: number;
}

/** What a monitor can sweep. */
export function offered(waves: readonly WaveView[]): Placed[] {
  return waves.map((wave, place) => ({ wave, place })).filter(({ wave }) => !ELSEWHERE.test(wave.id) && !wave.counts);
}

/** Waves of a monitor from top to bottom: those that were chosen or the most needed, as the bed lists them, the capnogram last. */
export function ordered(waves: readonly WaveView[], chosen: readonly string[] | null = null, most = MOST): Placed[] {
  const all = offered(waves);
  const seen = new Set<string>();
  const rank = ({ wave }: Placed) => {
    const again = seen.has(wave.colour);
    seen.add(wave.colour);
    return RANK.indexOf(wave.colour) + (again ? RANK.length : 0);
  };
  const kept = chosen ? all.filter((w) => chosen.includes(w.wave.id)) : firstOf(all, all.map(rank), most);
  return [...kept.filter((w) => w.wave.colour !== "co2"), ...kept.filter((w) => w.wave.colour === "co2")];
}

/** The `most` of lowest rank, in the order they came. */
function firstOf(all: readonly Placed[], ranks: readonly number[], most: number): Placed[] {
  const places = all
    .map((_, i) => i)
    .sort((a, b) => ranks[a]! - ranks[b]! || a - b)
    .slice(0, most);
  return all.filter((_, i) => places.includes(i));
}

/** How a trace is called: leads with what they lead. */
export function labelOf(wave: WaveView): string {
  return wave.colour === "ecg" && !/ECG/i.test(wave.label) ? `ECG ${wave.label}` : wave.label;
}
