"""The machine-readable record of an acute study. Its report reads it and nothing else.

`evidence.json` holds, under these keys:

- `format`, `kind`: "twinbed-acute-evidence/1", "acute study".
- `name`, `title`, `question`, `study` (resolved, with every default), `study_hash`.
- `cohort`: title, source, spread of who takes part, how many candidates were refused by which rule.
- `versions`, `seeds`.
- `patients`: declared, analysed, `rules`, `excluded` (patient, arm, rule, minute, the signal that left its
  range with its value, unit and range, and the events that were on or began in the minute before), `excluded_by_arm`.
- `arms`: by name: `title`, `devices`, `links`, `conditions`, `events`, `outcomes`, `trends` (median and 5 to 95 %
  band; below 20 patients also `each` patient's curve), `alarms`, `waves` (windows of fast signals of one patient);
  all of patients who are sound in every arm. Below 20 patients the quantiles of an outcome have its `min` and `max`.
- `comparisons`: outcome, arm, reference, difference within patients with interval.
- `primary`: the outcome of the headline, with a sentence for each arm.
- `methods`, `cautions`, `limits` (what each model of a bed is known to leave out).
- `run`: `wall_s` and `processor_s` are sums over `commands`, the one that made this and those before it that were
  interrupted, each up to its last finished task.
"""

import dataclasses
import functools
import pathlib
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from twinbed.cohorts import acute_adults
from twinbed.connect.files import read_table
from twinbed.core.quantities import Quantity, quantities
from twinbed.engine.bed import Bed
from twinbed.studies.acute.bedside import FOREVER_S
from twinbed.studies.acute.limits import known_limits
from twinbed.studies.acute.report.told import cautions, methods
from twinbed.studies.acute.report.words import Saying, sentences
from twinbed.studies.acute.run import FLAGS, bin_length, modules, shards
from twinbed.studies.acute.study import PER_KG, PER_KG_PREDICTED, AcuteStudy, ArmSpec, OutcomeSpec
from twinbed.studies.components import component
from twinbed.studies.design import DeviceSpec
from twinbed.studies.provenance import versions_of
from twinbed.studies.statistics import FEWEST_RESAMPLED, Means, means
from twinbed.vocab.signals import signal as signal_of
from twinbed.vocab.units import label

FORMAT = "twinbed-acute-evidence/1"
RULES = {
    "not_finite": "a number of the patient's state or signals was not finite",
    "implausible": "a signal of the patient's body left its plausible range (see the vocabulary of signals)",
}
_BAND = (5.0, 50.0, 95.0)
_MOST_LISTED = 1000
_SHORTLY_S = 60.0
_RUN = "twinbed.studies.acute.run"


class Results:
    """The results of a finished run, read column by column."""

    def __init__(self, study: AcuteStudy, out: pathlib.Path):
        self.study, self.out, self.shards = study, out, shards(study)
        self.arms = [a.name for a in study.arms]

    def _joined(self, folder: str, arm: str) -> dict[str, np.ndarray]:
        name = lambda s: f"{arm}-{s.name}" if arm else s.name
        tables = [read_table(self.out / f"{folder}/{name(s)}.parquet") for s in self.shards]
        return {k: np.concatenate([t[k] for t in tables]) for k in tables[0]}

    @functools.cached_property
    def parts(self) -> dict[str, dict[str, np.ndarray]]:
        """Outcomes, flags and alarms of every arm."""
        return {arm: self._joined("parts", arm) for arm in self.arms}

    @functools.cached_property
    def who(self) -> dict[str, np.ndarray]:
        """Who takes part."""
        return self._joined("cohort", "")

    def trends(self, arm: str) -> dict[str, np.ndarray]:
        """Signals of an arm, one row a patient and time."""
        return self._joined("trends", arm)

    @functools.cached_property
    def sound(self) -> np.ndarray:
        """Patients who broke no rule in any arm."""
        return np.all([np.isinf(self.parts[arm][flag]) for arm in self.arms for flag in FLAGS], axis=0)

    def outcome(self, name: str) -> np.ndarray:
        """An outcome of every sound patient in every arm."""
        return np.stack([self.parts[arm][f"outcome.{name}"] for arm in self.arms], axis=1)[self.sound]


