"""The traceability matrix: requirement, risk control, protocol, clause, verdict; and verdicts that nobody asked for."""

import csv
import dataclasses
import io
from collections.abc import Sequence
from typing import Literal

from twinbed.bench import settings
from twinbed.bench.trace.logs import Run, newest
from twinbed.bench.trace.requirements import Requirement
from twinbed.bench.verdict import Verdict

Standing = Literal[
    "pass", "disclosed", "fail", "not tested", "not applicable", "not run", "no such criterion", "no protocol"
]  # fmt: skip
"""Outcome of a verdict, or disclosed where the clause sets no limit that could be passed; not tested also where there
is a limit and the cases hold nothing to hold against it; no log of the protocol; a log without that clause; no protocol
named."""
_ORDER: tuple[Standing, ...] = (
    "fail",
    "no such criterion",
    "not run",
    "no protocol",
    "not tested",
    "pass",
    "disclosed",
    "not applicable",
)
_AFTER = ".-() ,;/"
"""What may follow the beginning of a clause."""


@dataclasses.dataclass(frozen=True)
class Evidence:
    """A verdict and the run that it stands in."""

    run: Run
    verdict: Verdict


@dataclasses.dataclass(frozen=True)
class Traced:
    """A row of requirements, how it stands, and the verdicts that say so."""

    requirement: Requirement
    standing: Standing
    evidence: Sequence[Evidence]


@dataclasses.dataclass(frozen=True)
class Matrix:
    """All requirements, and the verdicts that no requirement asks for."""

    rows: Sequence[Traced]
    unasked: Sequence[Evidence]

    def standing(self, id_: str) -> Standing:
        """How a requirement stands over all of its rows: the worst of them."""
        return worst([row.standing for row in self.rows if row.requirement.id == id_])

    @property
    def unknown(self) -> Sequence[Requirement]:
        """Rows that name a clause or criterion which the log of their protocol does not have: often a slip."""
        return [row.requirement for row in self.rows if row.standing == "no such criterion"]

    @property
    def without_evidence(self) -> Sequence[str]:
        """Requirements of which no row has a verdict."""
        shown = {row.requirement.id for row in self.rows if row.evidence}
        return list(dict.fromkeys(row.requirement.id for row in self.rows if row.requirement.id not in shown))


def trace(requirements: Sequence[Requirement], runs: Sequence[Run]) -> Matrix:
    """Which verdicts of the newest runs answer which requirement.

    Args:
        requirements: rows, as they were read.
        runs: logs of one device; of each protocol the newest counts.
    """
    evidence = [Evidence(run, verdict) for run in newest(runs) for verdict in run.log.verdicts]
    rows = [_traced(requirement, evidence) for requirement in requirements]
    asked = {id(e) for row in rows for e in row.evidence}
    return Matrix(rows, [e for e in evidence if id(e) not in asked])


def standing_of(verdict: Verdict) -> Standing:
    """How a verdict counts: `disclosed` where the clause sets no limit that could be passed.

    One that is "not applicable" though there is a limit is not tested: it is no evidence that the limit is kept.
    """
    if verdict.limit is None:
        return verdict.told
    return "not tested" if verdict.outcome == "not applicable" else verdict.outcome


def worst(standings: Sequence[Standing]) -> Standing:
    """The worst of several: failed, without evidence, not tested; then passed, disclosed, not applicable."""
    return min(standings, key=_ORDER.index)


def _traced(requirement: Requirement, evidence: Sequence[Evidence]) -> Traced:
    if not requirement.protocol:
        return Traced(requirement, "no protocol", ())
    of_protocol = [e for e in evidence if e.run.protocol == requirement.protocol]
    if not of_protocol:
        return Traced(requirement, "not run", ())
    found = [e for e in of_protocol if _answers(requirement, e.verdict)]
    if not found:
        return Traced(requirement, "no such criterion", ())
    return Traced(requirement, worst([standing_of(e.verdict) for e in found]), found)


def _answers(requirement: Requirement, verdict: Verdict) -> bool:
    if requirement.criterion and requirement.criterion != verdict.criterion:
        return False
    begins = verdict.clause.startswith(requirement.clause)
    rest = verdict.clause[len(requirement.clause) :]
    return begins and (not requirement.clause or not rest or rest[0] in _AFTER)


_COLUMNS = (
    "requirement", "text", "risk", "control", "protocol", "clause", "criterion", "standing", "outcome", "value", "low",
    "high", "unit", "n", "limit", "limit_mark", "reason", "log", "started", "log_sha256",
    "judged_again", "notes",
)  # fmt: skip


def as_csv(matrix: Matrix) -> str:
    """The matrix as CSV: a line for every verdict of every requirement, then the verdicts that nobody asked for."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for row in matrix.rows:
        r = row.requirement
        head = [r.id, r.text, r.risk, r.control]
        for evidence in row.evidence:
            writer.writerow([*head, *_cells(evidence, row.standing)])
        if not row.evidence:
            writer.writerow([*head, r.protocol, r.clause, r.criterion, row.standing, *[""] * (len(_COLUMNS) - 8)])
    for evidence in matrix.unasked:
        writer.writerow(["", "", "", "", *_cells(evidence, "")])
    return out.getvalue()


def _cells(evidence: Evidence, standing: str) -> list[object]:
    v, run = evidence.verdict, evidence.run
    shown = lambda number: "" if number is None else repr(number)
    found = [shown(number if v.evident else None) for number in (v.value, v.low, v.high)]
    return [
        run.protocol, v.clause, v.criterion, standing, v.told, *found, v.unit,
        v.n, shown(v.limit), v.mark, v.reason, run.name, run.log.started, run.sha256,
        run.log.judged.at if run.log.judged else "", "; ".join([*run.log.notes, *settings.told(run.log.protocol)]),
    ]  # fmt: skip
