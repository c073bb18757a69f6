import { expect, test } from "vitest";
import type { Bed, TwinShown } from "../src/contract";
import { TwinDiffers } from "../src/devices/differs";
import { BedFeed } from "../src/live/feed";
import { markup } from "./markup";

const devices = [{ id: "pump", kind: "infusion_pump", label: "Pump of propofol", shows: [] }];
const bed = { id: "b", title: "", kind: "acute", state: "running", t_s: 900, speed: 1, branch: 0, devices, controls: [], view: { waves: [], numbers: [], page_s: 1 } } as Bed; // prettier-ignore
const rate: TwinShown = { id: "propofol_rate", label: "Rate", unit: "mg/min", digits: 1, desired: 8, reported: 8, estimated: 0, since_s: 600, differs: true }; // prettier-ignore

test("a device that does not give what it says is shown with what was asked, what it reports and what is in the patient", async () => {
  const told: Record<string, TwinShown[]> = {
    pump: [rate, { ...rate, id: "pressure", label: "Pressure", differs: false }],
  };
  const feed = new BedFeed(bed);
  feed.twins = async () => told;
  const element = Object.assign(new TwinDiffers(), { feed });
  const ask = () => (element as unknown as { ask(): Promise<boolean> }).ask();
  expect(markup(element.render())).toBe("");
  expect(await ask()).toBe(true);
  const page = markup(element.render()).replace(/\s+/g, " ");
  expect(page).toContain("Pump of propofol: Rate <small>mg/min</small>");
  expect(page).toContain("<td>8.0</td> <td>8.0</td> <td>0.0</td> <td>10:00</td>");
  expect(page).not.toContain("Pressure");
  told["pump"] = [];
  await ask();
  expect(markup(element.render())).toBe("");
});
