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

/** How many leads of the electrocardiogram a monitor sweeps. */
const LEADS = 2;
/** Flow and volume belong to the ventilator's own screen. */
const ELSEWHERE = new Set(["airway_flow", "lung_volume"]);

/** Waves of a monitor from top to bottom: as the bed lists them, the capnogram last. */
export function ordered(waves: readonly WaveView[]): { wave: WaveView; place: number }[] {
  const leads = waves.filter((w) => w.colour === "ecg").slice(0, LEADS);
  const all = waves.map((wave, place) => ({ wave, place })).filter(({ wave }) => !ELSEWHERE.has(wave.id) && (wave.colour !== "ecg" || leads.includes(wave)));
  return [...all.filter((w) => w.wave.colour !== "co2"), ...all.filter((w) => w.wave.colour === "co2")];
}
