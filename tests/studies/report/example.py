"""Made-up evidence in the shape of real evidence; no number here was measured or simulated."""

import copy
import math
import random

HOURS = [i / 4 for i in range(96)]


def _profile(base: float, peak: float, spread: float) -> dict[str, list[float]]:
    """Percentiles with three meals a day."""
    meals = ((7.0, 0.9), (12.5, 0.8), (19.0, 1.0))

    def rise(t: float) -> float:
        return sum(w * max(t - m, 0.0) * math.exp(1 - (t - m) / 1.2) / 1.2 for m, w in meals if t > m)

    median = [base + 8 * math.cos((t - 5) / 24 * 2 * math.pi) + peak * rise(t) for t in HOURS]
    factor = {"p05": -1.55, "p25": -0.62, "p50": 0.0, "p75": 0.75, "p95": 2.0}
    out = {"time_h": HOURS}
    for name, z in factor.items():
        sds = [spread * (0.7 + 0.5 * rise(t)) for t in HOURS]
        out[name] = [round(m + z * s, 2) for m, s in zip(median, sds, strict=True)]
    return out


def _day(subject: str, day: str, seed: int, line: str) -> dict:
    """One day of a person with readings around the twin's line."""
    rng = random.Random(seed)
    times = [round(i / 12, 4) for i in range(288)]
    meals = [(7.2 + rng.random(), 45.0), (12.4 + rng.random(), 70.0), (16.0, 15.0), (18.7 + rng.random(), 80.0)]

    def glucose(t: float) -> float:
        rise = sum(g * 1.4 * max(t - m, 0) * math.exp(1 - (t - m) / 1.1) / 1.1 for m, g in meals if t > m)
        return 112 + 18 * math.sin((t - 2) / 24 * 2 * math.pi) + rise * 0.85

    twin = [round(glucose(t), 1) for t in times]
    error, measured = 0.0, []
    for i, value in enumerate(twin):
        error = 0.95 * error + rng.gauss(0, 5)
        measured.append(None if 100 <= i < 112 else round(max(value + error, 42.0), 1))
    half = [18 + 0.12 * max(v - 100, 0) for v in twin]
    return {
        "subject": subject,
        "day": day,
        "kind": line,
        "time_h": times,
        "measured": measured,
        line: twin,
        "lower": [round(v - h, 1) for v, h in zip(twin, half, strict=True)],
        "upper": [round(v + h, 1) for v, h in zip(twin, half, strict=True)],
        "meals": [{"time_h": round(t, 2), "amount": g} for t, g in meals],
        "boluses": [{"time_h": round(t - 0.1, 2), "amount": round(g / 9.5, 2)} for t, g in meals],
    }


def _accuracy(rng: random.Random, scale: float) -> dict:
    rmse = scale * rng.uniform(0.8, 1.3)
    tir = rng.uniform(55, 90)
    return {
        "rmse": rmse,
        "mard": rmse / 1.7,
        "bias": rng.uniform(-12, 10),
        "clarke_ab": min(100.0, 103 - rmse / 4),
        "coverage": rng.uniform(80, 95),
        "tir_predicted": tir + rng.uniform(-6, 6),
        "tir_observed": tir,
        "tbr_predicted": rng.uniform(0.2, 6),
        "tbr_observed": rng.uniform(0.2, 6),
        "readings": 2016,
    }


def _pairs(n: int) -> list[list[float]]:
    rng = random.Random(5)
    out = []
    for _ in range(n):
        measured = min(max(rng.lognormvariate(math.log(140), 0.38), 42), 398)
        out.append([round(measured, 1), round(max(measured * rng.lognormvariate(0, 0.2), 40), 1)])
    return out


def twins() -> dict:
    """Twins of seven made-up people."""
    rng = random.Random(3)
    names = ("T1D-UOM 2301", "T1D-UOM 2307", "T1D-UOM 2308", "T1D-UOM 2309", "HUPA 0001P", "HUPA 0003P", "HUPA 0005P")
    people = {
        name.split()[1]: {
            "title": name,
            "days": 14,
            "fit": {"rmse": 16 * rng.uniform(0.7, 1.3), "mard": 9 * rng.uniform(0.7, 1.3)},
            "prediction": _accuracy(rng, 36),
            "cpu_s": rng.uniform(0.6, 1.9),
        }
        for name in names
    }
    pooled = _accuracy(rng, 35) | {
        "clarke": {"A": 68.3, "B": 26.9, "C": 0.4, "D": 4.3, "E": 0.08},
        "clarke_ab": 95.2,
    }
    times = [round(i / 6, 4) for i in range(144)]
    before = [120 + 70 * math.exp(-(((t - 14) / 1.6) ** 2)) + 50 * math.exp(-(((t - 20) / 1.5) ** 2)) for t in times]
    after = [v - 40 * math.exp(-(((t - 14.4) / 1.6) ** 2)) - 24 * math.exp(-(((t - 17) / 2) ** 2))
             for t, v in zip(times, before, strict=True)]  # fmt: skip
    return {
        "people": people,
        "pooled": pooled,
        "baselines": {
            "average_patient": {"rmse": 58.1, "mard": 34.2, "bias": 12.0, "clarke_ab": 84.0, "coverage": 88.1},
            "mean_day": {"rmse": 47.7, "mard": 28.9, "bias": -3.1, "clarke_ab": 90.3, "coverage": 91.0},
        },
        "examples": [
            _day("T1D-UOM 2301", "2023-11-16", 1, "predicted"),
            _day("T1D-UOM 2307", "2023-11-10", 2, "predicted"),
            _day("HUPA 0001P", "2018-06-14", 8, "predicted"),
            _day("HUPA 0003P", "2019-04-02", 4, "fitted"),
        ],
        "grid_pairs": _pairs(4000),
        "what_if": [
            {
                "subject": "T1D-UOM 2301",
                "day": "2023-11-16",
                "title": "lunch bolus 20 min before the meal",
                "time_h": times,
                "factual": before,
                "counterfactual": after,
                "lower": [v - 16 for v in after],
                "upper": [v + 18 for v in after],
                "effects": [
                    {"endpoint": "time_in_range", "unit": "%", "factual": 74.0, "counterfactual": 86.1,
                     "lower": 6.2, "upper": 17.9},
                    {"endpoint": "time_below_70", "unit": "%", "factual": 0.9, "counterfactual": 1.3,
                     "lower": -0.4, "upper": 2.0},
                ],
            }
        ],
    }  # fmt: skip


