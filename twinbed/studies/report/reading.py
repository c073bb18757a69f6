"""Lays evidence out for showing: `evidence.json` in, the record that the sections read out.

Nothing is estimated here. The only arithmetic is between numbers of the evidence: the five
ranges of glucose are differences of the cumulative ones, and a verdict says where an interval
that the evidence holds stands against zero and the margin.
"""

from collections.abc import Mapping
from typing import Any, cast

from twinbed.studies.report.schema import (
    AdverseEvent,
    Arm,
    Cohort,
    Comparison,
    Endpoint,
    Excluded,
    Profile,
    Provenance,
    Ranges,
    Record,
    Sample,
    Study,
)

_ROLES = {"sensing": "sensor", "person": "person", "software": "software", "delivery": "actuator"}
_ORDER = {"sensor": 0, "software": 1, "actuator": 2}
_SHARES = ("time_below_54", "time_below_70", "time_in_range", "time_above_180", "time_above_250")
_UNITS = (("_years", "a"), ("_cm", "cm"), ("_kg_m2", "kg/m2"), ("_g_per_d", "g/d"), ("_kg", "kg"))
_H_PER_S = 1.0 / 3600.0


def read(evidence: Mapping[str, Any]) -> Record:
    """The record of an evidence of a study, of twins, or of both. Keys without evidence are absent."""
    arms = evidence.get("arms") or {}
    record: dict[str, Any] = {
        "study": _study(evidence),
        "arms": [_arm(evidence, name, arm) for name, arm in arms.items()],
        "cohorts": _cohorts(evidence.get("inputs") or {}),
        "endpoints": {name: _endpoints(arm) for name, arm in arms.items() if arm.get("outcomes")},
        "time_in_range": {name: found for name, arm in arms.items() if (found := _ranges(arm))},
        "agp": {name: _profile(arm["profile"]) for name, arm in arms.items() if arm.get("profile")},
        "comparisons": [_comparison(row, evidence) for row in evidence.get("comparisons") or []],
        "subgroups": [_part(row, evidence) for row in evidence.get("subgroups") or []],
        "sensitivity": [_part(row, evidence) for row in evidence.get("sensitivity") or []],
        "points": _points(evidence),
        "samples": _samples(arms),
        "adverse_events": [_event(name, row) for name, arm in arms.items() for row in arm.get("adverse_events", [])],
        "twins": _twins(evidence.get("twins") or {}),
        "cautions": evidence.get("cautions"),
        "provenance": _provenance(evidence),
    }
    out = {key: value for key, value in record.items() if value}
    if "patients" in evidence:
        out["excluded"] = _excluded(evidence["patients"])
    return cast(Record, out)


def _known(**values: Any) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value is not None}


def _study(evidence: Mapping[str, Any]) -> Study:
    declared, patients = evidence.get("study") or {}, evidence.get("patients") or {}
    primary = evidence.get("primary") or {}
    known = _known(
        name=evidence.get("name"),
        title=evidence.get("title"),
        question=evidence.get("question"),
        days=declared.get("days"),
        warm_up_days=declared.get("warm_up_days"),
        declared=patients.get("declared"),
        analysed=patients.get("analysed"),
        primary_endpoint=primary.get("outcome"),
        confidence=primary.get("confidence"),
        scenario=declared.get("scenario"),
    )
    return cast(Study, known)


def _arm(evidence: Mapping[str, Any], name: str, arm: Mapping[str, Any]) -> Arm:
    """An arm with its devices in the order in which signals pass."""
    devices = []
    for device in arm.get("devices") or []:
        branch = device.get("device", "").split("/")[1:2]
        role = device.get("role") or _ROLES.get(branch[0] if branch else "")
        devices.append(_known(**{**device, "role": role}))
    devices.sort(key=lambda d: _ORDER.get(d.get("role", ""), 1))
    return cast(Arm, _known(name=name, title=arm.get("title") or name, devices=devices, links=arm.get("links")))


def _cohorts(inputs: Mapping[str, Any]) -> list[Cohort]:
    out = []
    for kind in ("populations", "twins"):
        for row in inputs.get(kind) or []:
            known = _known(
                id=row.get("group"),
                title=row.get("title"),
                kind="twins" if kind == "twins" else "population",
                n=row.get("patients"),
                persons=len(row["files"]) if "files" in row else None,
                model=row.get("model"),
                rejected=row.get("refused"),
                source=row.get("source"),
                demographics=_demographics(row.get("demographics") or {}),
            )
            out.append(cast(Cohort, known))
    return out


