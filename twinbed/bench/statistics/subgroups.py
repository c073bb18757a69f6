"""Performance in groups of patients (age, sex, skin pigment, rhythm), and how far groups differ.

Each variable splits all patients into groups. Groups of fewer patients than the minimum are shown but neither
tested nor compared. Differences are tested between all pairs of groups of a variable, and Holm's correction runs
over all pairs of all variables. The intervals of differences hold for all pairs of their variable at once
(Bonferroni), so that no difference is said to be larger than the upper end of the disparity, which is the difference
whose interval reaches farthest. That need not be the largest estimate: a small group with a wide interval may differ by
more.

**References:**

- Holm (1979), Scand J Stat 6:65
- Zou & Donner (2008), Stat Med 27:1693, doi:10.1002/sim.3095 (interval of a difference)
- FDA (2016), Evaluation and Reporting of Age-, Race-, and Ethnicity-Specific Data in Medical Device Clinical Studies
"""

import dataclasses
import itertools
import math
from collections.abc import Mapping
from typing import Literal

import numpy as np
from jaxtyping import Shaped
from scipy.optimize import root_scalar
from scipy.special import ndtr

from twinbed.bench.statistics.clustered import rao_scott, ratio
from twinbed.bench.statistics.interval import Interval, same_length
from twinbed.bench.statistics.proportions import difference
from twinbed.core.errors import StatisticsError
from twinbed.studies.statistics import holm

Column = Shaped[np.ndarray, "_"]
Kind = Literal["proportion", "mean"]


@dataclasses.dataclass(frozen=True)
class Group:
    """Performance in one group.

    Attributes:
        variable: what splits the patients.
        name: of the group.
        patients: with observations.
        observations: the sum of the denominator.
        estimate: clustered by patient; none with fewer than two patients or, of a mean, no spread between them.
        enough: whether it has the minimum of patients.
    """

    variable: str
    name: str
    patients: int
    observations: float
    estimate: Interval | None
    enough: bool


@dataclasses.dataclass(frozen=True)
class Difference:
    """Two groups of a variable.

    Attributes:
        variable: what splits the patients.
        first: the group with the higher estimate; of a disparity, the one that may be higher by most.
        second: the other.
        difference: first less second; its interval holds for all pairs of the variable at once.
        p: two-sided, of this pair alone.
        p_holm: adjusted for all pairs of all variables.
    """

    variable: str
    first: str
    second: str
    difference: Interval
    p: float
    p_holm: float


@dataclasses.dataclass(frozen=True)
class Subgroups:
    """A table of groups, and their differences.

    Attributes:
        overall: all patients.
        groups: in the order of variables and names.
        differences: of all pairs of groups that have enough patients.
        minimum: of patients a group.
    """

    overall: Interval
    groups: tuple[Group, ...]
    differences: tuple[Difference, ...]
    minimum: int

    def disparity(self, variable: str) -> Difference | None:
        """The difference between groups of a variable that may be the largest; none where nothing is compared.

        It is the one whose interval reaches farthest from none, turned so that its upper end is that far.
        """
        own = [_turned(d) for d in self.differences if d.variable == variable]
        return max(own, key=lambda d: d.difference.high) if own else None


def _turned(of: Difference) -> Difference:
    one = of.difference
    if -one.low <= one.high:
        return of
    other_way = dataclasses.replace(one, value=-one.value, low=-one.high, high=-one.low)
    return dataclasses.replace(of, first=of.second, second=of.first, difference=other_way)


def subgroups(
    numerator: Column,
    denominator: Column,
    variables: Mapping[str, Column],
    *,
    kind: Kind = "proportion",
    minimum: int = 10,
    level: float = 0.95,
) -> Subgroups:
    """Estimates, differences and disparities of groups.

    Args:
        numerator: per patient, such as true positives, or the sum of errors.
        denominator: per patient, such as positives, or the count of errors.
        variables: names of groups, one a patient, under the name of the variable.
        kind: a "proportion" (Wilson, Rao-Scott), or a "mean" (linearised).
        minimum: patients that a group needs to be tested and compared.
        level: confidence.

    Raises:
        StatisticsError: columns of different lengths, no variable, a minimum below 2, or what `ratio` refuses.
    """
    if minimum < 2 or not variables:
        raise StatisticsError(f"{len(variables)} variables, a minimum of {minimum}: give a variable, and at least 2")
    x, m = np.asarray(numerator, float), np.asarray(denominator, float)
    same_length(numerator=x, denominator=m, **dict(variables))
    overall = _estimate(x, m, kind, level)
    groups, found = [], []
    for variable, names in variables.items():
        members = {str(name): np.asarray(names) == name for name in np.unique(names)}
        own = [_group(variable, name, x[rows], m[rows], kind, minimum, level) for name, rows in members.items()]
        compared = [g.name for g in own if g.enough and g.estimate is not None]
        pairs = list(itertools.combinations(compared, 2))
        shared = 1.0 - (1.0 - level) / max(1, len(pairs))
        for pair in pairs:
            columns = {name: (x[members[name]], m[members[name]]) for name in pair}
            found.append(_difference(variable, columns, kind, shared))
        groups += own
    adjusted = holm([d.p for d in found])
    differences = tuple(dataclasses.replace(d, p_holm=p) for d, p in zip(found, adjusted, strict=True))
    return Subgroups(overall, tuple(groups), differences, minimum)


def _group(variable: str, name: str, x: np.ndarray, m: np.ndarray, kind: Kind, minimum: int, level: float) -> Group:
    patients = int((m > 0.0).sum())
    try:
        estimate = _estimate(x, m, kind, level)
    except StatisticsError:  # too few patients, or all alike: the numbers themselves were checked with all patients
        estimate = None
    return Group(variable, name, patients, float(m.sum()), estimate, patients >= minimum)


def _difference(
    variable: str, columns: Mapping[str, tuple[np.ndarray, np.ndarray]], kind: Kind, level: float
) -> Difference:
    parts = {name: _estimate(x, m, kind, level) for name, (x, m) in columns.items()}
    second, first = sorted(parts, key=lambda name: parts[name].value)
    interval = difference(parts[first], parts[second])
    return Difference(variable, first, second, interval, _p(columns[first], columns[second], kind), math.nan)


def _estimate(x: np.ndarray, m: np.ndarray, kind: Kind, level: float) -> Interval:
    return rao_scott(x, m, level=level) if kind == "proportion" else ratio(x, m, level=level)


def _p(first: tuple[np.ndarray, np.ndarray], second: tuple[np.ndarray, np.ndarray], kind: Kind) -> float:
    """One less the level at which the interval of the difference ends at zero: test and interval agree."""

    def low(z: float) -> float:
        level = 1.0 - 2.0 * float(ndtr(-z))
        return difference(_estimate(*first, kind, level), _estimate(*second, kind, level)).low

    least, most = 1e-6, 8.0
    if low(least) <= 0.0:
        return 1.0
    return 2.0 * float(
        ndtr(-most if low(most) > 0.0 else -float(root_scalar(low, bracket=(least, most), xtol=1e-10).root))
    )
