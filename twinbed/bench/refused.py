"""What can be drawn of an answer that cannot be used.

A picture compares an answer with what is true. Where nothing of an answer can be drawn, the comparison would say that
the device missed everything, which nobody knows: then what it was given, and what is true, is drawn alone.
"""

import dataclasses
import math
from collections.abc import Mapping, Sequence

import numpy as np

from twinbed.bench.charts import Chart, Figure, Level, Mark, Zone
from twinbed.bench.protocol import RATE, Answer, Answers, Values, are_seconds

_SAYS = "what the device was given and what is true; nothing of its answer can be drawn"
_VERDICTS = ("bad", "second")
"""Tones of what pictures say of an answer: what it missed, and what is false in it."""


def drawable(asked: Sequence[Answer], given: Values | None, stimulus: Values) -> Answers | None:
    """An answer as it came, of positions those within the record; none where it cannot be drawn.

    Args:
        asked: what the device must answer.
        given: what came; none where nothing did.
        stimulus: of the case.
    """
    if given is None:
        return None
    try:
        came = {answer.name: _came(answer, given, stimulus) for answer in asked}
        kept = {a.name: _within(came[a.name], a, stimulus) for a in asked if a.kind == "samples"}
        return {answer.name: _chosen(answer, came, kept, stimulus) for answer in asked}
    except Exception:  # an answer may be anything, also an object that raises what it likes
        return None


def alone(figure: Figure, case: str) -> Figure | None:
    """A picture that was drawn without an answer, without what it says of the answer; none where nothing is left."""
    if not isinstance(figure, Chart):
        return None
    marks = [mark for mark in figure.marks if _of_the_case(mark)]
    return dataclasses.replace(figure, title=case, says=_SAYS, marks=marks) if any(map(_holds, marks)) else None


def _came(answer: Answer, given: Values, stimulus: Values) -> np.ndarray:
    value = given.get(answer.name)
    if value is None:
        return answer.checked({}, stimulus)
    if answer.kind == "texts":
        texts = list(value)
        if isinstance(value, str) or not all(isinstance(text, str) for text in texts):
            raise ValueError("no list of texts")
        return np.array(texts, dtype=str)
    numbers = np.asarray(value, float)
    if answer.kind == "number":
        return numbers.reshape(())
    if numbers.ndim != 1:
        raise ValueError("no list of numbers")
    return np.where(np.isfinite(numbers), numbers, math.nan)


def _within(positions: np.ndarray, answer: Answer, stimulus: Values) -> np.ndarray:
    """Which of the positions lie in the record, ascending, each once.

    Where all are beyond it, or they look like seconds, none can be drawn.
    """
    end = len(stimulus[answer.of]) if answer.of in stimulus else math.inf
    if np.any(positions != np.round(positions)) and are_seconds(positions, end, stimulus.get(RATE)):
        raise ValueError("times in place of positions")
    inside = np.flatnonzero((positions >= 0) & (np.round(positions) < end))
    if positions.size and not inside.size:
        raise ValueError("no position in the record")
    return inside[np.unique(np.round(positions[inside]), return_index=True)[1]]


def _chosen(
    answer: Answer, came: Mapping[str, np.ndarray], kept: Mapping[str, np.ndarray], stimulus: Values
) -> np.ndarray:
    """The values of an answer at the positions that are kept; a list has as many as what it is of."""
    value = came[answer.name]
    if answer.kind == "samples":
        return np.round(value[kept[answer.name]]).astype(np.int64)
    if answer.kind == "number" or not answer.of or (answer.optional and not value.size):
        return value
    of = stimulus[answer.of] if answer.of in stimulus else came[answer.of]
    if len(of) != value.size:
        raise ValueError("another length")
    return value[kept[answer.of]] if answer.of in kept else value


def _of_the_case(mark: Mark) -> bool:
    return isinstance(mark, Level | Zone) or mark.tone not in _VERDICTS


def _holds(mark: Mark) -> bool:
    """Whether a mark shows anything of the case: lines at limits and zones do not."""
    x, y = getattr(mark, "x", ()), getattr(mark, "y", getattr(mark, "low", getattr(mark, "x", ())))
    drawn = np.isfinite(np.asarray(x, float)) & np.isfinite(np.asarray(y, float))
    return not isinstance(mark, Level | Zone) and bool(np.any(drawn))