def _demographics(known: Mapping[str, Any]) -> dict[str, Any]:
    """Spreads with the unit that stands at the end of their names, where they give none."""
    out = {}
    for name, spread in known.items():
        unit = next((unit for end, unit in _UNITS if name.endswith(end)), None)
        out[name] = {"unit": unit, **spread} if unit else dict(spread)
    return out


def _endpoints(arm: Mapping[str, Any]) -> dict[str, Endpoint]:
    out = {}
    for name, row in arm["outcomes"].items():
        mean = row.get("mean") or {}
        ends = [mean.get("low"), mean.get("high")]
        known = _known(
            mean=mean.get("value"),
            ci=ends if None not in ends else None,
            sd=row.get("sd"),
            median=(row.get("quantiles") or {}).get("p50"),
            unit=row.get("unit"),
            label=row.get("label"),
            n=row.get("patients"),
        )
        out[name] = cast(Endpoint, known)
    return out


def _ranges(arm: Mapping[str, Any]) -> Ranges | None:
    """The five ranges of glucose from the cumulative shares of time."""
    means = {
        name.rsplit(".", 1)[-1]: (row.get("mean") or {}).get("value")
        for name, row in (arm.get("outcomes") or {}).items()
    }
    shares = [means.get(name) for name in _SHARES]
    if any(share is None for share in shares):
        return None
    below_54, below_70, target, above_180, above_250 = cast(list[float], shares)
    return {
        "very_low": below_54,
        "low": below_70 - below_54,
        "target": target,
        "high": above_180 - above_250,
        "very_high": above_250,
    }


def _profile(profile: Mapping[str, Any]) -> Profile:
    """Percentile curves at the middle of each bin of time."""
    curves = {key: profile[key] for key in ("p05", "p25", "p50", "p75", "p95") if profile.get(key)}
    step_h = profile["time_bin_s"] * _H_PER_S
    times = [(i + 0.5) * step_h for i in range(len(curves["p50"]))]
    return cast(Profile, {"time_h": times, **curves})


def _comparison(row: Mapping[str, Any], evidence: Mapping[str, Any]) -> Comparison:
    difference = row.get("difference") or {}
    role = row.get("role", "descriptive")
    labels = _labels(evidence)
    known = _known(
        endpoint=row.get("outcome"),
        label=labels.get(row.get("outcome", "")),
        arm=row.get("arm"),
        reference=row.get("reference"),
        by=row.get("by"),
        part=row.get("part"),
        estimate=difference.get("value"),
        ci_low=difference.get("low"),
        ci_high=difference.get("high"),
        unit=row.get("unit"),
        n=row.get("patients"),
        p=row.get("p_adjusted"),
        test="descriptive" if role == "descriptive" else row.get("test"),
        margin=None if role == "descriptive" else row.get("margin"),
        better=row.get("better"),
        verdict=_verdict(row, difference),
        role=role,
    )
    return cast(Comparison, known)


def _labels(evidence: Mapping[str, Any]) -> dict[str, str]:
    arms = evidence.get("arms") or {}
    return {name: row.get("label") for arm in arms.values() for name, row in (arm.get("outcomes") or {}).items()}


def _verdict(row: Mapping[str, Any], difference: Mapping[str, Any]) -> str | None:
    """What a tested comparison came to, None where nothing was tested."""
    shown, test = row.get("shown"), row.get("test")
    if shown is None:
        return None
    if shown:
        return "non-inferior" if test == "non-inferiority" else "superior"
    low, high = difference.get("low"), difference.get("high")
    if low is None or high is None:
        return "open"
    if row.get("better") == "lower":
        low, high = -high, -low
    if high < 0:
        return "inferior"
    margin = row.get("margin") or 0.0
    return "adjusted" if low > (-margin if test == "non-inferiority" else margin) else "open"