def make_evidence(
    study: AcuteStudy, out: pathlib.Path, rows: dict[str, Any], run: dict[str, Any], beds: Iterable[Bed]
) -> dict[str, Any]:
    """The record of a finished run.

    Args:
        study: the study.
        out: the folder of the run.
        rows: the rows of the manifest, by task.
        run: when and how it ran.
        beds: one of every arm, whose parts say what they leave out.
    """
    results = Results(study, out)
    found = {o.name: _estimated(study, results, o) for o in study.outcomes}
    compared = [row for o in study.outcomes for row in _comparisons(study, o, found[o.name])]
    record = {
        "format": FORMAT,
        "kind": "acute study",
        "name": study.name,
        "title": study.title,
        "title_ko": study.title_ko,
        "question": study.question,
        "question_ko": study.question_ko,
        "study": study.resolved(),
        "study_hash": study.hash(),
        "cohort": _cohort(study, results, rows),
        "versions": versions_of(modules(study)),
        "seeds": {"seed": study.seed, "streams": "Threefry-2x32 of (seed, patient, device, tick)"},
        "patients": _patients(results),
        "arms": {arm.name: _arm(study, arm, results, found, rows) for arm in study.arms},
        "comparisons": compared,
        "primary": _primary(study, compared),
        "trends_every_s": float(bin_length(round(study.duration))),
        "limits": known_limits(beds, (*(["twinbed.cohorts.acute_adults"] if study.patient is None else []), _RUN)),
        "run": run,
    }
    say = Saying("en", sentences("en"), confidence=study.analysis.confidence)
    return record | {"methods": methods(record, say), "cautions": cautions(record, say)}


def _cohort(study: AcuteStudy, results: Results, rows: dict[str, Any]) -> dict[str, Any]:
    refused: dict[str, int] = {}
    for shard in results.shards:
        for rule, count in rows[f"cohort/{shard.name}"]["refused"].items():
            refused[rule] = refused.get(rule, 0) + count
    drawn = study.patient is None
    return {
        "title": study.cohort.wanted.title if drawn else "One patient",
        "source": acute_adults.SOURCE if drawn else "the study file",
        "people": {name: _spread(v) for name, v in results.who.items() if name != "id"},
        "refused_by_rule": refused,
        "rules": {r.quantity: str(r) for r in acute_adults.RULES} if refused else {},
        "wanted": dataclasses.asdict(study.cohort.wanted.whole) if drawn else None,
        "conditions": study.cohort.conditions,
        "organs": list(study.cohort.organs),
    }


def _spread(values: np.ndarray) -> dict[str, float]:
    x = np.asarray(values, float)
    sd = float(np.std(x, ddof=1)) if len(x) > 1 else float("nan")
    return {"mean": float(x.mean()), "sd": sd, "min": float(x.min()), "max": float(x.max())}


def _patients(results: Results) -> dict[str, Any]:
    listed = []
    for arm in results.arms:
        for flag in FLAGS:
            when = results.parts[arm][flag]
            for place in np.flatnonzero(np.isfinite(when)):
                rule = flag.removesuffix("_s")
                listed.append({"patient": int(place), "id": str(results.who["id"][place]), "arm": arm, "rule": rule,
                               "minute": float(when[place]) / 60.0, **_left(results, arm, rule, int(place)),
                               "events": _on(results.study, arm, float(when[place]))})  # fmt: skip
    counts = {a: {f.removesuffix("_s"): int(np.isfinite(results.parts[a][f]).sum()) for f in FLAGS}
              for a in results.arms}  # fmt: skip
    return {
        "declared": len(results.sound),
        "analysed": int(results.sound.sum()),
        "rules": RULES,
        "excluded": sorted(listed, key=lambda e: (e["patient"], e["arm"]))[:_MOST_LISTED],
        "excluded_by_arm": counts,
    }


def _left(results: Results, arm: str, rule: str, place: int) -> dict[str, Any]:
    """Which signal left its range, and to what value."""
    if rule != "implausible":
        return {}
    part = results.parts[arm]
    signal = str(part["implausible_signal"][place])
    known = signal_of(signal.rsplit(".", 1)[-1])
    return {"signal": signal, "value": float(part["implausible_value"][place]), "unit": known.unit,
            "range": list(known.plausible)}  # fmt: skip


def _on(study: AcuteStudy, arm: str, at_s: float) -> list[dict[str, Any]]:
    """What happened at a time of the study, or began less than a minute before; the latest first."""
    whole = study.of(next(a for a in study.arms if a.name == arm))
    events = [_event(study, e, common=e in study.events) for e in whole.events]
    now = [e for e in events if e["at_s"] <= at_s and (_lasts(e, at_s) or at_s - e["at_s"] < _SHORTLY_S)]
    return sorted(now, key=lambda e: -e["at_s"])


def _lasts(event: dict[str, Any], at_s: float) -> bool:
    if event["lasts_s"] is None:
        return signal_of(event["signal"]).dose_unit is None  # a level stays, a dose is given at once
    return at_s < event["at_s"] + event["lasts_s"]


