// The built pages in a real browser, against the development fake: `npm run build && npm run test:browser`.
// Needs Chromium at TWINBED_CHROMIUM (/usr/bin/chromium). What is tested here cannot be without a browser: the content
// security policy, drawing, sound, widths, and coming back after the connection is lost.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { after, before, test } from "node:test";
import { chromium } from "playwright-core";

const PAGES = [
  "#/ward",
  "#/bed/or1",
  "#/bed/or1/what-if",
  "#/bed/or1/devices",
  "#/bed/or1/timeline",
  "#/bed/or1/body",
  "#/people",
  "#/audit",
];
let browser;
let server;
let port;
let page;
const trouble = [];

async function freePort() {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port: found } = probe.address();
  probe.close();
  return found;
}

async function startServer() {
  server = spawn(process.execPath, ["fake/server.mjs", String(port)], { stdio: ["ignore", "pipe", "inherit"] });
  await once(server.stdout, "data");
}

async function open(where) {
  await page.goto(`http://127.0.0.1:${port}/${where}`);
  await page.waitForFunction(() =>
    document.querySelector("twin-app")?.shadowRoot.querySelector("main > *:not(twin-sign-in)"),
  );
}

before(async () => {
  port = await freePort();
  await startServer();
  browser = await chromium.launch({
    executablePath: process.env.TWINBED_CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-background-networking", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"],
  });
  page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  page.setDefaultTimeout(60_000);
  await page.addInitScript(() => localStorage.setItem("twinbed", JSON.stringify({ language: "en", toured: true })));
  page.on(
    "console",
    (m) =>
      m.type() === "error" &&
      !/ (401|409) /.test(m.text()) &&
      !m.text().includes("ERR_CONNECTION") &&
      !m.text().includes("WebSocket") &&
      trouble.push(`${m.text()} ${m.location().url}`),
  );
  page.on("pageerror", (e) => trouble.push(e.message));
  page.on(
    "request",
    (r) => new URL(r.url()).host !== `127.0.0.1:${port}` && trouble.push(`leaves the origin: ${r.url()}`),
  );
  await page.goto(`http://127.0.0.1:${port}/`);
  await page.locator("input[name=name]").fill("Dr Han");
  await page.locator("input[name=password]").fill("a long enough password");
  await page.locator("twin-sign-in button.primary").click();
  await page.locator("twin-tile").first().waitFor();
});

after(async () => {
  await browser?.close();
  server?.kill();
});

test("the pen writes what comes, and a step costs less than a frame has time for", async () => {
  await open("#/bed/or1");
  const lit = () =>
    page.evaluate(() => {
      const canvas = document
        .querySelector("twin-app")
        .shadowRoot.querySelector("twin-bed")
        .shadowRoot.querySelector("twin-monitor")
        .shadowRoot.querySelector("canvas");
      const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
      const columns = [];
      for (let x = 0; x < canvas.width; x++)
        for (let y = 0; y < canvas.height; y++)
          if (data[4 * (y * canvas.width + x) + 3]) {
            columns.push(x);
            break;
          }
      return { columns, width: canvas.width };
    });
  await page.waitForFunction(() =>
    document
      .querySelector("twin-app")
      .shadowRoot.querySelector("twin-bed")
      ?.shadowRoot.querySelector("twin-monitor")
      ?.feed.rings.some(Boolean),
  );
  await page.waitForTimeout(2500);
  const first = await lit();
  assert.ok(first.columns.length > 0.3 * first.width, "waves from before one came are there");
  await page.waitForTimeout(1500);
  const second = await lit();
  assert.notDeepEqual(second.columns, first.columns);
  const drawn = await page.evaluate(async () => {
    const monitor = document
      .querySelector("twin-app")
      .shadowRoot.querySelector("twin-bed")
      .shadowRoot.querySelector("twin-monitor");
    const all = [];
    for (let i = 0; i < 60; i++)
      await new Promise((next) => requestAnimationFrame(() => (all.push(monitor.drawn_ms), next())));
    return all.sort((a, b) => a - b)[30];
  });
  assert.ok(drawn < 8, `the median step took ${drawn} ms`);
});

test("an alarm of high priority sounds ten pulses with four harmonics or more within 15 dB", async () => {
  const { pulses, levels } = await page.evaluate(async () => {
    const buffer = await customElements.get("twin-monitor").renderAlarm(3, "general");
    const [data, rate] = [buffer.getChannelData(0), buffer.sampleRate];
    // Pulses: stretches whose level over 10 ms is above a twentieth of the loudest.
    const hop = Math.round(rate / 100);
    const level = Array.from({ length: Math.floor(data.length / hop) }, (_, i) =>
      Math.sqrt(data.slice(i * hop, (i + 1) * hop).reduce((s, v) => s + v * v, 0) / hop),
    );
    const loud = level.map((v) => v > Math.max(...level) / 20);
    const pulses = loud.filter((on, i) => on && !loud[i - 1]).length;
    // Strength of each harmonic of 261.63 Hz within the middle of the first pulse, by correlation with sine and cosine.
    const from = Math.round(0.04 * rate);
    const n = Math.round((Math.round(0.07 * 261.63) / 261.63) * rate);
    const levels = [1, 2, 3, 4, 5, 6].map((k) => {
      let [re, im] = [0, 0];
      for (let i = 0; i < n; i++) {
        const phase = (2 * Math.PI * 261.63 * k * i) / rate;
        re += data[from + i] * Math.cos(phase);
        im += data[from + i] * Math.sin(phase);
      }
      return 20 * Math.log10(Math.hypot(re, im));
    });
    return { pulses, levels };
  });
  assert.equal(pulses, 10);
  const strongest = Math.max(...levels);
  assert.ok(levels.slice(1).filter((l) => strongest - l <= 15).length >= 4, `levels of harmonics: ${levels}`);
});

