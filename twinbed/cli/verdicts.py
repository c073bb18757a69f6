"""Verdicts of the bench as lines of a terminal."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from twinbed.bench import Log, Verdict

_MARKS: Mapping[str, tuple[str, str]] = {
    "remembered": ("*", "limit remembered and not checked: no ground for a claim until you give your own (--limits)"),
    "project": ("+", "the standard sets no such limit; this project did, so that there is a verdict"),
    "secondary": ("'", "limit from a source that cites the standard"),
}
"""Sign and note of limits that were not read in the standard itself nor given by the laboratory."""
_PARTIAL = "(!)"
"""Sign of figures that are of some cases only."""


def verdict_lines(log: "Log") -> list[str]:
    """What could not be used, then a line for each criterion, then what the signs at limits mean."""
    unusable = _unusable(log)
    aside = [v for v in log.verdicts if v.outcome == "not applicable" and v.limit is None]
    rows = []
    for verdict in (v for v in log.verdicts if v not in aside):
        unmeasured = verdict.value is None and not verdict.evident
        marked = verdict.mark in _MARKS and verdict.evident and verdict.value is not None
        sign = f" ({_MARKS[verdict.mark][0]})" if marked else ""
        reason = "not measured" if unmeasured else verdict.reason if verdict.evident else f"no evidence {_PARTIAL}"
        rows.append((verdict.told, verdict.criterion, _value(log, verdict), f"{reason}{sign}"))
    widths = [max((len(row[k]) for row in rows), default=0) for k in range(3)]
    lines = ["  ".join([*(cell.ljust(w) for cell, w in zip(row, widths, strict=False)), row[3]]) for row in rows]
    used = {verdict.mark for verdict in log.verdicts if verdict.value is not None and verdict.evident}
    notes = [f"({sign}) {note}" for mark, (sign, note) in _MARKS.items() if mark in used]
    return [
        *_again(log),
        *_chosen(log),
        *unusable,
        *_gaps(log),
        *lines,
        *_not_about(aside),
        *notes,
        *(f"note: {note}" for note in log.notes),
    ]


def _again(log: "Log") -> list[str]:
    """That these are not the verdicts of the run itself, and what changed."""
    from twinbed.bench.report import again
    from twinbed.bench.report.page import sentences

    return again.sentences(log, sentences("en"), str)


def _chosen(log: "Log") -> list[str]:
    """Which settings are not the usual ones, since a test of some of the records is no test of all."""
    from twinbed.bench.report import chosen
    from twinbed.bench.report.page import sentences

    said = [one.striptags() for one in chosen.sentences(log, sentences("en"), str)]
    return [*said, ""] if said else []


def _not_about(aside: "Sequence[Verdict]") -> list[str]:
    """What does not apply to the device and has no limit, a line for each reason."""
    reasons = dict.fromkeys(v.reason for v in aside)
    named = lambda reason: ", ".join(v.criterion for v in aside if v.reason == reason)
    return [f"not applicable, since {reason}: {named(reason)}" for reason in reasons]


def all_passed(log: "Log") -> bool:
    """Whether every criterion with a limit passed.

    One that is not tested is undecided, and so is one to which the cases hold nothing ("not applicable"): nothing was
    held against its limit, so the run is no evidence that it is met.
    """
    return all(v.outcome == "pass" or (v.limit is None and v.outcome != "fail") for v in log.verdicts)


def one_line(text: str, most: int = 200) -> str:
    """The text on one line, cut where it is long."""
    flat = " ".join(text.split())
    return flat if len(flat) <= most else flat[: most - 4] + " ..."


def _unusable(log: "Log") -> list[str]:
    failed = [case for case in log.cases if case.failure]
    if not failed:
        return []
    counts: dict[str, int] = {}
    for case in failed:
        counts[case.failure] = counts.get(case.failure, 0) + 1
    worst = max(counts, key=lambda why: counts[why])
    first = next(case for case in failed if case.failure == worst)
    often = f"{counts[worst]} times: " if counts[worst] > 1 else ""
    says = [
        f"{len(failed)} of {len(log.cases)} cases without a usable answer, so that nothing that rests on answers can "
        f"pass; such as {first.named}: {often}{one_line(worst)}"
    ]
    partial = next((v for v in log.verdicts if not v.evident and v.value is not None), None)
    if partial:
        says.append(f"{_PARTIAL} figures of {partial.answered} of {partial.asked} cases: no evidence")
    return [*says, ""]


def _gaps(log: "Log") -> list[str]:
    """Where numbers are missing from answers, with the first case."""
    found = [case for case in log.cases if case.gaps]
    if not found:
        return []
    first = f"{'' if len(found) == 1 else 'such as '}{found[0].named}: {found[0].gaps[0]}"
    return [f"gaps in the answers to {len(found)} of {len(log.cases)} cases: {first}", ""]


def _value(log: "Log", verdict: "Verdict") -> str:
    """The estimate with its interval, and of an extreme in which case or of which subject it was found."""
    from twinbed.bench.numbers import number, readable, with_unit

    if verdict.value is None:
        return ""
    said = readable(verdict)
    shown = with_unit(number(said.value, said.limit), said.unit)
    if (said.low, said.high) != (None, None):
        shown += f" ({' to '.join(number(end, said.limit) for end in (said.low, said.high))})"
    kind = log.kind_of(said.found_in)
    return f"{shown}, {said.found_in if kind == 'other' else f'{kind} {said.found_in}'}" if said.found_in else shown
