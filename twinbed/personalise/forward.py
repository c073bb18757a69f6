"""The Replay model of one day, integrated fast enough to be fitted: 5-minute steps.

The insulin and meal chains are linear, so their steps are exact (matrix exponential); glucose
and interstitial glucose take a Runge-Kutta step with insulin action and meal appearance at
the start, middle and end of the step. Derivatives use the sparsity of the chains. The same
model at one-minute steps is `physiology.glucose.replay`; a test holds the two together.

A meal reaches the stomach as a triangle of ten minutes, so that its delay can be fitted.
"""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from twinbed.personalise.day import DAY_START_H, HISTORY, STEP_MIN, STEPS
from twinbed.personalise.parameters import LONGEST_DELAY_MIN, NAMES, PLACE, N

Theta = Float[Array, " parameter"]
Nodes = Float[Array, " node"]
Day = dict[str, Any]

VG_DL_KG, VI_L_KG, KE_PER_MIN, ALPHA_MIN = 1.45, 0.126, 0.127, 7.0
R1, R2, LOW_MG_DL = 1.4407, 0.8124, 60.0
MG_PER_G = 1000.0
MEAL_MIN = 10.0
_FLOOR, _CEILING = 5.0, 1500.0  # keeps a wild trial step of a fit finite

_HOUR = (DAY_START_H + (np.arange(STEPS + HISTORY) - HISTORY + 0.5) * STEP_MIN / 60) % 24
_SI = np.where((_HOUR >= 4) & (_HOUR < 11), 0, np.where((_HOUR >= 11) & (_HOUR < 17), 1, 2))
_EDGES_MIN = (np.arange(STEPS + HISTORY + 1) - HISTORY) * STEP_MIN
_ANGLE = 2 * np.pi * _HOUR[HISTORY:] / 24
_RHYTHM = np.stack([np.cos(_ANGLE), np.sin(_ANGLE), np.cos(2 * _ANGLE), np.sin(2 * _ANGLE)], axis=1)

_places = lambda *names: np.array([PLACE[n] for n in names])
_INSULIN = _places("si_b", "si_l", "si_d", "p2", "ka2", "kd")
_GUT = np.stack([_places("kempt", f"kabs_{s}", f"beta_{s}") for s in "blds"])
_GLUCOSE = _places("gb", "sg", "f", "gb_cos1", "gb_sin1", "gb_cos2", "gb_sin2", "g0")


def _exponential(matrix: Array) -> Array:
    """exp(5 min * matrix): Taylor of order 6 at 1/16 of the step, squared four times."""
    small, one = matrix * (STEP_MIN / 16), jnp.eye(matrix.shape[-1])
    product = lambda a, b: jnp.sum(a[:, :, None] * b[None, :, :], axis=1)
    series = jax.lax.fori_loop(0, 6, lambda k, e: one + product(small, e) / (6.0 - k.astype(float)), one)
    return jax.lax.fori_loop(0, 4, lambda k, e: product(e, e), series)


