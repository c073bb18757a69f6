import type { Language } from "../contract";
import en from "./en.json";
import ko from "./ko.json";

export type Key = keyof typeof en;
type Values = Record<string, string | number>;

const CATALOGUES: Record<Language, Record<Key, string>> = { en, ko };

export const languageChanged = new EventTarget();
let current: Language = "en";

export function language(): Language {
  return current;
}

export function setLanguage(wanted: Language): void {
  if (wanted === current) return;
  current = wanted;
  languageChanged.dispatchEvent(new Event("change"));
}

/** The text of a key in the language of the page. `{name}` is replaced, and `{name:을/를}` is followed by the right particle. */
export function t(key: Key, values: Values = {}): string {
  return fill(CATALOGUES[current][key], values);
}

/** The text of a key that is made at run time, or nothing where the catalogue has none. */
export function maybe(key: string, values: Values = {}): string | undefined {
  const text = CATALOGUES[current][key as Key] as string | undefined;
  return text === undefined ? undefined : fill(text, values);
}

export function fill(text: string, values: Values): string {
  return text.replace(/\{(\w+)(?::([^/}]+)\/([^}]+))?\}/g, (whole, name: string, closed?: string, open?: string) => {
    const value = values[name];
    if (value === undefined) return whole;
    return closed === undefined ? String(value) : String(value) + (endsClosed(String(value)) ? closed : open);
  });
}

/** Whether a Korean reader ends the word with a consonant, which chooses the particle. */
export function endsClosed(word: string): boolean {
  const last = word
    .trim()
    .replace(/[)\]"'%]+$/, "")
    .slice(-1);
  const code = last.charCodeAt(0);
  if (code >= 0xac00 && code <= 0xd7a3) return (code - 0xac00) % 28 !== 0;
  return /[013678lmnrLMNR]/.test(last);
}

/** The one of two texts that the server gives in both languages. */
export function either(thing: object | null | undefined, field: string): string {
  const both = (thing ?? {}) as Record<string, string | undefined>;
  return (current === "ko" ? both[`${field}_ko`] : undefined) ?? both[field] ?? "";
}

/** The text of an alarm, as a sentence begins. */
export function alarmText(alarm: { text: string; text_ko?: string }): string {
  const text = either(alarm, "text");
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Seconds as 04:05, 1:04:05, or 1 d 01:04:05. */
export function clock(seconds: number): string {
  const all = Math.max(0, Math.floor(seconds + 1e-6));
  const [d, h, m, s] = [Math.floor(all / 86_400), Math.floor(all / 3600) % 24, Math.floor(all / 60) % 60, all % 60];
  const two = (n: number) => String(n).padStart(2, "0");
  if (d) return `${t("unit.d", { n: d })} ${two(h)}:${two(m)}:${two(s)}`;
  return h ? `${h}:${two(m)}:${two(s)}` : `${two(m)}:${two(s)}`;
}

/** A length of time in words, such as 90 s, 5 min, 2 h. */
export function span(seconds: number): string {
  if (seconds < 120 && seconds % 60 !== 0) return t("unit.s", { n: short(seconds) });
  if (seconds < 7200) return t("unit.min", { n: short(seconds / 60) });
  return t("unit.h", { n: short(seconds / 3600) });
}

/** How long ago something was, in whole seconds, minutes from one on, or hours from one on. */
export function since(seconds: number): string {
  const all = Math.max(0, Math.floor(seconds + 1e-6));
  const span =
    all < 60
      ? t("unit.s", { n: all })
      : all < 3600
        ? t("unit.min", { n: Math.floor(all / 60) })
        : t("unit.h", { n: Math.floor(all / 3600) });
  return t("unit.ago", { span });
}

export function short(value: number): string {
  return String(Number(value.toPrecision(3)));
}

/** A number as a monitor shows it. */
export function shown(value: number | null | undefined, digits: number): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return "--";
  const text = value.toFixed(digits);
  return Number(text) === 0 ? text.replace("-", "") : text;
}

/** A moment of the day, as 2026-11-22 09:30. */
export function wallClock(iso: string): string {
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return iso;
  const two = (n: number) => String(n).padStart(2, "0");
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

/** The zone in which moments of the day are shown, as UTC+9 or UTC-3:30. */
export function zone(date = new Date()): string {
  const minutes = -date.getTimezoneOffset();
  const [hours, rest] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60];
  if (!minutes) return "UTC";
  return `UTC${minutes < 0 ? "-" : "+"}${hours}${rest ? `:${String(rest).padStart(2, "0")}` : ""}`;
}
