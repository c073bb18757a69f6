// A fake server for developing the front end. NOT twinbed's server, NOT physiology; never shipped.
//   npm run fake -- [port]      then open http://127.0.0.1:8765/  (the built pages) or `npm run dev`
import { createServer } from "node:http";
import { readFile } from "node:fs/promises";
import { extname, join, normalize } from "node:path";
import { WebSocketServer } from "ws";
import { ACUTE_CONTROLS, ACUTE_DEVICES, ACUTE_VIEW, FakePatient, GLUCOSE_CONTROLS, GLUCOSE_DEVICES, GLUCOSE_VIEW } from "./waves.mjs";

const port = Number(process.argv[2] ?? 8765);
const STATIC = new URL("../../twinbed/server/static/", import.meta.url).pathname;
const TYPES = { ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".md": "text/plain" };
const CSP = "default-src 'self'; script-src 'self'; style-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'";
const PERIOD = 0.01;
const RUN_AHEAD_S = 900;

let beds = [];
const clients = new Set();
const people = [{ id: 1, name: "Dr Han", role: "instructor", active: true, last_seen: "2026-11-22T08:55:00Z" }, { id: 2, name: "J. Park", role: "clinician", active: true, last_seen: null }];
const audit = ["first start", "account made: Dr Han", "bed opened: anaesthesia", "invitation: clinician"].map((what, i) => ({ seq: i + 1, wall: new Date(1.79e12 + i * 6e4).toISOString(), who: i ? "Dr Han" : "system", what, detail: null, hash: (i + 1).toString(16).repeat(64).slice(0, 64) }));
let me = null;
const forks = new Map();

function makeBed(id, title, title_ko, kind, patient) {
  const acute = kind === "acute";
  const bed = {
    id, title, title_ko, kind, state: "running", t_s: 0, speed: 1, branch: 0, index: beds.length, patient,
    view: structuredClone(acute ? ACUTE_VIEW : GLUCOSE_VIEW), devices: acute ? ACUTE_DEVICES : GLUCOSE_DEVICES, controls: structuredClone(acute ? ACUTE_CONTROLS : GLUCOSE_CONTROLS),
  };
  const fake = { bed, patient: new FakePatient(beds.length), log: [], branches: [{ id: 0, parent: null, from_t_s: 0 }], trends: { t_s: [], numbers: {} }, alarms: [], seq: 0, waves: [], paused: -1e9, acked: new Set(), cuff: 30 };
  beds.push(fake);
  if (acute) for (let t = 0; t < RUN_AHEAD_S; t++) page(fake, t > RUN_AHEAD_S - 15); else for (let m = 0; m < 24 * 60; m++) glucosePage(fake);
  return fake;
}

function entry(fake, who, kind, control, value, text, accepted = true, reason = null) {
  const e = { seq: fake.log.length + 1, branch: fake.bed.branch, t_s: fake.bed.t_s, wall: new Date().toISOString(), who, kind, control, value, text, accepted, reason };
  fake.log.push(e);
  tell({ kind: "entry", bed: fake.bed.id, entry: e });
  return e;
}

function judge(fake, values) {
  const on = [];
  for (const n of fake.bed.view.numbers) {
    const v = values[n.id];
    const { low, high } = n.limits ?? {};
    if (low != null && v < low) on.push({ id: `${n.id}_low`, priority: n.id === "SpO2" || v < low - 10 ? 3 : 2, text: `${n.label} low`, text_ko: `${n.label} 낮음`, numbers: [n.id] });
    if (high != null && v > high) on.push({ id: `${n.id}_high`, priority: 2, text: `${n.label} high`, text_ko: `${n.label} 높음`, numbers: [n.id] });
  }
  if (fake.disconnected) on.push({ id: "ventilator", priority: 3, text: "Ventilator: low pressure or disconnected", text_ko: "인공호흡기: 저압 또는 분리", numbers: ["Ppeak"] });
  if (fake.bed.t_s % 600 < 60 && fake.bed.kind === "acute") on.push({ id: "pump_nearly_empty", priority: 1, text: "Propofol pump nearly empty", text_ko: "프로포폴 펌프 잔량 부족" });
  for (const a of on) if (!fake.alarms.some((b) => b.id === a.id)) entry(fake, "alarm system", "alarm", a.id, a.priority, a.text);
  for (const b of fake.alarms) if (!on.some((a) => a.id === b.id)) { entry(fake, "alarm system", "alarm", b.id, 0, `${b.text}: over`); fake.acked.delete(b.id); }
  fake.alarms = on.map((a) => ({ ...a, acknowledged: fake.acked.has(a.id) }));
}

