import type { Bed, Body, Control, DeviceState } from "../contract";
import { BedFeed } from "../live/feed";
import { MEAN_S } from "../live/given";
import { WaveRing } from "../live/ring";
import { prefs, type GlucoseUnit } from "../prefs";
import { holds, lineage } from "../timeline/lanes";
import { Course } from "./course";
import type { Film } from "./film";

const KEPT_S = 60;
const TOLD_PER_S = 10;
/** A page that was not seen for a while goes on where it was. */
const LONGEST_STEP_S = 0.25;

/** A bed whose time is told by a player. */
class PlayedFeed extends BedFeed {
  t_s = 0;

  override now(): number {
    return this.t_s;
  }
}

/** Plays a film into a feed, so that the elements of the ward show it. `change` says that it went on. */
export class Player extends EventTarget {
  readonly feed: BedFeed;
  readonly courses: Course[];
  course: Course;
  playing = false;
  speed = 1;
  private readonly played: PlayedFeed;
  private readonly settings: Map<string, number | string | null | undefined>;
  private measured: number[] = [];
  private wall_s = NaN;
  private told_s = -Infinity;
  private place: number | null = null;
  /** The number of the sample after the last one that was swept. */
  private swept = NaN;

  constructor(readonly film: Film) {
    super();
    const bed: Bed = { ...film.head.bed, id: "replay", state: "paused", index: 0 };
    this.feed = this.played = new PlayedFeed(bed, prefs().glucoseUnit);
    this.settings = new Map(bed.controls.map((c) => [c.id, c.now]));
    this.courses = film.head.branches.map((b) => new Course(film, b.id)).filter((c) => c.isThere);
    this.course = this.courses.find((c) => c.branch === film.head.branch) ?? this.courses[0]!;
    this.feed.entries = film.head.entries;
    this.feed.branches = film.head.branches;
    this.feed.script = film.head.script;
    this.choose(this.course.branch);
  }

  get t_s(): number {
    return this.played.t_s;
  }

  /** Plays another branch, from the same time if it has been there. */
  choose(branch: number): void {
    this.course = this.courses.find((c) => c.branch === branch) ?? this.course;
    this.feed.trends = this.feed.measure.trends(this.course.trends());
    this.feed.pastAlarms = this.course.alarms();
    this.measured = this.course.measured();
    this.seek(this.t_s);
  }

  /** Shows a moment. */
  seek(t_s: number): void {
    this.played.t_s = Math.min(Math.max(t_s, this.course.from_s), this.course.to_s);
    this.swept = NaN;
    this.sweep();
    this.tell();
  }

  play(): void {
    if (this.t_s >= this.course.to_s) this.seek(this.course.from_s);
    this.playing = true;
    this.wall_s = NaN;
    this.tell();
  }

  pause(): void {
    this.playing = false;
    this.tell();
  }

  /** Goes on by what has passed on the wall since the last time. */
  tick(wall_s: number): void {
    const passed_s = Math.min(Math.max(wall_s - this.wall_s, 0), LONGEST_STEP_S) || 0;
    this.wall_s = wall_s;
    if (!this.playing) return;
    this.played.t_s = Math.min(this.t_s + passed_s * this.speed, this.course.to_s);
    this.sweep();
    if (this.t_s >= this.course.to_s) this.pause();
    else if (this.course.placeAt(this.t_s) !== this.place && wall_s - this.told_s >= 1 / TOLD_PER_S) {
      this.told_s = wall_s;
      this.tell();
    } else this.dispatchEvent(new Event("tick"));
  }

  /** Writes the samples that have come since the last time; where time jumped, those of the last minute. */
  private sweep(): void {
    const { view } = this.film.head.bed;
    const period_s = this.film.head.period_s;
    const until = this.course.sampleAt(this.t_s);
    view.waves.forEach((wave, k) => {
      const kept = Math.ceil(Math.max(KEPT_S, wave.window_s) / period_s);
      const goesOn = until >= this.swept && until - this.swept < kept;
      if (!goesOn) this.feed.rings[k] = new WaveRing(kept + 1, period_s);
      const { begin, values } = this.course.samples(k, goesOn ? this.swept : until - kept, until);
      if (values.length) this.feed.rings[k]!.write(begin * period_s, values, wave.offset, wave.scale);
    });
    this.swept = until;
  }

  /** Shows what was told at the end of the last page. */
  private tell(): void {
    const { feed, film } = this;
    const place = this.course.placeAt(this.t_s);
    const row = <T>(columns: Record<string, (number | null)[]>, at = place) =>
      Object.fromEntries(Object.entries(columns).map(([id, of]) => [id, at === null ? null : (of[at] ?? null)])) as T;
    const { page_s, alarms, standing, sound, devices, numbers, body } = film.head;
    const ended_s = Math.floor(this.t_s / page_s + 1e-6) * page_s;
    feed.numbers = feed.measure.numbers(row(numbers));
    feed.alarms = place === null ? [] : standing[place]!.map((i) => alarms[i]!).sort((a, b) => b.priority - a.priority);
    feed.sound = place === null ? 0 : sound[place]!;
    feed.pauseLeft_s = place === null ? 0 : film.head.pause_left_s[place]!;
    const said = (at: number | null) =>
      Object.fromEntries(Object.entries(devices).map(([id, columns]) => [id, row<DeviceState>(columns, at)] as const));
    feed.devices = feed.measure.devices(said(place));
    feed.given.clear();
    const before_s = Math.max(ended_s - MEAN_S, this.course.from_s + page_s);
    if (before_s < ended_s) feed.given.note(before_s, said(this.course.placeAt(before_s)));
    feed.given.note(ended_s, feed.devices);
    if (place !== this.place) feed.body = row<Body>(body);
    feed.body_s = ended_s;
    feed.cuff_s = this.measured.filter((s) => s <= this.t_s).pop() ?? null;
    const { speed } = this;
    feed.clock = { t_s: ended_s, state: this.playing ? "running" : "paused", speed, branch: this.course.branch };
    this.place = place;
    this.set(this.t_s);
    feed.dispatchEvent(new CustomEvent("change", { detail: "numbers" }));
    this.dispatchEvent(new Event("change"));
  }

  private stands(control: Control, value: number | string | null | undefined): void {
    control.now = this.feed.measure.now(control.id, value ?? null);
  }

  /** From here on glucose is read in another unit. */
  use(unit: GlucoseUnit): void {
    if (unit === this.feed.measure.unit) return;
    this.feed.use(unit);
    this.choose(this.course.branch);
  }

  /** Lets the controls stand as they had been set by a time. */
  private set(t_s: number): void {
    const line = lineage(this.feed.branches, this.course.branch);
    for (const control of this.feed.bed.controls) this.stands(control, this.settings.get(control.id));
    for (const entry of this.feed.entries) {
      const control = entry.accepted && entry.control ? this.feed.control(entry.control) : undefined;
      const stays = control?.kind === "number" || control?.kind === "choice";
      if (!control || !stays || entry.t_s > t_s || !holds(entry, line)) continue;
      const ended = entry.t_s + (entry.data?.lasts_s ?? Infinity) <= t_s;
      if (ended && entry.data?.returns) continue; // what it took the place of goes on
      this.stands(control, ended ? this.settings.get(control.id) : entry.value);
    }
  }
}
