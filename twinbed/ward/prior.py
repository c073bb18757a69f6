"""Who the patient of a bed could be: what is not known of a person, its distribution, and the organs of a draw.

A draw is a point of normal scores: independent standard normal numbers, one for each quantity. What a future draws from
people in general, and what a bed's own past leaves of that (`ward.posterior`), are both such points.
"""

import dataclasses
import math
from collections.abc import Callable, Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import scipy.special as special
from jaxtyping import Float

from twinbed.cohorts.acute_adults import MARGINALS, varied
from twinbed.cohorts.populations.uva_padova_adults import UvaPadovaAdults
from twinbed.cohorts.sampling import Distribution, of_draws, uniforms
from twinbed.core.model import AbstractModel
from twinbed.core.quantities import quantities
from twinbed.engine.batch import as_precision
from twinbed.physiology.glucose.replay import Replay
from twinbed.physiology.glucose.uva_padova import UvaPadova
from twinbed.physiology.pharmacology import varying
from twinbed.physiology.pharmacology.drugs import Drugs
from twinbed.studies.acute.bedside import Bedside, build_models, person_of
from twinbed.vocab.drugs import DRUGS
from twinbed.ward.definition import PAGE_S, Made
from twinbed.ward.diabetes import DRAWN as DRAWN_OF_GLUCOSE
from twinbed.ward.diabetes import DiabetesBedside, draws_of, model_of

Scores = Float[np.ndarray, "member quantity"]
Organs = dict[str, AbstractModel]
_KEPT = ("baroreflex", "carbon_dioxide_response", "oxygen_response")
_KINETICS = tuple((name, what) for name, drug in DRUGS.items() for what in varying(drug))
_ACUTE = Distribution({name: MARGINALS[name] for name in (*_KEPT, *(f"{drug}.{what}" for drug, what in _KINETICS))})
"""What is not known of a person and may be drawn anew without moving where the person stands."""
_TYPICAL = {name: float(marginal.quantile(np.asarray([0.5]))[0]) for name, marginal in MARGINALS.items()}


@dataclasses.dataclass(frozen=True)
class Prior:
    """What is not known of the patient of a bed."""

    distribution: Distribution
    organs: Callable[[Mapping[str, float]], Organs]
    """Of the person with such quantities."""
    of: str = "people"
    """Whom it is of: `people` in general, or a `twin` that was fitted."""

    def scores(self, seed: int, n: int, *, first: int = 1) -> Scores:
        """Draws of people in general, numbered from `first`; each depends on the seed and its number alone."""
        numbers = np.arange(first, first + n)
        return special.ndtri(uniforms(seed, numbers, np.zeros(n, np.int64), tuple(self.distribution.marginals)))

    def people(self, scores: Scores) -> list[Organs]:
        """The organs of every draw."""
        mixed = scores @ np.linalg.cholesky(self.distribution.correlation_matrix()).T
        marginals = self.distribution.marginals
        drawn = {name: m.quantile(special.ndtr(mixed[:, i])) for i, (name, m) in enumerate(marginals.items())}
        return [self.organs({name: float(values[k]) for name, values in drawn.items()}) for k in range(len(scores))]


def prior_of(made: Made) -> Prior:
    """What is not known of the patient of a bed."""
    bedside = made.bedside
    if isinstance(bedside, DiabetesBedside):
        return _of_glucose(bedside)
    return Prior(_ACUTE, lambda drawn: _member(bedside, drawn))


def together(people: list[Organs]) -> Organs:
    """People as one with a leading axis."""
    stacked = lambda *leaves: jnp.asarray(np.stack([np.asarray(a) for a in leaves]))
    return {name: jax.tree.map(stacked, *(organs[name] for organs in people)) for name in people[0]}


def _of_glucose(bedside: DiabetesBedside) -> Prior:
    """What is known of a twin; else the distribution of adults, moved so that its middle is this patient."""
    model = as_precision(model_of(bedside.patient), bedside.precision)
    if draws := draws_of(bedside.patient):
        return Prior(of_draws(draws), lambda drawn: {"body": _with(model, drawn, bedside.precision)}, "twin")
    every = UvaPadovaAdults().distribution
    inner = {pair: r for pair, r in every.correlations.items() if set(pair) <= set(DRAWN_OF_GLUCOSE)}
    own = Distribution({name: every.marginals[name] for name in DRAWN_OF_GLUCOSE}, inner)
    known = quantities(UvaPadova)
    middles = {name: float(own.marginals[name].quantile(np.asarray([0.5]))[0]) for name in DRAWN_OF_GLUCOSE}

    def organs(drawn: Mapping[str, float]) -> Organs:
        changed: dict[str, float] = {}
        for name in DRAWN_OF_GLUCOSE:
            low, high = known[name].bounds or (-math.inf, math.inf)
            value = float(getattr(model, name)) * drawn[name] / middles[name]
            changed[name] = float(np.clip(value, low, high))
        return {"body": _with(model, changed, bedside.precision)}

    return Prior(own, organs)


def _with(model: UvaPadova | Replay, values: Mapping[str, float], precision: str) -> AbstractModel:
    changed: dict[str, Any] = {name: np.asarray(value, precision) for name, value in values.items()}
    return dataclasses.replace(model, **changed)


def _member(bedside: Bedside, drawn: Mapping[str, float]) -> Organs:
    """The organs of one more person who could be the one at an acute bedside."""
    kinetics: dict[str, dict[str, float]] = {}
    for drug, what in _KINETICS:
        kinetics.setdefault(drug, {})[what] = drawn[f"{drug}.{what}"]
    organs: Organs = build_models(bedside.patient, longest_s=PAGE_S)
    organs = varied(organs, {**_TYPICAL, **{n: drawn[n] for n in _KEPT}}, 1.0)
    person = person_of(bedside.patient)
    return as_precision({**organs, "drugs": Drugs.of(person, draws=kinetics)}, bedside.precision)
