import type { Alarm, Control, NumberView, Priority, View } from "../contract";
import type { BedFeed } from "../live/feed";
import { maybe, shown } from "../text/text";

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

/** How wards write what a server may call otherwise. */
const LABELS: Record<string, string> = { etCO2: "EtCO2" };

export function labelOfNumber(number: NumberView): string {
  return maybe(`number.${number.id}`) ?? LABELS[number.id] ?? number.label;
}

/** The view without numbers that nobody looks at yet: what drugs do before one was given. */
export function looked(view: View, values: Values): View {
  const numbers = view.numbers.filter((n) => !n.of_drugs || typeof values[n.id] === "number");
  return numbers.length === view.numbers.length ? view : { ...view, numbers };
}

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
      id: pressure ? pressure[0] : number.id,
      label: pressure ? pressure[0] : labelOfNumber(number),
      unit: number.unit,
      colour: number.colour,
      members,
      kind: pressure ? "pressure" : "single",
    });
  }
  return out;
}

/** The readings beside each wave, and those that stand alone. */
export function beside(
  view: View,
  swept: readonly string[] = view.waves.map((w) => w.id),
): { byWave: Map<string, Reading[]>; alone: Reading[] } {
  const byWave = new Map<string, Reading[]>();
  const put = (wave: string, reading: Reading) => byWave.set(wave, [...(byWave.get(wave) ?? []), reading]);
  const own = (r: Reading) => r.members.map((m) => m.wave).find((w) => w && swept.includes(w));
  const readings = readingsOf(view);
  for (const reading of readings) if (own(reading)) put(own(reading)!, reading);
  const alone: Reading[] = [];
  for (const reading of readings.filter((r) => !own(r))) {
    const kin = view.waves.find(
      (w) =>
        swept.includes(w.id) &&
        w.colour !== "ecg" &&
        isKin(reading, w.colour) &&
        (byWave.get(w.id)?.length ?? 0) < MOST_BESIDE,
    );
    if (kin) put(kin.id, reading);
    else alone.push(reading);
  }
  return { byWave, alone };
}

const MOST_BESIDE = 2;

/** What has the colour of a trace stands beside it; breaths stand beside the capnogram where they have no trace of their own. */
function isKin(reading: Reading, colour: string): boolean {
  return reading.kind === "single" && (reading.colour === colour || (reading.id === "RR" && colour === "co2"));
}

/** Whether a limit stands where nothing is beyond it: a lower one at no more than zero, an upper one at the highest that
 * can be set, which no reading reaches. */
export function isOff(control: Pick<Control, "high"> | undefined, side: "low" | "high", now: number | null): boolean {
  if (now === null) return false;
  return side === "low" ? now <= 0 : typeof control?.high === "number" && now >= control.high;
}

/** The limits of the member of a reading that has some. */
export function limitsOf(feed: Pick<BedFeed, "limits" | "control">, reading: Reading): ReadingLimits | null {
  for (const number of reading.members) {
    const { low, high } = feed.limits(number);
    if (low === null && high === null) continue;
    const control = (id: string | null | undefined) => (id ? feed.control(id) : undefined);
    const off = {
      low: isOff(control(number.limits?.low_control), "low", low),
      high: isOff(control(number.limits?.high_control), "high", high),
    };
    return { number, low, high, off };
  }
  return null;
}

export interface ReadingLimits {
  number: NumberView;
  low: number | null;
  high: number | null;
  /** Which of them never alarm. */
  off: { low: boolean; high: boolean };
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

/** What an alarm is about, where it does not say: words of its name, and the numbers that flash with it. */
const ABOUT: [RegExp, string[]][] = [
  [/heart_rate|asystol|tachycard|bradycard|ventricular/, ["HR"]],
  [/saturation|spo2/, ["SpO2", "SaO2"]],
  [
    /pressure_(low|high|very)|hypotens|hypertens|^(very_)?(low|high)_(mean_|arterial_)?pressure|arterial/,
    ["SYS", "DIA", "MAP"],
  ],
  [/breath|apnoea|respirat/, ["RR"]],
  [/carbon_dioxide|etco2/, ["etCO2"]],
  [/temperature/, ["Temp"]],
  [/glucose/, ["glucose"]],
];

export function numbersOf(alarm: Alarm): string[] {
  if (alarm.numbers) return alarm.numbers;
  const name = alarm.id.toLowerCase().replace(/[\s:]+/g, "_");
  if (/ventilator|pump/.test(name)) return [];
  return ABOUT.find(([words]) => words.test(name))?.[1] ?? [];
}

/** How a reading stands in alarm. What only latches counts where nothing else stands: the number itself is well again. */
export interface Alarming {
  priority: Priority | 0;
  /** All were acknowledged: they are shown, and do not flash. */
  acknowledged: boolean;
  /** The condition of all is gone. */
  latched: boolean;
}

export function alarmingOf(reading: Reading, alarms: readonly Alarm[]): Alarming {
  const all = about(reading, alarms);
  const there = all.filter((a) => !a.latched);
  const some = there.length ? there : all;
  return {
    priority: Math.max(0, ...some.map((a) => a.priority)) as Priority | 0,
    acknowledged: some.every((a) => a.acknowledged),
    latched: all.length > 0 && there.length === 0,
  };
}

function about(reading: Reading, alarms: readonly Alarm[]): Alarm[] {
  const ids = new Set(reading.members.map((m) => m.id));
  return alarms.filter((a) => numbersOf(a).some((id) => ids.has(id)));
}

/** A sentence that reads a number aloud. */
export function spoken(reading: Reading, values: Values): string {
  const middle = mean(reading, values);
  return `${reading.label} ${digits(reading, values)}${middle ? ` (${middle})` : ""} ${reading.unit}`.trim();
}
