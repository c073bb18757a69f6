import { describe, expect, test } from "vitest";
import { left } from "../src/pages/starting";

const at = (left_s: number | null, elapsed_s = 10) =>
  left({ stage: "compiling", text: "", progress: 0.1, elapsed_s, left_s });

describe("a bed on its way", () => {
  test("says about how long by the last time, never less than it takes", () => {
    expect(at(52)).toBe("About 55 s left, by the last time");
    expect(at(100)).toBe("About 105 s left, by the last time");
    expect(at(170)).toBe("About 3 min left, by the last time");
    expect(at(200)).toBe("About 4 min left, by the last time");
  });
  test("says how long a past takes by how long it took so far", () => {
    expect(left({ stage: "living", text: "", progress: 0.4, elapsed_s: 90, left_s: 52 })).toBe("About 55 s left");
  });
  test("says that it is near when the last time is nearly over or is over", () => {
    expect([at(3), at(0)]).toEqual(["Nearly there", "Nearly there"]);
  });
  test("says for how long it has been where it was never measured", () => {
    expect(at(null, 31.4)).toBe("For 31 s; how long it takes here is not known yet");
  });
  test("says nothing of the time while it waits for another", () => {
    expect(left({ stage: "waiting", text: "", progress: null, elapsed_s: 0, left_s: null })).toBe("");
  });
});
