"""How all drugs of a patient spread, side by side: a row of drugs for each compartment and for their sites.

The first row of sites holds every drug's site of effect, the second the next site of those that have one, and so on.
"""

import functools
import operator
from collections.abc import Callable, Iterable, Mapping, Sequence

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from twinbed.core.model import Scalar
from twinbed.physiology.pharmacology._parts.binding import Binding, Complex
from twinbed.physiology.pharmacology._parts.mammillary import Amounts, Followed, Held, Mammillary, OnTheWay, Row, spread
from twinbed.physiology.pharmacology._parts.rows import NOWHERE, pick, side_by_side
from twinbed.physiology.pharmacology._parts.substance import PLASMA, Slowing, Substance

Substances = Mapping[str, Substance]
_STRETCHES = 6
"""Of the way to the arteries: what is given at once arrives spread by 40 % of its mean time (chosen)."""


class Whereabouts(eqx.Module):
    """Where the drugs are."""

    amounts: Amounts
    coming: tuple[tuple[OnTheWay, ...], ...]
    """Of each drug with a path."""
    sites: tuple[Followed, ...]
    complexes: tuple[Complex, ...]


def names(drugs: Substances) -> list[str]:
    """The drugs in the order of rows, whatever order a mapping took."""
    return sorted(drugs)


def sites(drug: Substance) -> list[str]:
    """The sites of a drug in the order of `Whereabouts.sites`."""
    return ["effect", *sorted(site for site in drug.sites if site != "effect")]


def paths(drugs: Substances) -> list[str]:
    """The drugs that have a way to go, in the order of `Whereabouts.coming`."""
    return [name for name in names(drugs) if drugs[name].path]


def rows(drugs: Substances) -> list[list[str]]:
    """The drugs in each row of sites."""
    most = max(len(sites(drug)) for drug in drugs.values())
    return [[name for name in names(drugs) if len(sites(drugs[name])) > row] for row in range(most)]


def each(
    drugs: Substances, number: Callable[[str], Scalar | None], some: Sequence[str] | None = None
) -> Float[Array, " some"]:
    """A number of every drug, or of some, zero where it has none."""
    zero = jnp.zeros_like(next(iter(drugs.values())).kinetics.v1)
    found = [number(name) for name in (names(drugs) if some is None else some)]
    return jnp.stack([zero if f is None else f for f in found])


def own(drug: Substance) -> Scalar | None:
    """The concentration that the body keeps up by itself."""
    return drug.made[0].rate / drug.kinetics.clearance if drug.made else None


def plasma(drugs: Substances, x: Whereabouts) -> Row:
    """Concentrations in plasma, mg/L."""
    return x.amounts.central / each(drugs, lambda name: drugs[name].kinetics.v1)


def at_rest(drugs: Substances, bound: Sequence[Binding]) -> Whereabouts:
    """What the body makes itself, and nothing else."""
    k, here = _kinetics(drugs), each(drugs, lambda name: own(drugs[name]))
    zero = jnp.zeros_like(here[0])
    return Whereabouts(
        amounts=Amounts(k.v1 * here, k.v2 * here, k.v3 * here),
        coming=tuple((OnTheWay(zero),) * _STRETCHES for _ in paths(drugs)),
        sites=tuple(Followed(each(drugs, lambda name: own(drugs[name]), some)) for some in rows(drugs)),
        complexes=tuple(Complex(zero, zero) for _ in bound),
    )


