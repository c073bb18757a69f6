"""The machine-readable record of a study. Reports read it and nothing else.

`evidence.json` holds, under these keys:

- `format`, `kind`: "twinbed-evidence/1", "study".
- `name`, `title`, `question`: as declared.
- `study`, `study_hash`: the resolved study with every default, and its SHA-256.
- `inputs`: `populations` and `twins` (id or files with SHA-256, model, number, demographics,
  where they come from, how many candidates were refused and by which rule), `components` (id,
  SHA-256 of the source file).
- `versions`: of twinbed (with a digest of all source the study can reach), Python, JAX, other
  libraries, the machine, and the git revision of the project where there is one.
- `seeds`: the seed, and which streams are made from it.
- `patients`: declared and analysed numbers, `rules` of exclusion, `excluded` (patient, id,
  group, arm, rule, day), and how many were excluded per arm and rule.
- `arms`: by name: `title`, `devices`, `links` (between parts, with the first model),
  `outcomes` (label, unit, better, patients, mean with interval, sd, quantiles),
  `adverse_events`, `profile` (percentile curves of glucose by time of day), `samples` (signals
  of the first patients on the first counted days).
- `comparisons`: outcome, arm, reference, role (primary, secondary, descriptive), difference
  with interval, test, margin, p, p_adjusted, shown.
- `primary`: outcome, test, margin, confidence, and a sentence per arm.
- `subgroups`, `sensitivity`, `points`: see `studies.analysis`.
- `methods`: how intervals and p-values were made.
- `cautions`: what a reader has to know before believing any of it.
- `run`: when, how long, on how many workers, what was taken up or repaired. Two runs of one
  study differ here, perhaps in the git revision, and nowhere else.

`studies.schema.evidence_schema` returns the same as a JSON Schema.
"""

import pathlib
from typing import Any

import numpy as np

from twinbed.connect.files import read_table
from twinbed.engine.bed import Bed
from twinbed.engine.couple import SCENARIO
from twinbed.studies import analysis, profile
from twinbed.studies.components import component
from twinbed.studies.design import Population, Study
from twinbed.studies.execute import RECORD_PERIOD_S, cohort_file, samples_file, unheard, wired, wires
from twinbed.studies.provenance import components, versions
from twinbed.studies.shards import Group, Shard, Task
from twinbed.vocab.signals import signal as signal_of

FORMAT = "twinbed-evidence/1"
_SHOWN_PATIENTS = 2
_SHOWN_DAYS = 2


def make_evidence(study: Study, out: pathlib.Path, parts: dict[str, Any], run: dict[str, Any]) -> dict[str, Any]:
    """The record of a finished run.

    Args:
        study: the study.
        out: the folder of the run.
        parts: the rows of the manifest, by task.
        run: when and how it ran.
    """
    results = analysis.Results(study, out)
    found = analysis.analyse_all(results)
    compared = analysis.comparisons(study, found)
    left_out = analysis.excluded(results)
    return {
        "format": FORMAT,
        "kind": "study",
        "name": study.name,
        "title": study.title,
        "question": study.question,
        "study": study.resolved(),
        "study_hash": study.hash(),
        "inputs": {**_sources(study, results, parts), "components": components(study)},
        "versions": versions(study),
        "seeds": {
            "seed": study.seed,
            "streams": "Threefry-2x32 of (seed, patient, device, tick); own streams for scenario and resamples",
        },
        "patients": _patients(results, left_out),
        "arms": {arm.name: _arm(study, results, found, arm.name) for arm in study.arms},
        "comparisons": compared,
        "primary": _primary(study, compared),
        "subgroups": analysis.subgroups(results),
        "sensitivity": analysis.sensitivity(results),
        "points": analysis.points(study, found),
        "methods": _methods(study, found[study.analysis.primary]),
        "cautions": _cautions(study, results),
        "run": run,
    }


