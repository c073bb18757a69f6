"""Made-up evidence in the shape of real evidence; no number here was measured or simulated."""

import copy
import functools
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
    out = {"unit": "mg/dL", "time_bin_s": 900.0}
    for name, z in factor.items():
        sds = [spread * (0.7 + 0.5 * rise(t)) for t in HOURS]
        out[name] = [round(m + z * s, 2) for m, s in zip(median, sds, strict=True)]
    return out


def _day(subject: str, day: str, seed: int, line: str) -> dict:
    """One day of a person with readings around the twin's line."""
    rng = random.Random(seed)
    times = [round(i / 12, 4) for i in range(288)]
    meals = [
        (7.2 + rng.random(), 45.0),
        (12.4 + rng.random(), 70.0),
        (16.0, 15.0),
        (18.7 + rng.random(), 80.0),
    ]

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
        **(
            {"fitted": [round(v + 9 * math.sin(t), 1) for t, v in zip(times, twin, strict=True)]}
            if line == "predicted"
            else {}
        ),
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
    names = (
        "T1D-UOM 2301",
        "T1D-UOM 2307",
        "T1D-UOM 2308",
        "T1D-UOM 2309",
        "HUPA 0001P",
        "HUPA 0003P",
        "HUPA 0005P",
    )
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
    after = [
        v - 40 * math.exp(-(((t - 14.4) / 1.6) ** 2)) - 24 * math.exp(-(((t - 17) / 2) ** 2))
        for t, v in zip(times, before, strict=True)
    ]
    return {
        "people": people,
        "pooled": pooled,
        "baselines": {
            "persistence": {
                "title": "last reading held",
                "rmse": 58.1,
                "mard": 34.2,
                "bias": 12.0,
                "clarke_ab": 84.0,
            },
            "time_of_day": {
                "title": "time-of-day mean",
                "rmse": 47.7,
                "mard": 28.9,
                "bias": -3.1,
                "clarke_ab": 90.3,
            },
        },
        "examples": [
            _day("T1D-UOM 2301", "2023-11-16", 1, "predicted"),
            _day("T1D-UOM 2307", "2023-11-10", 2, "predicted"),
            _day("HUPA 0001P", "2018-06-14", 8, "predicted"),
            _day("HUPA 0003P", "2019-04-02", 4, "fitted"),
        ],
        "grid_pairs": _pairs(2100),
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
                    {
                        "endpoint": "time_in_range",
                        "unit": "%",
                        "factual": 74.0,
                        "counterfactual": 86.1,
                        "lower": 6.2,
                        "upper": 17.9,
                    },
                    {
                        "endpoint": "time_below_70",
                        "unit": "%",
                        "factual": 0.9,
                        "counterfactual": 1.3,
                        "lower": -0.4,
                        "upper": 2.0,
                    },
                ],
            }
        ],
    }


def _devices(controller: dict, layers: list[dict]) -> list[dict]:
    dropout = {"device": "devices/faults/dropout", "settings": {}}
    return [
        {
            "name": "pump",
            "device": "devices/delivery/insulin_pump",
            "role": "actuator",
            "period_s": 60.0,
            "settings": {"increment": 0.05},
            "wrap": [],
        },
        {
            "name": "sensor",
            "device": "devices/sensing/cgm_facchinetti2014",
            "role": "sensor",
            "period_s": 300.0,
            "settings": {},
            "wrap": [dropout],
        },
        controller | {"role": "software", "period_s": 300.0, "wrap": layers},
    ]


def _links(software: str) -> list[dict]:
    rows = [
        ("patient", "sensor", "interstitial_glucose"),
        ("sensor", software, "cgm"),
        ("sensor", software, "cgm_valid"),
        (software, "pump", "basal_command"),
        (software, "pump", "bolus_command"),
        ("pump", "patient", "insulin_rate"),
        ("pump", software, "insulin_reported"),
        ("scenario", software, "carbohydrate_announced"),
    ]
    return [{"source": a, "target": b, "signal": s} for a, b, s in rows]


def _outcome(label: str, unit: str, mean: float, sd: float) -> dict:
    half = 1.96 * sd / math.sqrt(110)
    quantiles = {f"p{p:02d}": mean + z * sd for p, z in ((5, -1.64), (25, -0.67), (50, 0.05), (75, 0.67), (95, 1.64))}
    return {
        "label": label,
        "unit": unit,
        "better": None,
        "patients": 110,
        "sd": sd,
        "quantiles": quantiles,
        "mean": {"value": mean, "low": mean - half, "high": mean + half},
    }


