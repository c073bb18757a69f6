"""What a bed's own past says of its patient: people who could be him, weighed by how well they explain what was shown.

*What is compared.* Candidates, drawn from people in general (`ward.prior`), are put where the patient stood at a moment
of the past and live through what was granted since, with the devices as they were set. Every `LOOK_PAGES` the numbers
that they show are compared with those that the devices of the bed showed (the bed is computed again beside them, to the
bit): the numbers of `ERRORS`, and no number of the body that no device shows.

*Likelihood.* Differences are normal and independent, with the error that the standard of the device grants it, taken as
one standard deviation. A candidate shows numbers with errors of his own (other noise of the same devices), so that
differences are granted more than the patient's alone: what is left is wider rather than narrower than it must be.

*What is left.* Candidates are weighed by the likelihood to a power: the largest up to 1 that leaves an effective number
(Kish 1965) of `_FEWEST`. Members of futures are drawn from them by a kernel that keeps mean and covariance (Liu & West
2001). Where the past is too short, says next to nothing, or is explained by nobody, they are people in general.

*Known limits*: where the patient stood at the beginning of the stretch is known, as it is in the log; what is not drawn
(heart, vessels, lungs; what glucose stands at) is taken to be his own. What two devices show of one quantity counts
twice, and what a cuff shows counts at every look until the next reading.

**References:**

- Kish (1965), Survey Sampling, Wiley
- Liu & West (2001), Combined parameter and state estimation in simulation-based filtering,
  doi:10.1007/978-1-4757-3437-9_10
- Del Moral, Doucet & Jasra (2006), Sequential Monte Carlo samplers, J R Stat Soc B 68(3):411,
  doi:10.1111/j.1467-9868.2006.00553.x (powers of the likelihood)
"""

import dataclasses
import math
from collections.abc import Callable, Mapping

import numpy as np
import scipy.special as special
from jaxtyping import Float

from twinbed.ward.definition import Made
from twinbed.ward.members import grant, live_of, patient_of, shown_by
from twinbed.ward.prior import Prior, Scores
from twinbed.ward.session import Past

LOOK_PAGES = 30
"""How often numbers are compared: half a minute of an acute bed, half an hour of a diabetes bed."""
MOST_LOOKS = {"acute": 10, "diabetes": 24}
"""Five minutes, and twelve hours."""
CANDIDATES = {"acute": 63, "diabetes": 127}
"""With the patient himself 64 and 128, by kind of bed: what a fork can wait for (decision 0011)."""
_FEWEST = 24.0
"""Effective candidates that are left at least: as many as a fork usually has members. With 7 of 47 bands were too
narrow, also of what nobody had measured."""
_FEWEST_LOOKS = 4
_SAYS_LITTLE = 0.8
"""Share of the candidates that count still, above which the past has said next to nothing."""
_UNEXPLAINED = 4.0
"""Mean square of the differences, in errors, of whoever explains the past best, above which nobody does."""
_KERNEL = 0.4
"""Standard deviation of the kernel as a share of that of the weighted candidates (h of Liu & West)."""


@dataclasses.dataclass(frozen=True)
class Error:
    """How far a number may be from what it stands for, as one standard deviation: at least, and as a share of it."""

    least: float
    share: float = 0.0

    def sd(self, value: np.ndarray) -> np.ndarray:
        """At a value."""
        return np.maximum(self.least, self.share * np.abs(value))


def _within(limit: float, share: float) -> float:
    """The standard deviation of a normal error of which such a share lies within a limit."""
    return limit / float(special.ndtri(0.5 + 0.5 * share))


ERRORS: Mapping[str, Error] = {
    "monitor_heart_rate": Error(5.0, 0.1),  # IEC 60601-2-27, EC13: 5 /min or 10 %
    "pulse_rate": Error(5.0, 0.1),  # as the above
    "monitor_mean": Error(4.0, 0.04),  # IEC 60601-2-34: 4 mmHg or 4 %
    "nibp_mean": Error(8.0),  # ISO 81060-2: standard deviation up to 8 mmHg
    "spo2": Error(4.0),  # ISO 80601-2-61: root mean square up to 4 %
    "etco2": Error(3.3, 0.08),  # ISO 80601-2-55: 0.43 % of 760 mmHg and 8 %; the larger
    "capnograph_rate": Error(2.0),  # no standard; makers say 1 to 3 /min
    "monitor_respiratory_rate": Error(2.0),  # as the above
    "bis_shown": Error(8.0),  # residual error of Eleveld 2018, doi:10.1016/j.bja.2018.01.018: 8.03
    "cgm": Error(_within(15.0, 0.85), _within(0.2, 0.87)),  # 21 CFR 862.1355: 85 % within 15 mg/dL, 87 % within 20 %
    "meter_glucose": Error(_within(15.0, 0.95), _within(0.15, 0.95)),  # ISO 15197: 95 % within 15 mg/dL or 15 %
}


@dataclasses.dataclass(frozen=True)
class Spread:
    """What the members of futures are drawn from."""

    of: str
    """`past` where the past of this bed narrowed it, else `people` in general or the `twin` that was fitted; `patient`
    where he is the only member."""
    why: str = ""
    """Why the past did not narrow it: `begun`, `little` or `unexplained`."""
    from_s: float = 0.0
    """Where the stretch of the past begins."""
    readings: int = 0
    """Numbers that were compared."""
    candidates: int = 0
    effective: float = 0.0
    """Effective number of candidates."""
    power: float = 0.0
    """Of the likelihood."""


