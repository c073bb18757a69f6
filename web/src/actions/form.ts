import type { Control } from "../contract";
import { spokenControl, unspoken } from "../devices/dose";

/** The most that is given for so long; null is until it is changed. */
export function mostOf(control: Control, lasts_s: number | null): number | null {
  return (lasts_s === null ? control.lasting_high : null) ?? control.high ?? null;
}

/** What is ordered; `after_s` only where something is planned. */
export interface Order {
  control: Control;
  value?: number | string;
  /** 0 is at once; without it the bed knows how long. */
  lasts_s?: number;
  after_s: number;
}

/** What a form begins with, in the spoken unit: what stands, else what is usual, else the least. What ends by itself
 * (a dose, a stimulus) does not stand, and begins with what is usual. */
export function begun(control: Control): { value: number | string; lasts_s: number | null } {
  const own = spokenControl(control);
  const ends = typeof own.lasts_s === "number";
  const value =
    own.kind === "choice"
      ? (own.now ?? own.choices?.[0]?.value ?? 0)
      : Number((ends ? (own.default ?? own.now) : (own.now ?? own.default)) ?? own.low ?? 0);
  return { value, lasts_s: lastsOf(control) };
}

/** How long something lasts unless somebody says; null where it stays, or where the bed alone knows. */
function lastsOf(control: Control): number | null {
  if (control.kind === "dose") return control.lasts_s ?? 0;
  return asksHowLong(control) ? (control.lasts_s ?? null) : null;
}

const OVERS_S = [0, 60, 120, 300, 600, 900, 1800, 3600];
const LASTS_S = [30, 60, 120, 300, 600];
/** What is over sooner is an event, not a level: nobody is asked how long it lasts. */
const LEVEL_S = 1;

/** Whether a level may be given an end. Settings of devices stay. */
export function asksHowLong(control: Control): boolean {
  return control.kind === "number" && !control.id.includes(".") && (control.lasts_s ?? LEVEL_S) >= LEVEL_S;
}

/** Whether what stands goes on after an end that somebody gives: of a level that has none of its own. */
export function returns(control: Control, lasts_s: number | null): boolean {
  return lasts_s !== null && asksHowLong(control) && typeof control.lasts_s !== "number";
}

/** The times a form offers; null is until it is changed, which only a level that has no end of its own can be. */
export function timesOf(control: Control): (number | null)[] {
  if (control.kind === "dose") return OVERS_S;
  return typeof control.lasts_s === "number" ? LASTS_S : [null, ...LASTS_S];
}

/** The order that a form stands for; the value is in the spoken unit. */
export function orderOf(control: Control, value: number | string, lasts_s: number | null, after_s: number): Order {
  const order: Order = { control, after_s };
  if (control.kind !== "act") {
    order.value = control.kind === "choice" ? value : unspoken(control, value);
  }
  if (lasts_s !== null) order.lasts_s = lasts_s;
  return order;
}

/** What is usually ordered of a control, at once. */
export function usualOrder(control: Control): Order {
  const lasts_s = lastsOf(control);
  return { control, value: control.default ?? 0, after_s: 0, ...(lasts_s === null ? {} : { lasts_s }) };
}
