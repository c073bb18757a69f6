"""How many patients a study of a device needs, and the power it then has.

**References:**

- A'Hern (2001), Stat Med 20:859, doi:10.1002/sim.721 (one proportion, exact)
- Chernick & Liu (2002), Am Stat 56:149, doi:10.1198/000313002317572835 (why exact power has teeth)
- Buderer (1996), Acad Emerg Med 3:895, doi:10.1111/j.1553-2712.1996.tb03538.x (sensitivity and specificity)
- Lu et al. (2016), Int J Biostat 12:20150039, doi:10.1515/ijb-2015-0039 (limits of agreement; here with exact
  intervals, see `agreement`)
"""

import dataclasses
import math

from scipy.special import bdtrc, nctdtr, nctdtrit, ndtri

from twinbed.core.errors import StatisticsError

_MOST = 1_000_000


@dataclasses.dataclass(frozen=True)
class ProportionPlan:
    """A test that a proportion is above a performance goal.

    Attributes:
        n: independent observations.
        successes: at least so many meet the goal.
        power: probability of that where the proportion is as expected.
        size: probability of that where it is just the goal.
    """

    n: int
    successes: int
    power: float
    size: float


@dataclasses.dataclass(frozen=True)
class DiagnosticPlan:
    """Patients for a precision of sensitivity and specificity.

    Attributes:
        n: patients in all, the larger of the two below.
        for_sensitivity: patients, so that enough have the condition.
        for_specificity: patients, so that enough do not.
        positives: with the condition, that the sensitivity needs.
        negatives: without it, that the specificity needs.
    """

    n: int
    for_sensitivity: int
    for_specificity: int
    positives: int
    negatives: int


def power_of_proportion(n: int, expected: float, goal: float, *, alpha: float = 0.025) -> ProportionPlan:
    """Exact binomial power of showing that a proportion is above a goal.

    The goal is met where the one-sided exact lower bound (Clopper-Pearson at 1 - alpha) is above it, which is where
    the exact binomial test rejects.

    Args:
        n: independent observations.
        expected: the proportion hoped for, above the goal.
        goal: the performance goal, 0 to 1.
        alpha: one-sided.

    Raises:
        StatisticsError: proportions or alpha outside 0 to 1, or a proportion that is not above the goal.
    """
    _check_goal(expected, goal, alpha)
    if n < 1:
        raise StatisticsError(f"n is {n}: at least one observation is needed")
    return _plan(n, expected, goal, alpha)


def size_for_proportion(
    expected: float, goal: float, *, power: float = 0.8, alpha: float = 0.025, every_larger: bool = True
) -> ProportionPlan:
    """The smallest number of observations that has the power.

    Power rises in teeth: a number may have it while one patient more loses it. With `every_larger` all larger
    numbers have it too; without, it is the very smallest (A'Hern's tables).
    Other arguments and errors as of `power_of_proportion`.
    """
    _check_goal(expected, goal, alpha)
    _check_share("power", power)
    reach = (float(ndtri(1.0 - alpha)) + max(0.0, float(ndtri(power)))) / (expected - goal)
    far = math.ceil(reach**2) + 200  # twice what the normal limit needs where the variance is largest
    if far > _MOST:
        raise StatisticsError(f"some {far} observations: expect more, or set a lower goal")
    if every_larger:
        short = next((n for n in range(far, 0, -1) if _plan(n, expected, goal, alpha).power < power), 0)
        return _plan(short + 1, expected, goal, alpha)
    plans = (_plan(n, expected, goal, alpha) for n in range(1, far + 1))
    return next(plan for plan in plans if plan.power >= power)


def power_of_estimate(n: int, expected: float, floor: float) -> float:
    """Probability that the share of successes found among n is at least a floor.

    For a criterion that judges the estimate itself and not the end of its interval. Where the proportion is below the
    floor it is the probability of passing all the same.

    Args:
        n: independent observations.
        expected: the true proportion, 0 to 1.
        floor: the least share that passes, 0 to 1.

    Raises:
        StatisticsError: shares outside 0 to 1, or no observation.
    """
    _check_share("expected", expected)
    _check_share("floor", floor)
    if n < 1:
        raise StatisticsError(f"n is {n}: at least one observation is needed")
    return _tail(math.ceil(floor * n - 1e-9), n, expected)


def size_for_estimate(expected: float, floor: float, *, power: float = 0.8) -> int:
    """The smallest number of observations from which on the estimate reaches the floor with that power.

    Arguments and errors as of `power_of_estimate`, or a proportion that is not above the floor.
    """
    _check_goal(expected, floor, 0.5)
    _check_share("power", power)
    far = math.ceil((max(0.0, float(ndtri(power))) / (expected - floor)) ** 2) + 200
    if far > _MOST:
        raise StatisticsError(f"some {far} observations: expect more, or set a lower floor")
    return 1 + next((n for n in range(far, 0, -1) if power_of_estimate(n, expected, floor) < power), 0)


