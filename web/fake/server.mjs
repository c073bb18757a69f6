// A fake server for developing the front end. NOT twinbed's server, NOT physiology; never shipped.
//   npm run fake -- [port]      then open http://127.0.0.1:8765/  (the built pages) or `npm run dev`
import { createServer } from "node:http";
import { readFile } from "node:fs/promises";
import { extname, join, normalize } from "node:path";
import { WebSocketServer } from "ws";
import {
  alarmsOf,
  devicesOf,
  entry,
  forkOf,
  frameOf,
  glucosePage,
  makeBed,
  page,
  request,
  room,
  tell,
} from "./beds.mjs";
import { registry, studies, twins } from "./runs.mjs";

const port = Number(process.argv[2] ?? 8765);
const STATIC = new URL("../../twinbed/server/static/", import.meta.url).pathname;
const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
  ".md": "text/plain",
};
const CSP =
  "default-src 'self'; script-src 'self'; style-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'";

const invitations = [];
const people = [
  { id: 1, name: "Dr Han", role: "instructor", active: true, last_seen: "2026-11-22T08:55:00Z" },
  { id: 2, name: "J. Park", role: "clinician", active: true, last_seen: null },
];
const audit = ["first start", "account made: Dr Han", "bed opened: anaesthesia", "invitation: clinician"].map(
  (what, i) => ({
    seq: i + 1,
    wall: new Date(1.79e12 + i * 6e4).toISOString(),
    who: i ? "Dr Han" : "system",
    what,
    detail: null,
    hash: (i + 1).toString(16).repeat(64).slice(0, 64),
  }),
);
const forks = new Map();

const bedsMessage = () => ({
  kind: "beds",
  beds: room.beds.map(({ bed }) => ({
    id: bed.id,
    title: bed.title,
    title_ko: bed.title_ko,
    state: bed.state,
    index: bed.index,
  })),
});

let sub = 0;
setInterval(() => {
  sub = (sub + 1) % 20;
  for (const fake of room.beds) {
    if (fake.bed.state !== "running" || fake.bed.kind !== "acute") continue;
    if (sub === 0) page(fake);
    const last = fake.waves[fake.waves.length - 1];
    for (const c of room.clients) {
      const want = c.watch?.[fake.bed.id];
      if (!want) continue;
      const places = fake.bed.view.waves
        .map((w, i) => (want.waves === "all" || want.waves?.includes(w.id) ? i : -1))
        .filter((i) => i >= 0);
      if (places.length) c.send(frameOf(fake, places, last.t0, last.blocks, sub * 5, 5));
      if (sub === 0)
        tell(
          {
            kind: "numbers",
            bed: fake.bed.id,
            t_s: fake.bed.t_s,
            values: fake.values,
            ...alarmsOf(fake),
            devices: devicesOf(fake),
            body: fake.body,
          },
          [c],
        );
    }
  }
}, 50);
setInterval(() => {
  for (const fake of room.beds.filter((f) => f.bed.kind !== "acute")) {
    glucosePage(fake);
    tell({
      kind: "numbers",
      bed: fake.bed.id,
      t_s: fake.bed.t_s,
      values: fake.values,
      alarms: [],
      alarm_sound: 0,
      devices: devicesOf(fake),
    });
  }
}, 2000);

/** Says how time goes at a bed. */
function told(bed) {
  tell({ kind: "clock", bed: bed.id, t_s: bed.t_s, state: bed.state, speed: bed.speed, branch: bed.branch });
  return [200, {}];
}

/** Takes away what was after a time. */
function forget(trends, t_s) {
  const k = trends.t_s.findIndex((t) => t > t_s);
  if (k < 0) return;
  for (const list of [trends.t_s, ...Object.values(trends.numbers)]) list.length = k;
}

