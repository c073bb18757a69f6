// Waves drawn by formulas, for developing the front end. NOT physiology; never shipped.
const bump = (x, at, width, height) => height * Math.exp(-(((x - at) / width) ** 2));

export class FakePatient {
  constructor(seed) {
    this.base = { HR: 68 + seed * 5, SYS: 122, DIA: 64, SpO2: 98, etCO2: 37, RR: 12, Temp: 36.9, BIS: 46 };
    this.pull = {};
    this.beat = 0;
    this.breath = 0;
    this.t = 0;
    this.volume = 0;
    this.ran = seed * 7919 + 1;
  }
  random() {
    this.ran = (this.ran * 48271) % 2147483647;
    return this.ran / 2147483647 - 0.5;
  }
  value(id) {
    let v = this.base[id];
    for (const p of Object.values(this.pull))
      if (p.on[id])
        v +=
          p.on[id] *
          Math.min(1, Math.max(0, (this.t - p.from) / 25)) *
          Math.exp(-Math.max(0, this.t - p.from) / p.fades);
    return v + 0.6 * Math.sin(this.t / 17 + v);
  }
  push(name, on, fades = 240) {
    this.pull[`${name}${this.t}`] = { on, from: this.t, fades };
  }
  sample(dt) {
    this.t += dt;
    const [hr, sys, dia] = [this.value("HR"), this.value("SYS"), this.value("DIA")];
    this.beat += (hr / 60) * dt;
    this.breath += (this.value("RR") / 60) * dt;
    const b = this.beat % 1;
    const r = this.breath % 1;
    const p =
      bump(b, 0.12, 0.03, 0.12) +
      bump(b, 0.235, 0.008, -0.1) +
      bump(b, 0.25, 0.011, 1.05) +
      bump(b, 0.27, 0.009, -0.22) +
      bump(b, 0.52, 0.06, 0.28);
    const late = (b + 0.62) % 1;
    const pulse =
      bump(late, 0.18, 0.075, 1) +
      bump(late, 0.32, 0.1, 0.55) +
      bump(late, 0.5, 0.05, 0.18) +
      bump(late, 0.65, 0.18, 0.16);
    const inspires = r < 0.33;
    const flow = inspires ? 32 * Math.min(1, r * 40) : -58 * Math.exp(-(r - 0.33) * 9) * Math.min(1, (r - 0.33) * 60);
    const gone = inspires ? r / 0.33 : Math.exp(-(r - 0.33) * 9);
    const co2 = r < 0.36 ? Math.max(0, 1 - r * 30) : Math.min(1, (r - 0.36) * 16) * (0.9 + (0.1 * (r - 0.36)) / 0.64);
    return {
      ecg_ii: p + 0.03 * this.random() + 0.04 * Math.sin(2 * Math.PI * r),
      arterial_pressure: dia + (sys - dia) * pulse * (1 + 0.04 * Math.sin(2 * Math.PI * r)),
      ppg_infrared: 1 - 0.03 * (pulse + 0.1 * Math.sin(2 * Math.PI * r)),
      central_venous_pressure:
        6 + 2 * bump(b, 0.3, 0.06, 1) + 1.5 * bump(b, 0.7, 0.08, 1) - 2 * Math.sin(2 * Math.PI * r),
      airway_pressure: 5 + 13 * gone * (inspires ? 1 : 0.9),
      airway_flow: flow,
      lung_volume: 2.1 + 0.52 * gone,
      co2_wave: this.value("etCO2") * co2,
    };
  }
  body() {
    const b = this.beat % 1;
    const gone = Math.min(1, Math.max(0, (b - 0.3) / 0.3)) - Math.min(1, Math.max(0, (b - 0.68) / 0.5));
    const stroke = Math.max(5, 70 + (this.value("SYS") - 122) / 2);
    const r = this.breath % 1;
    const gas = 2.1 + 0.52 * (r < 0.33 ? r / 0.33 : Math.exp(-(r - 0.33) * 9));
    return {
      left_ventricular_volume: 128 - stroke * gone,
      right_ventricular_volume: 140 - stroke * gone,
      lung_volume_left: 0.47 * gas,
      lung_volume_right: 0.53 * gas,
      arterial_saturation: Math.min(1, this.value("SpO2") / 100),
      cardiac_output: (stroke * this.value("HR")) / 1000,
      blood_volume: 5200,
    };
  }
  numbers() {
    const round = (id, d = 0) => Number(this.value(id).toFixed(d));
    const [s, d] = [round("SYS"), round("DIA")];
    return {
      HR: round("HR"),
      SYS: s,
      DIA: d,
      MAP: Math.round(d + (s - d) / 3),
      CVP: 6,
      SpO2: Math.min(100, round("SpO2")),
      etCO2: round("etCO2"),
      RR: round("RR"),
      Ppeak: 19,
      Vt: 520,
      Temp: round("Temp", 1),
      NSYS: 118,
      NDIA: 66,
      NMAP: 84,
      BIS: round("BIS"),
    };
  }
}

