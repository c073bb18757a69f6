"""What comes of a criterion."""

import dataclasses
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
    found_in: str = ""
    """The case, subject or group that an extreme is of, such as the worst record; nothing where it is of all."""
    n: int = 0
    """Subjects, or what the criterion counts."""
    limit: float | None = None
    mark: str = ""
    """How the limit is known; see `limits`."""
    answered: int | None = None
    """Where cases have no usable answer and the criterion rests on answers: of how many cases the figures above are,
    which are no evidence then; none where they are of all."""
    asked: int | None = None
    """Of how many cases those are."""

    @property
    def told(self) -> Outcome | Literal["disclosed"]:
        """The outcome as people are told it: what has no limit that could be passed is `disclosed`."""
        return "disclosed" if self.limit is None and self.outcome == "pass" else self.outcome

    @property
    def evident(self) -> bool:
        """Whether its figures are of all cases that were asked, so that they may count as evidence."""
        return self.answered is None
