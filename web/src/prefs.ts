import type { Language, Theme } from "./contract";

/** What a person set on this device. */
export interface Prefs {
  language: Language;
  theme: Theme;
  palette: "standard" | "distinct";
  /** CSS pixels in a millimetre of this screen; 96 dots an inch unless a card was laid on it. */
  pxPerMm: number;
  /** Waves that were chosen for monitors; nothing means the usual ones. */
  waves: string[] | null;
  /** Names of people who want no sound on this device. */
  muted: string[];
  pulseTone: boolean;
  volume: number;
  toured: boolean;
  /** Steps of the first look that were skipped. */
  tourPassed: string[];
  glucoseUnit: GlucoseUnit;
  /** Whether rates of drugs are said and asked for by the weight of the patient. */
  perKg: boolean;
}

export type GlucoseUnit = "mg/dL" | "mmol/L";

const KEY = "twinbed";
const DEFAULT: Prefs = {
  language: typeof navigator !== "undefined" && navigator.language?.startsWith("ko") ? "ko" : "en",
  theme: "dark",
  palette: "standard",
  pxPerMm: 96 / 25.4,
  waves: null,
  muted: [],
  pulseTone: false,
  volume: 0.5,
  toured: false,
  tourPassed: [],
  glucoseUnit: "mg/dL",
  perKg: false,
};

export const prefsChanged = new EventTarget();
let current: Prefs = read();

function read(): Prefs {
  try {
    return { ...DEFAULT, ...(JSON.parse(localStorage.getItem(KEY) ?? "{}") as Partial<Prefs>) };
  } catch {
    return { ...DEFAULT };
  }
}

export function prefs(): Readonly<Prefs> {
  return current;
}

export function setPrefs(changes: Partial<Prefs>): void {
  current = { ...current, ...changes };
  try {
    localStorage.setItem(KEY, JSON.stringify(current));
  } catch {
    // A browser that keeps nothing still shows everything.
  }
  prefsChanged.dispatchEvent(new Event("change"));
}

let person = "";

/** Who looks at this device; nobody before somebody is signed in. */
export function setPerson(name: string): void {
  person = name;
}

/** Whether who looks wants to hear alarms. */
export function soundOn(): boolean {
  return !current.muted.includes(person);
}

/** Lets who looks hear alarms or not; others who use this device choose for themselves. */
export function setSound(on: boolean): void {
  const others = current.muted.filter((name) => name !== person);
  setPrefs({ muted: on ? others : [...others, person] });
}
