/** What the server says, as decision 0010 writes it. Times `t_s` are seconds of simulated time since the bed began. */

export type Role = "viewer" | "engineer" | "clinician" | "instructor" | "administrator";
export type Language = "en" | "ko";
export type Theme = "dark" | "light" | "system";

export interface Me {
  name: string;
  role: Role;
  language?: Language;
  theme?: Theme;
}

export type Colour =
  | "ecg"
  | "arterial"
  | "pulmonary"
  | "venous"
  | "pleth"
  | "co2"
  | "airway"
  | "respiration"
  | "temperature"
  | "nibp"
  | "glucose"
  | "insulin"
  | "neutral";

export interface WaveView {
  id: string;
  label: string;
  unit: string;
  colour: Colour;
  window_s: number;
  low: number;
  high: number;
  rate_hz: number;
  offset: number;
  scale: number;
  inverted: boolean;
  /** It is no curve but the running number of a pacemaker's pulses; where it goes on, a mark is drawn. */
  counts?: boolean;
}

export interface Limits {
  low?: number | null;
  high?: number | null;
  low_control?: string | null;
  high_control?: string | null;
  /** Of the alarms of high priority, beyond the others. */
  very_low_control?: string | null;
  very_high_control?: string | null;
}

export interface NumberView {
  id: string;
  label: string;
  unit: string;
  colour: Colour;
  digits: number;
  wave?: string | null;
  limits?: Limits | null;
  /** No device shows it: it is the body's own. */
  of_body?: boolean;
  /** It is about what drugs do, and is nothing before one that does was given. */
  of_drugs?: boolean;
  /** `part.signal` that it is read from. */
  source?: string;
}

export interface View {
  waves: WaveView[];
  numbers: NumberView[];
  page_s: number;
}

export interface Choice {
  value: number | string;
  label: string;
  label_ko?: string;
}

/** A unit in which people say something, and how many of the server's units one is. */
export interface Spoken {
  unit: string;
  factor: number;
}

export interface Control {
  id: string;
  group: "drug" | "device" | "person" | "patient" | "fault" | "alarm";
  device?: string | null;
  label: string;
  label_ko?: string;
  kind: "number" | "choice" | "dose" | "act";
  unit?: string | null;
  /** The unit in which people say it, where it is another one; numbers are in `unit`. */
  spoken?: Spoken;
  /** The unit by the weight of the patient, of the rate of a drug. */
  per_kg?: Spoken;
  low?: number | null;
  high?: number | null;
  step?: number | null;
  default?: number | string | null;
  choices?: Choice[] | null;
  now?: number | string | null;
  /** What the signal is while nobody asks for anything. */
  rest?: number;
  /** How a drug is given, where it is known. */
  route?: "iv" | "sc" | "oral" | "inhaled" | null;
  /** How long it lasts unless somebody says. */
  lasts_s?: number | null;
  /** The most that may stay without an end; more is given with one. */
  lasting_high?: number | null;
  /** Where its highest is from. */
  why?: string;
  why_ko?: string;
  roles?: Role[];
}

export interface DeviceShows {
  id: string;
  label: string;
  label_ko?: string;
  unit?: string;
  /** The unit in which people say it, where it is another one; it has the digits then. */
  spoken?: Spoken;
  digits?: number;
}

export interface Device {
  id: string;
  kind: string;
  label: string;
  label_ko?: string;
  shows: DeviceShows[];
  /** Numbers of the device that its panel shows beside what it says, in the units of its file. */
  facts?: Record<string, number>;
}

/** Who lies in a bed; null for what nobody knows. */
export interface Patient {
  age?: number | null;
  sex?: string | null;
  weight_kg?: number;
  /** Nobody knows the weight; the one given is taken. */
  weight_assumed?: boolean;
  height_cm?: number | null;
  conditions?: Record<string, number>;
  [other: string]: unknown;
}

export type BedState = "starting" | "running" | "paused" | "failed";