def _devices(controller: dict, wraps: list[str]) -> list[dict]:
    return [
        {"name": "sensor", "title": "CGM", "device": "devices/sensing/cgm", "role": "sensor", "period_s": 300.0,
         "wrap": ["Signal dropout, 5% of readings"], "parameters": {"noise": 6.0}},
        controller | {"role": "software", "period_s": 300.0, "wrap": wraps},
        {"name": "pump", "title": "Insulin pump", "device": "devices/delivery/insulin_pump", "role": "actuator",
         "period_s": 60.0, "parameters": {"increment": 0.05, "basal_max": 5.0}},
    ]  # fmt: skip


def _links(software: str) -> list[dict]:
    rows = [
        ("patient", "sensor", "interstitial_glucose"), ("sensor", software, "cgm"), ("sensor", software, "cgm_valid"),
        (software, "pump", "basal_command"), (software, "pump", "bolus_command"), ("pump", "patient", "insulin_rate"),
        ("pump", software, "insulin_reported"), ("patient", software, "carbohydrate_announced"),
    ]  # fmt: skip
    return [{"source": a, "target": b, "signal": s} for a, b, s in rows]


ARMS = [
    {
        "name": "open_loop",
        "title": "Open loop",
        "devices": _devices(
            {"name": "therapy", "title": "Basal and meal bolus", "device": "devices/software/basal_bolus"}, []
        ),
        "links": _links("therapy"),
    },
    {
        "name": "closed_loop",
        "title": "Hybrid closed loop",
        "devices": _devices(
            {"name": "controller", "title": "Predictive controller", "device": "devices/software/mpc",
             "parameters": {"target_glucose": 110.0, "horizon_h": 4.0}},
            ["Low-glucose suspend"],
        ),
        "links": _links("controller"),
    },
]  # fmt: skip


def _endpoint(mean: float, sd: float, unit: str, label: str) -> dict:
    half = 1.96 * sd / math.sqrt(111)
    return {"mean": mean, "sd": sd, "ci": [mean - half, mean + half], "median": mean * 1.01, "unit": unit,
            "label": label, "n": 111}  # fmt: skip


def _comparison(endpoint: str, estimate: float, half: float, unit: str, **more: object) -> dict:
    return {"endpoint": endpoint, "arm": "closed_loop", "reference": "open_loop", "estimate": estimate,
            "ci_low": estimate - half, "ci_high": estimate + half, "unit": unit, "n": 111, **more}  # fmt: skip


