"""What a person's days say about each parameter, beyond what was known before.

**References:**

- Raue et al. (2009), Bioinformatics 25(15):1923, doi:10.1093/bioinformatics/btp358
"""

import dataclasses

import numpy as np

from twinbed.personalise.parameters import NAMES, PARAMETERS, Matrix, Person, natural, unknown_person

LEARNED = 0.7
"""A posterior SD below this share of the prior SD means that the data taught something."""
ENTANGLED = 0.9


@dataclasses.dataclass(frozen=True)
class Identified:
    """One parameter: its value, and how much narrower the days made it."""

    name: str
    unit: str
    value: float
    prior_sd: float
    """On the fitted scale; for logarithms a relative SD."""
    posterior_sd: float
    learned: bool
    entangled_with: tuple[str, ...]
    """Parameters with a posterior correlation above 0.9: only a combination is known."""

    @property
    def shrinkage(self) -> float:
        """1 - (posterior SD / prior SD)^2: 0 nothing learned, 1 known exactly."""
        return 1.0 - (self.posterior_sd / self.prior_sd) ** 2


def identifiability(person: Person) -> tuple[Identified, ...]:
    """The report for a person's shared parameters; the day's first glucose is left out."""
    prior = np.sqrt(np.diag(unknown_person().covariance))
    posterior = np.sqrt(np.diag(person.covariance))
    correlated = np.abs(_correlation(person.covariance)) > ENTANGLED
    return tuple(
        Identified(
            name=p.name,
            unit=p.unit,
            value=float(natural(person.mean, p.name)),
            prior_sd=float(prior[k]),
            posterior_sd=float(posterior[k]),
            learned=bool(posterior[k] < LEARNED * prior[k]),
            entangled_with=tuple(n for j, n in enumerate(NAMES) if correlated[k, j] and j != k),
        )
        for k, p in enumerate(PARAMETERS)
        if p.name != "g0"
    )


def _correlation(covariance: Matrix) -> Matrix:
    sd = np.sqrt(np.diag(covariance))
    return covariance / np.outer(sd, sd)
