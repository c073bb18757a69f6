import type { NumberView, Trends, View } from "../contract";
import { fromMg } from "../live/measure";

/** Numbers that are drawn together. */
export interface TrendPanel {
  numbers: NumberView[];
  range: (low: number | null, high: number | null) => [number, number];
}

/** What belongs on one scale; each number that is left has a panel of its own. */
const TOGETHER: { ids: string[]; low: number; high: number }[] = [
  { ids: ["HR", "PR"], low: 40, high: 120 },
  { ids: ["SYS", "MAP", "DIA", "NSYS", "NMAP", "NDIA"], low: 40, high: 140 },
  { ids: ["PSYS", "PMEAN", "PDIA", "CVP"], low: 0, high: 30 },
  { ids: ["SpO2", "SaO2"], low: 85, high: 100 },
  { ids: ["etCO2", "RR"], low: 0, high: 50 },
  { ids: ["glucose", "BG", "SMBG"], low: 50, high: 250 },
  { ids: ["basal"], low: 0, high: 2 },
  { ids: ["IOB"], low: 0, high: 5 },
  { ids: ["Temp"], low: 35, high: 39 },
  { ids: ["BIS"], low: 0, high: 100 },
  { ids: ["Ppeak"], low: 0, high: 30 },
  { ids: ["Vt"], low: 0, high: 800 },
];

/** A range that holds what there is and at least what is usual, so that small changes look small. */
function usual(low: number, high: number): TrendPanel["range"] {
  return (least, most) => [Math.min(least ?? low, low), Math.max(most ?? high, high)];
}

function asItIs(least: number | null, most: number | null): [number, number] {
  if (least === null || most === null) return [0, 1];
  const room = Math.max((most - least) * 0.1, 1e-3 * Math.abs(most), 1e-6);
  return [least - room, most + room];
}

/** What is drawn together; of the numbers that only drugs change none that never was a reading. */
export function panelsOf(view: View, readings: Trends["numbers"] = {}): TrendPanel[] {
  const isThere = (n: NumberView) => !n.of_drugs || (readings[n.id] ?? []).some((v) => v !== null);
  const byId = new Map(view.numbers.filter(isThere).map((n) => [n.id, n]));
  const out: TrendPanel[] = [];
  for (const { ids, low, high } of TOGETHER) {
    const numbers = ids.map((id) => byId.get(id)).filter((n) => n !== undefined);
    for (const n of numbers) byId.delete(n.id);
    const [first] = numbers;
    if (first) out.push({ numbers, range: usual(fromMg(first.unit, low), fromMg(first.unit, high)) });
  }
  return [...out, ...[...byId.values()].map((n) => ({ numbers: [n], range: asItIs }))];
}