def _estimated(study: AcuteStudy, results: Results, spec: OutcomeSpec) -> tuple[np.ndarray, Means | None]:
    """Outcomes of the arms, then differences of the others from the reference."""
    values = results.outcome(spec.name)
    at = results.arms.index(study.analysis.reference)
    columns = np.concatenate([values, np.delete(values - values[:, [at]], at, axis=1)], axis=1)
    if not len(columns):
        return columns, None
    strata = np.zeros(len(columns), np.int64)
    return columns, means(columns, strata, seed=study.seed, resamples=study.analysis.resamples)


def _interval(
    found: Means | None, column: int, confidence: float, possible: tuple[float, float] = (-np.inf, np.inf)
) -> dict[str, float]:
    """An estimate with its interval, cut off at what is possible."""
    if found is None:
        return dict.fromkeys(("value", "low", "high"), float("nan"))
    whole = found.interval(column, confidence)
    low, high = (float(np.clip(end, *possible)) for end in (whole.low, whole.high))
    return {"value": whole.value, "low": low, "high": high}


def _possible(study: AcuteStudy, spec: OutcomeSpec) -> tuple[float, float]:
    """Between what the mean of an outcome must lie: the time that is counted, or what the signal may be."""
    if spec.of.startswith("time_"):
        until = study.duration if spec.until is None else spec.until
        return 0.0, (until - spec.since) / 60.0
    return signal_of(spec.signal.rsplit(".", 1)[-1]).plausible


def _comparisons(study: AcuteStudy, spec: OutcomeSpec, found: tuple[np.ndarray, Means | None]) -> list[dict[str, Any]]:
    others = [a.name for a in study.arms if a.name != study.analysis.reference]
    low, high = _possible(study, spec)
    return [
        {
            "outcome": spec.name,
            "arm": arm,
            "reference": study.analysis.reference,
            "unit": spec.unit,
            "better": spec.better or None,
            "difference": _interval(found[1], len(study.arms) + i, study.analysis.confidence, (low - high, high - low)),
        }
        for i, arm in enumerate(others)
    ]


def _arm(
    study: AcuteStudy, arm: ArmSpec, results: Results, found: dict[str, tuple[np.ndarray, Means | None]],
    rows: dict[str, Any],
) -> dict[str, Any]:  # fmt: skip
    whole, at = study.of(arm), results.arms.index(arm.name)
    outcomes = {}
    for spec in study.outcomes:
        columns, estimates = found[spec.name]
        values = columns[:, at][np.isfinite(columns[:, at])]
        spread = np.percentile(values, [5, 25, 50, 75, 95]) if len(values) else np.full(5, np.nan)
        ends = {"min": float(values.min()), "max": float(values.max())} if len(values) and _few(results) else {}
        outcomes[spec.name] = {
            "label": spec.title,
            "label_ko": spec.title_ko,
            "unit": spec.unit,
            "better": spec.better or None,
            "patients": len(values),
            "mean": _interval(estimates, at, study.analysis.confidence, _possible(study, spec)),
            "sd": float(np.std(values, ddof=1)) if len(values) > 1 else float("nan"),
            "quantiles": {**dict(zip(("p05", "p25", "p50", "p75", "p95"), spread.tolist(), strict=True)), **ends},
        }
    return {
        "title": arm.title,
        "title_ko": arm.title_ko,
        "devices": [_device(d) for d in whole.devices],
        "links": whole.links,
        "conditions": whole.conditions,
        "events": [_event(study, e, common=e in study.events) for e in whole.events],
        "outcomes": outcomes,
        "trends": _bands(results, arm.name),
        "alarms": _alarms(results, arm.name),
        "waves": _waves(study, results, arm.name),
        "missing": rows[f"{arm.name}/{results.shards[0].name}"]["missing"],
    }


def _device(spec: DeviceSpec) -> dict[str, Any]:
    """A device as the file has it, with the units of its settings, those for each kg too."""
    known = quantities(component(spec.device))
    units = {name: _unit_of(name, known) for name in spec.parameters}
    return dataclasses.asdict(spec) | {"units": {name: unit for name, unit in units.items() if unit}}


def _unit_of(setting: str, known: Mapping[str, Quantity]) -> str:
    plain = setting.removesuffix(PER_KG_PREDICTED).removesuffix(PER_KG)
    if plain not in known:
        return ""
    return known[plain].unit + ("" if plain == setting else "/kg")


def _few(results: Results) -> bool:
    """Whether there are too few patients for percentiles to say anything."""
    return bool(results.sound.sum() < FEWEST_RESAMPLED)