test("both futures are played and shown side by side", async () => {
  await open("#/bed/or1/what-if");
  await page.locator("twin-fork .chips button").first().click();
  await page.locator("twin-fork .play").click();
  await page.locator("twin-fork .said").waitFor();
  assert.match(await page.locator("twin-fork .said").innerText(), /with the change/);
  assert.ok((await page.locator('twin-future[which="as-is"] path.band').count()) >= 4);
  assert.equal(
    await page.locator('twin-future[which="as-is"]').count(),
    await page.locator('twin-future[which="changed"]').count(),
  );
});

test("futures that are being played can be stopped by who asked for them", async () => {
  await open("#/bed/or1/what-if");
  const stopped = [];
  await page.route("**/forks/*", (route) => {
    if (route.request().method() === "DELETE") stopped.push(new URL(route.request().url()).pathname.split("/").at(-1));
    return route.request().method() === "GET"
      ? route.fulfill({ json: { state: "running", progress: 0.3, may_stop: true } })
      : route.continue();
  });
  await page.locator("twin-fork .chips button").first().click();
  await page.locator("twin-fork .play").click();
  await page.locator("twin-fork .result").getByRole("button", { name: "Stop" }).click();
  await page.locator("twin-fork progress").waitFor({ state: "detached" });
  assert.equal(await page.locator("twin-fork .play").isEnabled(), true);
  assert.equal(await page.locator("twin-fork [role=alert]").count(), 0);
  assert.deepEqual(stopped, [new URL(page.url().replace("#/", "")).searchParams.get("fork")]);
  await page.unroute("**/forks/*");
});

test("an order is confirmed before it is sent, and a refusal says why", async () => {
  await open("#/bed/or1");
  await page.locator('twin-actions .item[data-control="propofol"]').click();
  await page.locator("twin-order input[type=number]").fill("9000");
  await page.locator("twin-order input[type=number]").blur();
  await page.locator("twin-order [role=alert]", { hasText: "at most 300 mg" }).waitFor();
  await page.locator("twin-order input[type=number]").evaluate((e) => (e.form.noValidate = true));
  await page.locator("twin-order .send").click();
  await page.locator("twin-actions .said.no").waitFor();
  assert.match(await page.locator("twin-actions .said.no").innerText(), /more than 300 mg/);
});

test("a setting that nobody tells is shown as unknown, not as what is usual", async () => {
  await open("#/bed/or1/devices");
  const peep = page.locator("twin-control", { hasText: "PEEP" }).locator("input");
  const mode = page.locator("twin-control", { hasText: "Mode" }).locator("select");
  await peep.waitFor();
  assert.equal(await peep.inputValue(), "5");
  await page.evaluate(() => {
    const { feed } = document.querySelector("twin-app").shadowRoot.querySelector("twin-bed");
    for (const [id, usual] of [
      ["ventilator_peep_set", 8],
      ["ventilator_mode_set", 0],
    ])
      Object.assign(feed.control(id), { now: null, default: usual });
    feed.dispatchEvent(new Event("change"));
  });
  await page.waitForFunction((e) => e.value === "" && e.placeholder === "--", await peep.elementHandle());
  assert.equal(await mode.evaluate((e) => e.selectedOptions[0].textContent), "--");
  await mode.selectOption({ label: "PCV" });
  await page.locator("twin-control", { hasText: "Mode" }).getByRole("button", { name: "Confirm" }).click();
  await page.waitForFunction((e) => e.selectedOptions[0].textContent === "PCV", await mode.elementHandle());
});

test("a wave that leaves its scale has a larger one at once, not with the next numbers", async () => {
  await open("#/bed/or1");
  await page.waitForFunction(() =>
    document
      .querySelector("twin-app")
      .shadowRoot.querySelector("twin-bed")
      ?.shadowRoot.querySelector("twin-monitor")
      ?.lanes.some((lane) => lane.wave.colour === "pleth" && lane.range),
  );
  const scales = await page.evaluate(() => {
    const monitor = document
      .querySelector("twin-app")
      .shadowRoot.querySelector("twin-bed")
      .shadowRoot.querySelector("twin-monitor");
    const at = monitor.lanes.findIndex((lane) => lane.wave.colour === "pleth");
    const ring = monitor.feed.rings[monitor.lanes[at].place];
    const [low, high] = monitor.lanes[at].range;
    const outside = high + (high - low);
    ring.write(ring.end_s, [outside], 0, 1);
    monitor.draw(); // before numbers come
    return { outside, high: monitor.lanes[at].sweep.scale.high };
  });
  assert.ok(scales.high >= scales.outside, JSON.stringify(scales));
});

