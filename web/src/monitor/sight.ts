import type { BedFeed } from "../live/feed";

/** A strip of alarms of a bed, as it is now. */
interface Strip {
  feed: Pick<BedFeed, "bed">;
}

/** Which strips of alarms one sees: a page may be scrolled so that its own is out of sight. */
export class Sight extends EventTarget {
  private readonly strips = new Map<Strip, boolean>();

  see(strip: Strip, isSeen: boolean): void {
    if (this.strips.get(strip) === isSeen) return;
    this.strips.set(strip, isSeen);
    this.dispatchEvent(new Event("change"));
  }

  forget(strip: Strip): void {
    if (this.strips.delete(strip)) this.dispatchEvent(new Event("change"));
  }

  /** Whether a bed has strips in the page, none of which one sees. */
  isHidden(bed: string): boolean {
    const own = [...this.strips].filter(([strip]) => strip.feed.bed.id === bed);
    return own.length > 0 && own.every(([, isSeen]) => !isSeen);
  }
}

/** One for the page. */
export const sight = new Sight();
