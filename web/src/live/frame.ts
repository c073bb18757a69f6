/** A binary frame of waves (decision 0010), little endian. */
export interface Frame {
  bed: number;
  seq: number;
  t0_s: number;
  period_s: number;
  /** Samples by place of the wave in `view.waves`. */
  waves: Map<number, Int16Array>;
}

export const NO_READING = -32768;
const HEADER = 24;

/** Reads a frame, or nothing where it is not one of this version or is cut short. */
export function decodeFrame(buffer: ArrayBuffer): Frame | null {
  if (buffer.byteLength < HEADER) return null;
  const head = new DataView(buffer);
  const nWaves = head.getUint8(1);
  const nSamples = head.getUint32(20, true);
  const start = HEADER + 2 * nWaves;
  if (head.getUint8(0) !== 1 || buffer.byteLength !== start + 2 * nWaves * nSamples) return null;
  const period_s = head.getFloat32(16, true);
  if (!(period_s > 0)) return null;
  const waves = new Map<number, Int16Array>();
  for (let i = 0; i < nWaves; i++) {
    const samples = new Int16Array(nSamples);
    for (let k = 0; k < nSamples; k++) samples[k] = head.getInt16(start + 2 * (i * nSamples + k), true);
    waves.set(head.getUint16(HEADER + 2 * i, true), samples);
  }
  return {
    bed: head.getUint16(2, true),
    seq: head.getUint32(4, true),
    t0_s: head.getFloat64(8, true),
    period_s,
    waves,
  };
}