async function api(req, path, query) {
  const body = await new Promise((done) => {
    let s = "";
    req.on("data", (d) => (s += d));
    req.on("end", () => done(s ? JSON.parse(s) : {}));
  });
  const error = (status, code, message, advice = "") => [status, { error: { code, message, advice } }];
  if (path[0] === "sign-in") {
    if (path[1] === "link" && !body.name) return [200, { needs: ["name", "password"] }];
    if (body.password === "wrong")
      return error(
        401,
        "wrong_password",
        "Name or password is not right.",
        "Try again, or ask an administrator for a new link.",
      );
    room.me = {
      name: body.name,
      role: "administrator",
      language: null,
      theme: null,
    };
    return [200, room.me];
  }
  if (!room.me) return error(401, "signed_out", "Nobody is signed in.");
  if (path[0] === "me") return [200, room.me];
  if (path[0] === "sign-out") {
    room.me = null;
    return [204];
  }
  if (path[0] === "people" && req.method === "GET") return [200, people];
  if (path[0] === "people") {
    const p = people.find((x) => x.id === Number(path[1]));
    Object.assign(p, body);
    return [200, p];
  }
  if (path[0] === "invitations" && req.method === "GET") return [200, invitations];
  if (path[0] === "invitations" && req.method === "DELETE") {
    const at = invitations.findIndex((link) => link.id === path[1]);
    if (at < 0) return error(404, "not_found", "There is no such link.");
    invitations.splice(at, 1);
    return [204];
  }
  if (path[0] === "invitations") {
    const [made, lasts_ms] = [Date.now(), body.expires_h * 3600_000];
    const [made_at, expires_at] = [made, made + lasts_ms].map((ms) => new Date(ms).toISOString());
    invitations.push({ id: `${made}`, role: body.role, name: null, made_by: room.me.name, made_at, expires_at });
    return [201, { link: `/#/sign-in/3f9c1a7e5b`, role: body.role, expires_at }];
  }
  if (path[0] === "audit") return [200, path[1] ? { ok: true, entries: audit.length } : audit];
  if (path[0] === "ward") return [200, { troubles: [] }];
  if (path[0] === "catalogue")
    return [
      200,
      [
        { id: "bedside", title: "Anaesthesia, 62 years, hypertensive", title_ko: "마취, 62세, 고혈압", kind: "acute" },
        { id: "ards", title: "Intensive care, ARDS", title_ko: "중환자실, ARDS", kind: "acute" },
        { id: "t1d", title: "Type 1 diabetes, closed loop", title_ko: "제1형 당뇨병, 폐루프", kind: "glucose" },
      ],
    ];
  if (path[0] === "studies") return studies(req.method, path.slice(1), query, body, room.me.name, error);
  if (path[0] === "registry") return registry(path.slice(1), query);
  if (path[0] === "twins") return twins(path.slice(1), error);
  if (path[0] !== "beds") return error(404, "not_found", "There is no such thing.");
  if (path.length === 1 && req.method === "GET") return [200, room.beds.map((f) => f.bed)];
  if (path.length === 1) {
    const f = makeBed(`bed${room.beds.length + 1}`, body.title ?? "New bed", "새 병상", "acute", { age: 40 });
    tell(bedsMessage());
    return [201, f.bed];
  }
  const fake = room.beds.find((f) => f.bed.id === path[1]);
  if (!fake) return error(404, "no_bed", `There is no bed ${path[1]}.`);
  const { bed } = fake;
  switch (path[2]) {
    case undefined:
      if (req.method === "DELETE") {
        room.beds = room.beds.filter((f) => f !== fake);
        tell(bedsMessage());
        return [204];
      }
      return [200, bed];
    case "requests":
      return request(fake, body);
    case "clock":
      bed.state = { pause: "paused", resume: "running" }[body.do] ?? bed.state;
      if (body.do === "speed") bed.speed = body.value;
      entry(fake, room.me.name, "clock", body.do, body.value ?? null, body.do);
      return told(bed);
    case "rewind":
      bed.branch = fake.branches.length;
      fake.branches.push({ id: bed.branch, parent: bed.branch - 1, from_t_s: body.t_s });
      bed.t_s = Math.floor(body.t_s);
      forget(fake.trends, bed.t_s);
      entry(fake, room.me.name, "rewind", null, body.t_s, `Rewound to ${body.t_s} s`);
      return told(bed);
    case "log":
      return [
        200,
        {
          entries: fake.log.filter((e) => e.seq > Number(query.get("after") ?? 0)),
          branches: fake.branches,
          alarms: fake.past,
        },
      ];
    case "drugs":
      return [200, []];
    case "twins":
      return [200, {}];
    case "trends": {
      const keep = fake.trends.t_s
        .map((t, i) => (t >= Number(query.get("from")) && t <= Number(query.get("to")) ? i : -1))
        .filter((i) => i >= 0);
      const every = Math.max(1, Math.floor(keep.length / Number(query.get("points") ?? 600)));
      const some = keep.filter((_, i) => i % every === 0);
      return [
        200,
        {
          t_s: some.map((i) => fake.trends.t_s[i]),
          numbers: Object.fromEntries(Object.entries(fake.trends.numbers).map(([k, v]) => [k, some.map((i) => v[i])])),
        },
      ];
    }
    case "waves": {
      const blocks = fake.waves.filter((w) => w.t0 + 1 > Number(query.get("from")) && w.t0 < Number(query.get("to")));
      if (!blocks.length) return error(404, "no_waves", "Nothing is kept of then.");
      const places = bed.view.waves.map((_, i) => i);
      const joined = places.map((p) => Int16Array.from(blocks.flatMap((b) => [...b.blocks[p]])));
      return [200, frameOf(fake, places, blocks[0].t0, joined, 0, joined[0].length), "application/octet-stream"];
    }
    case "forks":
      if (path[3]) {
        const f = forks.get(path[3]);
        if (req.method === "DELETE") {
          f.stopped = true;
          return [204];
        }
        if (f.stopped) return [200, { state: "failed", progress: f.progress, text: "Stopped." }];
        f.progress = Math.min(1, f.progress + 0.34);
        return [
          200,
          f.progress < 1 ? { state: "running", progress: f.progress, may_stop: true } : forkOf(fake, f.body),
        ];
      }
      if (req.method === "GET") return [200, []];
      {
        const id = `f${forks.size + 1}`;
        forks.set(id, { progress: 0, body });
        entry(fake, room.me.name, "fork", id, null, "What if");
        return [202, { fork: id }];
      }
  }
  return error(404, "not_found", "There is no such thing.");
}

