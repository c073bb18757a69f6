"""Twins of real people, read as a cohort: one patient for each draw of a posterior.

A twin file is JSON of the format `twinbed-twin/1`: the subject, the id of the model, the
posterior draws of its parameters, therapy, demographics, how it was fitted and from what.
Draws are taken at even distances through the file, so the selection is the same each time.

Known limits: draws are weighted equally; parameters that a file does not name keep the
defaults of the model.
"""

import dataclasses
import json
import pathlib
from collections.abc import Mapping, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from twinbed.cohorts.cohort import Cohort
from twinbed.cohorts.population import cohort_of
from twinbed.cohorts.therapy import Therapy
from twinbed.core import discover
from twinbed.core.errors import NotFound, ReadError
from twinbed.core.model import AbstractModel

FORMAT = "twinbed-twin/1"
_REQUIRED = {"subject": str, "model": str, "parameters": dict, "therapy": dict}


@dataclasses.dataclass(frozen=True)
class Twin:
    """The contents of one twin file."""

    path: pathlib.Path
    subject: str
    model_id: str
    parameters: dict[str, np.ndarray]
    therapy: dict[str, float]
    demographics: dict[str, Any]

    @property
    def draws(self) -> int:
        """How many draws of the posterior it holds."""
        return len(next(iter(self.parameters.values())))


def read_twins(paths: Sequence[str | pathlib.Path], *, draws_per_twin: int | None = None) -> Cohort:
    """The twins of several people as one cohort, in the order of the files.

    Args:
        paths: twin files, all of one model, each of another subject.
        draws_per_twin: how many draws of each; all of them if not given.

    Raises:
        ReadError: a file is no twin, has too few draws, or does not fit the others.
    """
    if not paths:
        raise ReadError("twins", "at least one twin file")
    twins = [read_twin(pathlib.Path(p)) for p in paths]
    _check_together(twins)
    places = [_places(t, draws_per_twin) for t in twins]
    counts = [len(p) for p in places]
    names = sorted({n for t in twins for n in t.parameters})
    for twin in twins:
        missing = sorted(set(names) - set(twin.parameters))
        if missing:
            raise ReadError(twin.path, f"the same parameters as the others; {', '.join(missing)} missing")
    values = {n: np.concatenate([t.parameters[n][p] for t, p in zip(twins, places, strict=True)]) for n in names}
    fields = [f.name for f in dataclasses.fields(Therapy)]
    return Cohort(
        model_id=twins[0].model_id,
        patients=_patients(twins[0], sum(counts), values),
        therapy=Therapy(*(jnp.asarray(np.repeat([t.therapy[f] for t in twins], counts)) for f in fields)),
        demographics=_demographics([t.demographics for t in twins], counts),
        ids=tuple(f"{t.subject}/{k}" for t, p in zip(twins, places, strict=True) for k in p),
        rejected=0,
        source="twins fitted to recordings of " + ", ".join(t.subject for t in twins),
    )


def read_twin(path: pathlib.Path) -> Twin:
    """One twin file. Raises `ReadError` for what is no twin."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ReadError(path, f"a file that can be read ({error.strerror})") from error
    except ValueError as error:
        raise ReadError(path, f"JSON ({error})") from error
    found = content.get("format") if isinstance(content, Mapping) else None
    if found != FORMAT:
        raise ReadError(path, f"format {FORMAT!r}, found {found!r}")
    for key, kind in _REQUIRED.items():
        if not isinstance(content.get(key), kind) or not content[key]:
            raise ReadError(path, f"{key!r}, which is missing or empty")
    return Twin(
        path=path,
        subject=content["subject"],
        model_id=content["model"],
        parameters=_draws(path, content["parameters"]),
        therapy=_settings(path, content["therapy"]),
        demographics=dict(content.get("demographics") or {}),
    )


def _draws(path: pathlib.Path, parameters: Mapping[str, Any]) -> dict[str, np.ndarray]:
    try:
        draws = {name: np.asarray(values, dtype=float) for name, values in parameters.items()}
    except (TypeError, ValueError) as error:
        raise ReadError(path, f"lists of numbers as parameters ({error})") from error
    shapes = {a.shape for a in draws.values()}
    if len(shapes) != 1 or len(next(iter(shapes))) != 1 or not next(iter(shapes))[0]:
        raise ReadError(path, "one list of draws for each parameter, all equally long")
    bad = [name for name, a in draws.items() if not np.isfinite(a).all()]
    if bad:
        raise ReadError(path, f"finite draws of {', '.join(bad)}")
    return draws


def _settings(path: pathlib.Path, therapy: Mapping[str, Any]) -> dict[str, float]:
    out: dict[str, float] = {}
    for field in dataclasses.fields(Therapy):
        value = therapy.get(field.name)
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < np.inf:
            unit = field.metadata["quantity"].unit
            raise ReadError(path, f"therapy {field.name!r} as a number in {unit}, found {value!r}")
        out[field.name] = float(value)
    return out


def _check_together(twins: Sequence[Twin]) -> None:
    subjects: set[str] = set()
    for twin in twins:
        if twin.model_id != twins[0].model_id:
            raise ReadError(twin.path, f"a twin of {twins[0].model_id}, found {twin.model_id}")
        if twin.subject in subjects:
            raise ReadError(twin.path, f"another subject than the files before: {twin.subject!r} occurs twice")
        subjects.add(twin.subject)


def _patients(twin: Twin, n: int, values: Mapping[str, np.ndarray]) -> AbstractModel:
    try:
        return jax.tree.map(jnp.asarray, cohort_of(discover.load(twin.model_id)(), n, values))
    except NotFound as error:
        raise ReadError(twin.path, str(error)) from error


def _places(twin: Twin, wanted: int | None) -> np.ndarray:
    """Places of the draws that are taken: the middles of as many equal parts."""
    if wanted is None:
        return np.arange(twin.draws)
    if not 0 < wanted <= twin.draws:
        raise ReadError(twin.path, f"at least {wanted} draws, and at least one; it has {twin.draws}")
    return ((np.arange(wanted) + 0.5) * twin.draws / wanted).astype(int)


def _demographics(people: Sequence[Mapping[str, Any]], counts: Sequence[int]) -> dict[str, np.ndarray]:
    """Numbers where every file has a number, missing ones as NaN; else text."""
    out: dict[str, np.ndarray] = {}
    for name in sorted({k for p in people for k in p}):
        values = [p.get(name) for p in people]
        if all(v is None or isinstance(v, int | float) for v in values):
            column = np.asarray([np.nan if v is None else float(v) for v in values])
        else:
            column = np.asarray(["" if v is None else str(v) for v in values])
        out[name] = np.repeat(column, counts)
    return out
