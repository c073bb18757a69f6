// Runs, known patients and devices, and twins of the fake server. NOTHING is run; never shipped.
const LASTS_MS = 20_000;
const OFFERED = {
  studies: [
    ["dilution", "A litre of crystalloid thins blood", "결정질 수액 1 L의 혈액 희석", "acute", 12, false],
    ["loop", "A closed loop and a pump, adults", "성인의 폐루프와 펌프 비교", "glucose", 24, false],
    ["twins", "A closed loop and a pump, fitted twins", "맞춘 트윈의 폐루프와 펌프 비교", "glucose", 0, true],
  ].map(([id, title, title_ko, kind, patients, twins]) => ({
    id,
    title,
    title_ko,
    question: `${title}?`,
    question_ko: `${title_ko}?`,
    kind,
    patients,
    arms: 2,
    seed: 1,
    twins,
    own: false,
  })),
  protocols: [
    ["alarms/visual_signals", "Visual alarm signals", "시각 경보 신호", "IEC 60601-1-8", ["good", "bad_colour"], []],
    [
      "ecg/beat_detection",
      "Beat by beat: detection of QRS complexes",
      "박동별 QRS 검출",
      "ANSI/AAMI EC57",
      ["good"],
      ["mitdb"],
    ],
  ].map(([id, title, title_ko, standard, devices, missing]) => ({ id, title, title_ko, standard, devices, missing })),
  executors: ["auto", "xla", "native"],
  twins: 1,
  study_bytes: 100_000,
  patients: 10_000,
};
const SETTINGS = [
  { name: "seconds", kind: "number", usual: 20, choices: [], low: 0, high: 400 },
  { name: "seed", kind: "whole", usual: 1, choices: [], low: 0, high: 2147483647 },
];
const runs = [];

function start(kind, title, title_ko, asked, who) {
  const made = new Date().toISOString();
  const run = {
    id: `fake${runs.length + 1}`,
    kind,
    title,
    title_ko,
    who,
    made,
    asked,
    at: Date.now(),
    cancelled: false,
  };
  runs.unshift(run);
  return run;
}

function shown(run) {
  const lasted = Date.now() - run.at;
  const progress = run.cancelled ? 0 : Math.min(1, lasted / LASTS_MS);
  const state = run.cancelled ? "cancelled" : progress < 1 ? "running" : "done";
  const study = run.kind === "study";
  const files = ["study.toml", "log.txt"].concat(
    state === "done" ? ["report.html", "report.ko.html", study ? "evidence.json" : "log.json"] : [],
  );
  return {
    id: run.id,
    kind: run.kind,
    title: run.title,
    title_ko: run.title_ko,
    state,
    progress,
    phase: state === "running" ? "fake phase" : "",
    detail: "",
    who: run.who,
    made: run.made,
    began: run.made,
    ended: state === "done" ? new Date(run.at + LASTS_MS).toISOString() : null,
    elapsed_s: Math.min(lasted, LASTS_MS) / 1000,
    left_s: state === "running" ? (LASTS_MS - lasted) / 1000 : null,
    reason: "",
    verdict: state === "done" && !study ? "pass" : null,
    shown: state === "done" && study ? 1 : null,
    of: state === "done" && study ? 1 : null,
    asked: run.asked,
    mine: true,
    sentences: state === "done" && study ? ["A fake sentence: nothing was run."] : [],
    version: "0.0.0 (fake)",
    files: files.map((name) => ({ name, bytes: 2048 })),
  };
}