def _sources(study: Study, results: analysis.Results, parts: dict[str, Any]) -> dict[str, Any]:
    populations, twins = [], []
    for group in results.groups:
        rows = [parts[Task(s, None).id]["cohort"] for s in results.shards if s.group.name == group.name]
        rules: dict[str, int] = {}
        for row in rows:
            for rule, count in row["rejected_by_rule"].items():
                rules[rule] = rules.get(rule, 0) + count
        known = {
            "group": group.name,
            "title": _title(group),
            "model": group.model_id,
            "patients": group.n,
            "demographics": results.demographics(group),
            "source": rows[0]["source"],
            "refused": sum(row["rejected"] for row in rows),
            "refused_by_rule": rules,
        }
        if isinstance(group.source, Population):
            populations.append({"id": group.source.id, **known})
        else:
            files = study.inputs[study.cohort.twins.index(group.source)]
            twins.append({"path": group.source.path, "files": [vars(f) for f in files], **known})
    absent = [t.path for t, files in zip(study.cohort.twins, study.inputs, strict=True) if not files]
    return {"populations": populations, "twins": twins, "absent_twins": absent}


def _title(group: Group) -> str:
    """What a population calls itself."""
    if isinstance(group.source, Population):
        return str(vars(component(group.source.id)).get("title", group.name))
    return "Fitted twins"


def _patients(results: analysis.Results, left_out: list[dict[str, Any]]) -> dict[str, Any]:
    by_arm = {
        arm: {rule: int(np.isfinite(when[:, i]).sum()) for rule, when in results.flags.items()}
        for i, arm in enumerate(results.arms)
    }
    return {
        "declared": len(results.group),
        "analysed": int(results.sound.sum()),
        "persons": len(set(results.who["unit"][results.sound])),
        "rules": analysis.RULES,
        "excluded": left_out,
        "excluded_by_arm": by_arm,
    }


def _arm(study: Study, results: analysis.Results, found: dict[str, Any], name: str) -> dict[str, Any]:
    arm = next(a for a in study.arms if a.name == name)
    bed, job = wired(study, arm, results.groups[0])
    devices = [
        {
            "name": d.name,
            "device": d.device,
            "role": str(bed.devices[d.name].role),
            "period_s": float(bed.devices[d.name].period_s),
            "settings": d.parameters,
            "wrap": [{"device": w.device, "settings": w.parameters} for w in d.wrap],
        }
        for d in arm.devices
    ]
    return {
        "title": arm.title,
        "devices": devices,
        "links": _links(bed, wires(bed, job.plan.wiring)),
        "outcomes": analysis.arm_outcomes(study, found, name),
        "adverse_events": analysis.adverse_events(results, name),
        "profile": {"unit": "mg/dL", "time_bin_s": profile.TIME_BIN_S, **results.profile(name)},
        "samples": [s for g in results.groups for s in _samples(study, results, name, g)],
    }


def _links(bed: Bed, wired_inputs: list[tuple[str, str]]) -> list[dict[str, str]]:
    """What passes between the patient, the devices and the scenario; endpoints only watch."""
    links = []
    for target, source in wired_inputs:
        (part, signal), shown_by = target.split(".", 1), source.split(".", 1)[0]
        if part not in bed.endpoints and (shown_by in bed.components or shown_by == SCENARIO):
            links.append({"source": shown_by, "target": part, "signal": signal})
    return links


def _samples(study: Study, results: analysis.Results, arm: str, group: Group) -> list[dict[str, Any]]:
    """The first counted days of the first patients of a group."""
    path = results.out / samples_file(arm, Shard(group, 0))
    if not path.is_file():
        return []
    table = read_table(path)
    who = read_table(results.out / cohort_file(Shard(group, 0)), ["patient", "id"])
    ids = dict(zip(who["patient"].tolist(), who["id"].tolist(), strict=True))
    since = study.warm_up_days * 86400.0
    shown = (table["time_s"] >= since) & (table["time_s"] < since + _SHOWN_DAYS * 86400.0)
    out = []
    for patient in np.unique(table["patient"])[:_SHOWN_PATIENTS]:
        rows = shown & (table["patient"] == patient)
        signals = {
            name: [float(f"{v:.5g}") for v in values[rows]]
            for name, values in table.items()
            if name not in ("patient", "time_s")
        }
        start = {
            "patient": int(patient),
            "id": ids[int(patient)],
            "from_s": since,
            "period_s": RECORD_PERIOD_S,
        }
        out.append({**start, "signals": signals})
    return out


