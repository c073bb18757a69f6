"""An estimate that says how its interval was made, and the checks that all of these statistics share."""

import dataclasses
import math
from typing import Literal

import numpy as np
from jaxtyping import Float, Int, Shaped
from scipy.special import ndtri, stdtrit

from twinbed.core.errors import StatisticsError
from twinbed.studies import statistics

Side = Literal["both", "lower", "upper"]
Array = Shaped[np.ndarray, "_"]
"""One value a case. Lengths are not part of these types: `same_length` says what is wrong with them."""


@dataclasses.dataclass(frozen=True)
class Interval(statistics.Interval):
    """An estimate and its confidence interval, in the unit of the estimate.

    Attributes:
        value: the estimate.
        low: lower end; the least possible value where only an upper bound was asked for.
        high: upper end; the greatest possible value where only a lower bound was asked for.
        level: confidence, 0 to 1.
        method: how the interval was made.
        n: observations it rests on; patients, where the method counts patients.
        found_in: the case, subject or group that an extreme is of; nothing where the estimate is of all of them.
    """

    level: float
    method: str
    n: int
    found_in: str = ""


def unknown_first(value: float) -> float:
    """A key for the least of several: what could not be estimated is worse than any number, wherever it stands."""
    return -math.inf if math.isnan(value) else value


def tails(level: float, side: Side = "both") -> Float[np.ndarray, " 2"]:
    """The probabilities below the lower and the upper end; 0 or 1 where that end is not asked for."""
    if not 0.0 < level < 1.0:
        raise StatisticsError(f"the level is {level}: give a confidence between 0 and 1, such as 0.95")
    if side == "both":
        return np.array([(1.0 - level) / 2.0, (1.0 + level) / 2.0])
    return np.array([1.0 - level, 1.0]) if side == "lower" else np.array([0.0, level])


def normal_quantiles(level: float, side: Side = "both") -> tuple[float, float]:
    """Quantiles of the standard normal for both ends; infinite for an end that is not asked for."""
    low, high = ndtri(tails(level, side))
    return float(low), float(high)


def student_quantiles(freedom: int, level: float, side: Side = "both") -> tuple[float, float]:
    """Quantiles of Student's distribution for both ends; infinite for an end that is not asked for."""
    below, above = tails(level, side)
    low = float(stdtrit(freedom, below)) if below > 0.0 else -np.inf
    return low, float(stdtrit(freedom, above)) if above < 1.0 else np.inf


def numbers(name: str, values: Array, *, least: int = 1) -> Float[np.ndarray, " case"]:
    """The values as floats.

    Raises:
        StatisticsError: fewer than `least` of them, or one that is not finite.
    """
    out = np.asarray(values, float)
    if len(out) < least:
        raise StatisticsError(f"{name}: {len(out)} values, at least {least} are needed")
    if not np.isfinite(out).all():
        raise StatisticsError(f"{name}: {int((~np.isfinite(out)).sum())} values are not finite; leave those cases out")
    return out


def same_length(**arrays: np.ndarray) -> None:
    """Raises where arrays that belong together differ in length."""
    lengths = {name: len(values) for name, values in arrays.items()}
    if len(set(lengths.values())) > 1:
        raise StatisticsError(f"lengths differ ({lengths}): give one value a case in each")


def outcomes(name: str, values: Array) -> Shaped[np.ndarray, " case"]:
    """True and false (or 1 and 0) as booleans, with at least one of each.

    Raises:
        StatisticsError: other values, or only one kind.
    """
    values = np.asarray(values)
    if not np.isin(values, (0, 1)).all():
        raise StatisticsError(f"{name}: give true and false, or 1 and 0")
    out = values.astype(bool)
    if out.all() or not out.any():
        raise StatisticsError(f"{name}: all are {bool(out.all())}; cases with and without the condition are needed")
    return out


def patients(names: Array, *, least: int = 2) -> Int[np.ndarray, " case"]:
    """The patient of each case as a number from 0.

    Raises:
        StatisticsError: fewer patients than `least`.
    """
    unique, number = np.unique(np.asarray(names), return_inverse=True)
    if len(unique) < least:
        raise StatisticsError(f"{len(unique)} patients: between patients at least {least} are needed")
    return number.astype(np.int64)


def per_patient(
    values: Float[np.ndarray, " case"], patient: Int[np.ndarray, " case"]
) -> tuple[Float[np.ndarray, " patient"], Float[np.ndarray, " patient"]]:
    """Sums of the values of each patient, and how many there are."""
    return np.bincount(patient, values), np.bincount(patient).astype(float)
