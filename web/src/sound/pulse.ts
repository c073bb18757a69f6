/** The tone of each beat; its pitch falls with saturation, so that a fall is heard before it is read. */

const AT_100_HZ = 880;
const STEPS_AN_OCTAVE = 24;
export const TONE_S = 0.07;

/** A quarter tone for each per cent below 100; without a reading the tone of 100 does not sound right, so none. */
export function pitch_hz(spo2: number | null | undefined): number | null {
  if (spo2 === null || spo2 === undefined || !Number.isFinite(spo2)) return null;
  const below = 100 - Math.min(Math.max(spo2, 40), 100);
  return AT_100_HZ * 2 ** (-below / STEPS_AN_OCTAVE);
}

const REFRACTORY_S = 0.25;
const FORGETS_S = 2;

/** Finds beats where a trace rises through the middle of what it lately spanned. */
export class Beats {
  private low = NaN;
  private high = NaN;
  private before = NaN;
  private last_s = -Infinity;

  constructor(private readonly period_s: number) {}

  /** Whether a beat begins at this sample. */
  push(value: number, t_s: number): boolean {
    if (!Number.isFinite(value)) return false;
    const pull = Math.min(this.period_s / FORGETS_S, 1);
    this.low = Number.isFinite(this.low) ? Math.min(value, this.low + pull * (value - this.low)) : value;
    this.high = Number.isFinite(this.high) ? Math.max(value, this.high + pull * (value - this.high)) : value;
    const middle = (this.low + 1.5 * this.high) / 2.5;
    const rises = this.before < middle && value >= middle && this.high - this.low > 1e-6;
    this.before = value;
    if (!rises || t_s - this.last_s < REFRACTORY_S) return false;
    this.last_s = t_s;
    return true;
  }
}

export function beep(context: BaseAudioContext, to: AudioNode, when_s: number, frequency_hz: number): void {
  const source = context.createOscillator();
  const envelope = context.createGain();
  source.frequency.value = frequency_hz;
  envelope.gain.setValueAtTime(0, when_s);
  envelope.gain.linearRampToValueAtTime(0.5, when_s + 0.005);
  envelope.gain.setValueAtTime(0.5, when_s + TONE_S - 0.02);
  envelope.gain.linearRampToValueAtTime(0, when_s + TONE_S);
  source.connect(envelope).connect(to);
  source.start(when_s);
  source.stop(when_s + TONE_S + 0.01);
}