const wave = (id, label, unit, colour, window_s, low, high, scale, inverted = false) => ({
  id,
  label,
  unit,
  colour,
  window_s,
  low,
  high,
  rate_hz: 100,
  offset: 0,
  scale,
  inverted,
});
const number = (id, label, unit, colour, digits, wave, limits) => ({ id, label, unit, colour, digits, wave, limits });
const limits = (id, low, high) => ({
  low,
  high,
  low_control: low == null ? null : `${id}_low`,
  high_control: high == null ? null : `${id}_high`,
});

export const ACUTE_VIEW = {
  page_s: 1,
  waves: [
    wave("ecg_ii", "ECG II", "mV", "ecg", 6, -0.4, 1.2, 0.001),
    wave("arterial_pressure", "ABP", "mmHg", "arterial", 6, 40, 160, 0.02),
    wave("ppg_infrared", "Pleth", "", "pleth", 6, 0.96, 1.01, 0.0001, true),
    wave("co2_wave", "CO2", "mmHg", "co2", 12, 0, 50, 0.01),
    wave("airway_pressure", "Paw", "cmH2O", "airway", 12, 0, 30, 0.01),
    wave("airway_flow", "Flow", "L/min", "airway", 12, -60, 60, 0.02),
    wave("lung_volume", "Volume", "L", "airway", 12, 2, 3, 0.001),
  ],
  numbers: [
    number("HR", "HR", "/min", "ecg", 0, "ecg_ii", limits("heart_rate", 50, 120)),
    number("SYS", "SYS", "mmHg", "arterial", 0, "arterial_pressure", null),
    number("DIA", "DIA", "mmHg", "arterial", 0, "arterial_pressure", null),
    number("MAP", "MAP", "mmHg", "arterial", 0, "arterial_pressure", limits("pressure", 60, 110)),
    number("SpO2", "SpO2", "%", "pleth", 0, "ppg_infrared", limits("saturation", 90, null)),
    number("etCO2", "EtCO2", "mmHg", "co2", 0, "co2_wave", limits("carbon_dioxide", 30, 50)),
    number("RR", "RR", "/min", "co2", 0, "co2_wave", limits("breathing", 8, 30)),
    number("Ppeak", "Ppeak", "cmH2O", "airway", 0, "airway_pressure", null),
    number("Vt", "Vt", "mL", "airway", 0, "airway_pressure", null),
    number("Temp", "Temp", "°C", "temperature", 1, null, limits("temperature", 36, 39)),
    number("NSYS", "NSYS", "mmHg", "nibp", 0, null, null),
    number("NDIA", "NDIA", "mmHg", "nibp", 0, null, null),
    number("NMAP", "NMAP", "mmHg", "nibp", 0, null, null),
    number("BIS", "BIS", "", "neutral", 0, null, null),
  ],
};

export const GLUCOSE_VIEW = {
  page_s: 60,
  waves: [],
  numbers: [
    number("glucose", "CGM", "mg/dL", "glucose", 0, null, limits("glucose", 70, 180)),
    number("IOB", "IOB", "U", "insulin", 1, null, null),
  ],
};

const C = ["clinician", "engineer", "instructor", "administrator"];
const control = (id, group, label, label_ko, kind, more = {}) => ({
  id,
  group,
  label,
  label_ko,
  kind,
  roles:
    group === "fault"
      ? ["engineer", "instructor", "administrator"]
      : group === "patient"
        ? ["instructor", "administrator"]
        : C,
  ...more,
});
const limit = (id, label, label_ko, unit, now, low, high) =>
  control(id, "alarm", label, label_ko, "number", { unit, now, low, high, step: 1 });

