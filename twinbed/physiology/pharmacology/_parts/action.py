"""What all drugs of a patient do together: units at their sites, what blockers leave of them, the sum on a target."""

import functools
import operator
from collections.abc import Callable

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from twinbed.core.model import Scalar
from twinbed.physiology.pharmacology._parts.disposition import Substances, Whereabouts, each, names, own, rows, sites
from twinbed.physiology.pharmacology._parts.mammillary import Row
from twinbed.physiology.pharmacology._parts.rows import pick, table
from twinbed.physiology.pharmacology._parts.substance import PLASMA
from twinbed.physiology.pharmacology._parts.surface import Effect, sizes
from twinbed.vocab.drugs.format import FACTORS, SHARES, SUMS

Potency = Callable[[str, str], Scalar]
"""Factor on the units of agonists at a receptor, on a target."""


def potency(drugs: Substances, x: Whereabouts, here: Row) -> Potency:
    """What blockers leave of agonists, and what others make of them; `here` are the concentrations in plasma."""
    taken: dict[str, Scalar] = {}
    more: dict[tuple[str, str], Scalar] = {}
    for name in names(drugs):
        for b in drugs[name].blocks:
            taken[b.receptor] = taken.get(b.receptor, 1.0) + _acts(drugs, x, here, name, b.site) / b.kb
        for b in drugs[name].boosts:
            c = _acts(drugs, x, here, name, b.site)
            more[b.receptor, b.on] = more.get((b.receptor, b.on), 1.0) * (1.0 + b.emax * c / (b.ec50 + c))
    one = jnp.ones_like(here[0])
    return lambda receptor, on: more.get((receptor, on), one) / taken.get(receptor, one)


def exposure(drugs: Substances, x: Whereabouts, here: Row, potent: Potency, on: str) -> Scalar:
    """What all drugs are worth in units of one."""
    found = [(name, e) for name in names(drugs) for e in drugs[name].exposures if e.on == on]
    units = [_acts(drugs, x, here, name, e.site) / e.ec50 * potent(e.receptor, on) for name, e in found]
    return sum(units, jnp.zeros_like(here[0]))


def effects(drugs: Substances, x: Whereabouts, here: Row, potent: Potency, answer: Scalar) -> dict[str, Scalar]:
    """What drugs do to every target: a factor, a share taken away, or an amount added.

    `answer` is the share that disease leaves of what tightens vessels.
    """
    found = [(name, e) for name in names(drugs) for e in drugs[name].effects]
    held = jnp.concatenate([here, *(site.concentration for site in x.sites)])
    rest = each(drugs, lambda name: own(drugs[name]), [name for name, _ in found])
    acting = jnp.maximum(pick(held, [_place(drugs, name, e.site) for name, e in found]) - rest, 0.0)
    units = acting / jnp.stack([e.ec50 for _, e in found]) * jnp.stack([potent(e.receptor, e.on) for _, e in found])
    surfaces: dict[tuple[str, str], list[int]] = {}
    for place, (_, e) in enumerate(found):
        surfaces.setdefault((e.on, e.surface), []).append(place)
    size = sizes([_answered(e, answer) for _, e in found], units, list(surfaces.values()))
    of = lambda target: [k for k, (on, _) in enumerate(surfaces) if on == target]
    product = lambda targets, sign: _product(1.0 + sign * table(size, [of(t) for t in targets]))
    sums = table(size, [of(t) for t in SUMS]).sum(axis=1)
    did = jnp.concatenate([product(FACTORS, 1.0), 1.0 - product(SHARES, -1.0), sums])
    return {target: did[k] for k, target in enumerate((*FACTORS, *SHARES, *SUMS))}


def _answered(effect: Effect, answer: Scalar) -> Effect:
    """An effect as the vessels of the ill answer it: what tightens them does so less, what widens them as ever."""
    if effect.on != "resistance":
        return effect
    taken = effect.answered[0].hyporeactivity if effect.answered else 1.0
    left = 1.0 - taken * (1.0 - answer)
    return eqx.tree_at(lambda e: e.emax, effect, jnp.where(effect.emax > 0.0, left, 1.0) * effect.emax)


def _acts(drugs: Substances, x: Whereabouts, here: Row, name: str, site: str) -> Scalar:
    """A concentration at a site above what the body keeps up by itself."""
    row = None if site == PLASMA else sites(drugs[name]).index(site)
    held = here if row is None else x.sites[row].concentration
    some = names(drugs) if row is None else rows(drugs)[row]
    rest = own(drugs[name])
    return jnp.maximum(held[some.index(name)] - (0.0 if rest is None else rest), 0.0)


def _place(drugs: Substances, name: str, site: str) -> int:
    """Where a site of a drug stands when plasma's row and the rows of the sites follow each other."""
    every = [(drug, PLASMA) for drug in names(drugs)]
    every += [(drug, sites(drugs[drug])[row]) for row, some in enumerate(rows(drugs)) for drug in some]
    return every.index((name, site))


def _product(factors: Float[Array, "target surface"]) -> Float[Array, " target"]:
    return functools.reduce(operator.mul, [factors[:, k] for k in range(factors.shape[1])])
