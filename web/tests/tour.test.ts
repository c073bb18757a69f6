import { beforeEach, describe, expect, test } from "vitest";
import type { Bed, Control, Entry } from "../src/contract";
import { BedFeed } from "../src/live/feed";
import { TwinTour } from "../src/pages/tour";
import { prefs, setPrefs } from "../src/prefs";
import { markup } from "./markup";

const controls: Control[] = [
  { id: "propofol", group: "drug", label: "Propofol", kind: "dose", unit: "mg" },
  { id: "alarm_acknowledged", group: "alarm", label: "Acknowledge", kind: "act" },
];
const bed = { id: "b", title: "", kind: "acute", state: "running", t_s: 60, speed: 1, branch: 0, devices: [], controls, view: { waves: [], numbers: [], page_s: 1 } } as Bed; // prettier-ignore
const entry = (seq: number, more: Partial<Entry>): Entry => ({ seq, branch: 0, t_s: 0, wall: "", who: "Kim", kind: "request", control: "propofol", text: "", accepted: true, ...more }); // prettier-ignore

describe("the first look", () => {
  let tour: TwinTour;
  const did = (...entries: Entry[]) => tour.feed.setLog({ entries, branches: [], script: [] });
  const at = (tab: string, role: BedFeed["role"] = "clinician") => {
    const feed = new BedFeed(structuredClone(bed));
    feed.role = role;
    feed.send = async () => ({ accepted: true, text: "" });
    tour = Object.assign(new TwinTour(), { feed, tab, me: "Kim" });
    (tour as unknown as { tell(): void }).tell = () => undefined;
  };
  const press = (last = false) => (tour as unknown as { pass(step: string | null, last: boolean): void }).pass(tour.next, last); // prettier-ignore
  beforeEach(() => {
    setPrefs({ toured: false, tourPassed: [] });
    at("monitor");
  });

  test("goes on by what was done at the bed, by the person who looks, and was granted", () => {
    expect(tour.next).toBe("watch");
    did(entry(1, { who: "Lee" }), entry(2, { accepted: false }), entry(3, { control: "alarm_acknowledged" }));
    expect(tour.next).toBe("watch");
    did(entry(4, {}));
    expect(tour.next).toBe("fork");
    did(entry(5, { kind: "fork", control: null }));
    expect(tour.next).toBe("compare");
  });
  test("does not ask for a fork that was made already, by a page that was opened anew", () => {
    did(entry(1, { kind: "fork", control: null }));
    expect(tour.next).toBe("compare");
    press();
    expect(tour.next).toBe("give");
    expect(markup(tour.render())).toContain("Give a drug");
  });
  test("lets steps be skipped, be read again, and leads to where a step is done", () => {
    press();
    expect([tour.next, prefs().tourPassed]).toEqual(["give", ["watch"]]);
    press();
    expect(tour.next).toBe("fork");
    expect(markup(tour.render())).toContain("Take me there");
    (tour as unknown as { looked: string }).looked = "watch";
    expect(markup(tour.render())).toContain("Watch");
    at("what-if");
    expect(markup(tour.render())).not.toContain("Take me there");
  });
  test("is over when it is left, and is there again when it is taken up", () => {
    (tour as unknown as { leave(): void }).leave();
    expect(markup(tour.render())).toBe("");
    setPrefs({ toured: false, tourPassed: [] });
    expect(markup(tour.render())).toContain("Watch");
  });
  test("waits until the bed lives, and while it is brought back", () => {
    tour.feed = new BedFeed({ ...structuredClone(bed), state: "starting" });
    expect(markup(tour.render())).toBe("");
    tour.feed.message({ kind: "clock", bed: "b", t_s: 1, state: "running", speed: 1, branch: 0 });
    expect(markup(tour.render())).toContain("The bell at the top");
    tour.feed.setAway(true);
    expect(markup(tour.render())).toBe("");
  });
  test("asks a viewer for nothing that a viewer may not do", () => {
    at("monitor", "viewer");
    expect(tour.steps).toEqual(["watch"]);
    expect(markup(tour.render())).toContain("1 / 1");
  });
});