export interface BedSummary {
  id: string;
  title: string;
  title_ko?: string;
  state: BedState;
  index: number;
  /** Why it failed, where it did. */
  why?: string;
}

export interface Left {
  wall: string;
  t_s: number;
  values: Record<string, number | null>;
  alarms: Alarm[];
}

export interface Bed {
  id: string;
  title: string;
  title_ko?: string;
  kind: string;
  state: BedState;
  t_s: number;
  speed: number;
  branch: number;
  index?: number;
  why?: string;
  /** What a bed that is on its way showed last before the server ended, and when on the wall that was. */
  left?: Left | null;
  patient?: Patient | null;
  view: View;
  devices: Device[];
  controls: Control[];
  /** How far futures are played, and with how many members. */
  forks?: { longest_s: number; most_members: number };
}

export type Priority = 1 | 2 | 3;

export interface Alarm {
  id: string;
  priority: Priority;
  text: string;
  text_ko?: string;
  acknowledged: boolean;
  /** Its condition is gone; it stays until somebody acknowledges it. */
  latched?: boolean;
  /** The numbers it is about, where it is about one. */
  numbers?: string[];
}

export interface Entry {
  seq: number;
  branch: number;
  t_s: number;
  wall: string;
  who: string;
  kind: string;
  control?: string | null;
  value?: number | string | null;
  text: string;
  text_ko?: string;
  accepted: boolean;
  reason?: string | null;
  reason_ko?: string | null;
  /** What was asked as the log keeps it. */
  data?: { lasts_s?: number | null; [other: string]: unknown };
}

/** What is asked for. With a `key` of one's own making it is safe to ask again: the same key is done once. */
export interface Request {
  control: string;
  value?: number | null;
  lasts_s?: number | null;
  note?: string;
  key?: string;
}

export interface Branch {
  id: number;
  parent: number | null;
  from_t_s: number;
  /** When it ended, where that is known. */
  until_t_s?: number;
}

/** An alarm of the branch, with when it began and when it ended (nothing where it stands). */
export interface PastAlarm {
  id: string;
  priority: Priority;
  text: string;
  text_ko?: string;
  t_s: number;
  until_s: number | null;
  /** The stretches of it in which its condition was gone, the last without an end if it still is. */
  latched?: [number, number | null][];
}

export interface Log {
  entries: Entry[];
  branches: Branch[];
  alarms?: PastAlarm[];
  /** What happens at the bed by itself. */
  script?: Scripted[];
}

/** What was asked of a device, what it reports, and what is in the virtual patient. */
export interface TwinShown {
  id: string;
  label: string;
  label_ko?: string;
  unit?: string;
  digits?: number;
  spoken?: Spoken | null;
  desired: number | null;
  reported: number | null;
  estimated: number | null;
  since_s: number | null;
  differs: boolean;
}

/** A drug or fluid that is being given at a bed, or was. */
export interface DrugGiven {
  id: string;
  label: string;
  label_ko: string;
  device: string | null;
  goes_on: boolean;
  total: number;
  unit: string;
  text: string;
  text_ko: string;
}

export interface Scripted {
  control: string;
  t_s: number;
  value: number;
  lasts_s: number;
  text: string;
  text_ko: string;
}

export interface Trends {
  t_s: number[];
  numbers: Record<string, (number | null)[]>;
}

export interface Band {
  p5: (number | null)[];
  p50: (number | null)[];
  p95: (number | null)[];
}

export interface Change {
  control: string;
  value?: number | string | null;
  lasts_s?: number;
  after_s: number;
}

export interface ForkRequest {
  at_s: number;
  horizon_s: number;
  members: number;
  changes: Change[];
}

