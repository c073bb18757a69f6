"""Gives drugs to patients side by side and reads what came of it.

Runs have `LANES` patients and pieces of `PIECE_S` seconds, and outputs are asked for `MANY` states at once, so that
each is compiled once.
"""

from collections.abc import Mapping, Sequence

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from twinbed.engine.batch import stack
from twinbed.engine.integrate import advance
from twinbed.physiology.pharmacology._parts.disposition import rows
from twinbed.physiology.pharmacology.drugs import Drugs, State
from twinbed.vocab.drugs import DRUGS

NAMES = sorted(DRUGS)
LANES, PIECE_S, MANY = 20, 600, 120
Doses = Mapping[str, Sequence[tuple[float, float, float]]]
"""By drug: start s, duration s (0: within the step of a second), mg."""


def rates(doses: Doses, seconds: int) -> np.ndarray:
    """What is given in each second, mg/min."""
    out = np.zeros((seconds, len(NAMES)))
    for name, events in doses.items():
        for start, lasts, mg in events:
            steps = max(int(lasts), 1)
            out[int(start) : int(start) + steps, NAMES.index(name)] += mg / steps * 60.0
    return out


@eqx.filter_jit
def _piece(models: Drugs, start: State, given: jax.Array) -> tuple[State, State]:
    def one(model: Drugs, start: State, given: jax.Array) -> tuple[State, State]:
        def second(x: State, row: jax.Array) -> tuple[State, State]:
            mg = {f"{n}_rate": row[k] for k, n in enumerate(NAMES)}
            u = eqx.tree_at(lambda u: [getattr(u, name) for name in mg], model.resting(), list(mg.values()))
            after = advance(model, jnp.asarray(0.0), x, u, 1)
            return after, after

        return jax.lax.scan(second, start, given)

    return jax.vmap(one)(models, start, given)


def give(models: Sequence[Drugs], doses: Sequence[Doses], seconds: int) -> State:
    """The states of every patient at the end of every second, as NumPy arrays (patient, second, ...)."""
    extra = LANES - len(doses)
    given = np.stack([rates(d, seconds) for d in (*doses, *([{}] * extra))])
    many = stack([*models, *([models[0]] * extra)])
    x = jax.vmap(lambda m: m.initial())(many)
    pieces = []
    for k in range(0, seconds, PIECE_S):
        x, states = _piece(many, x, jnp.asarray(given[:, k : k + PIECE_S]))
        pieces.append(jax.tree.map(np.asarray, states))
    return jax.tree.map(lambda *parts: np.concatenate(parts, axis=1), *pieces)


def in_plasma(model: Drugs, states: State, patient: int, name: str) -> np.ndarray:
    """Plasma concentration in mg/L at the end of every second."""
    k = NAMES.index(name)
    return states.where.amounts.central[patient, :, k] / float(model.substances[name].kinetics.v1)


def at_effect(states: State, patient: int, name: str) -> np.ndarray:
    """Concentration at the site of effect in mg/L at the end of every second."""
    return states.where.sites[0].concentration[patient, :, NAMES.index(name)]


@eqx.filter_jit
def _shown(model: Drugs, states: State, stimulus: jax.Array, answer: jax.Array) -> dict[str, jax.Array]:
    def one(x: State) -> dict[str, jax.Array]:
        u = eqx.tree_at(lambda u: [u.stimulus, u.vascular_response], model.resting(), [stimulus, answer])
        return vars(model.outputs(jnp.asarray(0.0), x, u))

    return jax.vmap(one)(states)


def shown(model: Drugs, states: State, patient: int, seconds: Sequence[int]) -> dict[str, np.ndarray]:
    """Every output of a patient at the end of some seconds (at most `MANY`)."""
    chosen = [seconds[min(k, len(seconds) - 1)] for k in range(MANY)]
    some = jax.tree.map(lambda a: jnp.asarray(a[patient, chosen]), states)
    return {
        n: np.asarray(v)[: len(seconds)] for n, v in _shown(model, some, jnp.asarray(0.0), jnp.asarray(1.0)).items()
    }


def at(
    model: Drugs, concentrations: Sequence[Mapping[str, float]], stimulus: float = 0.0, answer: float = 1.0
) -> dict[str, np.ndarray]:
    """Every output with concentrations, mg/L above rest, in plasma and at all sites (at most `MANY`).

    `answer` is what disease leaves of vessels' answers.
    """
    base = jax.tree.map(lambda a: np.repeat(np.asarray(a)[None], MANY, axis=0), _initial(model))
    for k in range(MANY):
        for name, c in concentrations[min(k, len(concentrations) - 1)].items():
            volume = float(model.substances[name].kinetics.v1)
            base.where.amounts.central[k, NAMES.index(name)] += c * volume
            for site, some in zip(base.where.sites, rows(model.substances), strict=True):
                if name in some:
                    site.concentration[k, some.index(name)] += c
    out = _shown(model, jax.tree.map(jnp.asarray, base), jnp.asarray(stimulus), jnp.asarray(answer))
    return {name: np.asarray(values)[: len(concentrations)] for name, values in out.items()}


_initial = eqx.filter_jit(lambda model: model.initial())
