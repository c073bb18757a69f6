import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Bed } from "../src/contract";
import { Live } from "../src/live/connection";
import { BedFeed } from "../src/live/feed";
import { Wire } from "./wire";

const BED: Bed = {
  id: "b",
  title: "B",
  kind: "acute",
  state: "running",
  t_s: 0,
  speed: 1,
  branch: 0,
  view: { page_s: 1, waves: [], numbers: [] },
  devices: [],
  controls: [],
};

beforeEach(() => {
  vi.useFakeTimers();
  Wire.all = [];
  vi.stubGlobal("WebSocket", Wire);
  vi.stubGlobal("window", globalThis);
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe("the socket of a page", () => {
  test("comes back by itself when it is lost", () => {
    const live = new Live("ws://x");
    live.open();
    Wire.all[0]!.opens();
    Wire.all[0]!.close();
    expect(live.state).toBe("lost");
    vi.advanceTimersByTime(1000);
    expect(Wire.all).toHaveLength(2);
  });

  test("takes a line that went dead for lost without waiting for it to close, and makes another", () => {
    const live = new Live("ws://x");
    live.watch(new BedFeed(structuredClone(BED)), {}, []);
    live.open();
    const dead = Wire.last;
    dead.opens();
    dead.close = () => undefined;
    vi.advanceTimersByTime(11_000);
    expect(live.state).toBe("open");
    vi.advanceTimersByTime(5000);
    expect(Wire.all).toHaveLength(2);
    expect(live.state).toBe("lost");
    Wire.last.opens();
    expect(live.state).toBe("open");
  });

  test("does not come back once it was closed while it waited", () => {
    const live = new Live("ws://x");
    live.open();
    Wire.all[0]!.opens();
    Wire.all[0]!.close();
    live.close();
    vi.advanceTimersByTime(60_000);
    expect(Wire.all).toHaveLength(1);
  });

  test("waits longer and longer where the server takes it and closes it at once", () => {
    const live = new Live("ws://x");
    live.open();
    const refused = () => {
      const before = Wire.all.length;
      Wire.last.opens(null);
      Wire.last.close(4429);
      let waited_ms = 0;
      for (; Wire.all.length === before; waited_ms += 100) vi.advanceTimersByTime(100);
      return waited_ms;
    };
    const states: string[] = [];
    live.addEventListener("state", () => states.push(live.state));
    const waits_ms = [refused(), refused(), refused(), refused()];
    expect(waits_ms[3]).toBeGreaterThan(3 * waits_ms[0]!);
    expect(states).toEqual(["lost"]);
    Wire.last.opens();
    Wire.last.says({ kind: "beds", beds: [] });
    expect(refused()).toBeLessThan(1000);
  });

  const watching = () => {
    const live = new Live("ws://x");
    const feed = new BedFeed(structuredClone(BED));
    const again: BedFeed[] = [];
    live.addEventListener("again", (e) => again.push((e as CustomEvent<BedFeed>).detail));
    live.open();
    Wire.all[0]!.opens();
    live.watch(feed, live, "all");
    vi.advanceTimersByTime(50);
    return { live, feed, again };
  };

  test("says which beds have missed something while it was lost", () => {
    const { feed, again } = watching();
    expect(JSON.parse(Wire.all[0]!.said.at(-1)!)).toEqual({ watch: { b: { waves: "all", numbers: true } } });
    expect(again).toEqual([]);
    Wire.all[0]!.close();
    vi.advanceTimersByTime(1000);
    expect(again).toEqual([]);
    Wire.all[1]!.opens();
    expect(again).toEqual([feed]);
  });

  test("says so too of a bed that nobody watched for a while, and not of one that went from hand to hand", () => {
    const { live, feed, again } = watching();
    live.unwatch("b", live);
    live.watch(feed, feed, []);
    vi.advanceTimersByTime(50);
    expect(again).toEqual([]);
    live.unwatch("b", feed);
    vi.advanceTimersByTime(50);
    live.watch(feed, feed, []);
    vi.advanceTimersByTime(50);
    expect(again).toEqual([feed]);
  });
});
