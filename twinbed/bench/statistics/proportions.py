"""Intervals of a proportion of independent observations, and of the difference of two.

Where a patient gives several observations they are not independent: see `clustered`.

**References:**

- Wilson (1927), J Am Stat Assoc 22:209, doi:10.1080/01621459.1927.10502953
- Clopper & Pearson (1934), Biometrika 26:404, doi:10.1093/biomet/26.4.404
- Newcombe (1998), Stat Med 17:857, doi:10.1002/(SICI)1097-0258(19980430)17:8<857::AID-SIM777>3.0.CO;2-E
  (one proportion), and 17:873, doi:10.1002/(SICI)1097-0258(19980430)17:8<873::AID-SIM779>3.0.CO;2-I (method 10:
  the difference of two)
- Zou & Donner (2008), Stat Med 27:1693, doi:10.1002/sim.3095 (the same for any two independent estimates)
"""

import math

from scipy.special import betaincinv

from twinbed.bench.statistics.interval import Interval, Side, normal_quantiles, tails
from twinbed.core.errors import StatisticsError


def wilson(successes: int, n: int, *, level: float = 0.95, side: Side = "both") -> Interval:
    """Wilson's score interval: close to its level on average, somewhat above or below for a single proportion.

    Args:
        successes: 0 to n.
        n: independent observations.
        level: confidence; for a single `side` that of the bound.
        side: "both" ends, or only the "lower" or the "upper" bound.

    Raises:
        StatisticsError: counts or a level that cannot be.
    """
    _check(successes, n)
    low, high = score_ends(successes / n, float(n), *normal_quantiles(level, side))
    return Interval(successes / n, low, high, level, f"Wilson{_named(side)}", n)


def clopper_pearson(successes: int, n: int, *, level: float = 0.95, side: Side = "both") -> Interval:
    """The exact interval of Clopper and Pearson: its level is never undercut.

    Arguments and errors as of `wilson`.
    """
    _check(successes, n)
    below, above = tails(level, side)
    low = float(betaincinv(successes, n - successes + 1, below)) if successes and below else 0.0
    high = float(betaincinv(successes + 1, n - successes, above)) if successes < n and above < 1.0 else 1.0
    return Interval(successes / n, low, high, level, f"Clopper-Pearson{_named(side)}", n)


def difference(first: Interval, second: Interval) -> Interval:
    """The first less the second of two independent estimates, from their two-sided intervals of one level.

    With Wilson's intervals this is Newcombe's method 10.

    Raises:
        StatisticsError: levels that differ.
    """
    if first.level != second.level:
        raise StatisticsError(f"levels {first.level} and {second.level}: give two intervals of one level")
    value = first.value - second.value
    low = value - math.hypot(first.value - first.low, second.high - second.value)
    high = value + math.hypot(first.high - first.value, second.value - second.low)
    return Interval(value, low, high, first.level, f"difference (MOVER) of {first.method}", first.n + second.n)


def score_ends(share: float, n: float, z_low: float, z_high: float) -> tuple[float, float]:
    """Both ends of Wilson's interval; `n` need not be whole, and an infinite quantile asks for no end."""

    def end(z: float) -> float:
        centre, spread = share + z**2 / (2.0 * n), z * math.sqrt(share * (1.0 - share) / n + z**2 / (4.0 * n**2))
        return (centre + spread) / (1.0 + z**2 / n)

    low = end(z_low) if math.isfinite(z_low) and share > 0.0 else 0.0
    high = end(z_high) if math.isfinite(z_high) and share < 1.0 else 1.0
    return low, high


def _check(successes: int, n: int) -> None:
    if n < 1:
        raise StatisticsError(f"n is {n}: a proportion needs at least one observation")
    if not 0 <= successes <= n:
        raise StatisticsError(f"{successes} successes of {n}: give a count from 0 to n")


def _named(side: Side) -> str:
    return "" if side == "both" else f", {side} bound"
