import type { Branch, Entry, PastAlarm } from "../contract";

/** A stretch of the timeline. */
export interface Stretch {
  from_s: number;
  to_s: number;
}

/** Something that somebody did or that happened. */
export interface Mark extends Stretch {
  entry: Entry;
}

export interface AlarmMark extends Stretch {
  alarm: PastAlarm;
}

export interface Lanes {
  actions: Mark[];
  events: Mark[];
}

/** The branches from the root to the one that is lived, each with the time from which it holds. */
export function lineage(branches: readonly Branch[], branch: number): Branch[] {
  const byId = new Map(branches.map((b) => [b.id, b]));
  const out: Branch[] = [];
  for (let b = byId.get(branch); b && !out.includes(b); b = b.parent === null ? undefined : byId.get(b.parent))
    out.unshift(b);
  return out;
}

/** When the past of a branch of a line goes on elsewhere: at the earliest moment at which a later one began, for a
 * branch may begin before its parent did. */
export function left_s(line: readonly Branch[], place: number): number {
  return Math.min(Infinity, ...line.slice(place + 1).map((b) => b.from_t_s));
}

/** Whether an entry belongs to the past of a branch: it is of the branch, or of an ancestor before it was left. As for the
 * server, what an ancestor had at that very moment is not of the branch: it would have acted from there on. */
export function holds(entry: Entry, line: readonly Branch[]): boolean {
  const place = line.findIndex((b) => b.id === entry.branch);
  return place < 0 ? line.length === 0 : entry.t_s < left_s(line, place);
}

/** How people call a branch: by its number, in the order in which they were opened. */
export function branchNumber(branches: readonly Branch[], id: number): number {
  return branches.findIndex((b) => b.id === id) + 1;
}

/** The entries of a branch in lanes. */
export function lanesOf(entries: readonly Entry[], branches: readonly Branch[], branch: number): Lanes {
  const line = lineage(branches, branch);
  const lanes: Lanes = { actions: [], events: [] };
  for (const entry of entries.filter((e) => holds(e, line))) {
    const mark: Mark = { from_s: entry.t_s, to_s: entry.t_s, entry };
    if (entry.kind === "request" || entry.kind === "rewind") lanes.actions.push(mark);
    else if (entry.kind === "event") lanes.events.push(mark);
  }
  return lanes;
}

/** Alarms as stretches; one that stands lasts until now. */
export function alarmMarks(alarms: readonly PastAlarm[], now_s: number): AlarmMark[] {
  return alarms.map((alarm) => ({ from_s: alarm.t_s, to_s: alarm.until_s ?? now_s, alarm }));
}

/** Puts marks that overlap into rows below each other: the first by `rank` are the highest, of equal ones the earliest. */
export function rows<M extends Stretch>(
  marks: readonly M[],
  least_s: number,
  rank: (mark: M) => number = () => 0,
): M[][] {
  const out: M[][] = [];
  const end = (m: M) => Math.max(m.to_s, m.from_s + least_s);
  for (const mark of [...marks].sort((a, b) => rank(a) - rank(b) || a.from_s - b.from_s)) {
    const place = (row: M[]) => {
      const next = row.findIndex((m) => m.from_s >= mark.from_s);
      return next < 0 ? row.length : next;
    };
    const free = out.find((row) => {
      const [before, after] = [row[place(row) - 1], row[place(row)]];
      return (!before || end(before) <= mark.from_s) && (!after || end(mark) <= after.from_s);
    });
    if (free) free.splice(place(free), 0, mark);
    else out.push([mark]);
  }
  return out;
}

/** Rows of which so many are shown, and how many marks are in the others: where there are too many, the first by `rank`
 * stay. */
export function foremostRows<M extends Stretch>(
  marks: readonly M[],
  least_s: number,
  most: number,
  rank: (mark: M) => number,
): { shown: M[][]; hidden: number } {
  const all = rows(marks, least_s);
  const own = all.length > most ? rows(marks, least_s, rank) : all;
  return { shown: own.slice(0, most), hidden: own.slice(most).reduce((n, row) => n + row.length, 0) };
}
