import type { Bed, Change, Control, DeviceState, Fork, NumberView, Trends } from "../contract";
import type { GlucoseUnit } from "../prefs";

/** Glucose has a molar mass of 180.16 g/mol: 1 mmol/L is so many mg/dL. */
export const MG_DL_PER_MMOL_L = 18.016;

/** A number of mg/dL in a unit of a page. */
export const fromMg = (unit: string, mg_dl: number): number =>
  unit.startsWith("mmol/L") ? mg_dl / MG_DL_PER_MMOL_L : mg_dl;

interface Scale {
  unit: string;
  k: number;
  digits: number;
}

/** How a unit of the server is shown, where it is shown otherwise. */
function scaleOf(unit: string | null | undefined, wanted: GlucoseUnit): Scale | null {
  if (wanted === "mg/dL" || !unit?.startsWith("mg/dL")) return null;
  return {
    unit: unit.replace("mg/dL", "mmol/L"),
    k: 1 / MG_DL_PER_MMOL_L,
    digits: unit === "mg/dL" ? 1 : 2,
  };
}

const times = (value: number | null | undefined, k: number) =>
  value === null || value === undefined ? value : value * k;

/** Between what the server says, always in mg/dL, and what is read here. */
export class Measure {
  private readonly ofNumber = new Map<string, number>();
  private readonly ofSignal = new Map<string, number>();
  private readonly ofControl = new Map<string, number>();

  constructor(
    readonly told: Bed,
    readonly unit: GlucoseUnit,
  ) {
    for (const n of told.view.numbers) this.note(this.ofNumber, n.id, n.unit);
    for (const d of told.devices) for (const s of d.shows ?? []) this.note(this.ofSignal, s.id, s.unit);
    for (const c of told.controls) this.note(this.ofControl, c.id, c.unit);
  }

  private note(where: Map<string, number>, id: string, unit: string | null | undefined): void {
    const scale = scaleOf(unit, this.unit);
    if (scale) where.set(id, scale.k);
  }

  /** The bed as it is read here. */
  bed(): Bed {
    const { told } = this;
    const shown = <T extends { unit?: string | null; digits?: number }>(thing: T): T => {
      const scale = scaleOf(thing.unit, this.unit);
      return scale ? { ...thing, unit: scale.unit, digits: scale.digits } : thing;
    };
    const number = (n: NumberView): NumberView => {
      const k = this.ofNumber.get(n.id);
      if (k === undefined || !n.limits) return shown(n);
      return { ...shown(n), limits: { ...n.limits, low: times(n.limits.low, k), high: times(n.limits.high, k) } };
    };
    return {
      ...told,
      view: { ...told.view, numbers: told.view.numbers.map(number) },
      devices: told.devices.map((d) => ({ ...d, shows: (d.shows ?? []).map(shown) })),
      controls: told.controls.map((c) => this.control(c)),
    };
  }

  private control(control: Control): Control {
    const k = this.ofControl.get(control.id);
    if (k === undefined) return control;
    const of = <V>(v: V): V => (typeof v === "number" ? ((v * k) as V) : v);
    return {
      ...control,
      unit: scaleOf(control.unit, this.unit)!.unit,
      low: of(control.low),
      high: of(control.high),
      default: of(control.default),
      now: of(control.now),
      step: 0.1,
    };
  }

  numbers(values: Record<string, number | null>): Record<string, number | null> {
    if (!this.ofNumber.size) return values;
    return Object.fromEntries(
      Object.entries(values).map(([id, v]) => [id, times(v, this.ofNumber.get(id) ?? 1) ?? null]),
    );
  }

  devices(values: Record<string, DeviceState>): Record<string, DeviceState> {
    if (!this.ofSignal.size) return values;
    const state = (s: DeviceState): DeviceState =>
      Object.fromEntries(
        Object.entries(s).map(([id, v]) => [id, typeof v === "number" ? v * (this.ofSignal.get(id) ?? 1) : v]),
      );
    return Object.fromEntries(Object.entries(values).map(([id, s]) => [id, state(s)]));
  }

  trends(trends: Trends): Trends {
    if (!this.ofNumber.size) return trends;
    const row = (id: string, values: (number | null)[]) => {
      const k = this.ofNumber.get(id);
      return k === undefined ? values : values.map((v) => times(v, k) ?? null);
    };
    return {
      t_s: trends.t_s,
      numbers: Object.fromEntries(Object.entries(trends.numbers).map(([id, v]) => [id, row(id, v)])),
    };
  }

  /** A value that stands at a control, as it is read here. */
  now<V>(control: string, value: V): V {
    const k = this.ofControl.get(control);
    return k === undefined || typeof value !== "number" ? value : ((value * k) as V);
  }

  /** A value that was set here, as the server wants it: limits are whole there, and rounding must not cross them. */
  asked<V>(control: string, value: V): V {
    const k = this.ofControl.get(control);
    return k === undefined || typeof value !== "number" ? value : ((Math.round((value / k) * 10) / 10) as V);
  }

  changes(changes: Change[], way: "now" | "asked"): Change[] {
    return changes.map((c) => (c.value === undefined ? c : { ...c, value: this[way](c.control, c.value) }));
  }

  fork(fork: Fork): Fork {
    const bands = (of: Fork["as_is"]) =>
      of &&
      Object.fromEntries(
        Object.entries(of).map(([id, band]) => {
          const k = this.ofNumber.get(id);
          if (k === undefined) return [id, band];
          const row = (v: (number | null)[]) => v.map((x) => times(x, k) ?? null);
          return [id, { p5: row(band.p5), p50: row(band.p50), p95: row(band.p95) }];
        }),
      );
    const out: Fork = { ...fork };
    if (fork.as_is) out.as_is = bands(fork.as_is)!;
    if (fork.changed) out.changed = bands(fork.changed)!;
    if (fork.changes) out.changes = this.changes(fork.changes, "now");
    return out;
  }
}
