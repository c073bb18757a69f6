import type { Alarm, NumberView, Priority, View } from "../contract";
import { shown } from "../text/text";

/** What stands together in one place: a rate alone, or systolic, diastolic and mean. */
export interface Reading {
  id: string;
  label: string;
  unit: string;
  colour: NumberView["colour"];
  members: NumberView[];
  kind: "single" | "pressure";
}

/** Pressures that are read as systolic over diastolic with the mean in brackets: label, and the ids of the three. */
const PRESSURES: [string, [string, string, string]][] = [
  ["ABP", ["SYS", "DIA", "MAP"]],
  ["PAP", ["PSYS", "PDIA", "PMEAN"]],
  ["NIBP", ["NSYS", "NDIA", "NMAP"]],
];

/** Groups the numbers of a bed into readings, in the order of the bed. */
export function readingsOf(view: View): Reading[] {
  const byId = new Map(view.numbers.map((n) => [n.id, n]));
  const out: Reading[] = [];
  const used = new Set<string>();
  for (const number of view.numbers) {
    if (used.has(number.id)) continue;
    const pressure = PRESSURES.find(([, ids]) => ids.includes(number.id) && byId.has(ids[0]) && byId.has(ids[1]));
    const members = pressure ? pressure[1].map((id) => byId.get(id)).filter((n) => n !== undefined) : [number];
    for (const member of members) used.add(member.id);
    out.push({
      id: pressure ? pressure[0] : number.id, label: pressure ? pressure[0] : number.label, unit: number.unit,
      colour: number.colour, members, kind: pressure ? "pressure" : "single",
    }); // prettier-ignore
  }
  return out;
}

/** The readings beside each wave, and those that stand alone. */
export function beside(view: View): { byWave: Map<string, Reading[]>; alone: Reading[] } {
  const byWave = new Map<string, Reading[]>();
  const alone: Reading[] = [];
  for (const reading of readingsOf(view)) {
    const wave = reading.members.map((m) => m.wave).find((w) => w && view.waves.some((v) => v.id === w));
    if (wave) byWave.set(wave, [...(byWave.get(wave) ?? []), reading]);
    else alone.push(reading);
  }
  return { byWave, alone };
}

type Values = Record<string, number | null>;

/** The digits of a reading: `72`, `118/64`. */
export function digits(reading: Reading, values: Values): string {
  const of = (n: NumberView) => shown(values[n.id], n.digits);
  const [first, second] = reading.members;
  return reading.kind === "pressure" && first && second ? `${of(first)}/${of(second)}` : of(first!);
}

/** The mean pressure, where the reading has one. */
export function mean(reading: Reading, values: Values): string | null {
  const third = reading.kind === "pressure" ? reading.members[2] : undefined;
  return third ? shown(values[third.id], third.digits) : null;
}

/** Whether a value is outside its limits. */
export function outside(number: NumberView, value: number | null | undefined): boolean {
  if (value === null || value === undefined || !number.limits) return false;
  const { low, high } = number.limits;
  return (low !== null && low !== undefined && value < low) || (high !== null && high !== undefined && value > high);
}

/** The priority with which a reading is in alarm: what the alarm says it is about, else what is outside its limits. */
export function alarmOf(reading: Reading, values: Values, alarms: readonly Alarm[]): Priority | 0 {
  const ids = new Set(reading.members.map((m) => m.id));
  const told = alarms.filter((a) => a.numbers?.some((id) => ids.has(id)));
  if (told.length) return Math.max(...told.map((a) => a.priority)) as Priority;
  const nameless = alarms.filter((a) => !a.numbers?.length);
  if (!nameless.length || !reading.members.some((m) => outside(m, values[m.id]))) return 0;
  return Math.max(...nameless.map((a) => a.priority)) as Priority;
}

/** A sentence that reads a number aloud. */
export function spoken(reading: Reading, values: Values): string {
  const middle = mean(reading, values);
  return `${reading.label} ${digits(reading, values)}${middle ? ` (${middle})` : ""} ${reading.unit}`.trim();
}