export function studies(method, path, query, body, who, error) {
  if (path.length === 0 && method === "GET") return [200, runs.map(shown)];
  if (path.length === 0) {
    const known = OFFERED.studies.find((s) => s.id === body.study);
    const { study = null, patients = null, seed = null, executor = "auto" } = body;
    const asked = { study, kind: known?.kind ?? "glucose", patients, seed, executor };
    return [202, shown(start("study", known?.title ?? "A file", known?.title_ko ?? null, asked, who))];
  }
  if (path[0] === "offered") return [200, OFFERED];
  if (path[0] === "protocol") {
    const known = OFFERED.protocols.find((p) => p.id === query.get("id"));
    return known ? [200, { ...known, settings: SETTINGS, attached: [] }] : error(404, "not_found", "No such protocol.");
  }
  if (path[0] === "bench") {
    const known = OFFERED.protocols.find((p) => p.id === body.protocol);
    return [
      202,
      shown(start("bench", `${known.title}: ${body.device}`, `${known.title_ko}: ${body.device}`, body, who)),
    ];
  }
  const run = runs.find((r) => r.id === path[0]);
  if (!run) return error(404, "not_found", `There is no run ${path[0]}.`);
  if (method === "DELETE") {
    runs.splice(runs.indexOf(run), 1);
    return [204];
  }
  if (path[1] === "cancel") run.cancelled = true;
  if (path[1] === "again") Object.assign(run, { cancelled: false, at: Date.now() });
  if (path[1] === "log") {
    const after = Number(query.get("after") ?? 0);
    const all = Array.from({ length: Math.round(20 * shown(run).progress) }, (_, i) => `fake phase: ${5 * i} %`);
    return [200, { lines: all.slice(after), next: all.length }];
  }
  if (path[1]?.includes(".")) return [200, Buffer.from("<!doctype html><p>A fake report</p>"), "text/html"];
  return [200, shown(run)];
}

export function registry(path, query) {
  if (path[0] === "card")
    return [
      200,
      {
        id: query.get("id"),
        markdown: `# Fake\n\n\`${query.get("id")}\`: a fake card.\n\n## Parameters\n\n| parameter | value |\n|---|---|\n| \`a\` | 1 |\n`,
      },
    ];
  const device = (id, title, title_ko, templates) => ({
    id: `devices/${id}`,
    group: id.split("/")[0],
    title,
    title_ko,
    role: "sensor",
    wraps: false,
    templates,
  });
  return [
    200,
    {
      patients: [
        {
          template: "bedside",
          title: "Anaesthesia, 62 years, hypertensive",
          title_ko: "마취, 62세, 고혈압",
          about: "Asleep and ventilated.",
          about_ko: "마취 상태로 인공호흡 중입니다.",
          age: 62,
          sex: "male",
          weight_kg: 84,
          height_cm: 176,
          conditions: { hypertension: 0.4 },
        },
      ],
      populations: [
        {
          id: "cohorts/populations/uva_padova_adults",
          title: "UVA/Padova adults",
          title_ko: "UVA/파도바 모델의 성인",
          about: "",
          source: "a fake source",
          model: "physiology/glucose/uva_padova",
        },
      ],
      devices: [
        device("monitoring/patient_monitor", "A multi-parameter monitor", "다중 환자감시장치", ["bedside"]),
        device("software/pid", "PID control of insulin", "인슐린 제어기", []),
      ],
    },
  ];
}

const DAYS = Array.from({ length: 12 }, (_, i) => ({
  date: new Date(1.79e12 + i * 864e5).toISOString().slice(0, 10),
  readings: 280,
  mard: 8 + 2 * Math.sin(i),
  rmse: 14 + 3 * Math.sin(i),
  predicted_mard: i ? 17 + 4 * Math.cos(i) : null,
  predicted_rmse: i ? 30 + 6 * Math.cos(i) : null,
  inside: i ? 88 : null,
}));
const TWIN = {
  id: "lab.P01",
  subject: "P01",
  model: "physiology/glucose/replay",
  source: "fake recordings",
  version: "0.0.0 (fake)",
  made: "2026-11-20T10:00:00Z",
  draws: 64,
  days: DAYS.length,
  first_day: DAYS[0].date,
  last_day: DAYS[DAYS.length - 1].date,
  weight_assumed: true,
  report: false,
  scores: { mard: 8.1, rmse: 14, predicted_mard: 17.2, predicted_rmse: 30, inside: 88 },
};

export function twins(path, error) {
  if (!path.length)
    return [200, { fitted: [TWIN], not_fitted: [{ subject: "P02", source: "fake", fit: "lab", notes: [] }] }];
  if (path[0] !== TWIN.id) return error(404, "not_found", `There is no twin ${path[0]}.`);
  const known = { name: "si", unit: "mL/uU/min", value: 0.0004, shrinkage: 0.7, learned: true, entangled_with: ["kd"] };
  return [
    200,
    {
      ...TWIN,
      therapy: { basal_rate: 0.9 },
      demographics: { age_years: 40 },
      notes: [],
      identifiability: [known],
      history: DAYS,
    },
  ];
}
