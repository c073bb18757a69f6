// The beds of the fake server. NOT physiology; never shipped.
import {
  ACUTE_CONTROLS,
  ACUTE_DEVICES,
  ACUTE_VIEW,
  FakePatient,
  GLUCOSE_CONTROLS,
  GLUCOSE_DEVICES,
  GLUCOSE_VIEW,
} from "./waves.mjs";

export const PERIOD = 0.01;
const RUN_AHEAD_S = 900;

/** What the server shares with the beds. */
export const room = { beds: [], clients: new Set(), me: null };

export function tell(message, to = room.clients) {
  const text = JSON.stringify(message);
  for (const c of to) if (c.readyState === 1) c.send(text);
}

export function makeBed(id, title, title_ko, kind, patient) {
  const acute = kind === "acute";
  const bed = {
    id,
    title,
    title_ko,
    kind,
    state: "running",
    t_s: 0,
    speed: 1,
    branch: 0,
    index: room.beds.length,
    patient,
    view: structuredClone(acute ? ACUTE_VIEW : GLUCOSE_VIEW),
    devices: acute ? ACUTE_DEVICES : GLUCOSE_DEVICES,
    controls: structuredClone(acute ? ACUTE_CONTROLS : GLUCOSE_CONTROLS),
  };
  const fake = {
    bed,
    patient: new FakePatient(room.beds.length),
    log: [],
    past: [],
    branches: [{ id: 0, parent: null, from_t_s: 0 }],
    trends: { t_s: [], numbers: {} },
    alarms: [],
    seq: 0,
    waves: [],
    paused: -1e9,
    acked: new Set(),
    cuff: 30,
  };
  room.beds.push(fake);
  if (acute) for (let t = 0; t < RUN_AHEAD_S; t++) page(fake, t > RUN_AHEAD_S - 15);
  else for (let m = 0; m < 24 * 60; m++) glucosePage(fake);
  return fake;
}

export function entry(fake, who, kind, control, value, text, accepted = true, reason = null) {
  const e = {
    seq: fake.log.length + 1,
    branch: fake.bed.branch,
    t_s: fake.bed.t_s,
    wall: new Date().toISOString(),
    who,
    kind,
    control,
    value,
    text,
    accepted,
    reason,
  };
  fake.log.push(e);
  tell({ kind: "entry", bed: fake.bed.id, entry: e });
  return e;
}

function judge(fake, values) {
  const on = [];
  for (const n of fake.bed.view.numbers) {
    const v = values[n.id];
    const { low, high } = n.limits ?? {};
    if (low != null && v < low)
      on.push({
        id: `${n.id}_low`,
        priority: n.id === "SpO2" || v < low - 10 ? 3 : 2,
        text: `${n.label} low`,
        text_ko: `${n.label} 낮음`,
        numbers: [n.id],
      });
    if (high != null && v > high)
      on.push({
        id: `${n.id}_high`,
        priority: 2,
        text: `${n.label} high`,
        text_ko: `${n.label} 높음`,
        numbers: [n.id],
      });
  }
  if (fake.disconnected)
    on.push({
      id: "ventilator",
      priority: 3,
      text: "Ventilator: low pressure or disconnected",
      text_ko: "인공호흡기: 저압 또는 분리",
      numbers: ["Ppeak"],
    });
  if (fake.bed.t_s % 600 < 60 && fake.bed.kind === "acute")
    on.push({
      id: "pump_nearly_empty",
      priority: 1,
      text: "Propofol pump nearly empty",
      text_ko: "프로포폴 펌프 잔량 부족",
    });
  for (const a of on)
    if (!fake.alarms.some((b) => b.id === a.id)) fake.past.push({ ...a, t_s: fake.bed.t_s, until_s: null });
  for (const b of fake.alarms)
    if (!on.some((a) => a.id === b.id)) {
      fake.past.find((p) => p.id === b.id && p.until_s === null).until_s = fake.bed.t_s;
      fake.acked.delete(b.id);
    }
  fake.alarms = on.map((a) => ({ ...a, acknowledged: fake.acked.has(a.id) }));
}