def moves(
    drugs: Substances,
    bindings: Sequence[Binding],
    slowings: Sequence[Slowing],
    x: Whereabouts,
    given: Row,
    flow: Scalar,
    flowing: Scalar,
) -> Whereabouts:
    """Time derivative per minute.

    Args:
        drugs: the drugs.
        bindings: what takes up what.
        slowings: what slows the clearance of what.
        x: where the drugs are.
        given: what comes into the vein, mg/min.
        flow: cardiac output, L/min.
        flowing: share of the blood that carries them; where nothing flows a drug lies where it was given.
    """
    k = _kinetics(drugs)
    here = x.amounts.central / k.v1
    at = lambda name: here[names(drugs).index(name)]
    made = each(drugs, lambda name: drugs[name].made[0].rate if drugs[name].made else None)
    slowed = jnp.exp(each(drugs, _added((s.of, s.slope * at(s.by)) for s in slowings).get))
    coming, arriving = _coming(drugs, x, given, flow)
    amounts = spread(k, x.amounts, arriving, made, slowed, flowing)
    hosts = [drugs[b.host].kinetics for b in bindings]
    pairs = list(zip(bindings, hosts, x.complexes, strict=True))
    flows = [b.bound(host, c, at(b.host), at(b.guest)) for b, host, c in pairs]
    partners = [(b.host, b.host_mass, flow) for b, flow in zip(bindings, flows, strict=True)]
    partners += [(b.guest, b.guest_mass, flow) for b, flow in zip(bindings, flows, strict=True)]
    taken = _added((name, flow * mass) for name, mass, flow in partners)
    cleared = _added((b.guest, b.removal * at(b.host) / b.host_mass) for b in bindings)
    return Whereabouts(
        amounts=eqx.tree_at(lambda a: a.central, amounts, amounts.central - each(drugs, taken.get)),
        coming=coming,
        sites=_followed(drugs, x, here, cleared, flowing),
        complexes=tuple(b.rhs(host, c, flow, flowing) for (b, host, c), flow in zip(pairs, flows, strict=True)),
    )


def _coming(
    drugs: Substances, x: Whereabouts, given: Row, flow: Scalar
) -> tuple[tuple[tuple[OnTheWay, ...], ...], Row]:
    """Time derivative of what is on its way, and what comes into plasma, mg/min."""
    every, some = names(drugs), paths(drugs)
    entering = [given[every.index(name)] for name in some]
    moved = [drugs[n].path[0].rhs(way, g, flow) for n, way, g in zip(some, x.coming, entering, strict=True)]
    arrives = {name: out for name, (_, out) in zip(some, moved, strict=True)}
    arriving = jnp.stack([arrives.get(name, given[k]) for k, name in enumerate(every)])
    return tuple(way for way, _ in moved), arriving


def _added(numbers: Iterable[tuple[str, Scalar]]) -> dict[str, Scalar]:
    """The sum of the numbers of each name."""
    sums: dict[str, Scalar] = {}
    for name, number in numbers:
        sums[name] = sums[name] + number if name in sums else number
    return sums


def _kinetics(drugs: Substances) -> Mammillary:
    return side_by_side([drugs[name].kinetics for name in names(drugs)])


def _followed(
    drugs: Substances, x: Whereabouts, here: Row, cleared: Mapping[str, Scalar], flowing: Scalar
) -> tuple[Followed, ...]:
    """Time derivative of the concentrations at the sites.

    Args:
        drugs: the drugs.
        x: where they are.
        here: their concentrations in plasma.
        cleared: how fast another drug clears the sites of some, 1/min.
        flowing: share of the blood that carries them.
    """
    slopes = []
    for row, some in enumerate(rows(drugs)):
        of = {name: sites(drugs[name])[row] for name in some}
        rate = each(drugs, lambda name, of=of: drugs[name].sites[of[name]].rate, some)
        after = {name: drugs[name].after[site] for name, site in of.items()}
        c = x.sites[row].concentration
        follows = rate * (_leading(drugs, x, here, after) - c)
        slopes.append(Followed(flowing * (follows - each(drugs, cleared.get, some) * c)))
    return tuple(slopes)


def _leading(drugs: Substances, x: Whereabouts, here: Row, after: Mapping[str, str]) -> Held:
    """The concentrations that sites follow: of each drug that of plasma, or of another site."""
    found = []
    held_by = [(here, names(drugs)), *((s.concentration, some) for s, some in zip(x.sites, rows(drugs), strict=True))]
    for row, (held, some) in enumerate(held_by):
        of = {name: PLASMA if row == 0 else sites(drugs[name])[row - 1] for name in some}
        places = [some.index(name) if of.get(name) == site else NOWHERE for name, site in after.items()]
        if places == list(range(len(some))):
            return held
        if set(places) != {NOWHERE}:
            found.append(pick(held, places))
    return functools.reduce(operator.add, found)
