/** What came of something that was asked. */
export interface Answer {
  accepted: boolean;
  text: string;
}

/** Thrown where nobody knows whether the server did it: the answer was lost on its way. */
export class Unanswered extends Error {}

type Request = (
  control: string,
  value: number | string | undefined,
  lasts_s: number | undefined,
  key: string,
) => Promise<Answer>;

interface Open {
  key: string;
  since_ms: number;
  going: Promise<Answer> | null;
}

/** For so long asking the same again after an answer was lost is the same request, not a second one. */
const SAME_MS = 120_000;

/** Asks a bed for things, each once: who presses twice while one waits asks once, and who asks again because the answer
 * was lost names the same key, by which the server knows what it did already. */
export class Asking {
  private readonly open = new Map<string, Open>();

  constructor(private readonly request: Request) {}

  send(control: string, value?: number | string, lasts_s?: number): Promise<Answer> {
    const what = JSON.stringify([control, value, lasts_s]);
    const known = this.open.get(what);
    if (known?.going) return known.going;
    const now_ms = Date.now();
    const fresh = !known || now_ms - known.since_ms > SAME_MS;
    const open: Open = fresh ? { key: newKey(), since_ms: now_ms, going: null } : known;
    this.open.set(what, open);
    open.going = this.request(control, value, lasts_s, open.key).then(
      (answer) => {
        this.open.delete(what);
        return answer;
      },
      (error: unknown) => {
        open.going = null;
        if (!(error instanceof Unanswered)) this.open.delete(what);
        return { accepted: false, text: error instanceof Error ? error.message : String(error) };
      },
    );
    return open.going;
  }
}

/** 128 random bits; pages that come without encryption have no `randomUUID`. */
function newKey(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