export interface Fork extends Partial<ForkRequest> {
  id?: string;
  state: "running" | "done" | "stopped" | "failed";
  progress: number;
  t_s?: number[];
  as_is?: Record<string, Band>;
  changed?: Record<string, Band>;
  text?: string;
  text_ko?: string;
  /** How many members left the range of the plausible, as it is and with the change. */
  implausible?: [number, number];
  /** What the members were drawn from, in words. */
  spread?: { of: string; text: string; text_ko?: string };
  error?: { message: string; advice?: string; message_ko?: string; advice_ko?: string };
  /** Whether it is computed and who asks may stop it. */
  may_stop?: boolean;
}

/** A fork in the list of a bed. */
export interface ForkListed {
  id: string;
  state: Fork["state"];
  progress: number;
  at_s: number;
  horizon_s: number;
  who: string;
  /** What is changed. */
  text: string;
  text_ko?: string;
}

export interface Clock {
  t_s: number;
  state: BedState;
  speed: number;
  branch: number;
  /** How often the machine was too slow for this speed since the server began, and the bed was set to the present. */
  slipped?: number;
}

export type DeviceState = Record<string, number | string | null>;

/** What the picture of the body moves with: mL, L, a share of 1 (saturation), L/min. */
export interface Body {
  left_ventricular_volume?: number | null;
  right_ventricular_volume?: number | null;
  lung_volume_left?: number | null;
  lung_volume_right?: number | null;
  arterial_saturation?: number | null;
  cardiac_output?: number | null;
  blood_volume?: number | null;
}

/** How far a bed is that is on its way; what was never measured is not known. */
export interface Starting {
  stage?: "waiting" | "building" | "compiling" | "living";
  text: string;
  text_ko?: string;
  elapsed_s?: number;
  left_s?: number | null;
  progress: number | null;
}

export type Message =
  | { kind: "beds"; beds: BedSummary[] }
  | ({ kind: "clock"; bed: string } & Clock)
  | {
      kind: "numbers";
      bed: string;
      t_s: number;
      values: Record<string, number | null>;
      alarms: Alarm[];
      alarm_sound: 0 | 1 | 2 | 3;
      /** For how long the sound of alarms is paused still; a pause does not make them acknowledged. */
      pause_left_s?: number;
      devices: Record<string, DeviceState>;
      /** Volumes, saturation and output of the body at `t_s`, which no device shows. */
      body?: Body;
    }
  | { kind: "entry"; bed: string; entry: Entry }
  | { kind: "fork"; bed: string; fork: string; state: string; progress: number }
  | ({ kind: "starting"; bed: string } & Starting);

/** Why a bed could not be opened when the server started; without a bed, why none could. */
export interface Trouble {
  bed: string | null;
  title: string | null;
  message: string;
  message_ko?: string;
  advice?: string;
  advice_ko?: string;
}

export interface CatalogueItem {
  id: string;
  title: string;
  title_ko?: string;
  about?: string;
  about_ko?: string;
  kind: string;
}

export interface Person {
  id: string | number;
  name: string;
  role: Role;
  active: boolean;
  last_seen?: string | null;
}

/** A one-time link that nobody has used yet. */
export interface Invitation {
  id: string;
  role: Role;
  /** Of the account whose password it sets; nothing where it makes a new account. */
  name: string | null;
  made_by: string;
  made_at: string;
  expires_at: string;
}

export interface AuditEntry {
  seq: number;
  wall: string;
  who: string;
  what: string;
  detail?: unknown;
  hash: string;
}

export type RunState = "waiting" | "running" | "done" | "failed" | "cancelled" | "interrupted";

/** A study or a test of a device that somebody started. */
export interface Run {
  id: string;
  kind: "study" | "bench";
  title: string;
  title_ko?: string | null;
  state: RunState;
  /** From 0 to 1. */
  progress: number;
  phase: string;
  detail: string;
  who: string;
  made: string;
  began: string | null;
  ended: string | null;
  elapsed_s: number | null;
  left_s: number | null;
  reason: string;
  /** Nothing where it is what the run itself said, which is told as it is. */
  reason_ko?: string | null;
  /** Of the bench. */
  verdict: "pass" | "fail" | "undecided" | null;
  /** Comparisons of a study in which its primary outcome was shown, of how many. */
  shown: number | null;
  of: number | null;
  /** What it was started from. */
  asked: Record<string, unknown>;
  /** Whether one may cancel and remove it. */
  mine: boolean;
}

