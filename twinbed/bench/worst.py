"""The cases that went worst, each with its picture."""

import math

from twinbed.bench.charts import as_data
from twinbed.bench.log import Played
from twinbed.bench.protocol import Answers, Case, Protocol


class Worst:
    """The cases that went worst so far.

    Those without a usable answer, and those whose error is not known for a gap in the answer, are the worst of all;
    they take half of the places at most, so that large errors are seen beside them.
    """

    most, most_without = 6, 3

    def __init__(self, protocol: Protocol):
        self.protocol = protocol
        self.undrawn: list[tuple[str, str]] = []
        self._without: list[dict] = []
        self._measured: list[dict] = []

    @property
    def kept(self) -> list[dict]:
        """Cases, worst first, with their badness, where it is known, and their picture."""
        return [*self._without, *self._measured][: self.most]

    def see(self, case: Case, played: Played, answers: Answers) -> None:
        """Keeps the picture of a case if it is among the worst; of one without a usable answer what can be drawn."""
        if self.protocol.picture is None:
            return
        found = [row.get(self.protocol.badness) for row in played.rows]
        badness = [math.nan if value is None else abs(value) for value in found]
        if played.failure or (played.gaps and any(math.isnan(b) for b in badness)):
            if len(self._without) < self.most_without:
                self._draw(case, answers, None, self._without, tell=not played.failure)
            return
        worst = max((b for b in badness if not math.isnan(b)), default=math.nan)
        full = len(self._measured) == self.most
        if math.isnan(worst) or (full and worst <= self._measured[-1]["badness"]):
            return
        self._draw(case, answers, worst, self._measured, tell=True)
        self._measured = sorted(self._measured, key=lambda one: -one["badness"])[: self.most]

    def _draw(self, case: Case, answers: Answers, badness: float | None, into: list[dict], *, tell: bool) -> None:
        assert self.protocol.picture is not None
        try:
            into.append({"case": case.id, "badness": badness, "chart": as_data(self.protocol.picture(case, answers))})
        except Exception as error:  # an answer may be impossible to draw; it is judged all the same, and that is said
            if tell:  # of one without a usable answer the page says what happened in any case
                self.undrawn.append((case.id, f"{type(error).__name__}: {error}"))
