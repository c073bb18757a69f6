// Says how large the first load is, and fails where it is over its budget.
import { readFileSync, readdirSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { join } from "node:path";

const BUDGET_KB = 300;
const folder = new URL("../twinbed/server/static/", import.meta.url).pathname;
const page = readFileSync(join(folder, "index.html"), "utf8");
const first = new Set(["index.html", ...[...page.matchAll(/(?:src|href)="\.\/([^"]+)"/g)].map((m) => m[1])]);

let total = 0;
for (const name of readdirSync(folder, { recursive: true })) {
  if (!/\.(js|css|html|svg|webmanifest)$/.test(name)) continue;
  const kb = gzipSync(readFileSync(join(folder, name)), { level: 9 }).length / 1000;
  const at = first.has(name) ? "first load" : "when needed";
  if (first.has(name)) total += kb;
  console.log(`${kb.toFixed(1).padStart(8)} kB  ${at.padEnd(12)} ${name}`);
}
console.log(`${total.toFixed(1).padStart(8)} kB  first load, compressed (budget ${BUDGET_KB} kB)`);
if (total > BUDGET_KB) {
  console.error("The first load is over its budget: load what is not seen at once with import().");
  process.exit(1);
}
