"""Draws from declared distributions. A draw belongs to a seed, a patient, an attempt and a name.

Nothing is carried from patient to patient, so a shard of a cohort has the same bits as the
whole, and a quantity keeps its draws when another one is added. Correlations are those of
the normal scores (a Gaussian copula), which for lognormal quantities are the correlations
of the logarithms.

Known limits: correlations other than of normal scores cannot be declared.

**References:**

- Devroye (1986), Non-Uniform Random Variate Generation, II.2 (inversion)
- Nelsen (2006), An Introduction to Copulas, doi:10.1007/0-387-28678-0
"""

import abc
import dataclasses
from collections.abc import Mapping

import jax
import numpy as np
import scipy.special as special
from jaxtyping import Array, Float, Int

from twinbed.core.noise import Noise, index_of_name, noise_from_seed

Values = Float[np.ndarray, "*any"]
Numbers = Int[np.ndarray, " patient"]
Drawn = Float[np.ndarray, " patient"]

_BLOCK = 1024
_NAMES = 32
_STREAM = "cohort"


class AbstractMarginal(abc.ABC):
    """The distribution of one quantity, by its quantiles."""

    @abc.abstractmethod
    def quantile(self, p: Values) -> Values:
        """The value below which a share `p` of patients lies."""

    @abc.abstractmethod
    def cumulative(self, x: Values) -> Values:
        """The share of patients below `x`."""

    @property
    @abc.abstractmethod
    def mean(self) -> float:
        """Expected value."""

    @property
    @abc.abstractmethod
    def sd(self) -> float:
        """Standard deviation."""


@dataclasses.dataclass(frozen=True)
class Constant(AbstractMarginal):
    """The same value for every patient."""

    value: float

    def quantile(self, p: Values) -> Values:
        return np.full_like(p, self.value)

    def cumulative(self, x: Values) -> Values:
        return (np.asarray(x) >= self.value).astype(float)

    @property
    def mean(self) -> float:
        return self.value

    @property
    def sd(self) -> float:
        return 0.0


@dataclasses.dataclass(frozen=True)
class Normal(AbstractMarginal):
    """The normal distribution."""

    centre: float
    spread: float

    def quantile(self, p: Values) -> Values:
        return self.centre + self.spread * special.ndtri(p)

    def cumulative(self, x: Values) -> Values:
        return special.ndtr((x - self.centre) / self.spread)

    @property
    def mean(self) -> float:
        return self.centre

    @property
    def sd(self) -> float:
        return self.spread


@dataclasses.dataclass(frozen=True)
class LogNormal(AbstractMarginal):
    """The lognormal distribution, by its median and the standard deviation of the logarithm."""

    median: float
    log_sd: float

    def quantile(self, p: Values) -> Values:
        return self.median * np.exp(self.log_sd * special.ndtri(p))

    def cumulative(self, x: Values) -> Values:
        positive = np.maximum(x, np.finfo(float).tiny)
        return special.ndtr(np.log(positive / self.median) / self.log_sd)

    @property
    def mean(self) -> float:
        return float(self.median * np.exp(self.log_sd**2 / 2))

    @property
    def sd(self) -> float:
        return float(self.mean * np.sqrt(np.expm1(self.log_sd**2)))


def lognormal_by_moments(mean: float, sd: float) -> LogNormal:
    """The lognormal distribution with that mean and standard deviation."""
    log_variance = np.log1p((sd / mean) ** 2)
    return LogNormal(float(mean * np.exp(-log_variance / 2)), float(np.sqrt(log_variance)))


@dataclasses.dataclass(frozen=True)
class Gamma(AbstractMarginal):
    """The gamma distribution, by shape and scale."""

    shape: float
    scale: float

    def quantile(self, p: Values) -> Values:
        return self.scale * special.gammaincinv(self.shape, p)

    def cumulative(self, x: Values) -> Values:
        return special.gammainc(self.shape, np.maximum(x, 0.0) / self.scale)

    @property
    def mean(self) -> float:
        return self.shape * self.scale

    @property
    def sd(self) -> float:
        return float(np.sqrt(self.shape) * self.scale)


@dataclasses.dataclass(frozen=True)
class Uniform(AbstractMarginal):
    """The uniform distribution."""

    low: float
    high: float

    def quantile(self, p: Values) -> Values:
        return self.low + (self.high - self.low) * p

    def cumulative(self, x: Values) -> Values:
        return np.clip((x - self.low) / (self.high - self.low), 0.0, 1.0)

    @property
    def mean(self) -> float:
        return (self.low + self.high) / 2

    @property
    def sd(self) -> float:
        return float((self.high - self.low) / np.sqrt(12.0))


