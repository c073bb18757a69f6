"""Judges what was measured: a verdict for every criterion.

Where cases have no usable answer no criterion that rests on answers can pass. What was measured of the other cases is
worked out all the same, so that it can be seen, and marked: such figures are no evidence. Facts of the study that no
answer changes, such as its number of subjects, are judged as they always are.
"""

import dataclasses
import math
import operator
from collections.abc import Sequence

import numpy as np

from twinbed.bench.log import Played
from twinbed.bench.numbers import number, with_unit, written
from twinbed.bench.protocol import (
    Answers,
    Case,
    Criterion,
    NotApplicable,
    Protocol,
    Row,
    Table,
    judges_study,
    no_answer_changes,
)
from twinbed.bench.statistics import Interval
from twinbed.bench.verdict import Verdict
from twinbed.core.errors import StatisticsError


def judge(protocol: Protocol, played: Sequence[Played]) -> tuple[Verdict, ...]:
    """The verdict of every criterion on what was measured."""
    measured, facts = table_of(played), table_of(played, known=True)
    out = []
    for criterion in protocol.criteria:
        if no_answer_changes(protocol, criterion):
            out.append(_verdict(protocol, criterion, facts))
        elif failed := [p for p in played if p.failure]:
            out.append(_no_evidence(protocol, criterion, measured, played, failed))
        elif why := _withheld(protocol, criterion, played):
            out.append(dataclasses.replace(_open(protocol, criterion), reason=why))
        else:
            out.append(_verdict(protocol, criterion, measured))
    return tuple(out)


def table_of(played: Sequence[Played], *, known: bool = False) -> Table:
    """The rows of all cases; with `known` also what is known of those without a usable answer."""
    rows_of = [(p, p.rows or (p.known if known else ())) for p in played]
    of = [p for p, own in rows_of for _ in own]
    rows = [row for _, own in rows_of for row in own]
    names = list(dict.fromkeys(name for row in rows for name in row))
    as_number = lambda v: math.nan if v is None else float(v)
    columns = {name: np.array([as_number(row.get(name)) for row in rows]) for name in names}
    groupings = list(dict.fromkeys(name for p in of for name in p.groups))
    groups = {name: np.array([p.groups.get(name, "") for p in of], dtype=str) for name in groupings}
    text = lambda values: np.array(values, dtype=str)
    return Table(text([p.subject for p in of]), columns, text([p.id for p in of]), groups)


def known_rows(protocol: Protocol, case: Case) -> Sequence[Row]:
    """What is known of a case without its answer: the rows that gaps in place of an answer leave, at least one."""
    try:
        blank: Answers = {a.name: a.blank(case.stimulus) for a in protocol.answers}
        return tuple(protocol.measure(case, blank)) or ({},)
    except Exception:  # a measure may want an answer; the subject and the groups of the case are known all the same
        return ({},)


def _open(protocol: Protocol, criterion: Criterion) -> Verdict:
    limit = protocol.limits[criterion.limit] if criterion.limit else None
    return Verdict(
        criterion.name, criterion.clause, "not tested", "", unit=criterion.unit,
        limit=limit.value if limit else None, mark=limit.mark if limit else "",
    )  # fmt: skip


def _no_evidence(
    protocol: Protocol, criterion: Criterion, table: Table, played: Sequence[Played], failed: Sequence[Played]
) -> Verdict:
    """Nothing is passed; the figures of the cases with an answer, as far as there are any."""
    said = f"{len(failed)} of {len(played)} cases without a usable answer, the first {failed[0].id}"
    judges = criterion.limit and not judges_study(protocol, criterion)
    of = dataclasses.replace(
        _open(protocol, criterion), outcome="fail" if judges else "not tested", reason=said,
        answered=len(played) - len(failed), asked=len(played),
    )  # fmt: skip
    if not len(table) or _withheld(protocol, criterion, played):
        return of
    try:
        return _with_figures(of, _computed(criterion, table))
    except (NotApplicable, StatisticsError):
        return of


def _withheld(protocol: Protocol, criterion: Criterion, played: Sequence[Played]) -> str:
    """Which claims that the criterion judges were not made, though they were due; empty where none."""
    claims = {a.name for a in protocol.answers if a.claim == criterion.name}
    silent = [p for p in played if claims & set(p.withheld)]
    if not silent:
        return ""
    names = ", ".join(sorted(claims & {name for p in silent for name in p.withheld}))
    return f"{names} withheld in {len(silent)} of {len(played)} cases, such as {silent[0].id}"


def _verdict(protocol: Protocol, criterion: Criterion, table: Table) -> Verdict:
    of = _open(protocol, criterion)
    if not len(table):
        return dataclasses.replace(of, reason="no case was played")
    try:
        found = _computed(criterion, table)
    except NotApplicable as why:
        return dataclasses.replace(of, outcome="not applicable", reason=str(why), limit=None, mark="")
    except StatisticsError as error:
        return dataclasses.replace(of, reason=str(error))
    of = _with_figures(of, found)
    if math.isnan(found.value):
        return dataclasses.replace(of, outcome="not applicable", reason="the cases hold nothing that this is about")
    if found.n < criterion.least:
        return dataclasses.replace(of, reason=f"{found.n} where the clause asks for at least {criterion.least}")
    if of.limit is None or criterion.sense == "disclosed":
        return dataclasses.replace(of, outcome="pass", reason="disclosed; the clause sets no limit")
    return _against(of, criterion, found, of.limit)


def _with_figures(of: Verdict, found: Interval) -> Verdict:
    none = lambda v: None if math.isnan(v) else float(v)
    return dataclasses.replace(
        of, value=none(found.value), low=none(found.low), high=none(found.high), n=found.n, level=found.level,
        method=found.method, found_in=found.found_in,
    )  # fmt: skip


def _computed(criterion: Criterion, table: Table) -> Interval:
    try:
        return criterion.statistic(table)
    except (StatisticsError, NotApplicable):
        raise
    except Exception as error:  # what the device answered must not be lost for a criterion that cannot be computed
        raise StatisticsError(f"it cannot be computed ({type(error).__name__}: {error})") from error


def _against(of: Verdict, criterion: Criterion, found: Interval, limit: float) -> Verdict:
    end = found.high if criterion.sense == "at most" else found.low
    held = end if criterion.judged == "bound" else found.value
    if math.isnan(held):
        return dataclasses.replace(of, reason="no interval can be made: too few, or all are alike")
    compare = {"at least": operator.ge, "more than": operator.gt, "at most": operator.le}[criterion.sense]
    passes = compare(held, limit)
    what = "bound" if criterion.judged == "bound" else "value"
    shown, bar = with_unit(number(held, limit), criterion.unit), with_unit(written(limit), criterion.unit)
    reason = f"{what} {shown} {'is' if passes else 'is not'} {criterion.sense} {bar}"
    return dataclasses.replace(of, outcome="pass" if passes else "fail", reason=reason)