ONE = Spread("patient")
UNASKED = Spread("people", "begun")


def pages_of(made: Made) -> int:
    """How many pages of the past are looked at, at most."""
    return MOST_LOOKS[made.kind] * LOOK_PAGES


def members(
    made: Made, prior: Prior, past: Past | None, n: int, progress: Callable[[float], None] = lambda _: None
) -> tuple[Scores, Spread]:
    """People who could be the patient, and what they are drawn from.

    Args:
        made: the bed.
        prior: what is not known of its patient.
        past: what it lived through; nothing if it is not to be looked at.
        n: how many people.
        progress: is told the share that is done; what it raises ends it.
    """
    general = prior.scores(made.bedside.seed, n)
    if past is None or past.pages < _FEWEST_LOOKS * LOOK_PAGES:
        return general, Spread(prior.of, "begun")
    candidates = prior.scores(made.bedside.seed, CANDIDATES[made.kind], first=1 + n)
    shown = _lived(made, prior, past, candidates, progress)
    log_likelihood, readings = _explained(made, shown)
    spread = _weighed(log_likelihood, readings, Spread(prior.of, "little", past.standing.page * made.page_s, readings))
    if spread.of != "past":
        return general, spread
    weights = _weights(log_likelihood, spread.power)
    return _drawn(candidates, weights, general), spread


def _lived(
    made: Made, prior: Prior, past: Past, candidates: Scores, progress: Callable[[float], None]
) -> Float[np.ndarray, "look person number"]:
    """What the patient (the first) and the candidates show at every look."""
    people = [patient_of(past.standing), *prior.people(candidates)]
    live = live_of(made, past.standing, people, range(len(people)))
    everybody = np.ones(len(people), bool)
    looks: list[np.ndarray] = []
    for k in range(past.pages):
        for control, wish in past.granted.get(past.standing.page + k, ()):
            grant(live, made.controls[control], wish, everybody)
        recorded = live.advance(live.page_s)
        if (k + 1) % LOOK_PAGES == 0:
            looks.append(shown_by(made, live, recorded))
        progress((k + 1) / past.pages)
    return np.asarray(looks)


def _explained(made: Made, shown: Float[np.ndarray, "look person number"]) -> tuple[np.ndarray, int]:
    """The logarithm of the likelihood of every candidate, and how many numbers were compared.

    A number is compared where the patient and every candidate who is still plausible show it.
    """
    patient, others = shown[:, :1], shown[:, 1:]
    there: np.ndarray = np.any(np.isfinite(others), axis=2)
    total, readings = np.where(np.all(there, axis=0), 0.0, -np.inf), 0
    for i, (_, source, _) in enumerate(made.view.numbers.readings.values()):
        error = ERRORS.get(source.partition(".")[2])
        if error is None or source.partition(".")[0] not in made.view.devices:
            continue
        own, theirs = patient[:, :, i], others[:, :, i]
        counted = np.isfinite(own[:, 0]) & np.all(np.isfinite(theirs) | ~there, axis=1)
        apart = (theirs - own) / error.sd(own)
        total = total - 0.5 * np.nansum(np.square(apart[counted]), axis=0)
        readings += int(counted.sum())
    return total, readings


def _weighed(log_likelihood: np.ndarray, readings: int, said: Spread) -> Spread:
    """What the past is worth."""
    n = len(log_likelihood)
    said = dataclasses.replace(said, candidates=n, effective=float(n))
    if readings == 0:
        return said
    if np.isfinite(log_likelihood).sum() <= _FEWEST:  # most left what is plausible, and the patient did not
        return dataclasses.replace(said, why="unexplained", effective=0.0)
    if -2.0 * np.max(log_likelihood) > _UNEXPLAINED * readings:
        return dataclasses.replace(said, why="unexplained", effective=_effective(_weights(log_likelihood)))
    power = _power(log_likelihood, _FEWEST)
    effective = _effective(_weights(log_likelihood, power))
    little = effective > _SAYS_LITTLE * n
    return dataclasses.replace(said, of=said.of if little else "past", why="little" if little else "",
                               effective=effective, power=power)  # fmt: skip


def _power(log_likelihood: np.ndarray, fewest: float) -> float:
    """The largest power up to 1 that leaves so many effective candidates; by bisection."""
    if _effective(_weights(log_likelihood)) >= fewest:
        return 1.0
    low, high = 0.0, 1.0
    for _ in range(40):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if _effective(_weights(log_likelihood, middle)) >= fewest else (low, middle)
    return low


def _weights(log_likelihood: np.ndarray, power: float = 1.0) -> np.ndarray:
    """Of candidates by a power of their likelihood; who has none has no weight, whatever the power."""
    return special.softmax(np.where(np.isfinite(log_likelihood), power * log_likelihood, -np.inf))


def _effective(weights: np.ndarray) -> float:
    return float(1.0 / np.sum(np.square(weights)))


def _drawn(candidates: Scores, weights: np.ndarray, noise: Float[np.ndarray, "drawn quantity"]) -> np.ndarray:
    """People drawn from weighted candidates: of each as many as its weight says, moved by a kernel."""
    n = len(noise)
    chosen = candidates[np.searchsorted(np.cumsum(weights), (np.arange(n) + 0.5) / n)]
    mean = weights @ candidates
    apart = candidates - mean
    spread = np.linalg.cholesky((weights[:, None] * apart).T @ apart + 1e-9 * np.eye(len(mean)))
    return mean + math.sqrt(1.0 - _KERNEL**2) * (chosen - mean) + _KERNEL * noise @ spread.T
