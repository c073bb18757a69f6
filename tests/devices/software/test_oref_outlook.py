"""The closed-form curves against the sums that oref0 describes, taken literally step by step."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from twinbed.devices.software._insulin_action import OnBoard, action_curve, action_step, after, left_after
from twinbed.devices.software._oref_outlook import POINT_MIN, Deviation, Meal, absorption, curves

FACTOR, RATIO, BASAL = 40.0, 10.0, 1.0
RISE = FACTOR / RATIO

CASES = [
    # glucose, insulin on board, activity, deviation, slope, carbohydrate on board, announced, age
    (120.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1e4),
    (180.0, 4.0, 0.03, 3.0, -0.1, 0.0, 0.0, 1e4),
    (150.0, 5.0, 0.02, 6.0, -0.5, 45.0, 60.0, 30.0),
    (150.0, 5.0, 0.02, -2.0, 0.0, 45.0, 60.0, 30.0),
    (90.0, 1.0, 0.02, -4.0, 0.0, 0.0, 0.0, 1e4),
    (200.0, -1.0, -0.01, 15.0, -1.0, 110.0, 150.0, 60.0),
    (140.0, 2.0, 0.01, 0.5, 0.0, 10.0, 40.0, 200.0),
]


@jax.jit
def _five_minutes(insulin, activity):
    """Insulin acted in each of 48 steps, and the same without basal insulin."""
    step = action_step(action_curve(jnp.asarray(75.0), jnp.asarray(360.0)), 5.0)
    withheld = jnp.asarray(-BASAL * 5.0 / 60.0)

    def move(x, _):
        left, without = x
        new, new_without = left_after(left, step), after(without, step, withheld)
        acted = left.insulin - new.insulin, without.insulin + withheld - new_without.insulin
        return (new, new_without), acted

    start = OnBoard(insulin, activity)
    return jax.lax.scan(move, (start, start), None, length=48)[1]


def literal(glucose, insulin, activity, now, slope, cob, carbs, age):
    """The rules of determine-basal in words: one value every 5 min for 4 h."""
    acted, acted_without = (np.asarray(a) for a in _five_minutes(jnp.asarray(insulin), jnp.asarray(activity)))
    impact = min(now, 30.0 * RISE * 5.0 / 60.0)
    hours = max(3.0, cob / 20.0) + 1.5 * age / 60.0 if carbs > 0 else 3.0
    remaining = min(90.0, max(0.0, cob - max(0.0, impact / 5 * 60 * hours / 2) / RISE))
    peak = remaining * RISE * 5.0 / 60.0 / (hours / 2.0)
    length = min(hours * 6.0, max(0.0, cob * RISE / impact)) if impact > 0 else 0.0
    out = {name: [glucose] for name in ("insulin", "eaten", "meal", "zero")}
    for k in range(1, 49):
        base = -FACTOR * acted[k - 1]
        fade = impact * (1.0 - min(1.0, k / 12.0))
        fading = max(0.0, max(0.0, impact) * (1.0 - k / max(2.0 * length, 1.0)))
        triangle = max(0.0, min(k, hours * 12.0 - k) / (hours * 6.0) * peak)
        meal = min(max(0.0, now + k * slope), max(0.0, now * (1.0 - k / 36.0)))
        out["insulin"].append(out["insulin"][-1] + base + fade)
        out["eaten"].append(out["eaten"][-1] + base + min(0.0, fade) + fading + triangle)
        out["meal"].append(out["meal"][-1] + base + min(0.0, fade) + meal)
        out["zero"].append(out["zero"][-1] - FACTOR * acted_without[k - 1])
    return {name: np.array(values) for name, values in out.items()}


@jax.jit
def closed_form(glucose, insulin, activity, now, slope, cob, carbs, age):
    deviation = Deviation(now, slope)
    step = action_step(action_curve(jnp.asarray(75.0), jnp.asarray(360.0)), POINT_MIN)
    eaten = absorption(Meal(cob, carbs, age), deviation, jnp.asarray(RISE))
    return curves(
        glucose,
        OnBoard(insulin, activity),
        step,
        deviation,
        eaten,
        correction_factor=jnp.asarray(FACTOR),
        basal_rate=jnp.asarray(BASAL),
    )


@pytest.mark.parametrize("case", CASES)
def test_curves_are_the_sums(case):
    want = literal(*case)
    found = closed_form(*map(jnp.asarray, case))
    # an absorption that ends within a 5-min step is cut there; oref0 rounds these numbers to 1 mg/dL
    near = lambda value: pytest.approx(value, abs=0.5)
    assert float(found.last_insulin) == pytest.approx(want["insulin"][-1], abs=1e-6)
    assert float(found.last_carbohydrate) == near(want["eaten"][-1])
    assert float(found.last_meal) == near(want["meal"][-1])
    # a lowest or highest value between two half hours is missed by little
    near = lambda value: pytest.approx(value, abs=2.0)
    assert float(found.least_insulin) == near(max(39.0, want["insulin"][18:].min()))
    assert float(found.least_carbohydrate) == near(max(39.0, want["eaten"][18:].min()))
    assert float(found.least_meal) == near(max(39.0, want["meal"][12:].min()))
    assert float(found.guard_carbohydrate) == near(want["eaten"].min())
    assert float(found.guard_meal) == near(want["meal"].min())
    assert float(found.guard_zero) == near(want["zero"].min())
    assert float(found.most_carbohydrate) == near(want["eaten"].max())


def test_all_known_carbohydrate_is_accounted_for():
    # 40 g at 4 mg/dL/g, some of it fading and the rest in the triangle: 160 mg/dL within 4 h, less half a step
    # of the present 4 mg/dL, which a sum over steps that fade from the first one on leaves out
    found = closed_form(*map(jnp.asarray, (100.0, 0.0, 0.0, 4.0, 0.0, 40.0, 40.0, 0.0)))
    assert float(found.last_carbohydrate) == pytest.approx(100.0 + 160.0 - 4.0 / 2.0, abs=1e-6)