def size_for_diagnostic(
    sensitivity: float, specificity: float, prevalence: float, *, half_width: float = 0.05, level: float = 0.95
) -> DiagnosticPlan:
    """Buderer's numbers: both intervals no wider than asked for, when patients are taken as they come.

    Each number is rounded up at its end, once.

    Args:
        sensitivity: expected, 0 to 1.
        specificity: expected, 0 to 1.
        prevalence: share of patients with the condition.
        half_width: of the (normal) intervals.
        level: confidence.

    Raises:
        StatisticsError: shares outside 0 to 1.
    """
    shares = {"sensitivity": sensitivity, "specificity": specificity, "prevalence": prevalence}
    for name, value in {**shares, "half_width": half_width, "level": level}.items():
        _check_share(name, value)
    z = float(ndtri((1.0 + level) / 2.0))
    positives, negatives = (z**2 * s * (1.0 - s) / half_width**2 for s in (sensitivity, specificity))
    one, other = _up(positives / prevalence), _up(negatives / (1.0 - prevalence))
    return DiagnosticPlan(max(one, other), one, other, _up(positives), _up(negatives))


def power_of_limits(
    n: int, sd: float, allowed: float, *, bias: float = 0.0, share: float = 0.95, level: float = 0.95
) -> float:
    """Power of showing that both limits of agreement, with their intervals, lie within plus and minus `allowed`.

    One pair a patient. The probability of each side is exact (noncentral t); of both together it is at least one
    less the two failures, which is given. Exact intervals are wider than the approximate ones of Lu et al. (2016),
    and so more patients are needed than in their tables.

    Args:
        n: patients.
        sd: expected standard deviation of the differences.
        allowed: the largest difference that is clinically acceptable, in the unit of `sd`.
        bias: expected mean difference.
        share: of differences between the limits.
        level: confidence of the intervals.

    Raises:
        StatisticsError: fewer than two patients, or expected limits that are not within `allowed`.
    """
    if n < 2:
        raise StatisticsError(f"n is {n}: at least two patients are needed")
    if sd <= 0.0:
        raise StatisticsError(f"the standard deviation is {sd}: give a positive one")
    _check_share("share", share)
    _check_share("level", level)
    reach = float(ndtri((1.0 + share) / 2.0))
    if abs(bias) + reach * sd >= allowed:
        raise StatisticsError(f"limits of {bias} and {reach * sd:g} either side are not within {allowed}: no n helps")
    critical = float(nctdtrit(n - 1, reach * math.sqrt(n), (1.0 + level) / 2.0))
    fails = sum(float(nctdtr(n - 1, math.sqrt(n) * room / sd, critical)) for room in (allowed - bias, allowed + bias))
    return max(0.0, 1.0 - fails)


def size_for_limits(
    sd: float, allowed: float, *, bias: float = 0.0, power: float = 0.8, share: float = 0.95, level: float = 0.95
) -> int:
    """The smallest number of patients with that power; arguments and errors as of `power_of_limits`."""
    _check_share("power", power)
    enough = lambda n: power_of_limits(n, sd, allowed, bias=bias, share=share, level=level) >= power
    high = 2
    while not enough(high):
        high *= 2
        if high > _MOST:
            raise StatisticsError(f"more than {_MOST} patients: allow a larger difference")
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high


def _plan(n: int, expected: float, goal: float, alpha: float) -> ProportionPlan:
    """The critical count by bisection: its tail falls as it grows."""
    low, high = -1, n + 1  # the tail of `low` is too large, that of `high` is not
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if _tail(middle, n, goal) <= alpha else (middle, high)
    return ProportionPlan(n, high, _tail(high, n, expected), _tail(high, n, goal))


def _tail(successes: int, n: int, share: float) -> float:
    """Probability of at least so many successes."""
    if successes <= 0:
        return 1.0
    return float(bdtrc(successes - 1, n, share)) if successes <= n else 0.0


def _check_goal(expected: float, goal: float, alpha: float) -> None:
    for name, value in (("expected", expected), ("goal", goal), ("alpha", alpha)):
        _check_share(name, value)
    if expected <= goal:
        raise StatisticsError(f"a proportion of {expected} is not above the goal {goal}: no n shows that it is")


def _check_share(name: str, value: float) -> None:
    if not 0.0 < value < 1.0:
        raise StatisticsError(f"{name} is {value}: give a share between 0 and 1")


def _up(value: float) -> int:
    return math.ceil(value - 1e-9)
