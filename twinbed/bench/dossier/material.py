"""All that a dossier is made of: what people state, and what the logs say."""

import dataclasses
import pathlib
from collections.abc import Mapping, Sequence
from typing import Any

from twinbed.bench.classify import Classified, classify
from twinbed.bench.dossier.device_file import DeviceFile, read_device
from twinbed.bench.naming import told
from twinbed.bench.trace import Changes, Matrix, Requirement, Run, newest, retested, runs_in, trace
from twinbed.bench.verdict import Verdict
from twinbed.core.errors import NotFound
from twinbed.vocab.names import meant


@dataclasses.dataclass(frozen=True)
class Judged:
    """A verdict with what the protocol says of its criterion, and the limit it was held against."""

    run: Run
    verdict: Verdict
    criterion: Mapping[str, Any]
    limit: Mapping[str, Any]


@dataclasses.dataclass(frozen=True)
class Material:
    """The newest run of every protocol, what changed since the one before, requirements, product code and class."""

    stated: DeviceFile
    runs: Sequence[Run]
    every: Sequence[Run]
    changes: Sequence[Changes]
    matrix: Matrix
    classified: Classified | None

    @property
    def judged(self) -> list[Judged]:
        """Every verdict of the newest runs."""
        return [judged for run in self.runs for judged in judged_in(run)]


def judged_in(run: Run) -> list[Judged]:
    """The verdicts of a run with their criteria and limits."""
    criteria = {c["name"]: c for c in run.log.protocol.get("criteria", ())}
    out = []
    for verdict in run.log.verdicts:
        criterion = criteria.get(verdict.criterion, {})
        out.append(Judged(run, verdict, criterion, run.log.limits.get(criterion.get("limit", ""), {})))
    return out


def gathered(logs: pathlib.Path, device: pathlib.Path) -> Material:
    """Reads logs and `device.toml`.

    Raises:
        ReadError: a file cannot be read.
        NotFound: there is no log, or logs of several devices and `logged_as` does not say which; or a requirement
            names a clause or criterion that the log of its protocol does not have.
    """
    stated = read_device(device)
    every = runs_in(logs, stated.logged_as)
    found = sorted({run.identity for run in every})
    if len(found) > 1 and not stated.logged_as:
        raise NotFound(
            f"{logs} has logs of {', '.join(map(told, found))}; say in {device.name} which are of this device: "
            f'[device] logged_as = ["{found[0][0]}"]'
        )
    runs = newest(every)
    doubled = sorted({r.protocol for r in runs if sum(o.protocol == r.protocol for o in runs) > 1})
    if doubled:
        raise NotFound(f"{logs} has logs of {doubled[0]} under several names of the device; keep one in logged_as")
    matrix = trace(stated.requirements, every)
    _refuse_unknown(matrix, runs)
    classified = classify(stated.answers) if stated.answers else None
    return Material(stated, runs, every, retested(every), matrix, classified)


def _refuse_unknown(matrix: Matrix, runs: Sequence[Run]) -> None:
    """Does nothing where every clause and criterion that a requirement names is in the log of its protocol.

    Raises:
        NotFound: one is not, often by a slip: the requirement would stand for ever without what shows that it holds.
    """
    told = [_unknown(requirement, runs) for requirement in matrix.unknown]
    if told:
        more = f" (and {len(told) - 1} more)" if len(told) > 1 else ""
        raise NotFound(f"requirement {told[0]}{more}")


def _unknown(requirement: Requirement, runs: Sequence[Run]) -> str:
    verdicts = [v for run in runs if run.protocol == requirement.protocol for v in run.log.verdicts]
    what = "criterion" if requirement.criterion else "clause"
    named = requirement.criterion or requirement.clause
    has = list(dict.fromkeys(getattr(v, what) for v in verdicts))
    if named in has:  # the criterion is there, under another clause
        what, named = "clause", f"{requirement.clause} of {named}"
        has = list(dict.fromkeys(v.clause for v in verdicts if v.criterion == requirement.criterion))
    hint = meant(named, has, most=1, otherwise=f"it has {', '.join(has)}")
    return f"{requirement.id} names the {what} {named!r}, which the log of {requirement.protocol} does not have; {hint}"
