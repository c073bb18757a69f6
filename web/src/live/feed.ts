import type {
  Alarm,
  Bed,
  Body,
  Branch,
  Clock,
  Colour,
  Control,
  DeviceState,
  DrugGiven,
  Entry,
  Fork,
  ForkListed,
  ForkRequest,
  Log,
  Message,
  NumberView,
  PastAlarm,
  Role,
  Scripted,
  Starting,
  Trends,
  TwinShown,
} from "../contract";
import { atLeast, LEAST } from "../roles";
import { holds, lineage } from "../timeline/lanes";
import { cuffSince } from "./cuff";
import type { Frame } from "./frame";
import { Drafts } from "./drafts";
import { Given } from "./given";
import { asOf, noteLatched } from "./latching";
import type { GlucoseUnit } from "../prefs";
import { Measure } from "./measure";
import { Pacer } from "./pacer";
import { WaveRing } from "./ring";

const COLOURS: readonly Colour[] = [
  "ecg",
  "arterial",
  "pulmonary",
  "venous",
  "pleth",
  "co2",
  "airway",
  "respiration",
  "temperature",
  "nibp",
  "glucose",
  "insulin",
  "neutral",
];
const KEPT_S = 60;
const MOST_POINTS = 6000;
/** Above so many times the clock the server sends waves as pictures that stand still (decision 0010). */
const FASTEST_WAVES = 10;

/** The period without the rounding of the 32 bits in which it is sent, which would drift by a sample in two days. */
function exactPeriod(sent_s: number, rate_hz: number): number {
  return rate_hz > 0 && Math.abs(sent_s * rate_hz - 1) < 1e-5 ? 1 / rate_hz : sent_s;
}

/** The bed with colours that the themes know; others are neutral. */
function coloured(measure: Measure): Bed {
  const bed = measure.bed();
  const known = <T extends { colour: Colour }>(thing: T): T =>
    COLOURS.includes(thing.colour) ? thing : { ...thing, colour: "neutral" };
  return { ...bed, view: { ...bed.view, waves: bed.view.waves.map(known), numbers: bed.view.numbers.map(known) } };
}

/** Whether a bed is somewhere in time: of one that starts or has failed nobody can say where it is. */
function lives({ state }: Pick<Clock, "state">): boolean {
  return state === "running" || state === "paused";
}

/** Asks the bed for something; resolves with what the log says of it, also where it was refused. */
export type Send = (
  control: string,
  value?: number | string,
  lasts_s?: number,
) => Promise<{ accepted: boolean; text: string }>;

/** What is known of one bed while it lives. Elements read it; `change` says that numbers, alarms, clock or log moved,
 * `anew` that it begins to live or goes on from an earlier moment, so that all of it is to be read anew, `ended` that
 * levels ended whose controls stand elsewhere now.
 *
 * A notebook or a file that replays makes one of its own and calls `frame` and `message`.
 */