def _part(row: Mapping[str, Any], evidence: Mapping[str, Any]) -> Comparison:
    """The primary comparison in a part of the patients."""
    primary = evidence.get("primary") or {}
    reference = next((r.get("reference") for r in evidence.get("comparisons") or []), None)
    part = row.get("set") or row.get("part")
    filled = {
        "outcome": primary.get("outcome"), "unit": primary.get("unit"), "reference": reference,
        "better": primary.get("better"), **row, "part": part, "role": "descriptive",
    }  # fmt: skip
    return _comparison(filled, evidence)


def _points(evidence: Mapping[str, Any]) -> dict[str, Any]:
    points = evidence.get("points") or {}
    if not points.get("values"):
        return {}
    unit = (evidence.get("primary") or {}).get("unit")
    return _known(endpoint=points.get("outcome"), unit=unit, shown=points.get("shown"), of=points.get("of"),
                  values=points["values"])  # fmt: skip


def _samples(arms: Mapping[str, Any]) -> list[Sample]:
    """Glucose of the sampled patients in every arm, by patient."""
    found: dict[str, dict[str, Any]] = {}
    for name, arm in arms.items():
        for sample in arm.get("samples") or []:
            glucose = (sample.get("signals") or {}).get("glucose")
            if not glucose:
                continue
            step_h = sample["period_s"] * _H_PER_S
            times = [i * step_h for i in range(len(glucose))]
            known = found.setdefault(sample["id"], {"id": sample["id"], "time_h": times, "glucose": {}})
            if len(glucose) == len(known["time_h"]):
                known["glucose"][name] = glucose
    return [cast(Sample, sample) for sample in found.values()]


def _event(arm: str, row: Mapping[str, Any]) -> AdverseEvent:
    known = _known(
        arm=arm,
        kind=row.get("outcome"),
        label=row.get("rule"),
        events=row.get("events"),
        patients=row.get("patients_with_events"),
        n_patients=row.get("patients"),
        per_patient_week=row.get("per_patient_week"),
    )
    return cast(AdverseEvent, known)


def _excluded(patients: Mapping[str, Any]) -> list[Excluded]:
    rules = patients.get("rules") or {}
    return [
        cast(Excluded, _known(id=row.get("id"), arm=row.get("arm"), rule=row.get("rule"),
                              label=rules.get(row.get("rule")), day=row.get("day")))
        for row in patients.get("excluded") or []
    ]  # fmt: skip


def _twins(twins: Mapping[str, Any]) -> dict[str, Any]:
    """The twins as they are; scores of a pool in which nobody predicted anything are of the fit."""
    predicted = any("prediction" in person for person in (twins.get("people") or {}).values())
    out = dict(twins)
    if "pooled" in out and out.get("people") and not predicted:
        out["pooled_fit"] = out.pop("pooled")
    return out


def _provenance(evidence: Mapping[str, Any]) -> Provenance:
    """Everything needed to repeat the run, as text and numbers."""
    run, seeds = evidence.get("run") or {}, evidence.get("seeds") or {}
    declared = evidence.get("study") or {}
    facts = _known(
        name=evidence.get("name"),
        study_hash=evidence.get("study_hash"),
        seed=seeds.get("seed"),
        streams=seeds.get("streams"),
        precision=declared.get("precision"),
        backends=", ".join(run.get("backends") or ()) or None,
        **{key: value for key, value in run.items() if isinstance(value, str | int | float)},
        format=evidence.get("format"),
    )
    inputs = evidence.get("inputs") or {}
    files = [{"name": name, "sha256": digest} for name, digest in (inputs.get("components") or {}).items()]
    listed = [
        *(inputs.get("files") or []),
        *(f for row in inputs.get("twins") or [] for f in row.get("files") or []),
    ]
    files += [{"name": f.get("name") or f.get("path", ""), "sha256": f.get("sha256", "")} for f in listed]
    known = {
        "facts": facts,
        "versions": _versions(evidence.get("versions") or {}),
        "methods": evidence.get("methods"),
        "files": files,
        "data": evidence.get("data"),
    }
    return cast(Provenance, {key: value for key, value in known.items() if value})


def _versions(versions: Mapping[str, Any]) -> dict[str, str]:
    git = versions.get("git") or {}
    out = {name: str(value) for name, value in versions.items() if isinstance(value, str | int | float)}
    if git.get("revision"):
        out["git"] = git["revision"][:12] + ("+" if git.get("changed") else "")
    return out
