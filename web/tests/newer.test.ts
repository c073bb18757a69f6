import { afterEach, expect, test, vi } from "vitest";
import { isNewer, scriptOf } from "../src/pages/newer";

const page = (name: string) => `<html><script type="module" crossorigin src="./assets/${name}.js"></script></html>`;
const serves = (text: string, ok = true) => vi.stubGlobal("fetch", async () => ({ ok, text: async () => text }));
afterEach(() => void vi.unstubAllGlobals());

test("an open page is told from what the server has now by the name of its script", async () => {
  expect(scriptOf(page("index-a1"))).toBe("./assets/index-a1.js");
  serves(page("index-b2"));
  expect([await isNewer("./assets/index-a1.js"), await isNewer("./assets/index-b2.js")]).toEqual([true, false]);
});

test("nobody is told to reload where the server does not say what it has", async () => {
  serves("", false);
  expect(await isNewer("./assets/index-a1.js")).toBe(false);
  vi.stubGlobal("fetch", () => Promise.reject(new TypeError("no line")));
  expect(await isNewer("./assets/index-a1.js")).toBe(false);
  serves(page("index-b2"));
  expect(await isNewer(undefined)).toBe(false);
});