export class BedFeed extends EventTarget {
  readonly rings: (WaveRing | undefined)[] = [];
  readonly pacer = new Pacer();
  clock: Clock;
  numbers: Record<string, number | null> = {};
  alarms: Alarm[] = [];
  sound: 0 | 1 | 2 | 3 = 0;
  /** For how long the sound of its alarms is paused still, as its alarm system says. */
  pauseLeft_s = 0;
  devices: Record<string, DeviceState> = {};
  readonly given = new Given();
  readonly drafts = new Drafts();
  /** What no device shows, and the moment it holds for. */
  body: Body = {};
  body_s = NaN;
  trends: Trends = { t_s: [], numbers: {} };
  entries: Entry[] = [];
  branches: Branch[] = [];
  /** Alarms of the branch, those that stand without an end. */
  pastAlarms: PastAlarm[] = [];
  starting: Starting | null = null;
  /** Wall time in seconds at which something last came. */
  heard_s = NaN;
  lost = 0;
  /** Whether the connection broke off and nothing came since: what is known is of before. */
  isStale = false;
  /** Whether the server has no such bed: it is gone, or the server was started anew and has not brought it back yet. */
  isAway = false;
  /** Who looks, and how to ask for something; a replay has neither. */
  role: Role | null = null;
  send: Send | null = null;
  /** All drugs and fluids that are being given and were, where somebody can say. */
  drugs: (() => Promise<DrugGiven[]>) | null = null;
  /** What was asked of every device, what it reports and what is in the patient, where somebody can say. */
  twins: (() => Promise<Record<string, TwinShown[]>>) | null = null;
  /** Plays both futures from a moment; a replay has none. */
  forks: {
    start: (wanted: ForkRequest) => Promise<string>;
    result: (fork: string) => Promise<Fork>;
    stop: (fork: string) => Promise<void>;
    list: () => Promise<ForkListed[]>;
  } | null = null;
  /** Takes the bed back to a moment and does something there, before time goes on; a replay cannot. */
  doAt: (<T>(t_s: number, act: () => Promise<T>) => Promise<T>) | null = null;
  /** What happens at the bed by itself. */
  script: Scripted[] = [];
  measure: Measure;
  private seq = -1;
  private toldNumbers = false;
  /** Levels that end by themselves: control, and the time at which it does. */
  private readonly passing = new Map<string, number>();
  /** When the cuff measured last, where that was seen or what was kept of it says so. */
  cuff_s: number | null = null;

  bed: Bed;

  constructor(bed: Bed, unit: GlucoseUnit = "mg/dL") {
    super();
    this.measure = new Measure(bed, unit);
    this.bed = coloured(this.measure);
    this.clock = { t_s: bed.t_s, state: bed.state, speed: bed.speed, branch: bed.branch };
    this.pace(bed);
  }

  private pace({ state, speed }: Pick<Clock, "state" | "speed">): void {
    this.pacer.speed = speed || 1;
    this.pacer.running = state === "running";
    this.pacer.stills = speed > FASTEST_WAVES;
  }

  /** Whether waves stand still although time goes on: it goes too fast for them. */
  get stills(): boolean {
    return this.pacer.stills && this.pacer.running && this.bed.view.waves.length > 0;
  }

  control(id: string): Control | undefined {
    return this.bed.controls.find((c) => c.id === id);
  }

  may(control: Control | undefined): boolean {
    if (!control || !this.send || !this.role || this.isStale) return false;
    return control.roles ? control.roles.includes(this.role) : atLeast(this.role, LEAST[control.group]);
  }

  /** The limits of a number, as they are set now. */
  limits(number: NumberView): { low: number | null; high: number | null } {
    const of = (told: number | null | undefined, control: string | null | undefined) => {
      const now = control ? this.control(control)?.now : undefined;
      return typeof now === "number" ? now : (told ?? null);
    };
    const { low, high, low_control, high_control } = number.limits ?? {};
    return { low: of(low, low_control), high: of(high, high_control) };
  }

  /** Time to draw at, in simulated seconds. */
  now(wall_s = performance.now() / 1000): number {
    return this.pacer.now(wall_s);
  }

  frame(frame: Frame, wall_s = performance.now() / 1000): void {
    if (this.seq >= 0 && frame.seq > this.seq + 1) this.lost += frame.seq - this.seq - 1;
    this.seq = frame.seq;
    this.heard_s = wall_s;
    let end_s = NaN;
    for (const [place, samples] of frame.waves) {
      const wave = this.bed.view.waves[place];
      if (!wave) continue;
      const period_s = exactPeriod(frame.period_s, wave.rate_hz);
      let ring = this.rings[place];
      if (!ring || ring.period_s !== period_s) {
        ring = new WaveRing(Math.ceil(KEPT_S / period_s), period_s);
        this.rings[place] = ring;
      }
      ring.write(frame.t0_s, samples, wave.offset, wave.scale);
      end_s = frame.t0_s + samples.length * period_s;
    }
    if (Number.isFinite(end_s)) this.pacer.arrive(end_s, wall_s);
  }