@dataclasses.dataclass(frozen=True)
class Mapped(AbstractMarginal):
    """A monotone function of another distribution: `backward(X)` has the distribution `of`.

    `Mapped(of=Normal(0.018, 0.0045), backward=reciprocal, forward=reciprocal, rising=False)`
    is a time constant whose reciprocal is normal. Its range must be where `backward` is
    defined, so wrap it in `Truncated` where the inner distribution reaches further.
    """

    of: AbstractMarginal
    forward: np.ufunc
    backward: np.ufunc
    rising: bool = True

    def quantile(self, p: Values) -> Values:
        return self.forward(self.of.quantile(p if self.rising else 1.0 - p))

    def cumulative(self, x: Values) -> Values:
        inner = self.of.cumulative(self.backward(np.asarray(x, float)))
        return inner if self.rising else 1.0 - inner

    @property
    def mean(self) -> float:
        return _moments(self)[0]

    @property
    def sd(self) -> float:
        return _moments(self)[1]


@dataclasses.dataclass(frozen=True)
class Truncated(AbstractMarginal):
    """Another distribution, kept between two bounds; what lies outside is drawn again."""

    of: AbstractMarginal
    low: float
    high: float

    @property
    def kept(self) -> float:
        """The share of the untruncated distribution that lies between the bounds."""
        below, above = self._ends()
        return above - below

    def _ends(self) -> tuple[float, float]:
        ends = self.of.cumulative(np.asarray([self.low, self.high]))
        return float(ends[0]), float(ends[1])

    def quantile(self, p: Values) -> Values:
        below, above = self._ends()
        return np.clip(self.of.quantile(below + (above - below) * p), self.low, self.high)

    def cumulative(self, x: Values) -> Values:
        below, above = self._ends()
        inside = np.clip(x, self.low, self.high)
        return np.clip((self.of.cumulative(inside) - below) / (above - below), 0.0, 1.0)

    @property
    def mean(self) -> float:
        return _moments(self)[0]

    @property
    def sd(self) -> float:
        return _moments(self)[1]


@dataclasses.dataclass(frozen=True)
class Empirical(AbstractMarginal):
    """The distribution of values that were drawn before, some of which differ; straight lines lie between them."""

    values: tuple[float, ...]

    def _known(self) -> tuple[np.ndarray, np.ndarray]:
        ordered = np.sort(np.asarray(self.values, float))
        return ordered, (np.arange(len(ordered)) + 0.5) / len(ordered)

    def quantile(self, p: Values) -> Values:
        ordered, share = self._known()
        return np.interp(p, share, ordered)

    def cumulative(self, x: Values) -> Values:
        ordered, share = self._known()
        return np.where(x < ordered[0], 0.0, np.where(x > ordered[-1], 1.0, np.interp(x, ordered, share)))

    @property
    def mean(self) -> float:
        return float(np.mean(self.values))

    @property
    def sd(self) -> float:
        return float(np.std(self.values))


def of_draws(draws: Mapping[str, Drawn], *, shrinkage: float = 0.02) -> "Distribution":
    """The joint distribution of which these are draws: its margins, and correlations of normal scores by rank.

    Args:
        draws: values of every quantity, as many of each.
        shrinkage: by which correlations are made smaller, so that they never contradict each other.
    """
    varies = [name for name, values in draws.items() if np.ptp(values) > 0.0]
    ranks = np.asarray([np.argsort(np.argsort(draws[name], kind="stable"), kind="stable") for name in varies])
    n = len(next(iter(draws.values())))
    found = np.atleast_2d(np.corrcoef(special.ndtri((ranks + 0.5) / n))) if varies else np.zeros((0, 0))
    pairs = [(i, j) for i in range(len(varies)) for j in range(i)]
    return Distribution(
        {
            name: Empirical(tuple(values)) if name in varies else Constant(float(values[0]))
            for name, values in draws.items()
        },
        {(varies[i], varies[j]): (1.0 - shrinkage) * float(found[i, j]) for i, j in pairs},
    )


def _moments(marginal: AbstractMarginal) -> tuple[float, float]:
    """Mean and standard deviation by the trapezoidal rule over normal scores."""
    z = np.linspace(-8.0, 8.0, 2001)
    weight = np.exp(-(z**2) / 2)
    value = marginal.quantile(special.ndtr(z))
    mean = float(np.average(value, weights=weight))
    return mean, float(np.sqrt(np.average((value - mean) ** 2, weights=weight)))


