import { beforeEach, expect, test, vi } from "vitest";
import type { Role, TwinWhole } from "../src/contract";
import { setLanguage } from "../src/text/text";
import { markup } from "./markup";

const location = { protocol: "http:", host: "x", hash: "" };
vi.stubGlobal("location", location);
vi.stubGlobal("window", { location, addEventListener: () => undefined });
const { TwinFitted } = await import("../src/pages/fitted");
const { store } = await import("../src/store");

const TWIN: TwinWhole = {
  id: "lab.P_1",
  subject: "P 1",
  model: "physiology/glucose/replay",
  source: "",
  version: "0.1",
  made: "2026-01-01T00:00:00Z",
  draws: 2,
  days: 2,
  first_day: null,
  last_day: null,
  weight_assumed: false,
  report: false,
  scores: null,
  therapy: {},
  demographics: {},
  notes: [],
  identifiability: [],
  history: [],
};

/** The page of the twin, before somebody of a role. */
function seenBy(role: Role) {
  store.me = { name: "Ida", role, language: "en", theme: "dark" };
  const page = new TwinFitted();
  Object.assign(page, { twinId: TWIN.id, twin: TWIN });
  return page as unknown as { render: () => unknown; open: () => Promise<void> };
}

beforeEach(() => {
  location.hash = "";
  setLanguage("en");
});

test("only who may make beds is offered to open a twin as one", () => {
  for (const role of ["viewer", "clinician", "engineer"] as const)
    expect(markup(seenBy(role).render())).not.toContain("Open as a bed");
  for (const role of ["instructor", "administrator"] as const)
    expect(markup(seenBy(role).render())).toContain("Open as a bed");
  setLanguage("ko");
  expect(markup(seenBy("instructor").render())).toContain("병상으로 열기");
});

test("a twin is asked for by its name, and its bed is gone to", async () => {
  const asked: unknown[] = [];
  vi.stubGlobal("fetch", async (path: string, { method, body }: { method: string; body: string }) => {
    asked.push([method, path, JSON.parse(body)]);
    return new Response('{"id": "b7"}', { status: 201 });
  });
  await seenBy("instructor").open();
  expect(asked).toEqual([["POST", "/api/beds", { twin: "lab.P_1" }]]);
  expect(location.hash).toBe("#/bed/b7");
});

test("where no bed can be made of a twin it is said why, and one may try again", async () => {
  const error = { code: "study", message: "fit it again", advice: "", message_ko: "다시 맞추십시오" };
  vi.stubGlobal("fetch", async () => new Response(JSON.stringify({ error }), { status: 422 }));
  const page = seenBy("instructor");
  await page.open();
  expect(location.hash).toBe("");
  expect(markup(page.render())).toContain("fit it again");
  expect(markup(page.render())).toContain("Open as a bed");
});