def _insulin_action(q: Array, day: Day) -> Float[Array, "step 3"]:
    """Insulin action at the start, middle and end of each step; `q` as in `_INSULIN`."""
    si, p2, ka2, kd = jnp.exp(q[:3])[_SI], jnp.exp(q[3]), jnp.exp(q[4]), jnp.exp(q[5])
    z, one = jnp.zeros_like(p2), jnp.ones_like(p2)
    e = _exponential(
        jnp.array([
            [-kd, z, z, z, one], [kd, -ka2, z, z, z], [z, ka2, z - KE_PER_MIN, z, z], [z, z, p2, -p2, z],
            [z, z, z, z, z],
        ])
    )  # fmt: skip
    volume = STEP_MIN * day["weight"] * VI_L_KG
    infusion, basal = day["insulin"] / volume, day["basal"] / volume
    rest = basal / KE_PER_MIN

    def step(carry: tuple[Array, ...], at: tuple[Array, Array]) -> tuple[tuple[Array, ...], Array]:
        (one, two, plasma, x), (u, s) = carry, at
        new_one = e[0, 0] * one + e[0, 4] * u
        new_two = e[1, 0] * one + e[1, 1] * two + e[1, 4] * u
        new_plasma = e[2, 0] * one + e[2, 1] * two + e[2, 2] * plasma + e[2, 4] * u
        moved = e[3, 0] * one + e[3, 1] * two + e[3, 2] * plasma + e[3, 4] * u
        new_x = e[3, 3] * x + s * (moved - rest * (1.0 - e[3, 3]))
        slope, new_slope = p2 * (s * (plasma - rest) - x), p2 * (s * (new_plasma - rest) - new_x)
        middle = 0.5 * (x + new_x) + STEP_MIN / 8 * (slope - new_slope)  # Hermite
        return (new_one, new_two, new_plasma, new_x), jnp.stack([x, middle, new_x])

    return jax.lax.scan(step, (basal / kd, basal / ka2, rest, z), (infusion, si))[1][HISTORY:]


def _eaten(minutes: Array) -> Array:
    """Share of a meal that has reached the stomach so many minutes after its start."""
    t = jnp.clip(minutes, 0.0, MEAL_MIN)
    half = MEAL_MIN / 2
    return jnp.where(t < half, 0.5 * (t / half) ** 2, 1.0 - 0.5 * ((MEAL_MIN - t) / half) ** 2)


def _appearance(q: Array, kind: Array, day: Day) -> Float[Array, "step 3"]:
    """Appearance of the meals of one kind, mg/kg/min, at start, middle and end of each step."""
    kempt, kabs = jnp.exp(q[0]), jnp.exp(q[1])
    delay = LONGEST_DELAY_MIN * jax.nn.sigmoid(q[2])
    z, one = jnp.zeros_like(kempt), jnp.ones_like(kempt)
    e = _exponential(jnp.array([[-kempt, z, z, one], [kempt, -kempt, z, z], [z, kempt, -kabs, z], [z, z, z, z]]))
    arrived = _eaten(_EDGES_MIN[:, None] - (day["meal_min"] + delay)[None, :])
    grams = jnp.where(day["meal_kind"] == kind, day["meal_g"], 0.0)
    amount = jnp.diff(arrived, axis=0) @ (grams * MG_PER_G / day["weight"])

    def step(carry: tuple[Array, ...], m: Array) -> tuple[tuple[Array, ...], Array]:
        solid, liquid, gut = carry
        u = m / STEP_MIN
        new_solid = e[0, 0] * solid + e[0, 3] * u
        new_liquid = e[1, 0] * solid + e[1, 1] * liquid + e[1, 3] * u
        new_gut = e[2, 0] * solid + e[2, 1] * liquid + e[2, 2] * gut + e[2, 3] * u
        mean = (m + solid + liquid + gut - new_solid - new_liquid - new_gut) / STEP_MIN
        middle = (6.0 * mean - kabs * gut - kabs * new_gut) / 4.0  # Simpson, so that mass is kept
        return (new_solid, new_liquid, new_gut), jnp.stack([kabs * gut, middle, kabs * new_gut])

    return jax.lax.scan(step, (z, z, z), amount)[1][HISTORY:]