function page(fake, keepWaves = true) {
  const t0 = fake.bed.t_s;
  const n = Math.round(1 / PERIOD);
  const blocks = fake.bed.view.waves.map(() => new Int16Array(n));
  for (let i = 0; i < n; i++) {
    const s = fake.patient.sample(PERIOD);
    fake.bed.view.waves.forEach((w, k) => (blocks[k][i] = Math.round((s[w.id] - w.offset) / w.scale)));
  }
  if (keepWaves) fake.waves.push({ t0, blocks });
  if (fake.waves.length > 120) fake.waves.shift();
  fake.bed.t_s += 1;
  const values = fake.patient.numbers();
  fake.values = values;
  fake.trends.t_s.push(fake.bed.t_s);
  for (const k in values) (fake.trends.numbers[k] ??= []).push(values[k]);
  judge(fake, values);
}

function glucosePage(fake) {
  fake.bed.t_s += 60;
  const h = (fake.bed.t_s / 3600) % 24;
  const glucose = Math.round(128 + 55 * Math.exp(-(((h - 8.6) / 1.1) ** 2)) + 62 * Math.exp(-(((h - 13.4) / 1.3) ** 2)) + 48 * Math.exp(-(((h - 19.6) / 1.3) ** 2)) - 34 * Math.exp(-(((h - 3) / 2) ** 2)) + (fake.patient.value("HR") - 68) + 6 * fake.patient.random());
  fake.values = { glucose, IOB: Number((1 + 3 * Math.exp(-(((h % 5.5) - 1) ** 2))).toFixed(2)) };
  fake.trends.t_s.push(fake.bed.t_s);
  for (const k in fake.values) (fake.trends.numbers[k] ??= []).push(fake.values[k]);
}

const devicesOf = (fake) => fake.bed.kind === "acute"
  ? { ventilator: { ventilator_peak_pressure: 18.6, ventilator_plateau_pressure: 16.1, ventilator_total_peep: 5, ventilator_tidal_volume: 518, ventilator_minute_volume: 6.2, ventilator_rate: 12, ventilator_compliance: 47, ventilator_alarm: fake.disconnected ? 2 : 0 }, propofol: { pump_flow: 48, pump_volume_total: 12.4 + fake.bed.t_s / 75, pump_left: Math.max(0, 37.6 - fake.bed.t_s / 75), pump_pressure: 8.2, pump_alarm: 0 }, alarms: { alarm_count: fake.log.filter((e) => e.kind === "alarm" && e.value).length, alarm_count_high: 0, alarm_time: 12, pause_left_s: Math.max(0, 120 - (fake.bed.t_s - fake.paused)) }, cuff: { cuff_pressure: 0, measured_t_s: fake.cuff } }
  : { cgm: { cgm: fake.values?.glucose }, pump: { insulin_reported: 0.85, insulin_on_board: fake.values?.IOB, reservoir: 142 } };

function tell(message, to = clients) {
  const text = JSON.stringify(message);
  for (const c of to) if (c.readyState === 1) c.send(text);
}
const bedsMessage = () => ({ kind: "beds", beds: beds.map(({ bed }) => ({ id: bed.id, title: bed.title, title_ko: bed.title_ko, state: bed.state, index: bed.index })) });

function frameOf(fake, places, t0, blocks, from, count) {
  const buffer = Buffer.alloc(24 + places.length * 2 + places.length * count * 2);
  buffer.writeUInt8(1, 0); buffer.writeUInt8(places.length, 1); buffer.writeUInt16LE(fake.bed.index, 2); buffer.writeUInt32LE(fake.seq++, 4);
  buffer.writeDoubleLE(t0 + from * PERIOD, 8); buffer.writeFloatLE(PERIOD, 16); buffer.writeUInt32LE(count, 20);
  places.forEach((p, i) => { buffer.writeUInt16LE(p, 24 + 2 * i); for (let k = 0; k < count; k++) buffer.writeInt16LE(Math.max(-32767, Math.min(32767, blocks[p][from + k] ?? -32768)), 24 + 2 * places.length + 2 * (i * count + k)); });
  return buffer;
}

