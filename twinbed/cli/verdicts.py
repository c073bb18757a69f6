"""Verdicts of the bench as lines of a terminal."""

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from twinbed.bench import Log, Verdict

_MARKS: Mapping[str, tuple[str, str]] = {
    "remembered": ("*", "limit remembered and not checked: no ground for a claim until you give your own (--limits)"),
    "project": ("+", "the standard sets no such limit; this project did, so that there is a verdict"),
    "secondary": ("'", "limit from a source that cites the standard"),
}
"""Sign and note of limits that were not read in the standard itself nor given by the laboratory."""


def verdict_lines(log: "Log") -> list[str]:
    """What could not be used, then a line for each criterion, then what the signs at limits mean."""
    unusable = _unusable(log)
    lines = list(unusable)
    for verdict in log.verdicts:
        unmeasured = verdict.value is None and bool(unusable)
        sign = "" if unmeasured or verdict.mark not in _MARKS else f" ({_MARKS[verdict.mark][0]})"
        reason = "not measured" if unmeasured else verdict.reason
        lines.append(f"{_outcome(verdict):15}{verdict.criterion:40} {_value(verdict):<30} {reason}{sign}")
    used = {verdict.mark for verdict in log.verdicts if verdict.value is not None}
    return lines + [f"({sign}) {note}" for mark, (sign, note) in _MARKS.items() if mark in used]


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
    return [
        f"{len(failed)} of {len(log.cases)} cases without a usable answer, so that nothing is measured; such as "
        f"{first.id}: {often}{one_line(worst)}",
        "",
    ]


def _outcome(verdict: "Verdict") -> str:
    """Without a limit nothing can be passed."""
    return "disclosed" if verdict.outcome == "pass" and verdict.limit is None else verdict.outcome


def _value(verdict: "Verdict") -> str:
    from twinbed.vocab import units

    if verdict.value is None:
        return ""
    unit = "" if verdict.unit == "1" else f" {units.label(verdict.unit)}"
    ends = [math.nan if end is None else end for end in (verdict.low, verdict.high)]
    if all(math.isnan(end) for end in ends):
        return f"{verdict.value:.4g}{unit}"
    return f"{verdict.value:.4g}{unit} ({' to '.join('-' if math.isnan(e) else f'{e:.4g}' for e in ends)})"
