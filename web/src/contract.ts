/** What the server says, as decision 0010 writes it. Times `t_s` are seconds of simulated time since the bed began. */

export type Role = "viewer" | "engineer" | "clinician" | "instructor" | "administrator";
export type Language = "en" | "ko";
export type Theme = "dark" | "light" | "system";

export interface Me {
  name: string;
  role: Role;
  language?: Language;
  theme?: Theme;
  features?: string[];
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
}

export interface Limits {
  low?: number | null;
  high?: number | null;
  low_control?: string | null;
  high_control?: string | null;
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

export interface Control {
  id: string;
  group: "drug" | "device" | "person" | "patient" | "fault" | "alarm";
  device?: string | null;
  label: string;
  label_ko?: string;
  kind: "number" | "choice" | "dose" | "act";
  unit?: string | null;
  low?: number | null;
  high?: number | null;
  step?: number | null;
  default?: number | string | null;
  choices?: Choice[] | null;
  now?: number | string | null;
  /** How a drug is given, where it is known. */
  route?: "iv" | "sc" | "oral" | "inhaled" | null;
  /** How long it lasts unless somebody says. */
  lasts_s?: number | null;
  roles?: Role[];
}

export interface DeviceShows {
  id: string;
  label: string;
  label_ko?: string;
  unit?: string;
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

export interface Patient {
  age?: number;
  sex?: string;
  weight_kg?: number;
  height_cm?: number;
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
  /** What was asked as the log keeps it. */
  data?: { lasts_s?: number | null; [other: string]: unknown };
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
}

export interface Log {
  entries: Entry[];
  branches: Branch[];
  alarms?: PastAlarm[];
  /** What happens at the bed by itself. */
  script?: Scripted[];
}

export interface Scripted {
  control: string;
  t_s: number;
  value: number;
  lasts_s: number;
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
  state: "waiting" | "running" | "done" | "failed" | string;
  progress: number;
  t_s?: number[];
  as_is?: Record<string, Band>;
  changed?: Record<string, Band>;
  text?: string;
  text_ko?: string;
  /** How many members left the range of the plausible, as it is and with the change. */
  implausible?: [number, number];
  error?: { message: string; advice?: string };
}

export interface Clock {
  t_s: number;
  state: BedState;
  speed: number;
  branch: number;
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
  | { kind: "starting"; bed: string; progress: number; text: string };

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

export interface AuditEntry {
  seq: number;
  wall: string;
  who: string;
  what: string;
  detail?: unknown;
  hash: string;
}

/** A study or a test of a device (where `features` has `studies`). */
export interface Study {
  id: string;
  kind: "study" | "bench";
  title: string;
  title_ko?: string;
  state: "waiting" | "running" | "done" | "failed";
  progress: number;
  left_s?: number | null;
  began?: string | null;
  verdict?: "pass" | "fail" | "undecided" | null;
  /** Paths of this server. */
  report?: string | null;
  evidence?: string | null;
}

/** A twin that was fitted to somebody's recording (where `features` has `twins`). */
export interface Twin {
  id: string;
  title: string;
  title_ko?: string;
  about?: string;
  about_ko?: string;
  made?: string | null;
  report?: string | null;
  /** What a bed is opened with. */
  template?: string | null;
}
