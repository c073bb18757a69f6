import type { BedFeed } from "../live/feed";
import { prefs, prefsChanged, soundOn } from "../prefs";
import { loudest } from "./loudest";
import { player, type Player } from "./player";

/** Lets the most urgent alarm of all beds be heard, whatever is looked at: it hears the beds themselves, not what a page
 * shows of them. */
export class Sounder {
  private readonly heard = new Map<object, readonly BedFeed[]>();
  private attended: readonly BedFeed[] = [];
  private isLost = false;
  private readonly unknowns = new Set<object>();
  private readonly sound = () => this.now();

  constructor(private readonly through: Pick<Player, "setAlarm" | "setVolume" | "addEventListener">) {
    through.addEventListener("change", this.sound);
    prefsChanged.addEventListener("change", this.sound);
  }

  /** Hears these beds for `who`, and no others. */
  hear(who: object, feeds: readonly BedFeed[]): void {
    this.heard.set(who, feeds);
    this.attend();
  }

  /** Hears nothing for `who` any more. */
  forget(who: object): void {
    this.heard.delete(who);
    this.attend();
  }

  /** Whether the line to the beds is lost. */
  set lost(isLost: boolean) {
    this.isLost = isLost;
    this.now();
  }

  /** Whether `who` shows a bed of which nobody knows what alarms. */
  unknown(who: object, isUnknown: boolean): void {
    if (isUnknown === this.unknowns.has(who)) return;
    if (isUnknown) this.unknowns.add(who);
    else this.unknowns.delete(who);
    this.now();
  }

  private attend(): void {
    for (const feed of this.attended) feed.removeEventListener("change", this.sound);
    this.attended = [...new Set([...this.heard.values()].flat())];
    for (const feed of this.attended) feed.addEventListener("change", this.sound);
    this.now();
  }

  private now(): void {
    const { priority: heard, category } = loudest(this.attended, this.isLost && this.heard.size > 0);
    const priority = heard || (this.unknowns.size ? 1 : 0);
    this.through.setVolume(prefs().volume);
    this.through.setAlarm(soundOn() ? priority : 0, category);
  }
}

/** One for the page. */
export const sounder = new Sounder(player);
