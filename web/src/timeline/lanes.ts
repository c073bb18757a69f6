import type { Branch, Entry } from "../contract";

/** A mark on the timeline: a moment or a stretch. */
export interface Mark {
  from_s: number;
  to_s: number;
  entry: Entry;
}

export interface Lanes {
  actions: Mark[];
  events: Mark[];
  alarms: Mark[];
}

/** The branches from the root to the one that is lived, each with the time from which it holds. */
export function lineage(branches: readonly Branch[], branch: number): Branch[] {
  const byId = new Map(branches.map((b) => [b.id, b]));
  const out: Branch[] = [];
  for (let b = byId.get(branch); b && !out.includes(b); b = b.parent === null ? undefined : byId.get(b.parent)) out.unshift(b);
  return out;
}

/** Whether an entry belongs to the past of a branch: it is of the branch, or of an ancestor before the next one began. */
export function holds(entry: Entry, line: readonly Branch[]): boolean {
  const place = line.findIndex((b) => b.id === entry.branch);
  if (place < 0) return line.length === 0;
  const next = line[place + 1];
  return !next || entry.t_s <= next.from_t_s;
}

/** The entries of a branch in lanes; an alarm lasts from its beginning to its end, or until now. */
export function lanesOf(entries: readonly Entry[], branches: readonly Branch[], branch: number, now_s: number): Lanes {
  const line = lineage(branches, branch);
  const lanes: Lanes = { actions: [], events: [], alarms: [] };
  const open = new Map<string, Mark>();
  for (const entry of entries.filter((e) => holds(e, line))) {
    const mark: Mark = { from_s: entry.t_s, to_s: entry.t_s, entry };
    if (entry.kind === "alarm") endOrBegin(entry, mark, open, lanes.alarms, now_s);
    else if (entry.kind === "request" || entry.kind === "act" || entry.kind === "rewind") lanes.actions.push(mark);
    else if (entry.kind === "event") lanes.events.push(mark);
  }
  return lanes;
}

function endOrBegin(entry: Entry, mark: Mark, open: Map<string, Mark>, alarms: Mark[], now_s: number): void {
  const key = entry.control ?? entry.text;
  const begun = open.get(key);
  if (begun) begun.to_s = entry.t_s;
  open.delete(key);
  if (!entry.value) return;
  mark.to_s = now_s;
  open.set(key, mark);
  alarms.push(mark);
}

/** Puts marks that overlap into rows below each other. */
export function rows(marks: readonly Mark[], least_s: number): Mark[][] {
  const out: Mark[][] = [];
  for (const mark of [...marks].sort((a, b) => a.from_s - b.from_s)) {
    const free = out.find((row) => Math.max(row[row.length - 1]!.to_s, row[row.length - 1]!.from_s + least_s) <= mark.from_s);
    if (free) free.push(mark);
    else out.push([mark]);
  }
  return out;
}
