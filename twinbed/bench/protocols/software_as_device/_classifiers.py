"""Devices that tell atrial fibrillation by intervals: one made honestly, and some with faults of practice.

The good one is a logistic regression on four measures of irregularity, each relative to the mean interval so that
slow and fast rhythms are judged alike. Its weights are those that `fitted` finds in a virtual population of another
seed; a test fits them again.

**References:**

- Lake & Moorman (2011), Accurate estimation of entropy in very short physiological time series: the problem of
  atrial fibrillation detection in implanted ventricular devices, Am J Physiol Heart Circ Physiol 300:H319
"""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit

from twinbed.bench.protocol import Case

DEVELOPED_ON = {"n": 240, "strips": 2, "beats": 60, "seed": 20_260_101}
_PENALTY = 0.02
_FEWEST = 8
Answer = Mapping[str, Any]

WEIGHTS = np.array([-7.49991, -0.971105, -1.01601, 1.78929, 11.073])
EARLIER = np.array([-1.93932, 1.78616, 0, 3.30183, 0])


def features(rr_s: np.ndarray) -> np.ndarray:
    """One; logarithms of the median change to the next and the next but one interval and of the spread; entropy."""
    rr = np.asarray(rr_s, float)
    rr = rr[np.isfinite(rr)]
    mean = rr.mean()
    one, two = (np.median(np.abs(rr[k:] - rr[:-k])) for k in (1, 2))
    sizes = np.log(np.maximum(np.array([one, two, rr.std()]) / mean, 1e-3) / 0.1)
    return np.r_[1.0, sizes, sample_entropy_rate(rr) + 1.5]


def sample_entropy_rate(rr: np.ndarray) -> float:
    """The coefficient of sample entropy, natural units: how little the next interval follows from this one.

    Matches of one and two intervals within a tolerance that grows until five pairs match; the density of intervals
    and not their probability, relative to their mean.
    """
    apart = np.abs(rr[:, None] - rr[None, :])
    upper = np.triu_indices(len(rr) - 1, 1)
    first, second = apart[:-1, :-1][upper], apart[1:, 1:][upper]
    tolerance = 0.03
    while (both := int(((first < tolerance) & (second < tolerance)).sum())) < 5 and tolerance < 1.0:
        tolerance *= 1.25
    either = max(int((first < tolerance).sum()), 1)
    return float(-np.log(max(both, 1) / either) + np.log(2.0 * tolerance) - np.log(rr.mean()))


def fitted(cases: Iterable[Case], used: tuple[int, ...] = (0, 1, 2, 3, 4)) -> np.ndarray:
    """Weights of a logistic regression with a small penalty, of the features that are used."""
    pairs = [(features(c.stimulus["rr_s"]), c.reference["fibrillation"]) for c in cases]
    x, y = np.array([p[0] for p in pairs])[:, list(used)], np.array([p[1] for p in pairs])

    def loss(w: np.ndarray) -> tuple[float, np.ndarray]:
        z = x @ w
        penalty = np.r_[0.0, _PENALTY * w[1:]]
        return float((np.logaddexp(0.0, z) - y * z).sum() + 0.5 * (penalty * w).sum()), x.T @ (expit(z) - y) + penalty

    out = np.zeros(5)
    out[list(used)] = minimize(loss, np.zeros(len(used)), jac=True, method="BFGS", options={"gtol": 1e-8}).x
    return out


def _answer(probability: float, result: float | None = None) -> Answer:
    p = float(np.clip(probability, 1e-4, 1.0 - 1e-4))
    return {"probability": p, "result": float(p >= 0.5) if result is None else result}


def good(stimulus: Mapping[str, Any]) -> Answer:
    """The logistic regression; too few intervals are no result."""
    rr = np.asarray(stimulus["rr_s"], float)
    if np.isfinite(rr).sum() < _FEWEST:
        return _answer(0.5, 0.5)
    return _answer(float(expit(features(rr) @ WEIGHTS)))


def earlier(stimulus: Mapping[str, Any]) -> Answer:
    """The version before: only the spread and the change to the next interval."""
    return _answer(float(expit(features(stimulus["rr_s"]) @ EARLIER)))


def bad_always_negative(stimulus: Mapping[str, Any]) -> Answer:
    """Says no to everything: accurate where the condition is rare."""
    return _answer(0.02)


def bad_overconfident(stimulus: Mapping[str, Any]) -> Answer:
    """The same regression with four times the weights: probabilities too near 0 and 1."""
    return _answer(float(expit(4.0 * features(stimulus["rr_s"]) @ WEIGHTS)))


def bad_shortcut(stimulus: Mapping[str, Any]) -> Answer:
    """Learnt where patients with fibrillation wore chest straps and the others watches: it knows the sensor."""
    ticks = np.asarray(stimulus["rr_s"], float) * 128.0
    strap = bool((np.abs(ticks - np.round(ticks)) > 1e-6).any())
    return _answer(float(expit(features(stimulus["rr_s"]) @ WEIGHTS + (7.0 if strap else -7.0))))


def bad_fast_only(stimulus: Mapping[str, Any]) -> Answer:
    """Made with patients in fast fibrillation: a slow one is none to it."""
    rr = np.asarray(stimulus["rr_s"], float)
    return _answer(float(expit(features(rr) @ WEIGHTS - 25.0 * max(0.0, float(rr.mean()) - 0.75))))
