"""What comes of a criterion."""

import dataclasses
from collections.abc import Sequence
from typing import Literal

Outcome = Literal["pass", "fail", "not tested", "not applicable"]


@dataclasses.dataclass(frozen=True)
class Verdict:
    """One criterion of one clause, decided; numbers that do not exist are none."""

    criterion: str
    clause: str
    outcome: Outcome
    reason: str
    value: float | None = None
    low: float | None = None
    high: float | None = None
    level: float | None = None
    method: str = ""
    """How the interval was made, at that confidence."""
    unit: str = "1"
    n: int = 0
    """Subjects, or what the criterion counts."""
    limit: float | None = None
    mark: str = ""
    """How the limit is known; see `limits`."""


def worst(verdicts: Sequence[Verdict]) -> Outcome:
    """The outcome of a clause or a protocol: one failure fails it, and what was not tested was not passed."""
    outcomes = {v.outcome for v in verdicts if v.outcome != "not applicable"}
    if "fail" in outcomes:
        return "fail"
    if "not tested" in outcomes:
        return "not tested"
    return "pass" if outcomes else "not applicable"