def _event(study: AcuteStudy, event: Any, *, common: bool) -> dict[str, Any]:
    known = signal_of(event.signal)
    lasts = event.lasts if event.lasts is not None and event.lasts < FOREVER_S else None
    amount, unit = event.amount, known.dose_unit or known.unit
    if event.dose_mg_per_kg is not None:
        amount, unit = event.dose_mg_per_kg, "mg/kg"
    return {"signal": event.signal, "label": known.label, "at_s": event.at - study.settle, "lasts_s": lasts,
            "amount": amount, "unit": unit, "everybody": common}  # fmt: skip


def _bands(results: Results, arm: str) -> dict[str, Any]:
    table = results.trends(arm)
    names = [n for n in table if n not in ("patient", "time_s")]
    n = len(results.sound)
    if not names or not results.sound.any():
        return {}
    out = {}
    for name in names:
        values = table[name].reshape(n, -1).astype(float)[results.sound]
        low, middle, high = np.percentile(values, _BAND, axis=0)
        short = lambda x: [float(f"{v:.5g}") for v in x]
        times = table["time_s"].reshape(n, -1)[0]
        out[name] = {"unit": signal_of(name.rsplit(".", 1)[-1]).unit, "time_s": times.tolist(),
                     "p05": short(low), "p50": short(middle), "p95": short(high)}  # fmt: skip
        if _few(results):
            out[name]["each"] = [short(curve) for curve in values]
    return out


def _alarms(results: Results, arm: str) -> list[dict[str, Any]]:
    part, sound = results.parts[arm], results.sound
    n = int(sound.sum())
    of = lambda source, what: part[f"alarm.{source}.{what}"][sound]
    mean = lambda values: float(values.mean()) if n else float("nan")
    sources = [k.removeprefix("alarm.").removesuffix(".seconds") for k in part if k.endswith(".seconds")]
    return [
        {
            "source": s,
            "patients": n,
            "patients_with_alarms": int((of(s, "times") > 0).sum()),
            "times_per_patient": mean(of(s, "times")),
            "minutes_per_patient": mean(of(s, "seconds")) / 60.0,
        }
        for s in sources
    ]


def _waves(study: AcuteStudy, results: Results, arm: str) -> list[dict[str, Any]]:
    path = results.out / f"waves/{arm}.parquet"
    if not study.waves.at or not path.is_file():
        return []
    table = read_table(path)
    who = next((int(i) for i in np.unique(table["patient"]) if results.sound[i]), None)
    if who is None:
        return []
    out = []
    for at in study.waves.at:
        rows = (table["patient"] == who) & (table["window_s"] == at)
        signals = {
            name: [float(f"{v:.4g}") for v in values[rows]]
            for name, values in table.items()
            if name not in ("patient", "window_s", "time_s")
        }
        whose = {"id": str(results.who["id"][who]), "age_years": float(results.who["age_years"][who]),
                 "female": bool(results.who["female"][who] > 0.5)}  # fmt: skip
        out.append({"from_s": at, "period_s": study.waves.every, **whose, "signals": signals})
    return out


def _primary(study: AcuteStudy, compared: list[dict[str, Any]]) -> dict[str, Any]:
    spec = next(o for o in study.outcomes if o.name == study.analysis.primary)
    rows = [row for row in compared if row["outcome"] == spec.name]
    return {
        "outcome": spec.name,
        "label": spec.title,
        "label_ko": spec.title_ko,
        "unit": spec.unit,
        "better": spec.better or None,
        "confidence": study.analysis.confidence,
        "verdicts": [{"arm": r["arm"], "favours": _favours(r), "sentence": _sentence(study, spec, r)} for r in rows],
    }


def _favours(row: dict[str, Any]) -> bool | None:
    """Whether the whole interval favours the arm; None where it does not speak."""
    d = row["difference"]
    if row["better"] is None or not np.isfinite(d["low"]) or d["low"] <= 0.0 <= d["high"]:
        return None
    return bool((d["low"] > 0.0) == (row["better"] == "higher"))


def _sentence(study: AcuteStudy, spec: OutcomeSpec, row: dict[str, Any]) -> str:
    titles = {a.name: a.title for a in study.arms}
    d, unit = row["difference"], "" if spec.unit == "1" else f" {label(spec.unit)}"
    say = Saying("en", sentences("en"), confidence=study.analysis.confidence)
    value, low, high = say.alike(d["value"], d["low"], d["high"])
    return (
        f"{titles[row['arm']]} against {titles[row['reference']]}, {spec.title}: difference {value}{unit} "
        f"({100 * study.analysis.confidence:g} % interval {low} to {high}"
        f"{', which contains zero' if d['low'] <= 0.0 <= d['high'] else ''})."
    )