  /** Waves from before: they are put behind what came live. Where time stands still nothing else comes. */
  before(frame: Frame, wall_s = performance.now() / 1000): void {
    for (const [place, samples] of frame.waves) {
      const wave = this.bed.view.waves[place];
      if (!wave) continue;
      const live = this.rings[place];
      const period_s = exactPeriod(frame.period_s, wave.rate_hz);
      const ring = new WaveRing(Math.ceil(KEPT_S / period_s), period_s);
      ring.write(frame.t0_s, samples, wave.offset, wave.scale);
      if (live?.period_s === period_s) ring.append(live);
      this.rings[place] = ring;
    }
    const { end_s } = this;
    if (Number.isFinite(end_s) && this.clock.state === "paused") this.pacer.arrive(end_s, wall_s);
    this.dispatchEvent(new CustomEvent("change", { detail: "waves" }));
  }

  /** The time of the last sample that is known; -Infinity where there is none. */
  private get end_s(): number {
    return Math.max(-Infinity, ...this.rings.flatMap((ring) => ring?.end_s ?? []));
  }

  /** Time stands still before any wave came by itself: what is there is shown, and asked for where nothing is. */
  private stand(): void {
    const { end_s } = this;
    if (Number.isFinite(end_s)) this.pacer.arrive(end_s, performance.now() / 1000);
    else this.dispatchEvent(new CustomEvent("blank"));
  }

  message(message: Message, wall_s = performance.now() / 1000): void {
    this.heard_s = wall_s;
    const isOfNow = message.kind === "numbers" || (message.kind === "clock" && message.state !== "starting");
    if (isOfNow) this.isStale = false;
    switch (message.kind) {
      case "clock":
        this.setClock(message);
        break;
      case "numbers":
        this.setNumbers(message);
        break;
      case "entry":
        this.addEntry(message.entry);
        break;
      case "starting":
        this.starting = message;
        break;
      default:
        return;
    }
    this.dispatchEvent(new CustomEvent("change", { detail: message.kind }));
  }

  /** The connection broke off: what is known is no longer of now. */
  breakOff(): void {
    this.isStale = true;
    this.dispatchEvent(new CustomEvent("change", { detail: "link" }));
  }

  /** The server says whether it has this bed. */
  setAway(isAway: boolean): void {
    if (isAway === this.isAway) return;
    this.isAway = isAway;
    if (isAway) this.isStale = true;
    this.dispatchEvent(new CustomEvent("change", { detail: "link" }));
  }

  private setClock(clock: Clock, back = false): void {
    const { state, branch } = this.clock;
    if (!lives(clock)) {
      this.clock = { ...this.clock, state: clock.state };
      this.pacer.running = false;
      return;
    }
    const begins = !lives({ state });
    // A server that was killed begins at what it kept last.
    const other = back || clock.branch !== branch || (begins && clock.t_s < this.reached);
    if (other) this.turnBack(clock.t_s);
    this.clock = { t_s: clock.t_s, state: clock.state, speed: clock.speed, branch: clock.branch };
    this.pace(clock);
    this.starting = null;
    if (other || begins) this.dispatchEvent(new CustomEvent("anew"));
    else if (clock.state === "paused" && this.pacer.isEmpty) this.stand();
  }

  private setNumbers(message: Extract<Message, { kind: "numbers" }>): void {
    this.numbers = this.measure.numbers(message.values);
    this.toldNumbers = true;
    this.noteCuff(message.t_s, message.devices);
    this.alarms = [...message.alarms].sort((a, b) => b.priority - a.priority);
    this.noteAlarms(message.t_s);
    this.sound = message.alarm_sound;
    this.pauseLeft_s = message.pause_left_s ?? 0;
    this.devices = this.measure.devices(message.devices);
    this.given.note(message.t_s, this.devices);
    this.body = message.body ?? {};
    this.body_s = message.t_s;
    const before_s = this.clock.t_s;
    this.clock = { ...this.clock, t_s: message.t_s };
    this.addPoint(message.t_s, this.numbers);
    this.endLevels(message.t_s, this.scripted(before_s, message.t_s));
  }

  /** Notes when the running number of the cuff's measurements goes on. */
  private noteCuff(t_s: number, devices: Record<string, DeviceState>): void {
    const cuff = this.bed.devices.find((d) => d.kind === "nibp")?.id;
    if (cuff === undefined) return;
    const [before, now] = [this.devices[cuff]?.["nibp_number"], devices[cuff]?.["nibp_number"]];
    if (typeof before === "number" && typeof now === "number" && now > before) this.cuff_s = t_s;
  }