export function page(fake, keepWaves = true) {
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
  fake.body = fake.patient.body();
  fake.trends.t_s.push(fake.bed.t_s);
  for (const k in values) (fake.trends.numbers[k] ??= []).push(values[k]);
  judge(fake, values);
}

export function glucosePage(fake) {
  fake.bed.t_s += 60;
  const h = (fake.bed.t_s / 3600) % 24;
  const glucose = Math.round(
    128 +
      55 * Math.exp(-(((h - 8.6) / 1.1) ** 2)) +
      62 * Math.exp(-(((h - 13.4) / 1.3) ** 2)) +
      48 * Math.exp(-(((h - 19.6) / 1.3) ** 2)) -
      34 * Math.exp(-(((h - 3) / 2) ** 2)) +
      (fake.patient.value("HR") - 68) +
      6 * fake.patient.random(),
  );
  fake.values = { glucose, IOB: Number((1 + 3 * Math.exp(-(((h % 5.5) - 1) ** 2))).toFixed(2)) };
  fake.trends.t_s.push(fake.bed.t_s);
  for (const k in fake.values) (fake.trends.numbers[k] ??= []).push(fake.values[k]);
}

const PAUSE_S = 120;

/** What the alarm system says, as the message of numbers has it. */
export const alarmsOf = (fake) => {
  const pause_left_s = Math.max(0, PAUSE_S - (fake.bed.t_s - fake.paused));
  const loud = fake.alarms.filter((a) => !a.acknowledged).map((a) => a.priority);
  return { alarms: fake.alarms, alarm_sound: pause_left_s > 0 ? 0 : Math.max(0, ...loud), pause_left_s };
};

export const devicesOf = (fake) =>
  fake.bed.kind === "acute"
    ? {
        ventilator: {
          ventilator_peak_pressure: 18.6,
          ventilator_plateau_pressure: 16.1,
          ventilator_total_peep: 5,
          ventilator_tidal_volume: 518,
          ventilator_minute_volume: 6.2,
          ventilator_rate: 12,
          ventilator_compliance: 47,
          ventilator_alarm: fake.disconnected ? 2 : 0,
        },
        propofol: {
          pump_flow: 48,
          pump_volume_total: 12.4 + fake.bed.t_s / 75,
          pump_left: Math.max(0, 37.6 - fake.bed.t_s / 75),
          pump_pressure: 8.2,
          pump_alarm: 0,
        },
        alarms: {
          alarm_count: fake.past.length,
          alarm_count_high: 0,
          alarm_time: 12,
        },
        cuff: { cuff_pressure: 0, measured_t_s: fake.cuff },
      }
    : {
        cgm: { cgm: fake.values?.glucose },
        pump: { insulin_reported: 0.85, insulin_on_board: fake.values?.IOB, reservoir: 142 },
      };

export function frameOf(fake, places, t0, blocks, from, count) {
  const buffer = Buffer.alloc(24 + places.length * 2 + places.length * count * 2);
  buffer.writeUInt8(1, 0);
  buffer.writeUInt8(places.length, 1);
  buffer.writeUInt16LE(fake.bed.index, 2);
  buffer.writeUInt32LE(fake.seq++, 4);
  buffer.writeDoubleLE(t0 + from * PERIOD, 8);
  buffer.writeFloatLE(PERIOD, 16);
  buffer.writeUInt32LE(count, 20);
  places.forEach((p, i) => {
    buffer.writeUInt16LE(p, 24 + 2 * i);
    for (let k = 0; k < count; k++)
      buffer.writeInt16LE(
        Math.max(-32767, Math.min(32767, blocks[p][from + k] ?? -32768)),
        24 + 2 * places.length + 2 * (i * count + k),
      );
  });
  return buffer;
}

const EFFECT = {
  propofol: { SYS: -28, DIA: -14, HR: -5, BIS: -16 },
  remifentanil: { SYS: -16, DIA: -8, HR: -12 },
  phenylephrine: { SYS: 22, DIA: 14, HR: -6 },
  norepinephrine: { SYS: 28, DIA: 16, HR: -2 },
  ephedrine: { SYS: 20, DIA: 9, HR: 12 },
  atropine: { HR: 26 },
  blood_loss: { SYS: -48, DIA: -22, HR: 32 },
  crystalloid: { SYS: 14, DIA: 6, HR: -8 },
  fault_dropout: { SpO2: -16 },
  carbohydrate: { HR: 60 },
  injection: { HR: -50 },
};

