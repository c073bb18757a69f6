"""What people state of a device: `device.toml`, of which `examples/device.toml` is a whole one, explained.

Its tables are `KNOWN`, `[classification]` (see `bench.classify.answers`) and `[[anomaly]]`; `requirements` names a file
beside it. Every text may be given once or by language. What is not stated is marked in the dossier as for people to
write.
"""

import dataclasses
import pathlib
import tomllib
from collections.abc import Mapping, Sequence
from typing import Any

from twinbed.bench.classify import Answers, read_answers
from twinbed.bench.trace import Requirement, read_requirements
from twinbed.core.errors import NotFound, ReadError
from twinbed.vocab.names import meant

_LANGUAGES = {"en", "ko"}
KNOWN: Mapping[str, Sequence[str]] = {
    "device": (
        "name", "model", "version", "maker", "site", "intended_use", "principle", "structure", "performance", "users",
        "environment", "patients", "inputs", "outputs", "contraindications", "fda_product_code", "korean_item",
        "document",
    ),
    "test_set": (
        "collection", "exclusions", "source", "reference", "literature", "independence", "ethnicity", "environment",
        "rationale",
    ),
    "change_plan": ("items", "timing", "data", "development", "implementation", "opinion", "monitoring", "impact"),
    "statements": ("discussion", "conclusion", "animal", "clinical", "conformity"),
    "software": (
        "name", "traits", "safety", "environment", "plan", "requirements", "implementation", "verification", "release",
        "maintenance", "risk", "configuration",
    ),
}  # fmt: skip
"""What can be stated, by table."""
_ANOMALY = ("protocol", "criterion", "cause", "impact", "decision", "rationale")
_LISTED = "logged_as"


@dataclasses.dataclass(frozen=True)
class DeviceFile:
    """What people state: texts by table and name, answers for the classification, requirements, known anomalies."""

    texts: Mapping[str, Mapping[str, str | Mapping[str, str]]]
    logged_as: Sequence[str]
    answers: Answers | None
    requirements: Sequence[Requirement]
    anomalies: Sequence[Mapping[str, str | Mapping[str, str]]]
    file: str = "device.toml"
    """What the file is called."""

    def said(self, table: str, name: str, lang: str) -> str:
        """What is stated, in a language; empty where it is not."""
        return in_language(self.texts[table].get(name, ""), lang)

    def anomaly(self, protocol: str, criterion: str, name: str, lang: str) -> str:
        """What is stated of an anomaly; empty where it is not."""
        for known in self.anomalies:
            if known.get("protocol") == protocol and known.get("criterion", criterion) == criterion:
                return in_language(known.get(name, ""), lang)
        return ""


def in_language(value: str | Mapping[str, str], lang: str) -> str:
    """A text in a language, or in that in which it is given."""
    if isinstance(value, str):
        return value.strip()
    return (value.get(lang) or next(iter(value.values()), "")).strip()


def read_device(path: pathlib.Path) -> DeviceFile:
    """What a `device.toml` states.

    Raises:
        ReadError: it is no such file, or states what is not known; the message lists what is.
    """
    try:
        written = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ReadError(path, str(error)) from None
    strange = sorted(set(written) - {*KNOWN, "classification", "anomaly", "requirements"})
    if strange:
        known = [*KNOWN, "classification", "anomaly", "requirements"]
        raise ReadError(path, f"{strange[0]!r} is not known; {_near(strange[0], known)}")
    tables = {name: _table(path, name, written) for name in KNOWN}
    logged_as = tables["device"].pop(_LISTED, [])
    if not isinstance(logged_as, list) or not all(isinstance(name, str) for name in logged_as):
        raise ReadError(path, '[device] logged_as is a list of names, such as ["acme:detect"]')
    for name, table in tables.items():
        _checked(path, f"[{name}]", table, KNOWN[name])
    anomalies = written.get("anomaly", [])
    for anomaly in anomalies:
        _checked(path, "[[anomaly]]", anomaly, _ANOMALY)
    requirements = _requirements(path, written)
    return DeviceFile(tables, tuple(logged_as), _answers(path, written), requirements, anomalies, path.name)


def _table(path: pathlib.Path, name: str, written: Mapping[str, Any]) -> dict[str, Any]:
    table = written.get(name, {})
    if not isinstance(table, dict):
        raise ReadError(path, f"{name!r} is no table; write [{name}]")
    return dict(table)


def _checked(path: pathlib.Path, where: str, table: Mapping[str, Any], known: Sequence[str]) -> None:
    for name, value in table.items():
        if name not in known:
            raise ReadError(path, f"{where} has {name!r}; {_near(name, known)}")
        by_language = isinstance(value, dict) and value and set(value) <= _LANGUAGES
        texts = list(value.values()) if by_language else [value]
        if not all(isinstance(text, str) for text in texts):
            raise ReadError(path, f'{where} {name} is a text, or {{ en = "...", ko = "..." }}')


def _near(name: str, known: Sequence[str]) -> str:
    return meant(name, known, most=1, otherwise=f"known are {', '.join(known)}")


def unfilled(stated: DeviceFile) -> Mapping[str, Sequence[str]]:
    """What nobody stated yet, by table; `requirements` and `classification` stand for themselves."""
    out = {name: [n for n in KNOWN[name] if not stated.texts[name].get(n)] for name in KNOWN}
    whole = {"requirements": stated.requirements, "classification": stated.answers}
    return {name: names for name, names in out.items() if names} | {name: [] for name, v in whole.items() if not v}


def _answers(path: pathlib.Path, written: Mapping[str, Any]) -> Answers | None:
    if "classification" not in written:
        return None
    try:
        return read_answers(_table(path, "classification", written))
    except (NotFound, TypeError, AttributeError) as error:
        raise ReadError(path, f"[classification]: {error}") from None


def _requirements(path: pathlib.Path, written: Mapping[str, Any]) -> list[Requirement]:
    named = written.get("requirements")
    if named is None:
        return []
    if not isinstance(named, str):
        raise ReadError(path, "requirements is the name of a file beside this one")
    return read_requirements(path.parent / named)
