// Takes pictures of pages in a browser, to look at:
//   node look.mjs OUT_FOLDER [--base URL] [--name N --password P] page=#/ward size=1440x900 language=ko theme=light wait=4000 ...
import { mkdirSync } from "node:fs";
import { chromium } from "playwright-core";

const [out, ...rest] = process.argv.slice(2);
const own = Object.fromEntries(rest.map((a) => a.split(/=(.*)/s, 2)));
const base = own.base ?? "http://127.0.0.1:18765/";
const [width, height] = (own.size ?? "1440x900").split("x").map(Number);
mkdirSync(out, { recursive: true });
const browser = await chromium.launch({
  executablePath: own.chromium ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-background-networking", "--autoplay-policy=no-user-gesture-required"],
});
const context = await browser.newContext({
  viewport: { width, height },
  reducedMotion: own.motion ?? "no-preference",
  deviceScaleFactor: Number(own.dpr ?? 1),
});
await context.addInitScript(
  ([language, theme, toured]) => localStorage.setItem("twinbed", JSON.stringify({ language, theme, toured })),
  [own.language ?? "en", own.theme ?? "dark", own.tour !== "1"],
);
const page = await context.newPage();
page.on("console", (m) => ["error", "warning"].includes(m.type()) && console.log(m.type(), m.text()));
page.on("pageerror", (e) => console.log("page error:", e.message));
page.on("requestfailed", (r) => console.log("failed:", r.url()));
page.on(
  "request",
  (r) =>
    !r.url().startsWith(base) &&
    !r.url().startsWith("blob:") &&
    !r.url().startsWith("data:") &&
    console.log("LEAVES THE ORIGIN:", r.url()),
);
await page.goto(base + (own.enter ?? ""));
if (own.signin !== "0") {
  await page.locator("input[name=name], a.brand").first().waitFor({ timeout: 15000 });
  if (await page.locator("input[name=name]").count()) {
    await page.locator("input[name=name]").fill(own.name ?? "Dr Han");
    await page.locator("input[name=password]").fill(own.password ?? "correct horse battery");
    await page.locator("twin-sign-in button.primary").click();
    await page.locator("a.brand").waitFor();
  }
}
for (const target of (own.page ?? "#/ward").split(",")) {
  await page.goto(base + target);
  await page.waitForTimeout(Number(own.wait ?? 5000));
  for (const step of (own.do ?? "").split(";").filter(Boolean)) {
    const [what, ...which] = step.split(":");
    if (what === "click") await page.locator(which.join(":")).first().click({ timeout: 8000 });
    if (what === "key") await page.keyboard.press(which[0]);
    if (what === "wait") await page.waitForTimeout(Number(which[0]));
    if (what === "eval") console.log(JSON.stringify(await page.evaluate(which.join(":"))));
  }
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  if (wide > 0) console.log(`${target}: ${wide} px too wide`);
  const file = `${out}/${own.as ?? target.replace(/\W+/g, "_")}_${width}_${own.language ?? "en"}_${own.theme ?? "dark"}.png`;
  await page.screenshot({ path: file, fullPage: own.full === "1" });
  console.log(file);
}
await browser.close();
