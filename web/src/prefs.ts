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
  sound: boolean;
  pulseTone: boolean;
  volume: number;
  toured: boolean;
  glucoseUnit: GlucoseUnit;
}

export type GlucoseUnit = "mg/dL" | "mmol/L";

const KEY = "twinbed";
const DEFAULT: Prefs = {
  language: typeof navigator !== "undefined" && navigator.language?.startsWith("ko") ? "ko" : "en",
  theme: "dark",
  palette: "standard",
  pxPerMm: 96 / 25.4,
  waves: null,
  sound: true,
  pulseTone: false,
  volume: 0.5,
  toured: false,
  glucoseUnit: "mg/dL",
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
