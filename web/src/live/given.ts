import type { DeviceState } from "../contract";

/** Over how long a delivered rate is a mean: a plunger moves in steps, seconds apart at a low flow. */
export const MEAN_S = 60;
/** Less than this says nothing but where the plunger stood. */
const LEAST_S = 50;

interface Told {
  t_s: number;
  devices: Record<string, DeviceState>;
}

export interface Mean {
  per_s: number;
  over_s: number;
}

/** What devices had given in all, page by page, for the rate that it makes: the last minute of it. */
export class Given {
  private told: Told[] = [];

  note(t_s: number, devices: Record<string, DeviceState>): void {
    if (this.told.length && t_s <= this.told[this.told.length - 1]!.t_s) this.clear();
    this.told.push({ t_s, devices });
    const first = this.told.findIndex((told) => told.t_s >= t_s - MEAN_S - 1e-6);
    this.told.splice(0, first);
  }

  clear(): void {
    this.told = [];
  }

  /** By how much a running total of a device grew, as a mean; nothing as long as too little of it was seen. */
  mean(device: string, total: string): Mean | null {
    const [first, last] = [this.told[0], this.told[this.told.length - 1]];
    const over_s = first && last ? last.t_s - first.t_s : 0;
    const [before, now] = [first?.devices[device]?.[total], last?.devices[device]?.[total]];
    if (over_s < LEAST_S || typeof before !== "number" || typeof now !== "number" || now < before) return null;
    return { per_s: (now - before) / over_s, over_s };
  }
}