  /** Notes which alarms began, which latch, and which ended. */
  private noteAlarms(t_s: number): void {
    for (const past of this.pastAlarms)
      if (past.until_s === null && !this.alarms.some((a) => a.id === past.id)) {
        noteLatched(past, false, t_s);
        past.until_s = t_s;
      }
    for (const { id, priority, text, text_ko, latched } of this.alarms) {
      let past = this.pastAlarms.find((p) => p.id === id && p.until_s === null);
      if (!past) {
        past = { id, priority, text, ...(text_ko === undefined ? {} : { text_ko }), t_s, until_s: null };
        this.pastAlarms.push(past);
      }
      noteLatched(past, latched === true, t_s);
    }
  }

  private addPoint(t_s: number, values: Record<string, number | null>): void {
    const { t_s: times, numbers } = this.trends;
    if (times.length && t_s <= times[times.length - 1]!) return;
    times.push(t_s);
    for (const { id } of this.bed.view.numbers)
      (numbers[id] ??= new Array(times.length - 1).fill(null)).push(values[id] ?? null);
    if (times.length > MOST_POINTS) this.thin();
  }

  /** Keeps every second point of the older half. */
  private thin(): void {
    const half = Math.floor(this.trends.t_s.length / 2);
    const keep = (_: unknown, i: number) => i >= half || i % 2 === 0;
    this.trends.t_s = this.trends.t_s.filter(keep);
    for (const id in this.trends.numbers) this.trends.numbers[id] = this.trends.numbers[id]!.filter(keep);
  }

  /** What was, as the server keeps it; what came live meanwhile stays behind it. */
  setTrends(told: Trends): void {
    const past = this.measure.trends(told);
    const last = past.t_s[past.t_s.length - 1] ?? -Infinity;
    const live = this.trends;
    const from = live.t_s.findIndex((t) => t > last);
    const rest = from < 0 ? live.t_s.length : from;
    this.trends = { t_s: [...past.t_s, ...live.t_s.slice(rest)], numbers: {} };
    for (const { id } of this.bed.view.numbers) {
      const before = past.numbers[id] ?? new Array(past.t_s.length).fill(null);
      this.trends.numbers[id] = [...before, ...(live.numbers[id] ?? []).slice(rest)];
    }
    this.cuff_s ??= cuffSince(this.trends);
    this.dispatchEvent(new CustomEvent("change", { detail: "trends" }));
  }

  setLog(log: Log): void {
    const known = new Map(log.entries.map((e) => [e.seq, e]));
    for (const entry of this.entries) known.set(entry.seq, entry);
    this.entries = [...known.values()].sort((a, b) => a.seq - b.seq);
    this.branches = log.branches;
    const line = lineage(log.branches, this.clock.branch);
    for (const entry of this.entries) if (holds(entry, line)) this.noteEnd(entry);
    this.script = log.script ?? [];
    if (log.alarms) {
      this.pastAlarms = log.alarms;
      if (this.toldNumbers) this.noteAlarms(this.clock.t_s);
    }
    this.dispatchEvent(new CustomEvent("change", { detail: "entry" }));
  }

  /** The number of the last entry that came. */
  get seen(): number {
    return this.entries.reduce((last, e) => Math.max(last, e.seq), 0);
  }

  /** What the server holds of the bed now: its settings, and where it is. What came after the entry `seen` while it was
   * asked is newer. */
  setBed(bed: Bed, seen = Infinity): void {
    if (this.bed.state === "starting") this.rings.length = 0;
    this.measure = new Measure(bed, this.measure.unit);
    this.bed = coloured(this.measure);
    for (const entry of this.entries) if (entry.seq > seen) this.setLevel(entry);
    this.setClock(bed, bed.t_s < this.reached);
    this.dispatchEvent(new CustomEvent("change", { detail: "bed" }));
  }

