"""One monitor for inputs, outputs and a proxy of performance, with one false alarm rate for all of it.

Half of the rate goes to comparisons of distributions, shared by all quantities and windows (Bonferroni); half to a
cumulative sum of the proxy, such as how often a clinician agreed: of each window the normal score of its number of
failures, so that few and skewed counts do not alarm more often than said. Alarms latch: what has drifted stays so.

*Known limits*: all windows share the error of the reference's own share of failures: with a reference not much larger
than a window the sum may alarm more often than stated. Give at least ten windows' worth.
"""

import dataclasses
from collections.abc import Mapping, Sequence

import numpy as np
from scipy.special import bdtr, ndtri

from twinbed.bench.drift.measures import smirnov
from twinbed.bench.drift.sequential import cusum_threshold
from twinbed.bench.statistics.interval import numbers
from twinbed.core.errors import StatisticsError


@dataclasses.dataclass(frozen=True)
class Finding:
    """What a window says.

    Attributes:
        alarm: whether it, or one before, has drifted.
        because: names of quantities that did so in this window.
        p: of each quantity's comparison.
        sum: of the proxy, in standard normal scores.
    """

    alarm: bool
    because: tuple[str, ...]
    p: Mapping[str, float]
    sum: float


class DriftMonitor:
    """Watches windows against a reference.

    Args:
        reference: values of each quantity when the device was validated.
        proxy: the name of the one that is 1 where performance was good and 0 where not; empty for none.
        windows: how many the false alarm rate is for.
        false_alarm: probability of any alarm in so many windows where nothing changes.
        allowance: of the cumulative sum, in standard normal scores.
    """

    def __init__(
        self, reference: Mapping[str, np.ndarray], *, proxy: str = "", windows: int = 50, false_alarm: float = 0.05,
        allowance: float = 1.0,
    ):  # fmt: skip
        self.reference = {name: numbers(name, values, least=20) for name, values in reference.items()}
        if proxy and proxy not in self.reference:
            raise StatisticsError(f"no reference of the proxy {proxy!r}; there are {', '.join(self.reference)}")
        if proxy and not np.isin(self.reference[proxy], (0.0, 1.0)).all():
            raise StatisticsError(f"{proxy}: the proxy is 1 where performance was good and 0 where it was not")
        self.proxy, self.allowance = proxy, allowance
        compared = max(1, len(self.reference) - bool(proxy))
        shared = false_alarm / 2.0 if proxy else false_alarm
        self.least_p = shared / (compared * windows)
        self.threshold = cusum_threshold(shared, windows, allowance)
        self._sum, self._alarmed = 0.0, False

    def see(self, window: Mapping[str, np.ndarray]) -> Finding:
        """What the next window says.

        Raises:
            StatisticsError: a quantity of the reference is missing or empty.
        """
        missing = sorted(set(self.reference) - set(window))
        if missing:
            raise StatisticsError(f"the window has no {missing[0]!r}: give every quantity of the reference")
        p = {n: smirnov(r, window[n])[1] for n, r in self.reference.items() if n != self.proxy}
        because = [name for name, value in p.items() if value < self.least_p]
        if self.proxy:
            self._sum = max(0.0, self._sum + self._worse(window[self.proxy]) - self.allowance)
            because += [self.proxy] if self._sum > self.threshold else []
        self._alarmed = self._alarmed or bool(because)
        return Finding(self._alarmed, tuple(because), p, self._sum)

    def see_all(self, windows: Sequence[Mapping[str, np.ndarray]]) -> list[Finding]:
        """What each of several windows says, in their order."""
        return [self.see(window) for window in windows]

    def _worse(self, values: np.ndarray) -> float:
        """How rare so many failures are, as a standard normal score; the reference's own error makes it smaller."""
        before, now = self.reference[self.proxy], numbers(self.proxy, values)
        if not np.isin(now, (0.0, 1.0)).all():
            raise StatisticsError(f"{self.proxy}: the proxy is 1 where performance was good and 0 where it was not")
        usual = (float((before == 0.0).sum()) + 0.5) / (len(before) + 1.0)
        failed, n = int((now == 0.0).sum()), len(now)
        fewer = float(bdtr(failed - 1, n, usual)) if failed else 0.0
        middle = 0.5 * (fewer + float(bdtr(failed, n, usual)))  # half of the probability of just so many
        return float(ndtri(min(middle, 1.0 - 1e-12))) / (1.0 + n / len(before)) ** 0.5
