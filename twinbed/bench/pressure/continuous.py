"""ISO 81060-3: whether a continuous automated sphygmomanometer is accurate and follows changes.

Errors of one subject are alike. Their variance is split into a part between and a part within subjects; the corrected
standard deviation is that of one error of a new subject, and the intra-class correlation says how many independent
readings the pairs are worth.

**References:**

- ISO 81060-3:2022, 5.1.3, 5.1.4 (formulas 5, 6, 9 to 12), 5.2.4 (14, 15), 5.3.4, 5.3.5 (18), as quoted in public code
- Bland & Altman (2007), J Biopharm Stat 17:571, doi:10.1080/10543400701329422
"""

import dataclasses
import functools
import math

import numpy as np
from jaxtyping import Float, Shaped

from twinbed.bench.pressure.errors import Pairs, mean_of_subjects, sums
from twinbed.bench.statistics import Interval
from twinbed.bench.statistics.clustered import cluster_bootstrap
from twinbed.bench.statistics.interval import patients, same_length
from twinbed.core.errors import StatisticsError

_RESAMPLES, _SEED = 300, 81063


@dataclasses.dataclass(frozen=True)
class Components:
    """Parts of the variance of errors.

    Attributes:
        between: variance between subjects, mmHg squared; not below 0.
        within: variance within subjects, mmHg squared.
        subjects: how many.
        pairs: how many.
    """

    between: float
    within: float
    subjects: int
    pairs: int

    @property
    def sd(self) -> float:
        """Corrected standard deviation, mmHg: of one error of a new subject."""
        return math.sqrt(self.between + self.within)

    @property
    def intraclass(self) -> float:
        """Share of the variance that lies between subjects; NaN without any."""
        total = self.between + self.within
        return self.between / total if total > 0.0 else math.nan

    @property
    def independent(self) -> float:
        """Independent readings that the pairs are worth: from one a subject to all."""
        return self.subjects * (1.0 + (1.0 - self.intraclass) * (self.pairs / self.subjects - 1.0))


def components(error: Pairs, subject: Pairs) -> Components:
    """Variance components of errors (mmHg) of any number a subject.

    Raises:
        StatisticsError: fewer than two subjects, no subject with two pairs, or errors that are not finite.
    """
    return _of(sums(error, subject))


def _of(of: Float[np.ndarray, "subject 3"]) -> Components:
    m, total, squares = of.T
    n, k = m.sum(), len(m)
    if n <= k:
        raise StatisticsError("every subject has one pair: give several, or nothing is seen within subjects")
    means = total / m
    factor = (n**2 - (m**2).sum()) / ((k - 1.0) * n)
    between = float((m * (means - total.sum() / n) ** 2).sum() / (k - 1.0))
    within = float(max(0.0, (squares - m * means**2).sum()) / (n - k))
    return Components(max(0.0, (between - within) / factor), within, k, int(n))


def corrected_sd(error: Pairs, subject: Pairs, *, level: float = 0.95) -> Interval:
    """The corrected standard deviation, mmHg, with an interval by resampling subjects; `n` counts subjects."""
    of = sums(error, subject)
    _of(of)
    return cluster_bootstrap(of, lambda rows: _of(rows).sd, seed=_SEED, resamples=_RESAMPLES, level=level)


def without_offset(error: Pairs, subject: Pairs, first: Pairs) -> Float[np.ndarray, " pair"]:
    """Errors less each subject's mean error over the pairs that are marked as first.

    Raises:
        StatisticsError: a subject without a first pair.
    """
    same_length(error=error, subject=subject, first=first)
    who, e, early = patients(subject), np.asarray(error, float), np.asarray(first, bool)
    count = np.bincount(who, early)
    if (count == 0.0).any():
        raise StatisticsError("a subject has no pair in the first analysis period: its offset is not known")
    return e - (np.bincount(who, np.where(early, e, 0.0)) / count)[who]


@dataclasses.dataclass(frozen=True)
class Changes:
    """Changes between two readings of a subject that are large enough to count.

    Attributes:
        subject: whose.
        reference: change of the reference, mmHg.
        device: change that the device shows, mmHg.
    """

    subject: Shaped[np.ndarray, " event"]
    reference: Float[np.ndarray, " event"]
    device: Float[np.ndarray, " event"]

    @functools.cached_property
    def error(self) -> Float[np.ndarray, " event"]:
        """Size of the difference of both as a share of the larger, %."""
        largest = np.maximum(np.abs(self.reference), np.abs(self.device))
        return 100.0 * np.abs(self.device - self.reference) / largest

    def percentiles(self, share: float) -> Float[np.ndarray, " subject"]:
        """A percentile (0 to 1) of the error within each subject, %."""
        return np.array([np.quantile(self.error[self.subject == s], share) for s in np.unique(self.subject)])

    def counts(self, of: Shaped[np.ndarray, "_"]) -> Float[np.ndarray, " subject"]:
        """How many each of these subjects has."""
        return np.array([float((self.subject == s).sum()) for s in np.unique(of)])


def changes(
    reference: Pairs, device: Pairs, subject: Pairs, at_s: Pairs, *, smallest: float, within_s: float
) -> Changes:
    """All pairs of readings of a subject, not farther apart than `within_s`, between which reference or device change.

    Args:
        reference: mmHg.
        device: mmHg.
        subject: whose reading.
        at_s: when, s.
        smallest: change that counts, mmHg.
        within_s: longest time between the two readings, s.
    """
    same_length(reference=reference, device=device, subject=subject, at_s=at_s)
    parts = []
    for name in np.unique(subject):
        own = np.flatnonzero(np.asarray(subject) == name)
        own = own[np.argsort(np.asarray(at_s)[own], kind="stable")]
        one, other = (own[i] for i in np.triu_indices(len(own), 1))
        r, d = reference[other] - reference[one], device[other] - device[one]
        counts = (np.maximum(np.abs(r), np.abs(d)) >= smallest) & (at_s[other] - at_s[one] <= within_s)
        parts.append((np.full(int(counts.sum()), name), r[counts], d[counts]))
    return Changes(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def following(of: Changes, share: float, *, level: float = 0.95) -> Interval:
    """Mean over subjects of a percentile (0 to 1) of the relative error of their changes, %; `n` counts subjects."""
    return mean_of_subjects(of.percentiles(share), level=level)