_OUTCOMES = {
    # outcome: (label, unit, (mean, SD) in open loop, (mean, SD) in closed loop)
    "glucose_control.time_in_range": ("time from 70 to 180 mg/dL", "%", (62.4, 15.2), (76.9, 9.8)),
    "glucose_control.time_below_70": ("time below 70 mg/dL", "%", (4.81, 3.9), (2.13, 1.6)),
    "glucose_control.time_below_54": ("time below 54 mg/dL", "%", (1.32, 1.7), (0.041, 0.2)),
    "glucose_control.time_above_180": ("time above 180 mg/dL", "%", (32.79, 14.0), (20.97, 9.0)),
    "glucose_control.time_above_250": ("time above 250 mg/dL", "%", (8.1, 7.1), (2.4, 3.3)),
    "glucose_control.mean_glucose": ("mean glucose", "mg/dL", (161.3, 21.0), (147.8, 12.5)),
    "insulin_delivery.total_daily_insulin": ("insulin a day", "[IU]/d", (43.2, 11.0), (44.9, 11.6)),
    "acme.settling": ("time to settle after a meal", "h", (3.1, 0.7), (2.2, 0.5)),
}


def _events(rows: tuple[tuple[str, int, int], ...]) -> list[dict]:
    return [
        {
            "outcome": f"glucose_events.{name}",
            "rule": name,
            "events": float(events),
            "patients": 111,
            "patients_with_events": patients,
            "per_patient_week": events / 222,
        }
        for name, events, patients in rows
    ]


def _sample(place: int, gain: float) -> dict:
    glucose = [
        round(125 + gain * 35 * math.sin(t / 3.1 + place) + 12 * math.sin(t * 1.7), 1)
        for t in (i / 12 for i in range(576))
    ]
    return {
        "patient": place,
        "id": f"adults/{place:04d}",
        "from_s": 86400.0,
        "period_s": 300.0,
        "signals": {"glucose": glucose, "cgm": glucose},
    }


def _arms() -> dict:
    controllers = (
        {"name": "therapy", "device": "devices/software/bolus_calculator", "settings": {}},
        {
            "name": "controller",
            "device": "devices/software/pid",
            "settings": {"target_glucose": 110.0, "memory_h": 4.0},
        },
    )
    events = (
        (
            ("hypoglycaemia_level_2", 142, 51),
            ("hypoglycaemia_extended", 6, 5),
            ("hyperglycaemia_level_2", 401, 88),
        ),
        (
            ("hypoglycaemia_level_2", 12, 9),
            ("hypoglycaemia_extended", 0, 0),
            ("hyperglycaemia_level_2", 97, 40),
        ),
    )
    layers = ([], [{"device": "devices/software/predictive_suspend", "settings": {"horizon_min": 30.0}}])
    profiles = (_profile(132, 62, 34), _profile(122, 46, 22))
    return {
        name: {
            "title": title,
            "devices": _devices(controllers[i], layers[i]),
            "links": _links(controllers[i]["name"]),
            "outcomes": {key: _outcome(label, unit, *row[i]) for key, (label, unit, *row) in _OUTCOMES.items()},
            "adverse_events": _events(events[i]),
            "profile": profiles[i],
            "samples": [_sample(place, 1.6 - 0.7 * i) for place in (0, 1)],
        }
        for i, (name, title) in enumerate((("open_loop", "Open loop"), ("closed_loop", "Hybrid closed loop")))
    }


def comparison(name: str, estimate: float, half: float, unit: str, **more: object) -> dict:
    """A row of the comparisons of an evidence."""
    return {
        "outcome": name,
        "arm": "closed_loop",
        "reference": "open_loop",
        "role": "descriptive",
        "unit": unit,
        "patients": 110,
        "better": None,
        "test": "superiority",
        "margin": 0.0,
        "p": None,
        "p_adjusted": None,
        "shown": None,
        "difference": {"value": estimate, "low": estimate - half, "high": estimate + half},
        **more,
    }


