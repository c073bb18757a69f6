"""Twins in the server's folder, as `twinbed fit` leaves them: who, from what, how well they follow and foretell a day.

`DATA/twins/NAME` is the `--out` of a fit; a single twin file may lie in `DATA/twins` itself. A twin is called by its
name here, `NAME.SUBJECT` or `SUBJECT`, which is looked up and never used as a path.
"""

import dataclasses
import datetime
import functools
import json
import pathlib
import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from twinbed.cohorts.twins import FORMAT
from twinbed.personalise.accuracy import accuracy
from twinbed.server.errors import Refused

_NAME = re.compile(r"[\w-][\w.-]{0,119}", re.ASCII)
_MOST_BYTES = 64 * 1024**2
_MOST_TWINS = 2000


@dataclasses.dataclass(frozen=True)
class TwinFile:
    """A twin file by the name that it has here."""

    name: str
    path: pathlib.Path
    fit: pathlib.Path | None
    """The folder of the fit, where it lies in one."""

    @property
    def report(self) -> pathlib.Path | None:
        """The report of the fit, where there is one."""
        path = self.fit / "report.html" if self.fit else None
        return path if path and path.is_file() else None


def twin_files(folder: pathlib.Path) -> list[TwinFile]:
    """The twins of a folder, by name."""
    found = [TwinFile(file.stem, file, None) for file in folder.glob("*.json")]
    found += [TwinFile(f"{f.parents[1].name}.{f.stem}", f, f.parents[1]) for f in folder.glob("*/twins/*.json")]
    named = {file.name: file for file in sorted(found, key=lambda f: f.name) if _NAME.fullmatch(file.name)}
    return [file for file in list(named.values())[:_MOST_TWINS] if _content(file.path).get("format") == FORMAT]


def twin_file(folder: pathlib.Path, name: str) -> TwinFile:
    """One of them.

    Raises:
        Refused: there is none of that name.
    """
    found = next((file for file in twin_files(folder) if file.name == name), None)
    if found is None:
        raise Refused(
            404, "not_found", f"There is no twin {name!r}.", "GET /api/twins lists them.",
            korean=(f"트윈 {name!r}이(가) 없습니다.", "목록에서 골라 주십시오."),
        )  # fmt: skip
    return found


def not_fitted(folder: pathlib.Path) -> list[dict[str, Any]]:
    """People whose recordings were read, and who had no day complete enough to fit."""
    found = []
    for file in sorted(folder.glob("*/people/*.json"))[:_MOST_TWINS]:
        log = _content(file)
        if log.get("days") == [] and isinstance(log.get("subject"), str):
            source = f"{log.get('source', '')}"
            found.append({"subject": log["subject"], "source": source, "fit": file.parents[1].name,
                          "notes": _texts(log.get("notes"))})  # fmt: skip
    return found


def summary(file: TwinFile) -> dict[str, Any]:
    """A twin in a list."""
    twin = _content(file.path)
    fit, provenance = _part(twin, "fit"), _part(twin, "provenance")
    return {
        "id": file.name, "subject": str(twin.get("subject", "")), "model": str(twin.get("model", "")),
        "source": str(provenance.get("source", "")), "version": str(provenance.get("twinbed", "")),
        "made": datetime.datetime.fromtimestamp(file.path.stat().st_mtime, datetime.UTC),
        "draws": max((len(v) for v in _part(twin, "parameters").values() if isinstance(v, list)), default=0),
        "days": _whole(fit.get("days")), "first_day": _text(fit.get("first_day")),
        "last_day": _text(fit.get("last_day")), "weight_assumed": fit.get("weight_assumed") is True,
        "report": file.report is not None, "scores": _scores(file, str(twin.get("subject", ""))),
    }  # fmt: skip


def whole(file: TwinFile) -> dict[str, Any]:
    """A twin with its history, day by day."""
    twin = _content(file.path)
    log = _content(file.fit / "people" / file.path.name) if file.fit else {}
    known = _part(twin, "fit").get("identifiability")
    return {
        **summary(file),
        "therapy": _numbers(_part(twin, "therapy")), "demographics": _numbers(_part(twin, "demographics")),
        "notes": _texts(_part(twin, "provenance").get("notes")),
        "identifiability": [_identified(row) for row in known] if isinstance(known, list) else [],
        "history": [day for row in _list(log.get("days")) if (day := _day(row)) is not None],
    }  # fmt: skip


def _day(row: Any) -> dict[str, Any] | None:
    """How a day was followed, and foretold from the days before it; None where it is not as a fit writes it."""
    try:
        measured = np.asarray(row["measured"], float)
        told, after = row.get("prediction"), accuracy(measured, np.asarray(row["fitted"], float))
        day = {"date": str(row["date"]), "readings": int(measured.size), "mard": _tenths(after.mard),
               "rmse": _tenths(after.rmse), "predicted_mard": None, "predicted_rmse": None, "inside": None}  # fmt: skip
        if told:
            inside = (measured >= np.asarray(told["lower"], float)) & (measured <= np.asarray(told["upper"], float))
            before = accuracy(measured, np.asarray(told["mean"], float), inside=inside)
            day |= {"predicted_mard": _tenths(before.mard), "predicted_rmse": _tenths(before.rmse),
                    "inside": _tenths(before.coverage)}  # fmt: skip
        return day
    except (KeyError, TypeError, ValueError, AttributeError, IndexError):
        return None


def _scores(file: TwinFile, subject: str) -> dict[str, float | None] | None:
    """Errors over all days of this person, as the fit wrote them; None where it wrote none."""
    row = _part(_part(_content(file.fit / "scores.json"), "people"), subject) if file.fit else {}
    names = {"mard": "in_sample_mard_percent", "rmse": "in_sample_rmse_mg_dl", "predicted_mard": "mard_percent",
             "predicted_rmse": "rmse_mg_dl", "inside": "coverage_90"}  # fmt: skip
    known = {name: _tenths(row.get(key)) for name, key in names.items()}
    return known if any(v is not None for v in known.values()) else None


def _identified(row: Any) -> dict[str, Any]:
    said = row if isinstance(row, Mapping) else {}
    return {"name": str(said.get("name", "")), "unit": str(said.get("unit", "")), "value": _number(said.get("value")),
            "shrinkage": _number(said.get("shrinkage")), "learned": said.get("learned") is True,
            "entangled_with": _texts(said.get("entangled_with"))}  # fmt: skip


def _content(path: pathlib.Path) -> Mapping[str, Any]:
    """What a JSON file holds; nothing where it cannot be read."""
    try:
        state = path.stat()
        return _read(path, state.st_mtime_ns, state.st_size)
    except OSError:
        return {}


@functools.lru_cache(maxsize=64)
def _read(path: pathlib.Path, changed: int, size: int) -> Mapping[str, Any]:
    if size > _MOST_BYTES:
        return {}
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _part(of: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = of.get(name)
    return found if isinstance(found, dict) else {}


def _list(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list) else []


def _texts(value: Any) -> list[str]:
    return [str(v)[:500] for v in _list(value)][:100]


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _whole(value: Any) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def _number(value: Any) -> float | None:
    """A number that JSON has."""
    fits = isinstance(value, int | float) and not isinstance(value, bool) and bool(np.isfinite(value))
    return float(value) if fits else None


def _tenths(value: Any) -> float | None:
    number = _number(value)
    return None if number is None else round(number, 1)


def _numbers(of: Mapping[str, Any]) -> dict[str, float]:
    return {name: number for name, value in of.items() if (number := _number(value)) is not None}