def _primary(study: Study, compared: list[dict[str, Any]]) -> dict[str, Any]:
    known = study.outcomes[study.analysis.primary]
    rows = [row for row in compared if row["role"] == "primary"]
    return {
        "outcome": study.analysis.primary,
        "label": known.doc,
        "unit": known.unit,
        "test": study.analysis.test,
        "margin": study.analysis.margin,
        "confidence": study.analysis.confidence,
        "better": study.better(study.analysis.primary),
        "verdicts": [{"arm": r["arm"], "shown": r["shown"], "sentence": _sentence(study, r)} for r in rows],
    }


def _sentence(study: Study, row: dict[str, Any]) -> str:
    titles = {a.name: a.title for a in study.arms}
    d, unit = row["difference"], "" if row["unit"] == "1" else f" {row['unit']}"
    claim = "superior" if row["test"] == "superiority" else "non-inferior"
    margin = f" (margin {row['margin']:g}{unit})" if row["margin"] else ""
    if d["value"] is None or not np.isfinite(d["value"]):
        return f"{titles[row['arm']]} could not be compared with {titles[row['reference']]}: no patient is left."
    if not np.isfinite(d["low"]):
        return (
            f"{titles[row['arm']]} against {titles[row['reference']]}: difference {d['value']:.2f}{unit} in one "
            "person, which is too few for an interval or a test."
        )
    return (
        f"{titles[row['arm']]} was {'' if row['shown'] else 'not '}shown to be {claim} to "
        f"{titles[row['reference']]}{margin}: difference {d['value']:.2f}{unit} "
        f"({100 * study.analysis.confidence:g} % interval {d['low']:.2f} to {d['high']:.2f}), "
        f"one-sided adjusted p {'<' if row['p_adjusted'] < 0.001 else '='} {max(row['p_adjusted'], 0.001):.3f}."
    )


_INTERVALS = {
    "Student": "Student's t of the differences within patients, of all patients as one group (fewer than 20)",
    "normal": "normal limit of the mean over patients within groups",
}


def _methods(study: Study, primary: analysis.Analysed) -> dict[str, Any]:
    how = {primary.estimates.method(primary.difference(study.analysis.primary, a)) for a in primary.compared}
    resampled = f"bootstrap over patients within groups, BCa, {study.analysis.resamples} resamples"
    smallest = {"smallest_p": 1.0 / (study.analysis.resamples + 1.0)} if "bootstrap BCa" in how else {}
    return {
        "comparison": "mean of differences within patients; draws of one person's twin are averaged first",
        "interval": "; ".join(_INTERVALS.get(m, resampled) for m in sorted(how)) or "one arm, nothing compared",
        "p": "one-sided, from the same distribution as the interval",
        "multiplicity": "Holm over arms for the primary outcome; Holm over arms and outcomes for the "
        "secondary outcomes, which count only where the primary was shown",
        "curves": "percentiles of the patients who are sound in the arm; every draw of a twin is a patient",
        "level": (1.0 - study.analysis.confidence) / 2.0,
        **smallest,
    }


def _cautions(study: Study, results: analysis.Results) -> list[str]:
    out = [
        "Virtual patients: intervals and p-values say how certain the result is for the populations and "
        "models named here. They do not say how well these stand for real patients.",
    ]
    for twins, files in zip(study.cohort.twins, study.inputs, strict=True):
        if not files:
            out.append(f"No fitted twins were found at {twins.path}: the study ran without them.")
    for group in results.groups:
        for signal in unheard(study, group):
            label = signal_of(signal).label
            out.append(f"{label} is in the scenario, but the patients of {_title(group)} do not respond to it.")
    lost = len(results.sound) - int(results.sound.sum())
    if lost:
        share = 100.0 * lost / len(results.sound)
        out.append(f"{lost} patients ({share:.1f} %) were left out of the comparisons; see patients and sensitivity.")
    if study.precision == "float32":
        out.append("Computed with 32-bit numbers.")
    counted = study.days - study.warm_up_days
    if counted < 14:
        out.append(f"Consensus metrics ask for 14 days; {counted} were counted.")
    return out
