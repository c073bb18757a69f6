import type { ReactiveController } from "lit";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Poll } from "../src/live/poll";

const EVERY_MS = 1000;

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("window", globalThis);
  vi.stubGlobal("document", Object.assign(new EventTarget(), { hidden: false }));
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** A poll in an element that is in the page, and the answers that it waits for. */
function polling() {
  const answers: ((more: boolean) => void)[] = [];
  const host = { addController: vi.fn<(c: ReactiveController) => void>() };
  const ask = () => new Promise<boolean>((resolve) => answers.push(resolve));
  const poll = new Poll(host as never, ask, EVERY_MS);
  expect(host.addController).toHaveBeenCalledWith(poll);
  poll.hostConnected();
  const answered = async (which: number, more: boolean) => {
    answers[which]!(more);
    await vi.advanceTimersByTimeAsync(EVERY_MS);
    return answers.length;
  };
  return { poll, answered };
}

describe("what is asked again and again", () => {
  test("is asked as long as there is more to come", async () => {
    const { answered } = polling();
    expect(await answered(0, true)).toBe(2);
    expect(await answered(1, false)).toBe(2);
  });

  test("is not asked once its element is gone", async () => {
    const { poll, answered } = polling();
    poll.hostDisconnected();
    expect(await answered(0, true)).toBe(1);
  });

  test("goes on by the last answer alone, whenever earlier ones come", async () => {
    const { poll, answered } = polling();
    void poll.now();
    void poll.now();
    expect(await answered(2, true)).toBe(4);
    expect(await answered(0, false)).toBe(4);
    expect(await answered(1, true)).toBe(4);
    expect(await answered(3, true)).toBe(5);
  });
});
