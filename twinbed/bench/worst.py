"""The cases that went worst, each with its picture."""

import json
import math
from typing import Any

from twinbed.bench.charts import as_data
from twinbed.bench.log import Played
from twinbed.bench.protocol import Answers, Case, Protocol
from twinbed.bench.refused import alone
from twinbed.connect.files import plain


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

    def see(self, case: Case, played: Played, answers: Answers | None) -> None:
        """Keeps the picture of a case if it is among the worst; of one without a usable answer what can be drawn.

        Args:
            case: that was played.
            played: how it went.
            answers: what came; none where nothing of it can be drawn.
        """
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

    def _draw(
        self, case: Case, answers: Answers | None, badness: float | None, into: list[dict], *, tell: bool
    ) -> None:
        try:
            if chart := self._chart(case, answers, refused=not tell):
                into.append({"case": case.id, "badness": badness, "chart": chart})
        except Exception as error:  # an answer may be impossible to draw; it is judged all the same, and that is said
            if tell:  # of one without a usable answer the page says what happened in any case
                self.undrawn.append((case.id, f"{type(error).__name__}: {error}"))

    def _chart(self, case: Case, answers: Answers | None, *, refused: bool) -> dict[str, Any] | None:
        """The picture as data that can be written; of an answer that cannot be drawn what it was an answer to."""
        assert self.protocol.picture is not None
        if answers is not None:
            try:
                data = as_data(self.protocol.picture(case, answers))
                json.dumps(plain(data), allow_nan=False, ensure_ascii=False).encode()
                return data
            except Exception:
                if not refused:
                    raise
        blank = {answer.name: answer.blank(case.stimulus) for answer in self.protocol.answers}
        left = alone(self.protocol.picture(case, blank), case.id)
        return None if left is None else as_data(left)