let sub = 0;
setInterval(() => {
  sub = (sub + 1) % 20;
  for (const fake of beds) {
    if (fake.bed.state !== "running" || fake.bed.kind !== "acute") continue;
    if (sub === 0) page(fake);
    const last = fake.waves[fake.waves.length - 1];
    for (const c of clients) {
      const want = c.watch?.[fake.bed.id];
      if (!want) continue;
      const places = fake.bed.view.waves.map((w, i) => (want.waves === "all" || want.waves?.includes(w.id) ? i : -1)).filter((i) => i >= 0);
      if (places.length) c.send(frameOf(fake, places, last.t0, last.blocks, sub * 5, 5));
      if (sub === 0) tell({ kind: "numbers", bed: fake.bed.id, t_s: fake.bed.t_s, values: fake.values, alarms: fake.alarms, alarm_sound: fake.bed.t_s - fake.paused < 120 ? 0 : Math.max(0, ...fake.alarms.filter((a) => !a.acknowledged).map((a) => a.priority)), devices: devicesOf(fake) }, [c]);
    }
  }
}, 50);
setInterval(() => {
  for (const fake of beds.filter((f) => f.bed.kind !== "acute")) {
    glucosePage(fake);
    tell({ kind: "numbers", bed: fake.bed.id, t_s: fake.bed.t_s, values: fake.values, alarms: [], alarm_sound: 0, devices: devicesOf(fake) });
  }
}, 2000);

const EFFECT = { propofol: { SYS: -28, DIA: -14, HR: -5, BIS: -16 }, remifentanil: { SYS: -16, DIA: -8, HR: -12 }, phenylephrine: { SYS: 22, DIA: 14, HR: -6 }, norepinephrine: { SYS: 28, DIA: 16, HR: -2 }, ephedrine: { SYS: 20, DIA: 9, HR: 12 }, atropine: { HR: 26 }, blood_loss: { SYS: -48, DIA: -22, HR: 32 }, crystalloid: { SYS: 14, DIA: 6, HR: -8 }, fault_dropout: { SpO2: -16 }, carbohydrate: { HR: 60 }, injection: { HR: -50 } };

function request(fake, body) {
  const control = fake.bed.controls.find((c) => c.id === body.control);
  if (!control) return [409, { error: { code: "unknown_control", message: `There is no control ${body.control}.`, advice: "" }, entry: entry(fake, me.name, "request", body.control, body.value, body.control, false, "no such control") }];
  if (control.kind === "dose" && body.value > control.high) { const reason = `${control.label}: ${body.value} ${control.unit} is more than ${control.high} ${control.unit} at once`; return [409, { error: { code: "out_of_range", message: reason, advice: "Ask for less." }, entry: entry(fake, me.name, "request", body.control, body.value, `${control.label} ${body.value} ${control.unit}`, false, reason) }]; }
  if (body.control === "alarm_paused") fake.paused = fake.bed.t_s;
  if (body.control === "alarm_acknowledged") for (const a of fake.alarms) fake.acked.add(a.id);
  if (body.control === "ventilator_connected") fake.disconnected = !fake.disconnected;
  if (body.control === "nibp_start") fake.cuff = fake.bed.t_s;
  if (EFFECT[body.control]) fake.patient.push(body.control, EFFECT[body.control], 200);
  if (body.value !== undefined && control.kind !== "dose") control.now = body.value;
  for (const n of fake.bed.view.numbers) for (const side of ["low", "high"]) if (n.limits?.[`${side}_control`] === body.control) n.limits[side] = body.value;
  return [200, { accepted: true, entry: entry(fake, me.name, "request", body.control, body.value ?? null, control.kind === "act" ? control.label : `${control.label} ${body.value} ${control.unit ?? ""}${body.lasts_s ? ` over ${body.lasts_s / 60} min` : ""}`) }];
}

