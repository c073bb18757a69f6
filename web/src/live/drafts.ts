import type { Control } from "../contract";
import { spokenUnit } from "../devices/dose";

export type Value = number | string;

/** What was filled into the form of an order. */
export interface OrderDraft {
  value: Value;
  lasts_s: number | null;
  after_s: number;
}

/** Which orders are looked at, and which of them is open. */
export interface Listing {
  group: string;
  open: string;
  sought: string;
}

/** Orders that are given, or only planned. */
export type Place = "given" | "planned";

/** What was typed at a bed and not sent. It stays as long as one is signed in, whatever page one goes to; `change` says
 * that a setting is waiting or waits no more. What is typed in one unit is not taken for another. */
export class Drafts extends EventTarget {
  private readonly settings = new Map<string, { value: Value; unit: string }>();
  private readonly orders = new Map<string, { draft: OrderDraft; unit: string }>();
  private readonly listings = new Map<Place, Listing>();

  /** What a setting is to be and was not sent; nothing where none waits. */
  setting(control: Control): Value | null {
    const held = this.settings.get(control.id);
    return held && held.unit === (control.unit ?? "") ? held.value : null;
  }

  hold(control: Control, value: Value | null): void {
    if (value === this.setting(control)) return;
    if (value === null) this.settings.delete(control.id);
    else this.settings.set(control.id, { value, unit: control.unit ?? "" });
    this.dispatchEvent(new Event("change"));
  }

  /** The settings that wait: typed, and not what the control stands at. */
  waiting(controls: readonly Control[]): { control: Control; value: Value }[] {
    return controls.flatMap((control) => {
      const value = this.setting(control);
      return value === null || value === (control.now ?? null) ? [] : [{ control, value }];
    });
  }

  discard(): void {
    this.settings.clear();
    this.dispatchEvent(new Event("change"));
  }

  order(place: Place, control: Control): OrderDraft | null {
    const held = this.orders.get(`${place} ${control.id}`);
    return held && held.unit === spokenUnit(control).unit ? held.draft : null;
  }

  fill(place: Place, control: Control, draft: OrderDraft | null): void {
    if (draft) this.orders.set(`${place} ${control.id}`, { draft, unit: spokenUnit(control).unit });
    else this.orders.delete(`${place} ${control.id}`);
  }

  listing(place: Place): Listing | null {
    return this.listings.get(place) ?? null;
  }

  list(place: Place, listing: Listing): void {
    this.listings.set(place, listing);
  }
}