def _comparisons() -> list[dict]:
    return [
        comparison(
            "glucose_control.time_in_range",
            14.5,
            2.3,
            "%",
            role="primary",
            test="superiority",
            margin=5.0,
            better="higher",
            p=1e-5,
            p_adjusted=1e-5,
            shown=True,
        ),
        comparison(
            "glucose_control.time_below_70",
            -2.68,
            0.71,
            "%",
            role="secondary",
            better="lower",
            p=2e-4,
            p_adjusted=4e-4,
            shown=True,
        ),
        comparison(
            "glucose_control.time_below_54",
            -0.2,
            0.31,
            "%",
            role="secondary",
            better="lower",
            p=0.2,
            p_adjusted=0.2,
            shown=False,
        ),
        comparison(
            "glucose_control.mean_glucose",
            -13.5,
            4.2,
            "mg/dL",
            role="secondary",
            better="lower",
            p=0.002,
            p_adjusted=0.004,
            shown=True,
        ),
        comparison("glucose_control.time_above_180", -11.8, 2.2, "%"),
        comparison("glucose_control.time_above_250", -5.7, 1.4, "%"),
        comparison("insulin_delivery.total_daily_insulin", 1.7, 1.1, "[IU]/d"),
    ]


def _scenario() -> dict:
    meal = {"amount_cv": 0.2, "time_sd_min": 20.0, "probability": 1.0, "days": [], "announced": True}
    return {
        "meals": [
            {"name": "breakfast", "time": 25200.0, "carbohydrate_g": 45.0} | meal,
            {"name": "lunch", "time": 45000.0, "carbohydrate_g_per_kg": 0.9, "fat_g": 20.0} | meal,
            {"name": "snack", "time": 57600.0, "carbohydrate_g": 15.0}
            | meal
            | {"announced": False, "probability": 0.5},
            {"name": "dinner", "time": 68400.0, "carbohydrate_g": 80.0} | meal,
        ],
        "counting": {"bias": -0.1, "person_sd": 0.1, "meal_sd": 0.2},
        "bolusing": {"missed": 0.1, "late": 0.2, "late_min": 30.0, "lead_min": 10.0},
        "exercise": [{"name": "walk", "time": 61200.0, "duration_min": 40.0, "intensity": 50.0, "days": [3, 6, 9]}],
        "faults": [
            {
                "name": "occlusion",
                "signal": "occlusion",
                "time": 79200.0,
                "duration_min": 240.0,
                "share": 0.25,
                "days": [5],
            }
        ],
    }


def _inputs() -> dict:
    return {
        "populations": [
            {
                "id": "cohorts/populations/uva_padova_adults",
                "group": "uva_padova_adults",
                "title": "UVA/Padova adults",
                "model": "physiology/glucose/uva_padova",
                "patients": 100,
                "refused": 7,
                "refused_by_rule": {"basal_out_of_range": 7},
                "source": "published means and standard deviations",
                "demographics": {
                    "age_years": {"mean": 42.6, "sd": 13.1, "min": 19.0, "max": 71.0, "known": 100},
                    "female": {"mean": 0.51, "sd": 0.5, "min": 0.0, "max": 1.0, "known": 100},
                    "body_weight_kg": {"mean": 74.9, "sd": 13.2, "min": 48.1, "max": 112.7, "known": 100},
                    "bmi_kg_m2": {"mean": 25.9, "sd": 3.9, "min": 18.3, "max": 36.0, "known": 100},
                },
            }
        ],
        "twins": [
            {
                "path": "twins/*.json",
                "group": "twins",
                "title": "Fitted twins",
                "model": "physiology/glucose/replay",
                "patients": 11,
                "refused": 0,
                "refused_by_rule": {},
                "source": "T1D-UOM and HUPA-UCM",
                "files": [{"path": f"twins/{i}.json", "sha256": f"{i:x}c" * 32} for i in range(11)],
                "demographics": {
                    "age_years": {"mean": 38.0, "sd": 12.0, "min": 22.0, "max": 61.0, "known": 11},
                    "sex": {"counts": {"F": 7, "M": 4}},
                    "body_weight_kg": {"known": 0},
                },
            }
        ],
        "absent_twins": [],
        "components": {"devices/software/pid": "9f" * 32, "devices/delivery/insulin_pump": "3c" * 32},
    }


def full() -> dict:
    """A study of two arms in virtual patients and twins, with everything in it."""
    return copy.deepcopy(_full())