export const ACUTE_CONTROLS = [
  control("alarm_acknowledged", "alarm", "Acknowledge alarms", "경보 확인", "act"),
  control("alarm_paused", "alarm", "Audio pause", "경보음 일시 정지", "act"),
  ...[
    ["heart_rate", "HR", "심박수", "/min", 50, 120, 0, 300],
    ["pressure", "MAP", "평균 동맥압", "mmHg", 60, 110, 0, 300],
    ["breathing", "RR", "호흡수", "/min", 8, 30, 0, 150],
    ["carbon_dioxide", "EtCO2", "EtCO2", "mmHg", 30, 50, 0, 200],
    ["temperature", "Temp", "체온", "°C", 36, 39, 10, 46],
  ].flatMap(([id, l, k, u, a, b, lo, hi]) => [
    limit(`${id}_low`, `${l} low`, `${k} 하한`, u, a, lo, hi),
    limit(`${id}_high`, `${l} high`, `${k} 상한`, u, b, lo, hi),
  ]),
  limit("saturation_low", "SpO2 low", "SpO2 하한", "%", 90, 0, 100),
  control("nibp_start", "device", "Measure NIBP", "NIBP 측정", "act", { device: "cuff" }),
  control("propofol", "drug", "Propofol", "프로포폴", "dose", {
    unit: "mg",
    low: 0,
    high: 300,
    step: 10,
    default: 50,
    route: "iv",
  }),
  control("remifentanil", "drug", "Remifentanil", "레미펜타닐", "dose", {
    unit: "µg",
    low: 0,
    high: 200,
    step: 5,
    default: 50,
    route: "iv",
  }),
  control("rocuronium", "drug", "Rocuronium", "로쿠로늄", "dose", {
    unit: "mg",
    low: 0,
    high: 120,
    step: 5,
    default: 50,
    route: "iv",
  }),
  control("phenylephrine", "drug", "Phenylephrine", "페닐에프린", "dose", {
    unit: "µg",
    low: 0,
    high: 500,
    step: 50,
    default: 100,
    route: "iv",
  }),
  control("norepinephrine", "drug", "Norepinephrine", "노르에피네프린", "dose", {
    unit: "µg",
    low: 0,
    high: 200,
    step: 5,
    default: 10,
    route: "iv",
  }),
  control("ephedrine", "drug", "Ephedrine", "에페드린", "dose", {
    unit: "mg",
    low: 0,
    high: 50,
    step: 5,
    default: 10,
    route: "iv",
  }),
  control("atropine", "drug", "Atropine", "아트로핀", "dose", {
    unit: "mg",
    low: 0,
    high: 3,
    step: 0.1,
    default: 0.5,
    route: "iv",
  }),
  control("crystalloid", "drug", "Crystalloid", "정질액", "dose", {
    unit: "mL",
    low: 0,
    high: 2000,
    step: 250,
    default: 500,
    route: "iv",
  }),
  control("blood_loss", "patient", "Blood loss", "출혈", "dose", {
    unit: "mL",
    low: 0,
    high: 3000,
    step: 100,
    default: 800,
  }),
  control("bronchospasm", "patient", "Bronchospasm", "기관지 연축", "number", {
    unit: "",
    low: 0,
    high: 1,
    step: 0.1,
    now: 0,
  }),
  control("rhythm", "patient", "Rhythm", "심장 리듬", "choice", {
    choices: [
      { value: 0, label: "Sinus", label_ko: "동리듬" },
      { value: 1, label: "Atrial fibrillation", label_ko: "심방세동" },
      { value: 2, label: "Ventricular fibrillation", label_ko: "심실세동" },
    ],
    now: 0,
  }),
  control("incision", "patient", "Surgical incision", "피부 절개", "act"),
  control("ventilator_connected", "fault", "Ventilator disconnection", "인공호흡기 분리", "act", {
    device: "ventilator",
  }),
  control("propofol_occlusion", "fault", "Occlusion of the propofol line", "프로포폴 라인 폐색", "act", {
    device: "propofol",
  }),
  control("fault_dropout", "fault", "Oximeter probe off", "산소포화도 센서 이탈", "act", { device: "oximeter" }),
  control("ventilator_mode_set", "device", "Mode", "환기 모드", "choice", {
    device: "ventilator",
    choices: [
      { value: 0, label: "VCV" },
      { value: 1, label: "PCV" },
      { value: 2, label: "PSV" },
    ],
    now: 0,
  }),
  control("ventilator_tidal_volume_set", "device", "Tidal volume", "일회 호흡량", "number", {
    device: "ventilator",
    unit: "mL",
    low: 100,
    high: 1200,
    step: 10,
    now: 520,
  }),
  control("ventilator_rate_set", "device", "Rate", "호흡수", "number", {
    device: "ventilator",
    unit: "/min",
    low: 4,
    high: 60,
    step: 1,
    now: 12,
  }),
  control("ventilator_peep_set", "device", "PEEP", "PEEP", "number", {
    device: "ventilator",
    unit: "cmH2O",
    low: 0,
    high: 30,
    step: 1,
    now: 5,
  }),
  control("ventilator_oxygen_set", "device", "FiO2", "FiO2", "number", {
    device: "ventilator",
    unit: "",
    low: 0.21,
    high: 1,
    step: 0.05,
    now: 0.5,
  }),
  control("ventilator_inspiratory_time_set", "device", "Inspiratory time", "흡기 시간", "number", {
    device: "ventilator",
    unit: "s",
    low: 0.3,
    high: 4,
    step: 0.1,
    now: 1.6,
  }),
  control("propofol_command", "device", "Propofol rate", "프로포폴 속도", "number", {
    device: "propofol",
    unit: "mg/min",
    low: 0,
    high: 200,
    step: 0.5,
    now: 8,
  }),
];
const shows = (id, label, label_ko, unit, digits = 0) => ({ id, label, label_ko, unit, digits });
export const ACUTE_DEVICES = [
  { id: "monitor", kind: "monitor", label: "Patient monitor", label_ko: "환자 감시 장치", shows: [] },
  {
    id: "cuff",
    kind: "nibp",
    label: "NIBP cuff",
    label_ko: "비침습 혈압계",
    shows: [shows("cuff_pressure", "Cuff pressure", "커프 압력", "mmHg")],
  },
  {
    id: "ventilator",
    kind: "ventilator",
    label: "Ventilator",
    label_ko: "인공호흡기",
    shows: [
      shows("ventilator_peak_pressure", "Peak pressure", "최고 기도압", "cmH2O"),
      shows("ventilator_plateau_pressure", "Plateau pressure", "고원압", "cmH2O"),
      shows("ventilator_total_peep", "Total PEEP", "총 PEEP", "cmH2O"),
      shows("ventilator_tidal_volume", "Expired tidal volume", "호기 일회 호흡량", "mL"),
      shows("ventilator_minute_volume", "Minute volume", "분당 환기량", "L/min", 1),
      shows("ventilator_rate", "Rate", "호흡수", "/min"),
      shows("ventilator_compliance", "Compliance", "유순도", "mL/cmH2O"),
    ],
  },
  {
    id: "propofol",
    kind: "infusion_pump",
    label: "Syringe pump: propofol",
    label_ko: "시린지 펌프: 프로포폴",
    shows: [
      shows("pump_flow", "Flow", "주입 속도", "mL/h", 1),
      shows("pump_volume_total", "Given", "주입량", "mL", 1),
      shows("pump_left", "Left", "남은 양", "mL", 1),
      shows("pump_pressure", "Line pressure", "라인 압력", "kPa", 1),
    ],
  },
  {
    id: "alarms",
    kind: "alarm_system",
    label: "Alarm system",
    label_ko: "경보 시스템",
    shows: [
      shows("alarm_count", "Alarms so far", "누적 경보", ""),
      shows("alarm_count_high", "Of high priority", "높은 우선순위", ""),
      shows("alarm_time", "Time with an alarm", "경보 지속 시간", "s"),
    ],
  },
];
export const GLUCOSE_DEVICES = [
  {
    id: "cgm",
    kind: "cgm",
    label: "Glucose sensor",
    label_ko: "연속 혈당 측정기",
    shows: [shows("cgm", "Sensor glucose", "센서 혈당", "mg/dL")],
  },
  {
    id: "pump",
    kind: "insulin_pump",
    label: "Insulin pump",
    label_ko: "인슐린 펌프",
    shows: [
      shows("insulin_reported", "Basal rate", "기저 주입 속도", "U/h", 2),
      shows("insulin_on_board", "Insulin on board", "체내 잔여 인슐린", "U", 1),
      shows("reservoir", "Reservoir", "저장고 잔량", "U"),
    ],
  },
];
export const GLUCOSE_CONTROLS = [
  control("injection", "drug", "Insulin bolus", "인슐린 볼루스", "dose", {
    unit: "U",
    low: 0,
    high: 25,
    step: 0.5,
    default: 4,
    route: "sc",
  }),
  control("carbohydrate", "person", "Meal (carbohydrate)", "식사 (탄수화물)", "dose", {
    unit: "g",
    low: 0,
    high: 150,
    step: 5,
    default: 50,
    route: "oral",
  }),
  control("exercise_intensity", "person", "Exercise", "운동", "number", {
    unit: "%",
    low: 0,
    high: 100,
    step: 10,
    now: 0,
  }),
];
