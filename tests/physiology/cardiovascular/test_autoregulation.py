"""What lack of oxygen leaves behind in brain and heart, by how long it lasted."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from twinbed.engine.integrate import advance
from twinbed.physiology.cardiovascular.autoregulation import Autoregulation

HOUR = 3600


@pytest.fixture(scope="module")
def shown():
    """Outputs every second: none, 1, 10, 15 and 25 minutes without oxygen in brain and heart, then an hour with it."""
    model = Autoregulation()
    rest = model.resting()

    def play(seconds):
        def second(x, k):
            without = lambda content: jnp.where(k < seconds, 0.0, content)
            u = dataclasses.replace(
                rest,
                venous_content_cerebral=without(rest.venous_content_cerebral),
                venous_content_coronary=without(rest.venous_content_coronary),
            )
            for _ in range(10):  # steps of 0.1 s
                x = advance(model, k, x, u, 1)
            return x, model.outputs(k, x, u)

        return jax.lax.scan(second, model.initial(), jnp.arange(1500.0 + HOUR))[1]

    minutes = (0, 1, 10, 15, 25)
    out = jax.jit(jax.vmap(play))(jnp.asarray([60.0 * m for m in minutes]))
    return {m: {n: np.asarray(v)[k] for n, v in vars(out).items()} for k, m in enumerate(minutes)}


def strength(run, second):
    """Share of contractility that is left."""
    return 1.0 - float(run["ischaemia"][second])


def test_who_never_lacks_oxygen_loses_nothing(shown):
    assert strength(shown[0], -1) > 0.97
    assert shown[0]["brainstem_function"].min() == 1.0
    assert shown[0]["irreversible"].max() == 0.0


def test_a_minute_without_oxygen_is_soon_made_good(shown):
    assert strength(shown[1], 60 + 900) > 0.9 * strength(shown[0], -1)
    assert shown[1]["brainstem_function"].min() == 1.0


def test_fifteen_minutes_stun_the_heart_for_hours(shown):
    """Kern 2008: ejection fraction of 19 % (55 % before) an hour after 15 minutes of fibrillation."""
    assert strength(shown[15], 900 + HOUR) == pytest.approx(19.0 / 55.0, abs=0.05)
    assert strength(shown[10], 600 + HOUR) > strength(shown[15], 900 + HOUR) + 0.1


def test_breathing_is_away_for_some_minutes_after_ten(shown):
    function = shown[10]["brainstem_function"]
    assert function[599] == 0.0
    assert function[600 + 300] == 0.0
    assert function[600 + 2400] > 0.9


def test_pacemakers_become_slow_then_silent_and_come_back_some_minutes_after_oxygen(shown):
    """Varvarousi 2015: of 30 asphyxiated pigs 2 had no electrical activity four minutes after the pulse was gone."""
    assert shown[1]["pacemaker_function"][20] == 1.0
    function = shown[10]["pacemaker_function"]
    assert (np.diff(function[60:480]) < 0.0).all()
    assert function[240] > 0.4
    assert (function[520:600] == 0.0).all()  # silent
    assert function[600 + 300] > 0.9
    assert shown[25]["pacemaker_function"][-1] == 1.0  # the heart bears longer than the brain


def test_nobody_comes_back_after_more_than_twenty_minutes(shown):
    """Guy 2020: of 7,299 people without flow for more than 20 minutes nobody left hospital well."""
    assert shown[15]["irreversible"].max() == 0.0
    run = shown[25]
    assert run["irreversible"][1190] == 0.0
    assert run["irreversible"][1215] == 1.0
    assert run["irreversible"][-1] == 1.0
    assert run["brainstem_function"][1210:].max() == 0.0
