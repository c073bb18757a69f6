import type { Control, Device } from "../contract";
import { either } from "../text/text";

/** What a device shows, in the order and with the digits of its screen, where the bed does not say. */
export interface Shown {
  id: string;
  label: string;
  unit: string;
  digits: number;
}

const DIGITS: [RegExp, number][] = [
  [/minute_volume|pump_flow|pump_left|volume_total|pressure_line|index|temperature|leak|on_board/, 1],
  [/plasma|effect|delivered/, 2],
];

export function digitsOf(signal: string): number {
  return DIGITS.find(([words]) => words.test(signal))?.[1] ?? 0;
}

/** A code of an alarm as its words, from what devices declare (`vocab/signals.py`). */
export const VENTILATOR_ALARMS = ["", "highPressure", "lowPressure", "apnoea", "lowVolume", "highPeep"] as const;
export const PUMP_ALARMS = ["", "occlusion", "empty", "nearlyEmpty", "air", "supplyBlocked"] as const;

/** What a control is called on the panel of its device, which says whose it is: of `Pacemaker, mode` the mode. */
export function nameOnPanel(control: Control, device: Device): string {
  const [name, whose] = [either(control, "label"), either(device, "label")];
  const rest = [", ", ": ", ...(/[가-힣]$/.test(whose) ? [" "] : [])]
    .map((between) => whose + between)
    .filter((own) => name.startsWith(own))
    .map((own) => name.slice(own.length))[0];
  return rest ? rest[0]!.toUpperCase() + rest.slice(1) : name;
}

/** The settings of a device: its controls that are numbers and choices; what it is told to do are its acts. */
export function controlsOf(device: Device, controls: readonly Control[]): { settings: Control[]; acts: Control[] } {
  const own = controls.filter((c) => c.device === device.id && c.group !== "fault");
  return {
    settings: own.filter((c) => c.kind === "number" || c.kind === "choice"),
    acts: own.filter((c) => c.kind === "act" || c.kind === "dose"),
  };
}

const LARGEST_SYRINGE_ML = 50;

/** The share of fluid that is left; a bag or syringe is as large as the smallest common one that holds it. */
export function share(left_ml: number, given_ml: number): number {
  const held = left_ml + given_ml;
  const size = [20, LARGEST_SYRINGE_ML, 100, 250, 500, 1000].find((s) => s >= held - 1e-6) ?? held;
  return Math.min(Math.max(left_ml / size, 0), 1);
}
