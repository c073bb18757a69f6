"""The parameters of a glucose twin, their transformed scale and their priors.

A twin is fitted on a scale without bounds: logarithms, and the logit of a meal's delay over
its 60 minutes. Priors of a single day are those of ReplayBG as Gaussians on that scale (the
gamma prior of insulin sensitivity by its moments in the logarithm). A person has parameters
of their own; a day differs from the person by day-to-day variation.

**References:**

- Cappon et al. (2023), IEEE Trans Biomed Eng 70(11):3227, doi:10.1109/TBME.2023.3286856
- Schiavon, Dalla Man & Cobelli (2018), IEEE Trans Biomed Eng 65(9):2079, doi:10.1109/TBME.2017.2784101
- py_replay_bg 1.4 (logpriors_t1d.py)
"""

import dataclasses

import numpy as np
from jaxtyping import Float

Vector = Float[np.ndarray, " parameter"]
Matrix = Float[np.ndarray, "parameter parameter"]

KINDS = ("breakfast", "lunch", "dinner", "snack")
SUFFIX = {"breakfast": "b", "lunch": "l", "dinner": "d", "snack": "s"}
LONGEST_DELAY_MIN = 60.0


@dataclasses.dataclass(frozen=True)
class Parameter:
    """One fitted parameter: its field in the `Replay` model and its spread on the fitted scale."""

    name: str
    unit: str
    center: float
    day_sd: float
    """Prior SD of a single day, person unknown (ReplayBG's prior)."""
    person_sd: float
    """Prior SD between people."""
    within_sd: float
    """SD from day to day within a person."""


def _many(suffixes: str, stem: str, *rest: object) -> tuple[Parameter, ...]:
    return tuple(Parameter(f"{stem}_{s}", *rest) for s in suffixes)  # pyright: ignore[reportArgumentType]


PARAMETERS: tuple[Parameter, ...] = (
    *_many("bld", "si", "L/m[IU]/min", -6.95, 0.59, 0.59, 0.25),
    Parameter("gb", "mg/dL", float(np.log(119.13)), 0.06, 0.15, 0.06),
    Parameter("sg", "1/min", -3.8, 0.5, 0.4, 0.1),
    Parameter("p2", "1/min", 2 * float(np.log(0.11)), 0.073, 0.07, 0.02),
    Parameter("ka2", "1/min", -4.2875, 0.4274, 0.3, 0.1),
    Parameter("kd", "1/min", -3.5090, 0.6187, 0.4, 0.1),
    Parameter("kempt", "1/min", -1.9646, 0.7069, 0.5, 0.1),
    *_many("blds", "kabs", "1/min", -5.4591, 1.4396, 1.0, 0.4),
    *_many("blds", "beta", "min", 0.0, 1.8, 0.8, 0.5),
    Parameter("f", "1", float(np.log(0.9)), 1e-3, 0.3, 0.1),
    *(Parameter(n, "1", 0.0, 1e-3, 0.1, 0.03) for n in ("gb_cos1", "gb_sin1", "gb_cos2", "gb_sin2")),
    Parameter("g0", "mg/dL", float(np.log(120.0)), 0.05, 0.1, 1e-3),
)
NAMES: tuple[str, ...] = tuple(p.name for p in PARAMETERS)
N = len(PARAMETERS)
PLACE = {name: k for k, name in enumerate(NAMES)}
"""Place of a parameter in the vector."""

_HARMONICS = ("gb_cos1", "gb_sin1", "gb_cos2", "gb_sin2")
_DELAYS = tuple(f"beta_{s}" for s in "blds")
_PERSON_BETA = -1.0  # a delay of 16 minutes
_LIKE = {"si": 0.7, "kabs": 0.6}  # correlation between people of the same parameter at two meals


def natural(theta: Float[np.ndarray, "*draw parameter"], name: str) -> Float[np.ndarray, "*draw"]:
    """The values of a parameter in its unit."""
    value = theta[..., PLACE[name]]
    if name in _DELAYS:
        value = LONGEST_DELAY_MIN / (1.0 + np.exp(-value))
    elif name not in _HARMONICS:
        value = np.exp(value)
    return np.asarray(value)


def day_prior() -> tuple[Vector, Matrix]:
    """Mean and covariance of one day of an unknown person."""
    return (
        np.array([p.center for p in PARAMETERS]),
        np.diag([p.day_sd**2 for p in PARAMETERS]),
    )


@dataclasses.dataclass(frozen=True)
class Person:
    """What is known of a person's own parameters, and how days vary around them."""

    mean: Vector
    covariance: Matrix
    within: Matrix
    days: int = 0


def unknown_person() -> Person:
    """The person before any day was seen: the population."""
    mean = np.array([p.center for p in PARAMETERS])
    for name in _DELAYS:
        mean[PLACE[name]] = _PERSON_BETA
    covariance = np.diag([p.person_sd**2 for p in PARAMETERS])
    for stem, correlation in _LIKE.items():
        places = [k for k, name in enumerate(NAMES) if name.split("_")[0] == stem]
        for a in places:
            for b in places:
                if a != b:
                    covariance[a, b] = correlation * np.sqrt(covariance[a, a] * covariance[b, b])
    return Person(mean, covariance, np.diag([p.within_sd**2 for p in PARAMETERS]))


def starts(mean: Vector, count: int) -> Float[np.ndarray, "start parameter"]:
    """Starting points around a prior mean: slow and fast guts, low and high sensitivity."""
    out = np.repeat(np.asarray(mean)[None], count, axis=0)
    shapes = ((-5.2, 0.0, -0.5), (-4.0, 0.5, -1.5), (-4.3, -0.4, -0.5), (-5.5, 0.6, -1.5))
    for point, (kabs, si, beta) in zip(out, shapes, strict=False):
        for k, name in enumerate(NAMES):
            stem = name.split("_")[0]
            if stem == "kabs":
                point[k] = kabs
            elif stem == "si":
                point[k] += si
            elif stem == "beta":
                point[k] = beta
    return out
