import { afterEach, describe, expect, test, vi } from "vitest";
import { api } from "../src/api";
import { Asking, Unanswered, type Answer } from "../src/live/asking";

/** A server that answers when and as the test says. */
function server() {
  const asked: { what: unknown[]; key: string; answer: (a: Answer) => void; lose: () => void; refuse: () => void }[] =
    [];
  const asking = new Asking(
    (control, value, lasts_s, key) =>
      new Promise<Answer>((answer, fail) =>
        asked.push({
          what: [control, value, lasts_s],
          key,
          answer,
          lose: () => fail(new Unanswered("unreachable")),
          refuse: () => fail(new Error("no")),
        }),
      ),
  );
  return { asked, asking };
}
const DONE = { accepted: true, text: "done" };

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe("what is asked of a bed", () => {
  test("is asked once by who presses twice", async () => {
    const { asked, asking } = server();
    const both = [asking.send("propofol", 100, 0), asking.send("propofol", 100, 0)];
    expect(asked).toHaveLength(1);
    asked[0]!.answer(DONE);
    expect(await Promise.all(both)).toEqual([DONE, DONE]);
  });
  test("is asked anew once it was answered", async () => {
    const { asked, asking } = server();
    for (const _ of [1, 2]) {
      const answer = asking.send("propofol", 100, 0);
      asked[asked.length - 1]!.answer(DONE);
      await answer;
    }
    expect(asked).toHaveLength(2);
    expect(asked[0]!.key).not.toBe(asked[1]!.key);
  });
  test("is not two things because something else is asked too", () => {
    const { asked, asking } = server();
    void asking.send("propofol", 100, 0);
    void asking.send("propofol", 50, 0);
    void asking.send("propofol", 100, 60);
    expect(new Set(asked.map((a) => a.key)).size).toBe(3);
  });
  test("is the same request again, where the answer was lost", async () => {
    const { asked, asking } = server();
    const lost = asking.send("propofol", 100, 0);
    asked[0]!.lose();
    expect(await lost).toEqual({ accepted: false, text: "unreachable" });
    const again = asking.send("propofol", 100, 0);
    asked[1]!.answer(DONE);
    expect(await again).toEqual(DONE);
    expect(asked[1]!.key).toBe(asked[0]!.key);
    void asking.send("propofol", 100, 0);
    expect(asked[2]!.key).not.toBe(asked[0]!.key);
  });
  test("is another request where it was refused, or where the answer was lost long ago", async () => {
    vi.useFakeTimers();
    const { asked, asking } = server();
    for (const how of ["refuse", "lose"] as const) {
      const answer = asking.send("propofol", 100, 0);
      asked[asked.length - 1]![how]();
      await answer;
    }
    vi.advanceTimersByTime(600_000);
    void asking.send("propofol", 100, 0);
    expect(new Set(asked.map((a) => a.key)).size).toBe(3);
  });
});

test("a request says that it is to be done at once, and carries its key", async () => {
  const fetched = vi.fn(async (_path: string, _init: RequestInit) => ({
    ok: true,
    status: 200,
    json: async () => DONE,
  }));
  vi.stubGlobal("fetch", fetched);
  await api.request("b", { control: "crystalloid", value: 500, lasts_s: 0, key: "k1" });
  await api.request("b", { control: "nibp_start", value: undefined, lasts_s: undefined, key: "k2" });
  expect(fetched.mock.calls.map(([, init]) => JSON.parse(init.body as string))).toEqual([
    { control: "crystalloid", value: 500, lasts_s: 0, key: "k1" },
    { control: "nibp_start", key: "k2" },
  ]);
});
