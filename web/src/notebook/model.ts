import type { Bed, Clock, Log, Message, Trends } from "../contract";
import { BedFeed } from "../live/feed";
import { decodeFrame, type Frame } from "../live/frame";
import { prefs, prefsChanged } from "../prefs";

/** What a notebook gives to a widget (anywidget): traits of the kernel's object, and messages both ways. */
export interface Model {
  get(name: string): unknown;
  on(event: string, heard: (said: never, buffers: DataView[]) => void): void;
  send(said: unknown): void;
}

type Numbers = Extract<Message, { kind: "numbers" }>;
type Said =
  | Message
  | { kind: "waves" }
  | { kind: "past"; bed: Bed; clock: Clock; log: Log; trends: Trends; numbers: Numbers | null }
  | { kind: "were"; id: number }
  | { kind: "answer"; id: number; accepted: boolean; text: string };

export interface Answer {
  accepted: boolean;
  text: string;
  frame: Frame | null;
}

function frameOf(buffers: DataView[]): Frame | null {
  const view = buffers[0];
  if (!view) return null;
  const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  return decodeFrame(bytes.slice().buffer);
}

/** A bed of the kernel: what it says goes into a feed, and what is asked of it to the kernel. */
export class KernelBed {
  readonly feed: BedFeed;
  private readonly waiting = new Map<number, (answer: Answer) => void>();
  private asked = 0;

  constructor(private readonly model: Model) {
    this.feed = new BedFeed(structuredClone(model.get("bed")) as Bed, prefs().glucoseUnit);
    prefsChanged.addEventListener("change", () => this.feed.use(prefs().glucoseUnit));
    this.feed.role = "instructor";
    this.feed.send = (control, value, lasts_s) =>
      this.ask({ do: "request", control, value: this.feed.measure.asked(control, value), lasts_s });
    // A level that ended leaves its control where the bed alone knows.
    this.feed.addEventListener("ended", () => model.send({ do: "hello" }));
    model.on("msg:custom", (said: Said, buffers) => this.hear(said, buffers));
    model.send({ do: "hello" });
  }

  /** Asks the kernel; it answers when it is idle. */
  ask(said: Record<string, unknown>): Promise<Answer> {
    const id = ++this.asked;
    const answer = new Promise<Answer>((resolve) => this.waiting.set(id, resolve));
    this.model.send({ ...said, id });
    return answer;
  }

  hear(said: Said, buffers: DataView[]): void {
    const frame = frameOf(buffers);
    if (said.kind === "waves") {
      if (frame) this.feed.frame(frame);
    } else if (said.kind === "past") this.past(said, frame);
    else if (said.kind === "were") this.resolve(said.id, { accepted: true, text: "", frame });
    else if (said.kind === "answer") this.resolve(said.id, { ...said, frame: null });
    else this.feed.message(said);
  }

  private resolve(id: number, answer: Answer): void {
    this.waiting.get(id)?.(answer);
    this.waiting.delete(id);
  }

  /** All that is shown, anew. */
  private past({ bed, clock, log, trends, numbers }: Extract<Said, { kind: "past" }>, frame: Frame | null): void {
    const { feed } = this;
    feed.setBed(bed);
    feed.rings.length = 0;
    feed.entries = [];
    feed.trends = feed.measure.trends(trends);
    feed.setLog(log);
    feed.pacer.reset();
    if (frame) feed.frame(frame);
    if (numbers) feed.message(numbers);
    feed.message({ kind: "clock", bed: bed.id, ...clock });
  }
}
