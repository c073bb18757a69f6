import { NO_READING } from "./frame";

/** The last samples of a wave, addressed by their number since the bed began. What is missing is NaN. */
export class WaveRing {
  private readonly values: Float32Array;
  /** Number of the sample after the last one; `begin` is the first that is kept. */
  end = 0;
  begin = 0;

  constructor(
    readonly capacity: number,
    readonly period_s: number,
  ) {
    this.values = new Float32Array(capacity).fill(NaN);
  }

  /** Writes samples; those that were lost before them stay empty, and going back in time forgets what came after. */
  write(t0_s: number, samples: ArrayLike<number>, offset = 0, scale = 1): void {
    const first = Math.round(t0_s / this.period_s);
    if (this.end === this.begin || first > this.end + this.capacity || first < this.begin) {
      this.values.fill(NaN);
      this.begin = this.end = first;
    }
    for (let i = this.end; i < first; i++) this.put(i, NaN);
    for (let i = 0; i < samples.length; i++) {
      const raw = samples[i]!;
      this.put(first + i, raw === NO_READING ? NaN : offset + scale * raw);
    }
    this.end = first + samples.length;
    this.begin = Math.max(Math.min(this.begin, first), this.end - this.capacity);
  }

  /** Goes on with the samples of another ring that are newer. */
  append(newer: WaveRing): void {
    const first = Math.max(newer.begin, this.end);
    if (first >= newer.end) return;
    const rest = new Float32Array(newer.end - first);
    for (let i = first; i < newer.end; i++) rest[i - first] = newer.at(i);
    this.write(first * this.period_s, rest);
  }

  private put(index: number, value: number): void {
    this.values[((index % this.capacity) + this.capacity) % this.capacity] = value;
  }

  /** The sample of that number; NaN where there is none. */
  at(index: number): number {
    if (index < this.begin || index >= this.end) return NaN;
    return this.values[((index % this.capacity) + this.capacity) % this.capacity]!;
  }

  get end_s(): number {
    return this.end * this.period_s;
  }

  get begin_s(): number {
    return this.begin * this.period_s;
  }
}