export function request(fake, body) {
  const control = fake.bed.controls.find((c) => c.id === body.control);
  if (!control)
    return [
      409,
      {
        error: { code: "unknown_control", message: `There is no control ${body.control}.`, advice: "" },
        entry: entry(fake, room.me.name, "request", body.control, body.value, body.control, false, "no such control"),
      },
    ];
  if (control.kind === "dose" && body.value > control.high) {
    const reason = `${control.label}: ${body.value} ${control.unit} is more than ${control.high} ${control.unit} at once`;
    return [
      409,
      {
        error: { code: "out_of_range", message: reason, advice: "Ask for less." },
        entry: entry(
          fake,
          room.me.name,
          "request",
          body.control,
          body.value,
          `${control.label} ${body.value} ${control.unit}`,
          false,
          reason,
        ),
      },
    ];
  }
  if (body.control === "alarm_paused") fake.paused = fake.bed.t_s - fake.paused < PAUSE_S ? -1e9 : fake.bed.t_s;
  if (body.control === "alarm_acknowledged") for (const a of fake.alarms) fake.acked.add(a.id);
  if (body.control === "ventilator_connected") fake.disconnected = !fake.disconnected;
  if (body.control === "nibp_start") fake.cuff = fake.bed.t_s;
  if (EFFECT[body.control]) fake.patient.push(body.control, EFFECT[body.control], 200);
  if (body.value !== undefined && control.kind !== "dose") control.now = body.value;
  for (const n of fake.bed.view.numbers)
    for (const side of ["low", "high"]) if (n.limits?.[`${side}_control`] === body.control) n.limits[side] = body.value;
  return [
    200,
    {
      accepted: true,
      entry: entry(
        fake,
        room.me.name,
        "request",
        body.control,
        body.value ?? null,
        control.kind === "act"
          ? control.label
          : `${control.label} ${body.value} ${control.unit ?? ""}${body.lasts_s ? ` over ${body.lasts_s / 60} min` : ""}`,
      ),
    },
  ];
}

export function forkOf(fake, body) {
  const n = 61;
  const t_s = Array.from({ length: n }, (_, i) => body.at_s + (i / (n - 1)) * body.horizon_s);
  const band = (id, shift) => {
    const start = fake.values[id];
    const out = { p5: [], p50: [], p95: [] };
    t_s.forEach((t, i) => {
      const x = i / (n - 1);
      const drift = (id === "SYS" || id === "MAP" || id === "DIA" ? -14 : id === "HR" ? 6 : 0) * (1 - Math.exp(-3 * x));
      const effect = body.changes.reduce(
        (s, c) =>
          s +
          ((shift && EFFECT[c.control]?.[id === "MAP" ? "DIA" : id]) || 0) *
            (t > body.at_s + c.after_s ? 1 - Math.exp(-(t - body.at_s - c.after_s) / 50) : 0),
        0,
      );
      const m = start + drift + effect + Math.sin(i / 4) * 0.5;
      const w = 1 + 9 * Math.sqrt(x) * (id === "SpO2" ? 0.12 : id === "etCO2" || id === "RR" ? 0.3 : 1);
      out.p50.push(m);
      out.p5.push(m - w);
      out.p95.push(Math.min(m + w, id === "SpO2" ? 100 : 1e9));
    });
    return out;
  };
  const ids = fake.bed.view.numbers.map((v) => v.id).filter((id) => !id.startsWith("N"));
  return {
    state: "done",
    progress: 1,
    t_s,
    as_is: Object.fromEntries(ids.map((id) => [id, band(id, false)])),
    changed: Object.fromEntries(ids.map((id) => [id, band(id, true)])),
    text: `With the change, mean arterial pressure after ${body.horizon_s / 60} min is 71 mmHg (62 to 80) instead of 58 mmHg (49 to 66).`,
    ...body,
  };
}
