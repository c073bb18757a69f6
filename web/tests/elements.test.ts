import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

test("no two elements have one name", () => {
  const names = readdirSync(new URL("../src/", import.meta.url), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .flatMap((name) => [
      ...readFileSync(new URL(`../src/${name}`, import.meta.url), "utf8").matchAll(/@customElement\("([^"]+)"\)/g),
    ])
    .map((m) => m[1]);
  expect(names.length).toBeGreaterThan(20);
  expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
});