function forkOf(fake, body) {
  const n = 61;
  const t_s = Array.from({ length: n }, (_, i) => body.at_s + (i / (n - 1)) * body.horizon_s);
  const band = (id, shift) => {
    const start = fake.values[id];
    const out = { p5: [], p50: [], p95: [] };
    t_s.forEach((t, i) => {
      const x = i / (n - 1);
      const drift = (id === "SYS" || id === "MAP" || id === "DIA" ? -14 : id === "HR" ? 6 : 0) * (1 - Math.exp(-3 * x));
      const effect = body.changes.reduce((s, c) => s + (((shift && EFFECT[c.control]?.[id === "MAP" ? "DIA" : id]) || 0) * (t > body.at_s + c.after_s ? 1 - Math.exp(-(t - body.at_s - c.after_s) / 50) : 0)), 0);
      const m = start + drift + effect + Math.sin(i / 4) * 0.5;
      const w = 1 + 9 * Math.sqrt(x) * (id === "SpO2" ? 0.12 : id === "etCO2" || id === "RR" ? 0.3 : 1);
      out.p50.push(m); out.p5.push(m - w); out.p95.push(Math.min(m + w, id === "SpO2" ? 100 : 1e9));
    });
    return out;
  };
  const ids = fake.bed.view.numbers.map((v) => v.id).filter((id) => !id.startsWith("N"));
  return { state: "done", progress: 1, t_s, as_is: Object.fromEntries(ids.map((id) => [id, band(id, false)])), changed: Object.fromEntries(ids.map((id) => [id, band(id, true)])), text: `With the change, mean arterial pressure after ${body.horizon_s / 60} min is 71 mmHg (62 to 80) instead of 58 mmHg (49 to 66).`, ...body };
}

async function api(req, path, query) {
  const body = await new Promise((done) => { let s = ""; req.on("data", (d) => (s += d)); req.on("end", () => done(s ? JSON.parse(s) : {})); });
  const error = (status, code, message, advice = "") => [status, { error: { code, message, advice } }];
  if (path[0] === "sign-in") {
    if (path[1] === "link" && !body.name) return [200, { needs: ["name", "password"] }];
    if (body.password === "wrong") return error(401, "wrong_password", "Name or password is not right.", "Try again, or ask an administrator for a new link.");
    me = { name: body.name, role: "administrator", language: null, theme: null, features: process.env.FAKE_FEATURES?.split(",") ?? [] };
    return [200, me];
  }
  if (!me) return error(401, "signed_out", "Nobody is signed in.");
  if (path[0] === "me") return [200, me];
  if (path[0] === "sign-out") { me = null; return [204]; }
  if (path[0] === "people" && req.method === "GET") return [200, people];
  if (path[0] === "people") { const p = people.find((x) => x.id === Number(path[1])); Object.assign(p, body); return [200, p]; }
  if (path[0] === "invitations") return [200, { token: "3f9c1a7e5b", link: `/#/sign-in/3f9c1a7e5b` }];
  if (path[0] === "audit") return [200, path[1] ? { ok: true, entries: audit.length } : audit];
  if (path[0] === "catalogue") return [200, [{ id: "bedside", title: "Anaesthesia, 62 years, hypertensive", title_ko: "마취, 62세, 고혈압", kind: "acute" }, { id: "ards", title: "Intensive care, ARDS", title_ko: "중환자실, ARDS", kind: "acute" }, { id: "t1d", title: "Type 1 diabetes, closed loop", title_ko: "제1형 당뇨병, 폐루프", kind: "glucose" }]];
  if (path[0] !== "beds") return error(404, "not_found", "There is no such thing.");
  if (path.length === 1 && req.method === "GET") return [200, beds.map((f) => f.bed)];
  if (path.length === 1) { const f = makeBed(`bed${beds.length + 1}`, body.title ?? "New bed", "새 병상", "acute", { age: 40 }); tell(bedsMessage()); return [201, f.bed]; }
  const fake = beds.find((f) => f.bed.id === path[1]);
  if (!fake) return error(404, "no_bed", `There is no bed ${path[1]}.`);
  const { bed } = fake;
  switch (path[2]) {
    case undefined: if (req.method === "DELETE") { beds = beds.filter((f) => f !== fake); tell(bedsMessage()); return [204]; } return [200, bed];
    case "requests": return request(fake, body);
    case "clock": bed.state = { pause: "paused", resume: "running" }[body.do] ?? bed.state; if (body.do === "speed") bed.speed = body.value; entry(fake, me.name, "clock", body.do, body.value ?? null, body.do); tell({ kind: "clock", bed: bed.id, t_s: bed.t_s, state: bed.state, speed: bed.speed, branch: bed.branch }); return [200, {}];
    case "rewind": bed.branch = fake.branches.length; fake.branches.push({ id: bed.branch, parent: bed.branch - 1, from_t_s: body.t_s }); bed.t_s = Math.floor(body.t_s); { const k = fake.trends.t_s.findIndex((t) => t > bed.t_s); if (k >= 0) { fake.trends.t_s.length = k; for (const x in fake.trends.numbers) fake.trends.numbers[x].length = k; } } entry(fake, me.name, "rewind", null, body.t_s, `Rewound to ${body.t_s} s`); tell({ kind: "clock", bed: bed.id, t_s: bed.t_s, state: bed.state, speed: bed.speed, branch: bed.branch }); return [200, {}];
    case "log": return [200, { entries: fake.log.filter((e) => e.seq > Number(query.get("after") ?? 0)), branches: fake.branches }];
    case "trends": { const keep = fake.trends.t_s.map((t, i) => (t >= Number(query.get("from")) && t <= Number(query.get("to")) ? i : -1)).filter((i) => i >= 0); const every = Math.max(1, Math.floor(keep.length / Number(query.get("points") ?? 600))); const some = keep.filter((_, i) => i % every === 0); return [200, { t_s: some.map((i) => fake.trends.t_s[i]), numbers: Object.fromEntries(Object.entries(fake.trends.numbers).map(([k, v]) => [k, some.map((i) => v[i])])) }]; }
    case "waves": { const blocks = fake.waves.filter((w) => w.t0 + 1 > Number(query.get("from")) && w.t0 < Number(query.get("to"))); if (!blocks.length) return error(404, "no_waves", "Nothing is kept of then."); const places = bed.view.waves.map((_, i) => i); const joined = places.map((p) => Int16Array.from(blocks.flatMap((b) => [...b.blocks[p]]))); return [200, frameOf(fake, places, blocks[0].t0, joined, 0, joined[0].length), "application/octet-stream"]; }
    case "forks": if (path[3]) { const f = forks.get(path[3]); f.progress = Math.min(1, f.progress + 0.34); return [200, f.progress < 1 ? { state: "running", progress: f.progress } : forkOf(fake, f.body)]; } { const id = `f${forks.size + 1}`; forks.set(id, { progress: 0, body }); entry(fake, me.name, "fork", id, null, "What if"); return [202, { fork: id }]; }
  }
  return error(404, "not_found", "There is no such thing.");
}