  /** The last time of which numbers are known. */
  private get reached(): number {
    return this.trends.t_s[this.trends.t_s.length - 1] ?? -Infinity;
  }

  /** From here on glucose is read in another unit. */
  use(unit: GlucoseUnit): void {
    if (unit === this.measure.unit) return;
    const before = this.measure;
    this.measure = new Measure(before.told, unit);
    this.bed = coloured(this.measure);
    const of = (id: string, v: number | null) =>
      v === null ? null : (this.measure.numbers({ [id]: v / (before.numbers({ [id]: 1 })[id] ?? 1) })[id] ?? null);
    for (const id in this.numbers) this.numbers[id] = of(id, this.numbers[id]!);
    for (const id in this.trends.numbers) this.trends.numbers[id] = this.trends.numbers[id]!.map((v) => of(id, v));
    this.dispatchEvent(new CustomEvent("change", { detail: "bed" }));
  }

  private addEntry(entry: Entry): void {
    if (!this.entries.some((e) => e.seq === entry.seq)) this.entries = [...this.entries, entry];
    this.setLevel(entry);
    this.noteEnd(entry);
  }

  /** The control of a level that was granted. */
  private levelOf(entry: Entry): Control | undefined {
    const control = entry.accepted && entry.control ? this.control(entry.control) : undefined;
    const isLevel = control?.kind === "number" || control?.kind === "choice";
    return isLevel && entry.value !== null && entry.value !== undefined ? control : undefined;
  }

  private setLevel(entry: Entry): void {
    const control = this.levelOf(entry);
    if (control) this.stands(control.id, entry.value!);
  }

  /** Notes when a level ends, which the next one of the same control makes void. */
  private noteEnd(entry: Entry): void {
    const control = this.levelOf(entry);
    if (!control) return;
    this.passing.delete(control.id);
    const until_s = entry.t_s + (entry.data?.lasts_s ?? Infinity);
    if (until_s < Infinity && until_s > this.clock.t_s) this.passing.set(control.id, until_s);
  }

  /** When what a control stands at ends; nothing where nobody said. */
  endOf(id: string): number | null {
    return this.passing.get(id) ?? null;
  }

  /** Whether the script of the bed sets a level, or ends one, after one time and until another. */
  private scripted(from_s: number, until_s: number): boolean {
    const within = (t_s: number) => t_s > from_s && t_s <= until_s;
    const isDose = (id: string) => this.control(id)?.kind === "dose";
    return this.script.some((s) => !isDose(s.control) && (within(s.t_s) || within(s.t_s + s.lasts_s)));
  }

  /** What ended stands at rest, which the bed knows, as it knows what its script has set. */
  private endLevels(t_s: number, scripted: boolean): void {
    const ended = [...this.passing].filter(([, until_s]) => until_s <= t_s);
    for (const [id] of ended) {
      this.passing.delete(id);
      this.stands(id, null);
    }
    if (ended.length || scripted) this.dispatchEvent(new CustomEvent("ended"));
  }

  /** A control stands at another value, as the server says it. */
  private stands(id: string, value: number | string | null): void {
    const [told, shown] = [this.measure.told.controls.find((c) => c.id === id), this.control(id)];
    if (told) told.now = value;
    if (shown) shown.now = this.measure.now(id, value);
  }

  /** The bed goes on from an earlier moment: what came after it is no longer its past. */
  private turnBack(t_s: number): void {
    this.pacer.reset();
    this.rings.length = 0;
    this.seq = -1;
    if (this.cuff_s !== null && this.cuff_s > t_s) this.cuff_s = null;
    this.numbers = {};
    this.alarms = [];
    this.sound = this.pauseLeft_s = 0;
    this.devices = {};
    this.given.clear();
    this.body = {};
    this.body_s = NaN;
    this.passing.clear();
    this.toldNumbers = false;
    this.pastAlarms = asOf(this.pastAlarms, t_s);
    const keep = this.trends.t_s.findIndex((t) => t > t_s);
    if (keep >= 0) {
      this.trends.t_s.length = keep;
      for (const id in this.trends.numbers) this.trends.numbers[id]!.length = keep;
    }
  }
}