def full() -> dict:
    """A study of two arms in virtual patients and twins, with everything in it."""
    endpoints = {
        "open_loop": {
            "glucose_control.time_in_range": _endpoint(62.4, 15.2, "%", "TIR"),
            "glucose_control.time_below_70": _endpoint(4.81, 3.9, "%", "TBR"),
            "glucose_control.time_below_54": _endpoint(1.32, 1.7, "%", "TBR 54"),
            "glucose_control.mean_glucose": _endpoint(161.3, 21.0, "mg/dL", "Mean"),
            "insulin.total_daily_insulin": _endpoint(43.2, 11.0, "[IU]/d", "TDI"),
        },
        "closed_loop": {
            "glucose_control.time_in_range": _endpoint(76.9, 9.8, "%", "TIR"),
            "glucose_control.time_below_70": _endpoint(2.13, 1.6, "%", "TBR"),
            "glucose_control.time_below_54": _endpoint(0.041, 0.2, "%", "TBR 54"),
            "glucose_control.mean_glucose": _endpoint(147.8, 12.5, "mg/dL", "Mean"),
            "insulin.total_daily_insulin": _endpoint(44.9, 11.6, "[IU]/d", "TDI"),
        },
    }
    return copy.deepcopy({
        "format": "twinbed-evidence/1",
        "study": {
            "name": "closed_loop_vs_open_loop",
            "title": "Hybrid closed loop against open loop in virtual adults and twins of real people",
            "question": "Does a predictive hybrid closed loop keep glucose in range longer than pump therapy with "
            "meal boluses, when one meal in ten goes unannounced and sensor readings go missing?",
            "days": 14,
            "seed": 20260117,
            "n_patients": 111,
            "primary_endpoint": "glucose_control.time_in_range",
            "scenario": [
                "Three meals and a snack a day, 45, 70, 15 and 80 g of carbohydrate, each varied by 20%.",
                "One meal in ten is eaten without a bolus.",
                "30 minutes of moderate exercise every third day at 17:00.",
            ],
        },
        "arms": ARMS,
        "cohorts": [
            {
                "id": "adults", "title": "Virtual adults", "kind": "population", "n": 100, "rejected": 7,
                "source": "Published means and standard deviations",
                "demographics": {
                    "age": {"mean": 42.6, "sd": 13.1, "min": 19.0, "max": 71.0, "unit": "a"},
                    "sex": {"counts": {"F": 51, "M": 49}},
                    "body_weight": {"mean": 74.9, "sd": 13.2, "min": 48.1, "max": 112.7, "unit": "kg"},
                    "total_daily_insulin": {"mean": 42.0, "sd": 11.1, "min": 18.3, "max": 81.0, "unit": "[IU]/d"},
                },
            },
            {
                "id": "people", "title": "Twins of real people", "kind": "twins", "n": 11, "rejected": 0,
                "source": "T1D-UOM, HUPA-UCM",
                "demographics": {
                    "age": {"mean": 38.0, "sd": 12.0, "min": 22.0, "max": 61.0, "unit": "a"},
                    "sex": {"counts": {"F": 7, "M": 4}},
                },
            },
        ],
        "endpoints": endpoints,
        "time_in_range": {
            "open_loop": {"very_low": 1.32, "low": 3.49, "target": 62.4, "high": 24.69, "very_high": 8.1},
            "closed_loop": {"very_low": 0.041, "low": 2.089, "target": 76.9, "high": 18.57, "very_high": 2.4},
        },
        "agp": {"open_loop": _profile(132, 62, 34), "closed_loop": _profile(122, 46, 22)},
        "comparisons": [
            _comparison("glucose_control.time_in_range", 14.5, 2.3, "%", primary=True, test="superiority",
                        margin=5.0, verdict="superior", p=1e-9, better="higher"),
            _comparison("glucose_control.time_below_70", -2.68, 0.71, "%", test="non-inferiority", margin=1.0,
                        verdict="non-inferior", p=0.0004, better="lower"),
            _comparison("glucose_control.time_below_54", -0.2, 0.31, "%", test="superiority",
                        verdict="inconclusive", p=0.2, better="lower"),
            _comparison("glucose_control.mean_glucose", -13.5, 4.2, "mg/dL", test="superiority",
                        verdict="superior", p=0.002, better="lower"),
            _comparison("insulin.total_daily_insulin", 1.7, 1.1, "[IU]/d", test="descriptive"),
        ],
        "adverse_events": [
            {"arm": arm, "kind": kind, "events": events, "patients": patients, "n_patients": 111,
             "per_patient_week": events / 222}
            for kind, a, b in (
                ("level_2_hypoglycaemia", (142, 51), (12, 9)),
                ("prolonged_hypoglycaemia", (6, 5), (0, 0)),
                ("prolonged_hyperglycaemia", (401, 88), (97, 40)),
            )
            for arm, (events, patients) in (("open_loop", a), ("closed_loop", b))
        ],
        "excluded": [{"id": "adults/0042", "arm": "open_loop", "reason": "implausible", "time_h": 212.5}],
        "twins": twins(),
        "limits": ["The exercise model was fitted to young adults only."],
        "provenance": {
            "seed": 20260117,
            "executor": "native",
            "precision": "float32",
            "command": "twinbed run examples/closed_loop.toml --out out/closed_loop",
            "created": "2026-11-21T04:12:09+00:00",
            "cpu_s": 41.73,
            "versions": {"twinbed": "0.1.0", "jax": "0.10.2", "numpy": "2.3.1", "python": "3.11.7"},
            "files": [
                {"name": "examples/closed_loop.toml", "sha256": "9f" * 32},
                {"name": "twins/uom_2301.json", "sha256": "3c" * 32},
            ],
            "data": [
                {"title": "T1D-UOM.", "citation": "Alsuhaymi et al., Scientific Data 2025.",
                 "doi": "10.5281/zenodo.15169263", "licence": "CC BY 4.0"},
                {"title": "HUPA-UCM.", "citation": "Hidalgo et al., Data in Brief 2024.",
                 "doi": "10.17632/3hbcscwz44.1", "licence": "CC BY 4.0"},
            ],
        },
    })  # fmt: skip


def twins_only() -> dict:
    """What fitting alone leaves: no arms, no comparisons."""
    record = full()
    return {key: record[key] for key in ("format", "twins", "provenance")}