makeBed("or1", "Operating room 1", "수술실 1", "acute", { age: 62, sex: "male", weight_kg: 84, height_cm: 176, conditions: { hypertension: 0.4 } });
makeBed("icu4", "Intensive care 4", "중환자실 4", "acute", { age: 48, sex: "female", weight_kg: 66, height_cm: 165, conditions: { ards: 0.5 } });
makeBed("t1d", "Diabetes clinic", "당뇨병 클리닉", "glucose", { age: 29, sex: "female", weight_kg: 61, height_cm: 168, conditions: {} });

const server = createServer(async (req, res) => {
  const url = new URL(req.url, "http://x");
  if (url.pathname.startsWith("/api/")) {
    const [status, said, type = "application/json"] = await api(req, url.pathname.slice(5).split("/").map(decodeURIComponent), url.searchParams).catch((e) => [500, { error: { code: "fake", message: String(e), advice: "" } }]);
    res.writeHead(status, { "Content-Type": type }).end(said === undefined ? undefined : Buffer.isBuffer(said) ? said : JSON.stringify(said));
    return;
  }
  const path = normalize(url.pathname === "/" ? "/index.html" : url.pathname);
  try {
    const data = await readFile(join(STATIC, path));
    res.writeHead(200, { "Content-Type": TYPES[extname(path)] ?? "application/octet-stream", "Content-Security-Policy": CSP, "Cache-Control": "no-store" }).end(data);
  } catch { res.writeHead(404).end("not found"); }
});
const sockets = new WebSocketServer({ server, path: "/api/live", maxPayload: 16384 });
sockets.on("connection", (socket) => {
  clients.add(socket);
  tell(bedsMessage(), [socket]);
  socket.on("message", (data) => { socket.watch = JSON.parse(data).watch; for (const id in socket.watch) { const f = beds.find((b) => b.bed.id === id); if (f?.values) tell({ kind: "numbers", bed: id, t_s: f.bed.t_s, values: f.values, alarms: f.alarms, alarm_sound: 0, devices: devicesOf(f) }, [socket]); } });
  socket.on("close", () => clients.delete(socket));
});
server.listen(port, "127.0.0.1", () => console.log(`FAKE server (development only) on http://127.0.0.1:${port}/`));
