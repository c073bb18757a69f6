import { api, Refused, signedOut } from "./api";
import type { BedSummary, Me, Message, Trends } from "./contract";
import { finer } from "./glucose/day";
import { Asking, Unanswered } from "./live/asking";
import { Live, type Waves } from "./live/connection";
import { BedFeed } from "./live/feed";
import { decodeFrame } from "./live/frame";
import { prefs, prefsChanged, setPerson, setPrefs } from "./prefs";
import { t } from "./text/text";

const JOIN_S = 45;
const [WAVES_TRIES, WAVES_AGAIN_MS] = [5, 2000];
const DAY_S = 86_400;

/** Who is signed in, and the beds of the server. */
export class Store extends EventTarget {
  me: Me | null = null;
  /** Whether the server was asked who is signed in. */
  known = false;
  unreachable = false;
  readonly live = new Live(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/api/live`);
  private readonly feeds = new Map<string, Promise<BedFeed>>();
  /** The beds that were loaded, by the promise that holds each. */
  private readonly loaded = new WeakMap<Promise<BedFeed>, BedFeed>();

  constructor() {
    super();
    prefsChanged.addEventListener("change", () => void this.remeasure());
    signedOut.addEventListener("signed-out", () => this.leave());
    this.live.addEventListener("message", (e) => this.heard((e as CustomEvent<Message>).detail));
    this.live.addEventListener("state", () => void this.linked());
    this.live.addEventListener("again", (e) => void this.refresh((e as CustomEvent<BedFeed>).detail));
    this.live.addEventListener("signed-out", () => void api.me().catch(() => undefined));
  }

  get beds(): BedSummary[] {
    return this.live.beds;
  }

  async ask(): Promise<void> {
    try {
      this.enter(await api.me(), true);
    } catch (error) {
      this.unreachable = error instanceof Refused && error.status === 0;
    }
    this.known = true;
    this.changed();
  }

  /** Somebody is signed in. What was chosen on this device while signing in is kept; else what the server knows holds. */
  enter(me: Me, asked = false): void {
    this.me = me;
    setPerson(me.name);
    this.known = true;
    this.unreachable = false;
    this.keepPrefs(me, asked);
    this.live.open();
    this.changed();
  }

  private keepPrefs(me: Me, asked: boolean): void {
    if (asked) {
      if (me.language) setPrefs({ language: me.language });
      if (me.theme && prefs().theme !== "system") setPrefs({ theme: me.theme });
    } else this.savePrefs();
  }

  /** Tells the server how somebody wants the pages. */
  savePrefs(): void {
    const { language, theme } = prefs();
    if (this.me) void api.prefer(theme === "system" ? { language } : { language, theme }).catch(() => undefined);
  }

  leave(): void {
    if (!this.me) return;
    this.me = null;
    setPerson("");
    this.live.close();
    this.feeds.clear();
    this.changed();
  }

  /** The feed of a bed, made once, with its log and its past loaded. */
  feed(id: string): Promise<BedFeed> {
    let feed = this.feeds.get(id);
    if (!feed) {
      const loading = this.load(id);
      void loading.then((known) => this.loaded.set(loading, known)).catch(() => undefined);
      feed = loading;
      this.feeds.set(id, feed);
      feed.catch(() => this.feeds.delete(id));
    }
    return feed;
  }

  /** How many settings were typed at devices and not sent, at all beds. */
  get unsent(): number {
    const known = [...this.feeds.values()].flatMap((feed) => this.loaded.get(feed) ?? []);
    return known.reduce((n, feed) => n + (feed.isAway ? 0 : feed.drafts.waiting(feed.bed.controls).length), 0);
  }

  private async remeasure(): Promise<void> {
    for (const feed of this.feeds.values()) (await feed.catch(() => null))?.use(prefs().glucoseUnit);
  }

  private async linked(): Promise<void> {
    this.changed();
    for (const told of this.feeds.values()) {
      const feed = await told.catch(() => null);
      if (this.live.state === "lost") feed?.breakOff();
    }
  }

  watch(feed: BedFeed, who: object, waves: Waves): void {
    this.live.watch(feed, who, waves);
  }

  private async load(id: string): Promise<BedFeed> {
    const feed = new BedFeed(await api.bed(id), prefs().glucoseUnit);
    feed.role = this.me?.role ?? null;
    const asking = new Asking(async (control, value, lasts_s, key) => {
      try {
        const { entry } = await api.request(id, { control, value: feed.measure.asked(control, value), lasts_s, key });
        return { accepted: true, text: entry?.text ?? "" };
      } catch (error) {
        if (isLost(error)) throw new Unanswered(explain(error));
        return { accepted: false, text: explain(error) };
      }
    });
    feed.send = (control, value, lasts_s) => asking.send(control, value, lasts_s);
    feed.drugs = () => api.drugs(id);
    feed.twins = () => api.deviceTwins(id);
    feed.forks = {
      start: async (wanted) => {
        const changes = feed.measure.changes(wanted.changes, "asked");
        return (await said(api.fork(id, { ...wanted, changes }))).fork;
      },
      result: async (fork) => feed.measure.fork(await said(api.forkResult(id, fork))),
      stop: (fork) => said(api.stopFork(id, fork)),
      list: () => api.forks(id),
    };
    feed.doAt = async (t_s, act) => {
      const ran = feed.clock.state === "running";
      if (ran) await said(api.clock(id, "pause"));
      try {
        await said(api.rewind(id, t_s));
        return await act();
      } finally {
        if (ran) await said(api.clock(id, "resume"));
      }
    };
    feed.addEventListener("anew", () => void this.refresh(feed));
    feed.addEventListener("blank", () => void (this.live.sweeps(id) && this.loadWaves(feed)));
    feed.addEventListener("ended", () => void this.readBed(feed));
    void this.loadPast(feed);
    return feed;
  }

  /** Everything of a bed anew: what came while nobody listened, what is another on another branch, what a bed that
   * was starting has only now. */
  private async refresh(feed: BedFeed): Promise<void> {
    if (!(await this.readBed(feed))) return;
    await this.loadPast(feed);
    if (this.live.sweeps(feed.bed.id)) await this.loadWaves(feed);
  }

  /** What the bed and its controls stand at. Whether it is still on the branch that was known. */
  private async readBed(feed: BedFeed): Promise<boolean> {
    const { seen } = feed;
    const { branch } = feed.clock;
    const bed = await api.bed(feed.bed.id).catch(() => null);
    if (bed) feed.setBed(bed, seen);
    return feed.clock.branch === branch;
  }

  /** The trends and the log of the branch one is on. */
  async loadPast(feed: BedFeed): Promise<void> {
    const id = feed.bed.id;
    if (feed.clock.state === "starting" || feed.clock.state === "failed") return;
    const [trends, log] = await Promise.allSettled([api.trends(id, 0, Math.max(feed.clock.t_s, 1), 1500), api.log(id)]);
    if (trends.status === "fulfilled") feed.setTrends(await this.withLastDay(feed, trends.value));
    if (log.status === "fulfilled") feed.setLog(log.value);
  }

  /** The last day minute by minute, where a page is a minute and the whole time would be coarser. */
  private async withLastDay(feed: BedFeed, whole: Trends): Promise<Trends> {
    const { t_s } = feed.clock;
    if (feed.bed.view.page_s < 30 || t_s <= DAY_S) return whole;
    const recent = await api.trends(feed.bed.id, t_s - DAY_S, t_s, DAY_S / feed.bed.view.page_s).catch(() => null);
    return recent ? finer(whole, recent) : whole;
  }

  /** The waves that were swept before one came. */
  async loadWaves(feed: BedFeed, tries = WAVES_TRIES): Promise<void> {
    if (!feed.bed.view.waves.length || feed.clock.t_s < 1) return;
    const { t_s } = feed.clock;
    // A little beyond what is known here: what was sent while one asked is in it.
    const frame = await api
      .waves(feed.bed.id, Math.max(0, t_s - JOIN_S), t_s + 2 * feed.bed.view.page_s)
      .then(decodeFrame, () => null);
    if (frame) return feed.before(frame);
    // Many looks at the past at once are refused for a while.
    await new Promise((done) => setTimeout(done, WAVES_AGAIN_MS));
    if (tries > 1 && this.live.sweeps(feed.bed.id)) await this.loadWaves(feed, tries - 1);
  }

  private heard(message: Message): void {
    // The feed of a bed that the server does not have is kept: it may be brought back, and who looks at it goes on with it.
    if (message.kind === "beds") this.changed();
    else if (message.kind === "fork") this.dispatchEvent(new CustomEvent("fork", { detail: message }));
  }

  private changed(): void {
    this.dispatchEvent(new Event("change"));
  }
}

/** Whether it may have been done although no answer says so. */
function isLost(error: unknown): boolean {
  return !(error instanceof Refused) || error.status === 0 || error.status >= 500;
}

/** A refusal as one sentence with what to do. */
export function explain(error: unknown): string {
  if (!(error instanceof Refused)) return String(error);
  if (error.status === 0) return t("error.unreachable");
  return [error.message, error.advice].filter(Boolean).join(" ");
}

/** The same, refused in words that a person reads. */
const said = <T>(asked: Promise<T>): Promise<T> =>
  asked.catch((error: unknown) => {
    throw new Error(explain(error));
  });

export const store = new Store();
