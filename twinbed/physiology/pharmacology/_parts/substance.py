"""One drug in one patient, made from its file."""

import math
from collections.abc import Mapping, Sequence

import equinox as eqx
import numpy as np

from twinbed.core.model import Scalar
from twinbed.core.quantities import constant, param
from twinbed.physiology.pharmacology._parts.binding import Binding
from twinbed.physiology.pharmacology._parts.mammillary import Making, Mammillary, Path, Site
from twinbed.physiology.pharmacology._parts.surface import Answered, Block, Boost, Effect, Exposure, Steeper
from twinbed.vocab.drugs.arithmetic import evaluate
from twinbed.vocab.drugs.format import EXPOSURES, Drug, Kinetics
from twinbed.vocab.drugs.person import Person, covariates
from twinbed.vocab.errors import DrugError

_UMOL_PER_MMOL = 1000.0
"""A molar mass in g/mol is one in mg/mmol."""
PLASMA = "plasma"


class Slowing(eqx.Module):
    """The clearance of one drug by the plasma concentration of another."""

    of: str = eqx.field(static=True)
    by: str = eqx.field(static=True)
    slope: Scalar = param(
        0.0, "L/mg", "change of its logarithm", bounds=(-100.0, 100.0), source="the drug's file in vocab/drugs"
    )


class Substance(eqx.Module):
    """The kinetics of a drug, where its concentration is followed, and what it does there."""

    kinetics: Mammillary
    path: tuple[Path, ...]
    made: tuple[Making, ...]
    sites: dict[str, Site]
    after: dict[str, str] = eqx.field(static=True)
    """What each site follows."""
    effects: tuple[Effect, ...]
    exposures: tuple[Exposure, ...]
    blocks: tuple[Block, ...]
    boosts: tuple[Boost, ...]


def substance(
    drug: Drug, person: Person, model: str | None = None, draws: Mapping[str, float] | None = None
) -> Substance:
    """A drug in a person.

    Args:
        drug: as its file describes it.
        person: who gets it.
        model: the name of its kinetics, its default without one.
        draws: standard normal numbers by the names of `varying`; what is not named is as in the typical person.

    Raises:
        DrugError: the drug has no such kinetics, or what is drawn does not vary.
        ExpressionError: the file asks for something that this person has not.
    """
    chosen = drug.model(model)
    known = covariates(person)
    times = _factors(chosen, draws or {})
    values = {name: value * times.get(name, 1.0) for name, value in chosen.values(known).items()}
    known.update(values)
    number = lambda expression: constant(evaluate(expression, known))
    ke0, made, path = (values.pop(name) for name in ("ke0", "production", "path"))
    half = lambda e: number(e.ec50) * times.get(e.on, 1.0)
    every = (*drug.effects, *chosen.effects)
    return Substance(
        kinetics=Mammillary(**{name: constant(value) for name, value in values.items()}),
        path=(Path(constant(path)),) if path else (),
        made=(Making(constant(made)),) if made else (),
        sites={"effect": Site(constant(ke0)), **{s.name: Site(number(s.rate)) for s in drug.sites}},
        after={"effect": PLASMA, **{s.name: s.after for s in drug.sites}},
        effects=tuple(
            Effect(
                on=e.on,
                receptor=e.receptor,
                surface=e.surface or e.receptor,
                site=e.site,
                emax=number(e.emax),
                ec50=half(e),
                gamma=number(e.gamma),
                above=() if e.gamma_above is None else (Steeper(number(e.gamma_above)),),
                answered=() if e.hyporeactivity is None else (Answered(number(e.hyporeactivity)),),
            )
            for e in every
            if e.on not in EXPOSURES
        ),
        exposures=tuple(
            Exposure(on=e.on, receptor=e.receptor, site=e.site, ec50=half(e)) for e in every if e.on in EXPOSURES
        ),
        blocks=tuple(Block(receptor=b.receptor, site=b.site, kb=number(b.kb)) for b in drug.blocks),
        boosts=tuple(
            Boost(receptor=b.receptor, on=b.on, site=b.site, emax=number(b.emax), ec50=number(b.ec50))
            for b in drug.boosts
        ),
    )


def varying(drug: Drug, model: str | None = None) -> tuple[str, ...]:
    """What differs between people: parameters of the kinetics, and targets of effects whose `ec50` does."""
    return tuple(drug.model(model).variability)


def _factors(model: Kinetics, draws: Mapping[str, float]) -> dict[str, float]:
    """What each varying number is multiplied by, with its published spread and correlations."""
    names = list(model.variability)
    if not set(draws) <= set(names):
        unknown = ", ".join(sorted(set(draws) - set(names)))
        raise DrugError(f"{unknown}: does not vary; what varies is {', '.join(names) or 'nothing'}")
    if not names:
        return {}
    correlation = np.eye(len(names))
    for a, b, value in model.correlations:
        i, j = names.index(a), names.index(b)
        correlation[i, j] = correlation[j, i] = value
    drawn = np.linalg.cholesky(correlation) @ np.array([draws.get(n, 0.0) for n in names])
    return {n: math.exp(math.sqrt(model.variability[n]) * float(z)) for n, z in zip(names, drawn, strict=True)}


def bindings(drugs: Sequence[Drug], person: Person) -> tuple[Binding, ...]:
    """What takes up what among some drugs."""
    by_name = {d.name: d for d in drugs}
    number = lambda expression: constant(evaluate(expression, covariates(person)))
    return tuple(
        Binding(
            host=d.name,
            guest=d.binding.guest,
            kd=number(d.binding.kd),
            off=number(d.binding.off),
            removal=number(d.binding.removal),
            host_mass=number(d.molar_mass / _UMOL_PER_MMOL),
            guest_mass=number(by_name[d.binding.guest].molar_mass / _UMOL_PER_MMOL),
        )
        for d in drugs
        if d.binding is not None
    )


def slowings(drugs: Sequence[Drug], person: Person) -> tuple[Slowing, ...]:
    """Which drug changes the clearance of which."""
    number = lambda expression: constant(evaluate(expression, covariates(person)))
    return tuple(Slowing(of=d.name, by=s.by, slope=number(s.slope)) for d in drugs for s in d.slowing)
