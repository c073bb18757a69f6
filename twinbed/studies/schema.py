"""The form of `evidence.json`, as a JSON Schema (draft 2020-12)."""

from typing import Any

_NUMBER = {"type": ["number", "null"]}
_TEXT = {"type": "string"}
_COUNT = {"type": "integer", "minimum": 0}
_FLAG = {"type": ["boolean", "null"]}
_ANY = {"type": "object"}
_BETTER = {"enum": ["higher", "lower", None]}


def _object(optional: dict[str, Any] | None = None, /, **required: Any) -> dict[str, Any]:
    return {"type": "object", "required": sorted(required), "properties": {**required, **(optional or {})}}


def _map(of: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": of}


def _list(of: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": of}


_CURVE = _list(_NUMBER)
_INTERVAL = _object(value=_NUMBER, low=_NUMBER, high=_NUMBER)
_ABOUT = {"title": _TEXT, "demographics": _map(_ANY)}
_GROUP = {
    "group": _TEXT,
    "model": _TEXT,
    "patients": _COUNT,
    "source": _TEXT,
    "refused": _COUNT,
    "refused_by_rule": _map(_COUNT),
}
_INPUTS = _object(
    populations=_list(_object(_ABOUT, id=_TEXT, **_GROUP)),
    twins=_list(_object(_ABOUT, path=_TEXT, files=_list(_ANY), **_GROUP)),
    absent_twins=_list(_TEXT),
    components=_map(_TEXT),
)
_PATIENTS = _object(
    declared=_COUNT,
    analysed=_COUNT,
    persons=_COUNT,
    rules=_map(_TEXT),
    excluded=_list(_object(patient=_COUNT, id=_TEXT, group=_TEXT, arm=_TEXT, rule=_TEXT, day=_NUMBER)),
    excluded_by_arm=_map(_map(_COUNT)),
)
_PACE = {"role": {"enum": ["sensor", "person", "software", "actuator"]}, "period_s": _NUMBER}
_DEVICE = _object(_PACE, name=_TEXT, device=_TEXT, settings=_ANY, wrap=_list(_ANY))
_OUTCOME = _object(
    label=_TEXT,
    unit=_TEXT,
    better=_BETTER,
    patients=_COUNT,
    mean=_INTERVAL,
    sd=_NUMBER,
    quantiles=_map(_NUMBER),
)
_EVENTS = _object(
    outcome=_TEXT,
    rule=_TEXT,
    events=_NUMBER,
    patients=_COUNT,
    patients_with_events=_COUNT,
    per_patient_week=_NUMBER,
)
_SAMPLE = _object(patient=_COUNT, id=_TEXT, from_s=_NUMBER, period_s=_NUMBER, signals=_map(_CURVE))
_ARM = _object(
    {"links": _list(_object(source=_TEXT, target=_TEXT, signal=_TEXT))},
    title=_TEXT,
    devices=_list(_DEVICE),
    outcomes=_map(_OUTCOME),
    adverse_events=_list(_EVENTS),
    profile=_object(unit=_TEXT, time_bin_s=_NUMBER, p05=_CURVE, p25=_CURVE, p50=_CURVE, p75=_CURVE, p95=_CURVE),
    samples=_list(_SAMPLE),
)
_COMPARISON = _object(
    {"patients": _COUNT},
    outcome=_TEXT,
    arm=_TEXT,
    reference=_TEXT,
    unit=_TEXT,
    better=_BETTER,
    difference=_INTERVAL,
    role={"enum": ["primary", "secondary", "descriptive"]},
    test={"enum": ["superiority", "non-inferiority"]},
    margin=_NUMBER,
    p=_NUMBER,
    p_adjusted=_NUMBER,
    shown=_FLAG,
)
_PRIMARY = _object(
    outcome=_TEXT,
    label=_TEXT,
    unit=_TEXT,
    test=_TEXT,
    margin=_NUMBER,
    confidence=_NUMBER,
    better=_BETTER,
    verdicts=_list(_object(arm=_TEXT, shown=_FLAG, sentence=_TEXT)),
)


def evidence_schema() -> dict[str, Any]:
    """The JSON Schema of the record of a study."""
    body = _object(
        format={"const": "twinbed-evidence/1"},
        kind={"const": "study"},
        name=_TEXT,
        title=_TEXT,
        question=_TEXT,
        study=_ANY,
        study_hash={"type": "string", "pattern": "^[0-9a-f]{64}$"},
        inputs=_INPUTS,
        versions=_ANY,
        seeds=_object(seed={"type": "integer"}, streams=_TEXT),
        patients=_PATIENTS,
        arms=_map(_ARM),
        comparisons=_list(_COMPARISON),
        primary=_PRIMARY,
        subgroups=_list(_object(by=_TEXT, part=_TEXT, arm=_TEXT, patients=_COUNT, difference=_INTERVAL)),
        sensitivity=_list(_object(set=_TEXT, patients=_COUNT, arm=_TEXT, difference=_INTERVAL)),
        points=_object(outcome=_TEXT, shown=_COUNT, of=_COUNT, values=_map(_CURVE)),
        methods=_ANY,
        cautions=_list(_TEXT),
        run=_ANY,
    )
    title = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Evidence of a study"}
    return {**title, **body}
