import type { WaveRing } from "../live/ring";

const NOISE_L_MIN = 1;
const LEAST_S = 0.4;

/** Where breaths begin: flow rises into the patient after it had gone out. Numbers of samples, the oldest first. */
export function breathStarts(flow: WaveRing, from: number, to: number): number[] {
  const out: number[] = [];
  let wentOut = false;
  for (let i = Math.max(from, flow.begin); i < to; i++) {
    const value = flow.at(i);
    if (value < -NOISE_L_MIN) wentOut = true;
    const last = out[out.length - 1];
    if (wentOut && value > NOISE_L_MIN && (last === undefined || (i - last) * flow.period_s > LEAST_S)) {
      out.push(i);
      wentOut = false;
    }
  }
  return out;
}

/** The volume above the least of a breath, in mL; where no volume is told it is the integral of flow (L/min). */
export function tidal(volume: WaveRing | undefined, flow: WaveRing, from: number, to: number): number[] {
  const out: number[] = [];
  let sum = 0;
  for (let i = from; i < to; i++) {
    sum += (flow.at(i) * flow.period_s * 1000) / 60;
    out.push(volume ? volume.at(i) * 1000 : sum);
  }
  const least = Math.min(...out.filter(Number.isFinite));
  return out.map((v) => v - least);
}
