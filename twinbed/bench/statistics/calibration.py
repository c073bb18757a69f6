"""Whether predicted probabilities come true: Brier score, calibration error, calibration slope and intercept.

*Known limits*: the calibration error depends on the number of bins and is above zero for a perfect forecast of
finitely many cases; slope and intercept see only calibration that is linear in the logit.

**References:**

- Brier (1950), Mon Weather Rev 78:1, doi:10.1175/1520-0493(1950)078<0001:VOFEIT>2.0.CO;2
- Murphy (1973), J Appl Meteorol 12:595, doi:10.1175/1520-0450(1973)012<0595:ANVPOT>2.0.CO;2 (decomposition)
- Stephenson, Coelho & Jolliffe (2008), Weather Forecast 23:752, doi:10.1175/2007WAF2006116.1 (what bins leave over)
- Naeini, Cooper & Hauskrecht (2015), AAAI 29:2901, doi:10.1609/aaai.v29i1.9602 (calibration error)
- Cox (1958), Biometrika 45:562, doi:10.1093/biomet/45.3-4.562 (slope and intercept)
- Van Calster et al. (2016), J Clin Epidemiol 74:167, doi:10.1016/j.jclinepi.2015.12.005 (how to read them)
- Liang & Zeger (1986), Biometrika 73:13, doi:10.1093/biomet/73.1.13 (variance clustered by patient)
"""

import dataclasses

import numpy as np
from jaxtyping import Bool, Float, Int, Shaped
from scipy.special import expit, logit

from twinbed.bench.statistics.interval import Interval, normal_quantiles, numbers, outcomes, patients, same_length
from twinbed.core.errors import StatisticsError

Cases = Shaped[np.ndarray, "_"]
Probabilities = Float[np.ndarray, " case"]


@dataclasses.dataclass(frozen=True)
class Brier:
    """The mean squared error of probabilities and its parts.

    `score` = `reliability` - `resolution` + `uncertainty` + `within`.

    Attributes:
        score: 0 is perfect.
        reliability: squared distance of probabilities from outcomes in bins; 0 is perfect.
        resolution: how far the bins' outcomes are from the mean outcome; more is better.
        uncertainty: of the outcome itself.
        within: what the bins leave over; 0 where probabilities in a bin are equal.
        n: cases.
    """

    score: float
    reliability: float
    resolution: float
    uncertainty: float
    within: float
    n: int


@dataclasses.dataclass(frozen=True)
class Calibration:
    """Logistic regression of the outcome on the logit of the probability.

    Attributes:
        slope: 1 is perfect; below 1 the probabilities are too extreme.
        intercept: with that slope; 0 is perfect.
        in_the_large: the intercept with slope 1; below 0 the probabilities are too high.
    """

    slope: Interval
    intercept: Interval
    in_the_large: Interval


def brier(probability: Cases, outcome: Cases, *, bins: int = 10) -> Brier:
    """The Brier score, decomposed in bins of equally many cases.

    Args:
        probability: predicted, 0 to 1.
        outcome: whether it came true.
        bins: how many; equal probabilities stay together.

    Raises:
        StatisticsError: probabilities outside 0 to 1, outcomes all alike, fewer cases than bins.
    """
    p, y = _cases(probability, outcome)
    n, rate = float(len(p)), float(y.mean())
    count, mean_p, mean_y = _binned(p, y, bins)
    score = float(((p - y) ** 2).mean())
    reliability = float((count * (mean_p - mean_y) ** 2).sum() / n)
    resolution = float((count * (mean_y - rate) ** 2).sum() / n)
    uncertainty = rate * (1.0 - rate)
    return Brier(score, reliability, resolution, uncertainty, score - reliability + resolution - uncertainty, len(p))


def expected_calibration_error(probability: Cases, outcome: Cases, *, bins: int = 10) -> float:
    """Mean distance of probability and outcome in bins of equally many cases; arguments and errors as of `brier`."""
    p, y = _cases(probability, outcome)
    count, mean_p, mean_y = _binned(p, y, bins)
    return float((count * np.abs(mean_p - mean_y)).sum() / count.sum())


