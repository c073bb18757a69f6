"""The cases that went worst, each with its picture."""

import json
import math
import pathlib
from typing import Any

from twinbed.bench.charts import as_data
from twinbed.bench.log import Log, Played, answer_path, read_arrays
from twinbed.bench.protocol import Answers, Case, Nonsense, Protocol
from twinbed.bench.refused import alone
from twinbed.connect.files import plain
from twinbed.core.errors import ReadError


class Worst:
    """The cases that went worst so far.

    Those without a usable answer, and those whose error is not known for a gap in the answer, are the worst of all;
    they take half of the places at most, so that large errors are seen beside them. Then come those in which failed
    criteria found their values, once there are verdicts, and then the others by the protocol's own measure.
    """

    most, most_without = 6, 3

    def __init__(self, protocol: Protocol):
        self.protocol = protocol
        self.undrawn: list[tuple[str, str]] = []
        self._without: list[dict] = []
        self._found: list[dict] = []
        self._measured: list[dict] = []

    @property
    def kept(self) -> list[dict]:
        """Cases, worst first, with their badness, where it is known, and their picture."""
        first = {one["case"] for one in (*self._without, *self._found)}
        others = [one for one in self._measured if one["case"] not in first]
        return [*self._without, *self._found, *others][: self.most]

    def see(self, case: Case, played: Played, answers: Answers | None) -> None:
        """Keeps the picture of a case if it is among the worst; of one without a usable answer what can be drawn.

        Args:
            case: that was played.
            played: how it went.
            answers: what came; none where nothing of it can be drawn.
        """
        if self.protocol.picture is None:
            return
        worst, whole = largest(played, self.protocol.badness)
        if played.failure or (played.gaps and not whole):
            if len(self._without) < self.most_without:
                self._draw(case, answers, None, self._without, tell=not played.failure)
            return
        full = len(self._measured) == self.most
        if math.isnan(worst) or (full and worst <= self._measured[-1]["badness"]):
            return
        self._draw(case, answers, worst, self._measured, tell=True)
        self._measured = sorted(self._measured, key=lambda one: -one["badness"])[: self.most]

    def judged(self, log: Log, folder: pathlib.Path) -> None:
        """Puts the cases in which failed criteria found their values before the other measured ones.

        Those that were not drawn so far are made again and drawn with their kept answers, but for a protocol that
        counts every making of its cases.

        Args:
            log: with the verdicts.
            folder: that holds the answers.
        """
        if self.protocol.picture is None:
            return
        drawn = {one["case"]: one for one in (*self._without, *self._measured)}
        free = self.most - len(self._without)
        without = {one["case"] for one in self._without}
        named = [case for case in log.failed_in() if case not in without][:free]
        missing = [] if self.protocol.one_process else [case for case in named if case not in drawn]
        drawn |= {one["case"]: one for one in self._again(log, missing, folder)}
        self._found = [drawn[case] for case in named if case in drawn]

    def _again(self, log: Log, wanted: list[str], folder: pathlib.Path) -> list[dict]:
        """Cases that were played, drawn from what was kept."""
        played, out = {one.id: one for one in log.cases if one.id in wanted}, []
        cases = iter(self.protocol.cases())
        while played and (case := next(cases, None)) is not None:
            if case.id not in played:
                continue
            worst, _ = largest(played.pop(case.id), self.protocol.badness)
            try:
                came = read_arrays(answer_path(folder, case.id))
                answers = {answer.name: answer.checked(came, case.stimulus) for answer in self.protocol.answers}
            except (ReadError, Nonsense) as error:  # a file that was damaged meanwhile is no reason to lose the log
                self.undrawn.append((case.id, f"{type(error).__name__}: {error}"))
                continue
            self._draw(case, answers, None if math.isnan(worst) else worst, out, tell=True)
        return out

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


def largest(played: Played, badness: str) -> tuple[float, bool]:
    """The largest size of a column over the rows of a case, NaN where none has it; and whether no row is without it."""
    found = [row.get(badness) for row in played.rows]
    sizes = [abs(value) for value in found if value is not None and not math.isnan(value)]
    return max(sizes, default=math.nan), len(sizes) == len(found)