test("a ventilator says that its back-up breathes, apart from its alarm", async () => {
  await open("#/bed/or1/devices");
  const flags = page.locator("twin-device", { hasText: "PEEP" }).locator(".flag");
  await page.locator("twin-control", { hasText: "PEEP" }).waitFor();
  assert.equal(await flags.count(), 0);
  await page.evaluate(() => {
    const { feed } = document.querySelector("twin-app").shadowRoot.querySelector("twin-bed");
    feed.devices.ventilator = { ...feed.devices.ventilator, ventilator_backup: 1, ventilator_alarm: 3 };
    feed.dispatchEvent(new Event("change"));
  });
  await flags.nth(1).waitFor();
  assert.deepEqual(await flags.allInnerTexts(), ["Back-up ventilation", "Apnoea"]);
});

test("the picture of the body is drawn within 150 000 triangles and 60 calls, and turns by keys", async (context) => {
  await open("#/bed/or1/body");
  const said = () =>
    page.evaluate(() => {
      const body = document
        .querySelector("twin-app")
        .shadowRoot.querySelector("twin-bed")
        ?.shadowRoot.querySelector("twin-body");
      return { flat: body?.noPicture, ...body?.scene?.cost, turn: body?.scene?.view.turn };
    });
  await page.locator("twin-body canvas, twin-body .picture svg").first().waitFor();
  let now = await said();
  for (const end = Date.now() + 30_000; !now.flat && !(now.calls > 0) && Date.now() < end; now = await said());
  if (now.flat) return context.skip("this browser has no WebGL");
  assert.ok(now.triangles > 10_000 && now.triangles < 150_000, `${now.triangles} triangles`);
  assert.ok(now.calls > 0 && now.calls <= 60, `${now.calls} calls`);
  await page.locator("twin-body canvas").focus();
  await page.keyboard.press("ArrowRight");
  assert.ok((await said()).turn > now.turn);
});

test("without WebGL the body is a flat picture with the same numbers", async () => {
  const plain = await browser.newPage();
  plain.on("pageerror", (e) => trouble.push(e.message));
  await plain.addInitScript(() => {
    localStorage.setItem("twinbed", JSON.stringify({ language: "en", toured: true }));
    const before = HTMLCanvasElement.prototype.getContext;
    HTMLCanvasElement.prototype.getContext = function (kind, ...rest) {
      return /webgl/.test(kind) ? null : before.call(this, kind, ...rest);
    };
  });
  await plain.goto(`http://127.0.0.1:${port}/#/bed/or1/body`);
  await plain.locator("twin-body .picture svg").waitFor();
  assert.match(await plain.locator("twin-body dl").innerText(), /Left ventricle\s+\d+ mL/);
  await plain.close();
});

test("no page is wider than a phone of 360 px", async () => {
  await page.setViewportSize({ width: 360, height: 740 });
  for (const where of PAGES) {
    await open(where);
    await page.waitForTimeout(700);
    const wide = await page.evaluate(() => {
      const main = document.querySelector("twin-app").shadowRoot.querySelector("main");
      return Math.max(document.documentElement.scrollWidth - innerWidth, main.scrollWidth - main.clientWidth);
    });
    assert.ok(wide <= 0, `${where} is ${wide} px too wide`);
  }
  await page.setViewportSize({ width: 1280, height: 800 });
});

test("everything that can be pressed has a name", async () => {
  for (const where of PAGES) {
    await open(where);
    await page.waitForTimeout(500);
    const nameless = await page.evaluate(() => {
      const found = [];
      const walk = (root) => {
        for (const e of root.querySelectorAll("*")) {
          if (e.shadowRoot) walk(e.shadowRoot);
          if (!e.matches("button, a[href], input, select") || !e.checkVisibility()) continue;
          const labelled = (e.getAttribute("aria-labelledby") ?? "")
            .split(" ")
            .some((id) => id && root.getElementById?.(id)?.textContent.trim());
          if (!(e.textContent.trim() || e.getAttribute("aria-label") || e.title || labelled || e.closest("label")))
            found.push(e.outerHTML.slice(0, 120));
        }
      };
      walk(document);
      return found;
    });
    assert.deepEqual(nameless, [], where);
  }
});

test("what is lost comes back by itself", async () => {
  await open("#/bed/or1");
  server.kill();
  await once(server, "exit");
  await page.locator(".link[role=alert]").waitFor();
  await startServer();
  await page.locator(".link[role=alert]").waitFor({ state: "detached" });
});

test("nothing left the origin, and neither the page nor its policy complained", () => assert.deepEqual(trouble, []));