def calibration(
    probability: Cases, outcome: Cases, *, patient: Cases | None = None, level: float = 0.95
) -> Calibration:
    """Calibration slope and intercept with Wald's intervals.

    Args:
        probability: predicted, above 0 and below 1.
        outcome: whether it came true.
        patient: who each case is of; the variance is then clustered by patient.
        level: confidence.

    Raises:
        StatisticsError: probabilities of 0 or 1, outcomes all alike or separated by the probabilities.
    """
    p, y = _cases(probability, outcome)
    if (p <= 0.0).any() or (p >= 1.0).any():
        raise StatisticsError("probabilities of 0 or 1 have no logit: say which margin they stand for, such as 1e-6")
    who = None if patient is None else patients(patient)
    if who is not None:
        same_length(probability=p, patient=who)
    x = logit(p)
    if np.ptp(x) < 1e-9:
        raise StatisticsError("all probabilities are equal: there is no slope; compare their mean with the outcome")
    ones, none = np.ones((len(x), 1)), np.zeros(len(x))
    both, both_error = _logistic(np.column_stack([ones[:, 0], x]), y, none, who)
    large, large_error = _logistic(ones, y, x, who)
    n, how = (len(p), "logistic, Wald") if who is None else (int(who.max()) + 1, "logistic, Wald, clustered by patient")

    def interval(value: float, error: float) -> Interval:
        low, high = (value + z * error for z in normal_quantiles(level))
        return Interval(value, low, high, level, how, n)

    return Calibration(
        slope=interval(float(both[1]), float(both_error[1])),
        intercept=interval(float(both[0]), float(both_error[0])),
        in_the_large=interval(float(large[0]), float(large_error[0])),
    )


def _cases(probability: Cases, outcome: Cases) -> tuple[Probabilities, Bool[np.ndarray, " case"]]:
    p, y = numbers("probability", probability), outcomes("outcome", outcome)
    same_length(probability=p, outcome=y)
    if (p < 0.0).any() or (p > 1.0).any():
        raise StatisticsError("probabilities outside 0 to 1: give shares, not percent or logits")
    return p, y


def _binned(
    p: Probabilities, y: Bool[np.ndarray, " case"], bins: int
) -> tuple[Float[np.ndarray, " bin"], Float[np.ndarray, " bin"], Float[np.ndarray, " bin"]]:
    """Cases, mean probability and mean outcome of each bin that holds any."""
    if not 1 <= bins <= len(p):
        raise StatisticsError(f"{bins} bins of {len(p)} cases: give at least one bin and one case a bin")
    starts = (np.arange(1, bins) * len(p)) // bins
    place = np.searchsorted(np.sort(p)[starts], p, side="right")
    count = np.bincount(place, minlength=bins)
    some = count > 0
    sums = [np.bincount(place, v, minlength=bins)[some] / count[some] for v in (p, y)]
    return count[some].astype(float), sums[0], sums[1]


def _logistic(
    x: Float[np.ndarray, "case column"],
    y: Bool[np.ndarray, " case"],
    offset: Float[np.ndarray, " case"],
    who: Int[np.ndarray, " case"] | None,
) -> tuple[Float[np.ndarray, " column"], Float[np.ndarray, " column"]]:
    """Coefficients and standard errors of a logistic regression by Newton's method."""
    beta = np.zeros(x.shape[1])
    for _ in range(50):
        fitted = expit(x @ beta + offset)
        information = (x * (fitted * (1.0 - fitted))[:, None]).T @ x
        if not np.linalg.cond(information) < 1e14:
            break
        move = np.linalg.solve(information, x.T @ (y - fitted))
        farthest = np.abs(x @ move).max()
        beta = beta + move * min(1.0, 4.0 / max(farthest, 1e-300))  # on the logit scale, so that units do not matter
        if farthest < 1e-10:
            return beta, _errors(np.linalg.inv(information), x * (y - fitted)[:, None], who)
    raise StatisticsError("the probabilities separate the outcomes: a logistic regression has no finite slope")


def _errors(
    inverse: Float[np.ndarray, "column column"],
    scores: Float[np.ndarray, "case column"],
    who: Int[np.ndarray, " case"] | None,
) -> Float[np.ndarray, " column"]:
    """Standard errors from the information, or clustered by patient (sandwich)."""
    if who is None:
        return np.sqrt(np.diag(inverse))
    sums = np.column_stack([np.bincount(who, column) for column in scores.T])
    n = len(sums)
    return np.sqrt(np.diag(inverse @ (sums.T @ sums) @ inverse) * (n / (n - 1.0)))
