import type { PastAlarm, Trends } from "../contract";
import { left_s, lineage } from "../timeline/lanes";
import { noteLatched } from "../live/latching";
import type { Film } from "./film";

const ROUNDING = 1e-6;

/** What was lived on one branch in the window of a film: its pages in order, and where each stands in the film. */
export class Course {
  readonly first: number;
  /** Place in the film of every page from `first` on. */
  private readonly places: number[] = [];

  constructor(
    readonly film: Film,
    readonly branch: number,
  ) {
    const { segments, branches } = film.head;
    const line = lineage(branches, branch);
    const pages = new Map<number, number>();
    let place = 0;
    for (const { branch: of, first, last } of segments) {
      const at = line.findIndex((b) => b.id === of);
      const held = at >= 0;
      const until = Math.round(left_s(line, at) / film.head.page_s);
      for (let page = first; page < last; page++, place++) if (held && page < until) pages.set(page, place);
    }
    this.first = Math.min(...pages.keys());
    for (let page = this.first; pages.has(page); page++) this.places.push(pages.get(page)!);
  }

  /** Whether anything of it is in the film. */
  get isThere(): boolean {
    return this.places.length > 0;
  }

  get from_s(): number {
    return this.first * this.film.head.page_s;
  }

  get to_s(): number {
    return (this.first + this.places.length) * this.film.head.page_s;
  }

  /** Place in the film of the last page that had ended by a time; nothing before the first one had. */
  placeAt(t_s: number): number | null {
    const ended = Math.floor(t_s / this.film.head.page_s + ROUNDING) - this.first - 1;
    return this.places[Math.min(ended, this.places.length - 1)] ?? null;
  }

  /** When the page at a place of the course ended. */
  private end_s(k: number): number {
    return (this.first + k + 1) * this.film.head.page_s;
  }

  /** The number of the first sample that had not come by a time, counted from the beginning of the bed. */
  sampleAt(t_s: number): number {
    const { page_s, samples } = this.film.head;
    return Math.floor((t_s / page_s) * samples + ROUNDING);
  }

  /** Samples of a wave by their numbers, as far as they are in the film; with the number of the first. */
  samples(wave: number, from: number, until: number): { begin: number; values: Int16Array } {
    const n = this.film.head.samples;
    const begin = Math.max(from, this.first * n);
    const end = Math.min(until, (this.first + this.places.length) * n);
    const values = new Int16Array(Math.max(end - begin, 0));
    for (let at = begin; at < end;) {
      const page = Math.floor(at / n);
      const stop = Math.min((page + 1) * n, end);
      const start = this.places[page - this.first]! * n + (at - page * n);
      values.set(this.film.waves[wave]!.subarray(start, start + stop - at), at - begin);
      at = stop;
    }
    return { begin, values };
  }

  trends(): Trends {
    const numbers = Object.entries(this.film.head.numbers);
    return {
      t_s: this.places.map((_, k) => this.end_s(k)),
      numbers: Object.fromEntries(numbers.map(([id, column]) => [id, this.places.map((p) => column[p] ?? null)])),
    };
  }

  /** Every alarm, with when it began and when it ended: with the film, where it still stood. */
  alarms(): PastAlarm[] {
    const { alarms, standing } = this.film.head;
    const out: PastAlarm[] = [];
    const open = new Map<string, PastAlarm>();
    this.places.forEach((place, k) => {
      const now = new Map(standing[place]!.map((i) => [alarms[i]!.id, alarms[i]!]));
      for (const [id, past] of open) {
        if (now.has(id)) continue;
        noteLatched(past, false, this.end_s(k));
        past.until_s = this.end_s(k);
        open.delete(id);
      }
      for (const [id, { priority, text, text_ko, latched }] of now) {
        let past = open.get(id);
        if (!past) {
          past = { id, priority, text, ...(text_ko ? { text_ko } : {}), t_s: this.end_s(k), until_s: null };
          open.set(id, past);
          out.push(past);
        }
        noteLatched(past, latched === true, this.end_s(k));
      }
    });
    for (const past of open.values()) past.until_s = this.to_s;
    return out;
  }

  /** When the cuff had measured, by its running number. */
  measured(): number[] {
    const cuff = this.film.head.bed.devices.find((d) => d.kind === "nibp")?.id;
    const column = cuff === undefined ? undefined : this.film.head.devices[cuff]?.["nibp_number"];
    const out: number[] = [];
    for (let k = 1; column && k < this.places.length; k++)
      if ((column[this.places[k]!] ?? 0) > (column[this.places[k - 1]!] ?? Infinity)) out.push(this.end_s(k));
    return out;
  }
}
