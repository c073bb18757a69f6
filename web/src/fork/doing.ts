import type { Change } from "../contract";
import type { Send } from "../live/feed";
import type { Answer } from "../live/asking";

/** Does at the bed what was tried: one change after the other, none of them twice, none after one that was refused. */
export class Doing {
  busy = false;
  private readonly done = new Set<Change>();

  left(changes: readonly Change[]): Change[] {
    return changes.filter((c) => !this.done.has(c));
  }

  /** The last answer, or nothing where it is being done already. */
  async all(changes: readonly Change[], send: Send): Promise<Answer | null> {
    if (this.busy) return null;
    this.busy = true;
    let said: Answer | null = null;
    try {
      for (const change of this.left(changes)) {
        said = await send(change.control, change.value ?? undefined, change.lasts_s ?? undefined);
        if (!said.accepted) break;
        this.done.add(change);
      }
    } finally {
      this.busy = false;
    }
    return said;
  }
}
