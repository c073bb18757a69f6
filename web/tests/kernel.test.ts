import { expect, test } from "vitest";
import type { Bed, Message } from "../src/contract";
import { KernelBed, type Model } from "../src/notebook/model";

const bed = {
  ...{ id: "bed", title: "x", kind: "acute", state: "paused", t_s: 0, speed: 1, branch: 0, devices: [], controls: [] },
  view: {
    waves: [{ id: "w", label: "", unit: "", colour: "ecg", window_s: 8, low: 0, high: 1, rate_hz: 2, offset: 1, scale: 0.5, inverted: false }], // prettier-ignore
    numbers: [{ id: "HR", label: "HR", unit: "", colour: "ecg", digits: 0 }],
    page_s: 1,
  },
} as unknown as Bed;

function frame(t0_s: number, samples: number[]): DataView {
  // A notebook gives a view into a larger buffer.
  const view = new DataView(new ArrayBuffer(100 + 26 + 2 * samples.length), 100);
  view.setUint8(0, 1);
  view.setUint8(1, 1);
  view.setFloat64(8, t0_s, true);
  view.setFloat32(16, 0.5, true);
  view.setUint32(20, samples.length, true);
  samples.forEach((s, i) => view.setInt16(26 + 2 * i, s, true));
  return view;
}

function opened() {
  const sent: Record<string, unknown>[] = [];
  const model: Model = { get: () => bed, on: () => undefined, send: (said) => sent.push(said as never) };
  return { kernel: new KernelBed(model), sent };
}

const numbers = (t_s: number, HR: number) =>
  ({ kind: "numbers", bed: "bed", t_s, values: { HR }, alarms: [], alarm_sound: 0, devices: {} }) as Message & {
    kind: "numbers";
  };

test("a bed of the kernel asks for what was, and shows what it is told", () => {
  const { kernel, sent } = opened();
  expect(sent).toEqual([{ do: "hello" }]);
  kernel.hear({ kind: "waves" }, [frame(3, [0, 2, -32768])]);
  kernel.hear(numbers(4, 71), []);
  const { feed } = kernel;
  expect([5, 6, 7, 8].map((i) => feed.rings[0]!.at(i))).toEqual([NaN, 1, 2, NaN]);
  expect([feed.numbers, feed.clock.t_s]).toEqual([{ HR: 71 }, 4]);
});

test("what was replaces all that is shown, also where the bed went back", () => {
  const { kernel } = opened();
  kernel.hear({ kind: "waves" }, [frame(90, [1, 1, 1, 1])]);
  kernel.hear(numbers(92, 80), []);
  const log = { entries: [], branches: [{ id: 0, parent: null, from_t_s: 0 }, { id: 1, parent: 0, from_t_s: 5 }], alarms: [] }; // prettier-ignore
  const clock = { t_s: 5, state: "paused", speed: 1, branch: 1 } as const;
  const trends = { t_s: [4, 5], numbers: { HR: [60, 61] } };
  kernel.hear({ kind: "past", bed: { ...bed, branch: 1 }, clock, log, trends, numbers: numbers(5, 61) }, [frame(4, [3, 4])]); // prettier-ignore
  const { feed } = kernel;
  expect([feed.trends, feed.clock, feed.branches.length]).toEqual([trends, clock, 2]);
  expect([feed.rings[0]!.begin, feed.rings[0]!.end, feed.rings[0]!.at(9)]).toEqual([8, 10, 3]);
  expect(feed.now(1000)).toBeLessThanOrEqual(5);
});

test("every question gets its own answer", async () => {
  const { kernel, sent } = opened();
  const [first, second] = [kernel.ask({ do: "run", lasts_s: 1 }), kernel.feed.send!("x", 3)];
  expect(sent.slice(1)).toEqual([
    { do: "run", lasts_s: 1, id: 1 },
    { do: "request", control: "x", value: 3, lasts_s: undefined, id: 2 },
  ]);
  kernel.hear({ kind: "answer", id: 2, accepted: false, text: "no" }, []);
  kernel.hear({ kind: "were", id: 1 }, [frame(1, [7])]);
  expect(await second).toMatchObject({ accepted: false, text: "no" });
  expect((await first).frame!.waves.get(0)).toEqual(new Int16Array([7]));
});
