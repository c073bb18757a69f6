/** Sounds of alarms, styled after IEC 60601-1-8 (not a claim of conformity): how many pulses, how long, how far apart.
 *
 * Times within a burst: the third and fourth pulse of a group of five stand two spacings and one pulse apart; two groups of
 * five make the burst of high priority. Melodies by category follow the informative annex of its 2006 edition.
 */
import type { Priority } from "../contract";

export interface Pulse {
  start_s: number;
  duration_s: number;
  frequency_hz: number;
}

export interface Burst {
  pulses: number;
  pulse_s: number;
  spacing_s: number;
  /** From the fifth to the sixth pulse of high priority. */
  between_groups_s: number;
  /** From the end of a burst to the start of the next. */
  repeat_s: number;
}

export const BURSTS: Record<Priority, Burst> = {
  3: { pulses: 10, pulse_s: 0.15, spacing_s: 0.09, between_groups_s: 0.5, repeat_s: 7.5 },
  2: { pulses: 3, pulse_s: 0.2, spacing_s: 0.2, between_groups_s: 0, repeat_s: 20 },
  1: { pulses: 2, pulse_s: 0.2, spacing_s: 0.2, between_groups_s: 0, repeat_s: 30 },
};

export type Category = "general" | "cardiac" | "oxygen" | "ventilation" | "infusion" | "temperature";

const [C4, D4, E4, F4, G4, A4, B4, C5] = [261.63, 293.66, 329.63, 349.23, 392.0, 440.0, 493.88, 523.25];

/** Five notes: the first three are those of medium priority, the first two those of low. */
export const MELODIES: Record<Category, readonly [number, number, number, number, number]> = {
  general: [C4, C4, C4, C4, C4],
  cardiac: [C4, E4, G4, G4, C5],
  oxygen: [C5, B4, A4, G4, F4],
  ventilation: [C4, A4, F4, A4, F4],
  infusion: [C5, D4, G4, C5, D4],
  temperature: [C4, D4, E4, F4, G4],
};

/** Strength of the fundamental and its harmonics; all within 15 dB of the strongest. */
export const HARMONICS = [1, 0.8, 0.62, 0.5, 0.4, 0.32];
const RISE = 0.15;

/** The pulses of one burst, from 0. */
export function burst(priority: Priority, category: Category = "general"): Pulse[] {
  const { pulses, pulse_s, spacing_s, between_groups_s } = BURSTS[priority];
  const out: Pulse[] = [];
  let start_s = 0;
  for (let i = 0; i < pulses; i++) {
    out.push({ start_s, duration_s: pulse_s, frequency_hz: MELODIES[category][i % 5]! });
    let gap_s = spacing_s;
    if (priority === 3 && i % 5 === 2) gap_s = 2 * spacing_s + pulse_s;
    if (priority === 3 && i === 4) gap_s = between_groups_s;
    start_s += pulse_s + gap_s;
  }
  return out;
}

export function length_s(pulses: readonly Pulse[]): number {
  const last = pulses[pulses.length - 1];
  return last ? last.start_s + last.duration_s : 0;
}

/** Writes a burst into the time of an audio context. */
export function schedule(context: BaseAudioContext, to: AudioNode, when_s: number, pulses: readonly Pulse[]): void {
  const real = new Float32Array(HARMONICS.length + 1);
  const imaginary = Float32Array.from([0, ...HARMONICS]);
  const tone = context.createPeriodicWave(real, imaginary);
  for (const pulse of pulses) {
    const source = context.createOscillator();
    const envelope = context.createGain();
    const start_s = when_s + pulse.start_s;
    const stop_s = start_s + pulse.duration_s;
    const rise_s = RISE * pulse.duration_s;
    source.setPeriodicWave(tone);
    source.frequency.value = pulse.frequency_hz;
    envelope.gain.setValueAtTime(0, start_s);
    envelope.gain.linearRampToValueAtTime(1, start_s + rise_s);
    envelope.gain.setValueAtTime(1, stop_s - rise_s);
    envelope.gain.linearRampToValueAtTime(0, stop_s);
    source.connect(envelope).connect(to);
    source.start(start_s);
    source.stop(stop_s + 0.01);
  }
}

/** One burst as samples, with the very code that sounds: what a test measures. */
export async function renderBurst(
  priority: Priority,
  category: Category = "general",
  rate_hz = 44_100,
): Promise<AudioBuffer> {
  const pulses = burst(priority, category);
  const context = new OfflineAudioContext(1, Math.ceil((length_s(pulses) + 0.1) * rate_hz), rate_hz);
  schedule(context, context.destination, 0, pulses);
  return context.startRendering();
}

const OF_NUMBER: Record<string, Category> = {
  HR: "cardiac",
  PR: "cardiac",
  SYS: "cardiac",
  DIA: "cardiac",
  MAP: "cardiac",
  NSYS: "cardiac",
  NMAP: "cardiac",
  NDIA: "cardiac",
  SpO2: "oxygen",
  etCO2: "ventilation",
  RR: "ventilation",
  Vt: "ventilation",
  Ppeak: "ventilation",
  Temp: "temperature",
};

/** What an alarm is about, by its numbers or its name. */
export function categoryOf(alarm: { id: string; numbers?: string[] } | undefined): Category {
  const number = alarm?.numbers?.find((n) => n in OF_NUMBER);
  if (number) return OF_NUMBER[number]!;
  const id = alarm?.id ?? "";
  if (/pump|infus|syringe/.test(id)) return "infusion";
  if (/ventil|apnoea|breath|carbon|etco2/.test(id)) return "ventilation";
  if (/satur|spo2|oxygen/.test(id)) return "oxygen";
  if (/heart|pressure|cardi|asyst|ventric/.test(id)) return "cardiac";
  return /temper/.test(id) ? "temperature" : "general";
}
