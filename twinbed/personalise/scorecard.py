"""The scores of fitted people as JSON, as a table, and as the report reads them."""

from collections.abc import Mapping, Sequence
from typing import Any

from twinbed.personalise.accuracy import Accuracy
from twinbed.personalise.baselines import TITLES
from twinbed.personalise.day import DAY_START_H
from twinbed.personalise.evaluate import DayLog, Summary, summarise
from twinbed.personalise.people import PersonLog

EXAMPLES = 6
MOST_PAIRS = 3000


def scorecard(people: Mapping[str, PersonLog]) -> dict[str, Any]:
    """Per person and pooled; units are in the names.

    `rmse_mg_dl`, `mard_percent`, `bias_mg_dl`, `clarke_ab_percent`, `coverage_90`, time in
    and below range predicted and observed are of the next-day predictions; `in_sample_*` of
    the fit to the same days; `strict_*` of predictions that know only the day before.
    """
    every = [day for log in people.values() for day in log.days]
    return {
        "people": {name: _scores(summarise(log.days), log.cpu_s) for name, log in people.items()},
        "pooled": _scores(summarise(every), sum(p.cpu_s for p in people.values())) if every else {},
    }


def _scores(summary: Summary, cpu_s: float) -> dict[str, Any]:
    out: dict[str, Any] = {
        "days": summary.predicted_days,
        "fitted_days": summary.days,
        "in_sample_mard_percent": summary.fit.mard,
        "in_sample_rmse_mg_dl": summary.fit.rmse,
        "cpu_s": cpu_s,
        "cpu_s_per_patient_day": cpu_s / summary.days,
        "twin_weight": summary.weight,
    }
    if summary.prediction is not None:
        out |= _named(summary.prediction)
        out["baselines"] = {
            name: {"title": TITLES[name], **_named(a, interval=False)} for name, a in summary.baselines.items()
        }
    if summary.strict is not None:
        out |= {f"strict_{k}": v for k, v in _named(summary.strict).items()}
    return out


def _named(a: Accuracy, *, interval: bool = True) -> dict[str, float]:
    named = {
        "readings": a.readings,
        "rmse_mg_dl": a.rmse,
        "mard_percent": a.mard,
        "bias_mg_dl": a.bias,
        "clarke_ab_percent": a.clarke_ab,
        "tir_predicted_percent": a.tir_predicted,
        "tir_observed_percent": a.tir_observed,
        "tbr_predicted_percent": a.tbr_predicted,
        "tbr_observed_percent": a.tbr_observed,
    }
    return named | ({"coverage_90": a.coverage} if interval else {})


_COLUMNS = (
    ("days", "days", "d"), ("RMSE", "rmse_mg_dl", ".1f"), ("MARD %", "mard_percent", ".1f"),
    ("bias", "bias_mg_dl", ".1f"), ("A+B %", "clarke_ab_percent", ".1f"), ("cover %", "coverage_90", ".1f"),
    ("TIR pred", "tir_predicted_percent", ".1f"), ("obs", "tir_observed_percent", ".1f"),
    ("TBR pred", "tbr_predicted_percent", ".1f"), ("obs", "tbr_observed_percent", ".1f"),
    ("in-sample MARD %", "in_sample_mard_percent", ".1f"), ("CPU s/day", "cpu_s_per_patient_day", ".2f"),
)  # fmt: skip


def table(card: Mapping[str, Any]) -> list[list[str]]:
    """Rows of text: a header, a row for each person, pooled, and the pooled baselines."""
    rows = [["person", *(title for title, _, _ in _COLUMNS)]]
    for name, scores in [*card["people"].items(), ("pooled", card["pooled"])]:
        if scores:
            rows.append([name, *(_cell(scores.get(key), form) for _, key, form in _COLUMNS)])
    for baseline in card["pooled"].get("baselines", {}).values():
        rows.append([f"  {baseline['title']}", *(_cell(baseline.get(key), form) for _, key, form in _COLUMNS)])
    return rows


def _cell(value: Any, form: str) -> str:
    return "" if value is None else format(value, form)


def report_section(people: Mapping[str, PersonLog]) -> dict[str, Any]:
    """The `twins` section of evidence, as the report reads it."""
    every = [day for log in people.values() for day in log.days]
    summary = summarise(every)
    return {
        "people": {name: _person(log) for name, log in people.items()},
        "pooled": _accuracy(summary.prediction or summary.fit),
        "baselines": {
            name: {"title": TITLES[name], "rmse": a.rmse, "mard": a.mard, "bias": a.bias,
                   "clarke_ab": a.clarke_ab, "n": a.readings}
            for name, a in summary.baselines.items()
        },
        "examples": [example for name, log in list(people.items())[:EXAMPLES] for example in _examples(name, log.days)],
        "grid_pairs": _pairs(every),
    }  # fmt: skip


def _accuracy(a: Accuracy) -> dict[str, float]:
    return {k: v for k, v in vars(a).items() if v == v}


def _entry(summary: Summary, cpu_s: float) -> dict[str, Any]:
    out: dict[str, Any] = {"days": summary.days, "fit": _accuracy(summary.fit), "cpu_s": cpu_s / summary.days}
    if summary.prediction is not None:
        out["prediction"] = _accuracy(summary.prediction)
    return out


def _person(log: PersonLog) -> dict[str, Any]:
    return {"title": log.subject, "data": log.source, **_entry(summarise(log.days), log.cpu_s)}


def _examples(name: str, days: Sequence[DayLog]) -> list[dict[str, Any]]:
    """The predicted day of middling accuracy: neither the best nor the worst."""
    told = [d for d in days if d.prediction is not None]
    if not told:
        return []
    error = lambda d: sum(abs(m - p) / m for m, p in zip(d.measured, d.prediction.mean, strict=True)) / len(d.measured)
    day = sorted(told, key=error)[len(told) // 2]
    hours = [DAY_START_H + t / 60 for t in day.time_min]
    marks = lambda pairs: [{"time_h": DAY_START_H + t / 60, "amount": a} for t, a in pairs]
    prediction = day.prediction
    assert prediction is not None
    return [
        {
            "subject": name, "day": day.date, "kind": "predicted", "time_h": hours, "measured": day.measured,
            "fitted": day.fitted, "predicted": prediction.mean, "lower": prediction.lower,
            "upper": prediction.upper, "meals": marks(day.meals), "boluses": marks(day.boluses),
        }
    ]  # fmt: skip


def _pairs(days: Sequence[DayLog]) -> list[list[float]]:
    pairs = [
        [m, p] for d in days if d.prediction is not None for m, p in zip(d.measured, d.prediction.mean, strict=True)
    ]
    return pairs[:: max(1, len(pairs) // MOST_PAIRS)]
