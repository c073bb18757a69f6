import type { Patient } from "../contract";

/** Colours that mean something, as red, green and blue from 0 to 1, and the scales of the legend. */
export type Rgb = readonly [number, number, number];

export const SATURATION = { low: 0.7, high: 1 };
/** Output of the heart per body surface, L/min/m2. */
export const PERFUSION = { low: 1, high: 4 };

const hex = (text: string): Rgb => [1, 3, 5].map((i) => parseInt(text.slice(i, i + 2), 16) / 255) as unknown as Rgb;
const BLOOD = ["#4b4a86", "#7a3f6e", "#ad3d48", "#cc4a3e"].map(hex);
const SKIN = ["#7d93a8", "#a79c9f", "#c99a8c", "#e09a7f"].map(hex);
export const UNKNOWN = hex("#8d98a3");
/** Blood that comes back: its saturation is not told, so its colour is fixed. */
export const VENOUS = hex("#55619c");

function on(scale: readonly Rgb[], share: number): Rgb {
  const x = Math.min(Math.max(share, 0), 1) * (scale.length - 1);
  const i = Math.min(Math.floor(x), scale.length - 2);
  return [0, 1, 2].map((k) => scale[i]![k]! + (x - i) * (scale[i + 1]![k]! - scale[i]![k]!)) as unknown as Rgb;
}

const shareOf = (value: number, { low, high }: { low: number; high: number }) => (value - low) / (high - low);
const known = (value: number | null | undefined): value is number =>
  typeof value === "number" && Number.isFinite(value);

export const ofSaturation = (value: number | null | undefined): Rgb =>
  known(value) ? on(BLOOD, shareOf(value, SATURATION)) : UNKNOWN;
export const ofPerfusion = (value: number | null | undefined): Rgb =>
  known(value) ? on(SKIN, shareOf(value, PERFUSION)) : UNKNOWN;
export const css = (rgb: Rgb): string => `rgb(${rgb.map((v) => Math.round(255 * v)).join(" ")})`;

/** Body surface, m2 (Du Bois and Du Bois 1916), where height and weight are known. */
export function bodySurface(patient: Pick<Patient, "weight_kg" | "height_cm"> | null | undefined): number | null {
  const { weight_kg, height_cm } = patient ?? {};
  return weight_kg && height_cm ? 0.007184 * weight_kg ** 0.425 * height_cm ** 0.725 : null;
}