@functools.cache
def _full() -> dict:
    rng = random.Random(11)
    usual = [max(min(rng.gauss(62.4, 15.2), 99.0), 8.0) for _ in range(110)]
    record = {
        "format": "twinbed-evidence/1",
        "kind": "study",
        "name": "closed_loop_vs_open_loop",
        "title": "Hybrid closed loop against open loop in virtual adults and twins of real people",
        "question": "Does a hybrid closed loop keep glucose in range longer than pump therapy with meal "
        "boluses, when one meal in ten goes unannounced and sensor readings go missing?",
        "study": {"days": 15, "warm_up_days": 1, "precision": "float32", "scenario": _scenario()},
        "study_hash": "ab" * 32,
        "inputs": _inputs(),
        "versions": {
            "twinbed": "0.1.0",
            "source": "5e" * 32,
            "python": "3.11",
            "jax": "0.10.2",
            "machine": "Linux x86_64",
            "git": {"revision": "c0ffee" * 7, "changed": True},
        },
        "seeds": {"seed": 20260117, "streams": "Threefry-2x32 of (seed, patient, device, tick)"},
        "patients": {
            "declared": 111,
            "analysed": 110,
            "persons": 110,
            "rules": {
                "not_finite": "a number was not finite",
                "implausible": "a signal left its plausible range",
            },
            "excluded": [
                {
                    "patient": 42,
                    "id": "adults/0042",
                    "group": "uva_padova_adults",
                    "arm": "open_loop",
                    "rule": "implausible",
                    "day": 8.85,
                }
            ],
            "excluded_by_arm": {"open_loop": {"not_finite": 0, "implausible": 1}},
        },
        "arms": _arms(),
        "comparisons": _comparisons(),
        "primary": {
            "outcome": "glucose_control.time_in_range",
            "label": "time from 70 to 180 mg/dL",
            "unit": "%",
            "test": "superiority",
            "margin": 5.0,
            "confidence": 0.95,
            "better": "higher",
            "verdicts": [],
        },
        "subgroups": [
            {
                "by": by,
                "part": part,
                "arm": "closed_loop",
                "patients": n,
                "difference": {"value": value, "low": value - 3, "high": value + 3},
            }
            for by, part, n, value in (
                ("female", "1.0", 58, 13.9),
                ("female", "0.0", 52, 15.2),
                ("age_years", "below 40", 49, 15.9),
                ("age_years", "40 and above", 61, 13.4),
            )
        ],
        "sensitivity": [
            {
                "set": "all patients with finite results",
                "patients": 111,
                "arm": "closed_loop",
                "reference": "open_loop",
                "outcome": "glucose_control.time_in_range",
                "unit": "%",
                "p": 1e-5,
                "difference": {"value": 14.3, "low": 12.0, "high": 16.6},
            }
        ],
        "points": {
            "outcome": "glucose_control.time_in_range",
            "shown": 110,
            "of": 110,
            "values": {
                "open_loop": usual,
                "closed_loop": [min(v + rng.gauss(14.5, 8), 100.0) for v in usual],
            },
        },
        "methods": {
            "comparison": "mean of differences within patients",
            "level": 0.025,
            "interval": "bootstrap over patients within groups, BCa, 10000 resamples",
        },
        "cautions": ["Computed with 32-bit numbers."],
        "run": {
            "started": "2026-11-21T04:12:09+00:00",
            "finished": "2026-11-21T04:13:40+00:00",
            "wall_s": 91.22,
            "workers": 2,
            "patient_days": 3330.0,
            "patient_days_per_s": 36.5,
        },
        "twins": twins(),
        "data": [
            {
                "title": "T1D-UOM",
                "citation": "Alsuhaymi et al., Scientific Data 2025",
                "doi": "10.5281/zenodo.15169263",
                "licence": "CC BY 4.0",
            },
            {
                "title": "HUPA-UCM",
                "citation": "Hidalgo et al., Data in Brief 2024",
                "doi": "10.17632/3hbcscwz44.1",
                "licence": "CC BY 4.0",
            },
        ],
    }
    return record


def twins_only() -> dict:
    """What fitting alone leaves: no arms, no comparisons."""
    record = full() | {"kind": "twins"}
    kept = ("format", "kind", "twins", "data", "versions", "seeds", "run")
    return {key: record[key] for key in kept}