def _interstitial(q: Array, action: Array, appearance: Array) -> Nodes:
    """Interstitial glucose at the nodes of the day; `q` as in `_GLUCOSE`."""
    gb, sg, share = jnp.exp(q[0]), jnp.exp(q[1]), jnp.exp(q[2])
    level = jnp.log(gb) ** R2
    source = (sg * gb * jnp.exp(_RHYTHM @ q[3:7]))[:, None] + share / VG_DL_KG * appearance

    def risk(g: Array) -> Array:
        d = jnp.where(g < gb, jnp.log(jnp.maximum(g, LOW_MG_DL)) ** R2 - level, 0.0)
        return 1.0 + 10.0 * R1 * d * d

    def step(carry: tuple[Array, Array], at: tuple[Array, Array]) -> tuple[tuple[Array, Array], Array]:
        (g, ig), (x, b) = carry, at
        h = STEP_MIN
        slope = lambda g, k: b[k] - (sg + risk(g) * x[k]) * g
        k1 = slope(g, 0)
        k2 = slope(g + h / 2 * k1, 1)
        k3 = slope(g + h / 2 * k2, 1)
        k4 = slope(g + h * k3, 2)
        j1 = (g - ig) / ALPHA_MIN
        j2 = (g + h / 2 * k1 - ig - h / 2 * j1) / ALPHA_MIN
        j3 = (g + h / 2 * k2 - ig - h / 2 * j2) / ALPHA_MIN
        j4 = (g + h * k3 - ig - h * j3) / ALPHA_MIN
        new = jnp.clip(g + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4), _FLOOR, _CEILING)
        return (new, ig + h / 6 * (j1 + 2 * j2 + 2 * j3 + j4)), ig

    g0 = jnp.exp(q[7])
    (_, last), nodes = jax.lax.scan(step, (g0, g0), (action, source))
    return jnp.append(nodes, last)


def forward(theta: Theta, day: Day) -> Nodes:
    """Interstitial glucose, mg/dL, at the 289 nodes of the day, 5 minutes apart."""
    kinds = jnp.arange(len(_GUT), dtype=jnp.int32)
    appearance = jnp.sum(jax.vmap(_appearance, in_axes=(0, 0, None))(theta[_GUT], kinds, day), axis=0)
    return _interstitial(theta[_GLUCOSE], _insulin_action(theta[_INSULIN], day), appearance)


def forward_and_slope(theta: Theta, day: Day) -> tuple[Nodes, Float[Array, "node parameter"]]:
    """`forward`, and its derivatives by the parameters."""
    action = _insulin_action(theta[_INSULIN], day)
    by_insulin = jax.jacfwd(_insulin_action)(theta[_INSULIN], day)
    one = lambda q, kind: _appearance(q, kind, day)
    kinds = jnp.arange(len(_GUT), dtype=jnp.int32)
    appearance = jnp.sum(jax.vmap(one)(theta[_GUT], kinds), axis=0)
    by_gut = jax.vmap(jax.jacfwd(one))(theta[_GUT], kinds)
    d_action = jnp.zeros((N, STEPS, 3)).at[_INSULIN].set(jnp.moveaxis(by_insulin, -1, 0))
    flat = jnp.moveaxis(by_gut, -1, 1).reshape(_GUT.size, STEPS, 3)
    d_appearance = jnp.zeros((N, STEPS, 3)).at[_GUT.ravel()].add(flat)
    d_glucose = jnp.zeros((N, len(_GLUCOSE))).at[_GLUCOSE, np.arange(len(_GLUCOSE))].set(1.0)
    point = (theta[_GLUCOSE], action, appearance)
    tangent = lambda a, b, c: jax.jvp(_interstitial, point, (a, b, c))[1]
    slopes = jax.vmap(tangent)(d_glucose, d_action, d_appearance)
    return _interstitial(*point), slopes.T


def at_samples(nodes: Array, day: Day) -> Array:
    """Values at the mean time of the samples of each step, between its two nodes."""
    share = day["offset"].reshape(-1, *([1] * (nodes.ndim - 1)))
    return nodes[:-1] * (1.0 - share) + nodes[1:] * share


def at_times(nodes: np.ndarray, time_min: np.ndarray) -> np.ndarray:
    """Values at any times of the day, minutes from its start."""
    return np.interp(time_min, np.arange(STEPS + 1) * STEP_MIN, nodes)


assert set(np.concatenate([_INSULIN, _GUT.ravel(), _GLUCOSE]).tolist()) == set(range(len(NAMES)))
