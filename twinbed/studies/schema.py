"""The form of `evidence.json`, as a JSON Schema (draft 2020-12)."""

from typing import Any

_NUMBER = {"type": ["number", "null"]}
_TEXT = {"type": "string"}
_COUNT = {"type": "integer", "minimum": 0}


def _object(required: dict[str, Any], **optional: Any) -> dict[str, Any]:
    return {"type": "object", "required": sorted(required), "properties": {**required, **optional}}


def _map(of: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": of}


def _list(of: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": of}


_INTERVAL = _object({"value": _NUMBER, "low": _NUMBER, "high": _NUMBER})
_BETTER = {"enum": ["higher", "lower", None]}
_FLAG = {"type": ["boolean", "null"]}
_GROUP = {"group": _TEXT, "model": _TEXT, "patients": _COUNT, "source": _TEXT, "refused": _COUNT,
          "refused_by_rule": _map(_COUNT)}  # fmt: skip
_CURVE = _list(_NUMBER)
_OUTCOME = _object(
    {"label": _TEXT, "unit": _TEXT, "better": _BETTER, "patients": _COUNT, "mean": _INTERVAL, "sd": _NUMBER,
     "quantiles": _map(_NUMBER)}
)  # fmt: skip
_EVENTS = _object(
    {"outcome": _TEXT, "rule": _TEXT, "events": _NUMBER, "patients": _COUNT, "patients_with_events": _COUNT,
     "per_patient_week": _NUMBER}
)  # fmt: skip
_SAMPLE = _object(
    {"patient": _COUNT, "id": _TEXT, "from_s": _NUMBER, "period_s": _NUMBER, "signals": _map(_CURVE)}
)
_ARM = _object(
    {
        "title": _TEXT,
        "devices": _list(_object({"name": _TEXT, "device": _TEXT, "settings": {"type": "object"},
                                  "wrap": _list({"type": "object"})})),
        "outcomes": _map(_OUTCOME),
        "adverse_events": _list(_EVENTS),
        "profile": _object({"unit": _TEXT, "time_bin_s": _NUMBER, **{f"p{p}": _CURVE for p in ("05", "25", "50", "75", "95")}}),
        "samples": _list(_SAMPLE),
    }
)  # fmt: skip
_COMPARISON = _object(
    {"outcome": _TEXT, "arm": _TEXT, "reference": _TEXT, "unit": _TEXT, "better": _BETTER, "difference": _INTERVAL,
     "role": {"enum": ["primary", "secondary", "descriptive"]}, "test": {"enum": ["superiority", "non-inferiority"]},
     "margin": _NUMBER, "p": _NUMBER, "p_adjusted": _NUMBER, "shown": _FLAG}
)  # fmt: skip
_EXCLUDED = _object({"patient": _COUNT, "id": _TEXT, "group": _TEXT, "arm": _TEXT, "rule": _TEXT, "day": _NUMBER})


def evidence_schema() -> dict[str, Any]:
    """The JSON Schema of the record of a study."""
    body = _object(
        {
            "format": {"const": "twinbed-evidence/1"},
            "kind": {"const": "study"},
            "name": _TEXT,
            "title": _TEXT,
            "question": _TEXT,
            "study": {"type": "object"},
            "study_hash": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
            "inputs": _object(
                {
                    "populations": _list(_object({"id": _TEXT, **_GROUP})),
                    "twins": _list(_object({"path": _TEXT, "files": _list({"type": "object"}), **_GROUP})),
                    "absent_twins": _list(_TEXT),
                    "components": _map(_TEXT),
                }
            ),
            "versions": {"type": "object"},
            "seeds": _object({"seed": {"type": "integer"}, "streams": _TEXT}),
            "patients": _object(
                {
                    "declared": _COUNT,
                    "analysed": _COUNT,
                    "persons": _COUNT,
                    "rules": _map(_TEXT),
                    "excluded": _list(_EXCLUDED),
                    "excluded_by_arm": _map(_map(_COUNT)),
                }
            ),
            "arms": _map(_ARM),
            "comparisons": _list(_COMPARISON),
            "primary": _object(
                {"outcome": _TEXT, "label": _TEXT, "unit": _TEXT, "test": _TEXT, "margin": _NUMBER,
                 "confidence": _NUMBER, "better": _BETTER,
                 "verdicts": _list(_object({"arm": _TEXT, "shown": _FLAG, "sentence": _TEXT}))}
            ),
            "subgroups": _list(_object({"by": _TEXT, "part": _TEXT, "arm": _TEXT, "patients": _COUNT, "difference": _INTERVAL})),
            "sensitivity": _list(_object({"set": _TEXT, "patients": _COUNT, "arm": _TEXT, "difference": _INTERVAL})),
            "points": _object({"outcome": _TEXT, "shown": _COUNT, "of": _COUNT, "values": _map(_CURVE)}),
            "methods": {"type": "object"},
            "cautions": _list(_TEXT),
            "run": {"type": "object"},
        }
    )  # fmt: skip
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Evidence of a study", **body}