makeBed("or1", "Operating room 1", "수술실 1", "acute", {
  age: 62,
  sex: "male",
  weight_kg: 84,
  height_cm: 176,
  conditions: { hypertension: 0.4 },
});
makeBed("icu4", "Intensive care 4", "중환자실 4", "acute", {
  age: 48,
  sex: "female",
  weight_kg: 66,
  height_cm: 165,
  conditions: { ards: 0.5 },
});
makeBed("t1d", "Diabetes clinic", "당뇨병 클리닉", "glucose", {
  age: 29,
  sex: "female",
  weight_kg: 61,
  height_cm: 168,
  conditions: {},
});

const server = createServer(async (req, res) => {
  const url = new URL(req.url, "http://x");
  if (url.pathname.startsWith("/api/")) {
    const [status, said, type = "application/json"] = await api(
      req,
      url.pathname.slice(5).split("/").map(decodeURIComponent),
      url.searchParams,
    ).catch((e) => [500, { error: { code: "fake", message: String(e), advice: "" } }]);
    res
      .writeHead(status, { "Content-Type": type })
      .end(said === undefined ? undefined : Buffer.isBuffer(said) ? said : JSON.stringify(said));
    return;
  }
  const path = normalize(url.pathname === "/" ? "/index.html" : url.pathname);
  try {
    const data = await readFile(join(STATIC, path));
    res
      .writeHead(200, {
        "Content-Type": TYPES[extname(path)] ?? "application/octet-stream",
        "Content-Security-Policy": CSP,
        "Cache-Control": "no-store",
      })
      .end(data);
  } catch {
    res.writeHead(404).end("not found");
  }
});
const sockets = new WebSocketServer({ server, path: "/api/live", maxPayload: 16384 });
sockets.on("connection", (socket) => {
  room.clients.add(socket);
  tell(bedsMessage(), [socket]);
  socket.on("message", (data) => {
    socket.watch = JSON.parse(data).watch;
    for (const id in socket.watch) {
      const f = room.beds.find((b) => b.bed.id === id);
      if (f?.values)
        tell(
          {
            kind: "numbers",
            bed: id,
            t_s: f.bed.t_s,
            values: f.values,
            ...alarmsOf(f),
            devices: devicesOf(f),
            body: f.body,
          },
          [socket],
        );
    }
  });
  socket.on("close", () => room.clients.delete(socket));
});
server.listen(port, "127.0.0.1", () => console.log(`FAKE server (development only) on http://127.0.0.1:${port}/`));