export interface RunWhole extends Run {
  sentences: string[];
  version: string;
  files: { name: string; bytes: number }[];
}

export interface RunLog {
  lines: string[];
  next: number;
}

export interface StudyOffered {
  id: string;
  title: string;
  title_ko: string | null;
  question: string;
  question_ko: string | null;
  kind: "glucose" | "acute";
  /** In each population; 0 where only twins take part. */
  patients: number;
  arms: number;
  seed: number;
  twins: boolean;
  /** It lies in the server's folder of studies. */
  own: boolean;
}

export interface ProtocolOffered {
  id: string;
  title: string;
  title_ko: string;
  standard: string;
  devices: string[];
  /** Recordings that are not on the server's machine. */
  missing: string[];
}

export type SettingValue = boolean | number | string;

export interface SettingOffered {
  name: string;
  kind: "number" | "whole" | "switch" | "choice";
  usual: SettingValue;
  choices: string[];
  low: number | null;
  high: number | null;
}

export interface ProtocolWhole extends ProtocolOffered {
  settings: SettingOffered[];
  /** Devices of twinbed that fit it. */
  attached: { id: string; title: string; title_ko: string | null }[];
}

export type Executor = "auto" | "xla" | "native" | "cuda";

export interface Offered {
  studies: StudyOffered[];
  protocols: ProtocolOffered[];
  executors: Executor[];
  twins: number;
  study_bytes: number;
  patients: number;
}

export interface StudyStart {
  study?: string;
  toml?: string;
  patients?: number;
  seed?: number;
  executor?: Executor;
}

export interface BenchStart {
  protocol: string;
  device: string;
  settings?: Record<string, SettingValue>;
}

/** A patient of the catalogue; `template` opens a bed. */
export interface KnownPatient {
  template: string;
  title: string;
  title_ko: string;
  about: string;
  about_ko: string;
  age: number | null;
  sex: string | null;
  weight_kg: number | null;
  height_cm: number | null;
  conditions: Record<string, number>;
}

export interface KnownPopulation {
  id: string;
  title: string;
  title_ko: string | null;
  about: string;
  source: string;
  model: string | null;
}

export interface KnownDevice {
  id: string;
  group: string;
  title: string;
  title_ko: string | null;
  role: string | null;
  wraps: boolean;
  /** Beds of the catalogue that have it. */
  templates: string[];
}

export interface Known {
  patients: KnownPatient[];
  populations: KnownPopulation[];
  devices: KnownDevice[];
}

/** Errors of a twin: of its fit to a day, and of its forecast from the days before; per cent and mg/dL. */
export interface TwinErrors {
  mard: number | null;
  rmse: number | null;
  predicted_mard: number | null;
  predicted_rmse: number | null;
  /** Per cent of readings within the 90 % band of the forecast. */
  inside: number | null;
}

/** A twin that was fitted to somebody's recording. */
export interface Twin {
  id: string;
  subject: string;
  model: string;
  source: string;
  version: string;
  made: string;
  draws: number;
  days: number;
  first_day: string | null;
  last_day: string | null;
  weight_assumed: boolean;
  report: boolean;
  scores: TwinErrors | null;
}

export interface TwinDay extends TwinErrors {
  date: string;
  readings: number;
}

export interface TwinWhole extends Twin {
  therapy: Record<string, number>;
  demographics: Record<string, number>;
  notes: string[];
  identifiability: {
    name: string;
    unit: string;
    value: number | null;
    shrinkage: number | null;
    learned: boolean;
    entangled_with: string[];
  }[];
  history: TwinDay[];
}

export interface Twins {
  fitted: Twin[];
  not_fitted: { subject: string; source: string; fit: string; notes: string[] }[];
}