@dataclasses.dataclass(frozen=True)
class Distribution:
    """The joint distribution of the quantities of a patient.

    `correlations` are of normal scores; pairs that are not named are independent.
    """

    marginals: Mapping[str, AbstractMarginal]
    correlations: Mapping[tuple[str, str], float] = dataclasses.field(default_factory=dict)

    def __post_init__(self) -> None:
        unknown = {n for pair in self.correlations for n in pair} - set(self.marginals)
        if unknown:
            raise ValueError(f"correlations of {', '.join(sorted(unknown))}, which have no distribution")
        if self.correlations and np.linalg.eigvalsh(self.correlation_matrix()).min() <= 0:
            raise ValueError("the correlations contradict each other: their matrix is not positive definite")

    def correlation_matrix(self) -> Float[np.ndarray, "quantity quantity"]:
        """Correlations of the normal scores, in the order of `marginals`."""
        place = {name: i for i, name in enumerate(self.marginals)}
        matrix = np.eye(len(place))
        for (a, b), value in self.correlations.items():
            matrix[place[a], place[b]] = matrix[place[b], place[a]] = value
        return matrix

    def draw(self, seed: int, patients: Numbers, attempts: Numbers) -> dict[str, Drawn]:
        """The quantities of patients, by name.

        Args:
            seed: any integer.
            patients: numbers of the patients.
            attempts: how often each of them was drawn before.
        """
        names = list(self.marginals)
        uniform = uniforms(seed, patients, attempts, tuple(names))
        if not self.correlations:
            return {n: self.marginals[n].quantile(uniform[:, i]) for i, n in enumerate(names)}
        score = special.ndtri(uniform)
        factor = np.linalg.cholesky(self.correlation_matrix())
        out = {}
        for i, name in enumerate(names):
            mixed = np.zeros(len(patients))
            for j in np.flatnonzero(factor[i]):  # term by term: the bits do not depend on the shape
                mixed = mixed + factor[i, j] * score[:, j]
            out[name] = self.marginals[name].quantile(special.ndtr(mixed))
        return out


@jax.jit
def _uniform_block(noise: Noise, patients: Array, attempts: Array, names: Array) -> Array:
    def one(patient: Array, attempt: Array) -> Array:
        place = noise.at(patient).at(attempt)
        return jax.vmap(lambda name: place.at(name).uniform(0))(names)

    return jax.vmap(one)(patients, attempts)


def uniforms(
    seed: int, patients: Numbers, attempts: Numbers, names: tuple[str, ...]
) -> Float[np.ndarray, "patient quantity"]:
    """Uniform draws in (0, 1), one per patient and name."""
    noise = noise_from_seed(seed).at(index_of_name(_STREAM))
    places = np.asarray([index_of_name(name) for name in names], np.uint32)
    places = np.pad(places, (0, -len(names) % _NAMES))  # one compilation for many lists of names
    blocks = []
    for start in range(0, len(patients), _BLOCK):
        part = slice(start, start + _BLOCK)
        pad = _BLOCK - len(patients[part])
        padded = [np.pad(a[part].astype(np.uint32), (0, pad)) for a in (patients, attempts)]
        blocks.append(np.asarray(_uniform_block(noise, *padded, places))[: _BLOCK - pad, : len(names)])
    return np.concatenate(blocks) if blocks else np.zeros((0, len(names)))


@dataclasses.dataclass(frozen=True)
class Rule:
    """A quantity of a plausible patient lies between two bounds."""

    quantity: str
    low: float
    high: float
    unit: str
    reason: str

    def holds(self, value: Values) -> np.ndarray:
        """Where the rule holds; a value that is not a number breaks it."""
        return (value >= self.low) & (value <= self.high)

    def __str__(self) -> str:
        return f"{self.quantity} {self.low:g} to {self.high:g} {self.unit}: {self.reason}"


def first_broken(rules: tuple[Rule, ...], values: Mapping[str, Values]) -> Int[np.ndarray, " patient"]:
    """The place of the first rule that each patient breaks, or -1; rules without a value are passed over."""
    broken: np.ndarray | None = None
    for place, rule in enumerate(rules):
        if rule.quantity not in values:
            continue
        fails = ~rule.holds(values[rule.quantity])
        broken = np.full(fails.shape, -1) if broken is None else broken
        broken = np.where((broken < 0) & fails, place, broken)
    if broken is None:
        raise ValueError("none of the rules has a value")
    return broken
