"""Vessels of the lungs against Linehan's equation, and the oxygen of the right ventricle against its balance."""

import equinox as eqx
import jax
import jax.numpy as jnp
import pytest

from twinbed.physiology.cardiovascular._parts.chambers import Ventricle, right_ventricle
from twinbed.physiology.cardiovascular._parts.right_heart import RightCoronary, widened
from twinbed.physiology.cardiovascular.circulation import Circulation


@pytest.mark.parametrize(("before", "beyond"), [(18.0, 11.0), (45.0, 9.0), (19.0, 19.0001), (12.0, 30.0)])
def test_conductance_is_linehans_difference_of_fifth_powers(before, beyond):
    """Linehan 1992: R0 Q = ((1 + a Pa)^5 - (1 + a Pv)^5) / (5 a), with a = 2 % a mmHg."""
    a, rest = 0.02, 19.0
    flow = ((1.0 + a * before) ** 5 - (1.0 + a * beyond) ** 5) / (5.0 * a)
    stiff = (before - beyond) * (1.0 + a * rest) ** 4
    assert float(widened(*map(jnp.asarray, (before, beyond, rest, a)))) == pytest.approx(flow / stiff, rel=1e-6)


def test_vessels_that_do_not_stretch_keep_their_conductance():
    assert float(widened(*map(jnp.asarray, (60.0, 2.0, 19.0, 0.0)))) == 1.0


def test_half_the_vessels_carry_all_flow_at_the_pressure_that_the_theory_gives():
    """From 17 and 8 mmHg at rest: with half of the resistance's vessels shut, 23 mmHg by Linehan's equation."""
    a, left = 0.02, 8.0
    of = lambda p: (p - left) * float(widened(*map(jnp.asarray, (p, left, 17.0, a))))
    at_half = ((1.0 + a * left) ** 5 + 2.0 * ((1.0 + a * 17.0) ** 5 - (1.0 + a * left) ** 5)) ** 0.2
    pressure = (at_half - 1.0) / a
    assert 22.0 < pressure < 24.0
    assert of(pressure) == pytest.approx(2.0 * of(17.0), rel=1e-9)


def test_the_right_ventricle_keeps_its_strength_while_enough_can_come():
    coronary = RightCoronary()
    rest = coronary.spare(*map(jnp.asarray, (93.0, 9.5, 0.0, 0.0)))
    assert float(rest) == pytest.approx(float(coronary.reserve), rel=1e-12)
    assert float(coronary.recovers(jnp.asarray(1.0), rest)) == 0.0


def test_a_ventricle_that_lacks_oxygen_weakens_until_it_asks_for_what_comes():
    """Asked for in proportion to its strength, it ends at their ratio, from above and from below."""
    coronary = RightCoronary()
    comes, asked = 1.2, 3.0

    def step(strength, _):
        spare = comes - asked * strength
        return strength + 0.1 * coronary.recovers(strength, spare), None

    for start in (1.0, 0.05):
        end, _ = jax.lax.scan(step, jnp.asarray(start), None, length=20000)
        assert float(end) == pytest.approx(comes / asked, rel=1e-3)


def test_pressure_in_the_aorta_brings_oxygen_and_pressure_in_the_ventricle_takes_it():
    spare = lambda *p: float(RightCoronary().spare(*map(jnp.asarray, (*p, 0.0, 0.4))))
    assert spare(90.0, 50.0) < spare(90.0, 25.0)
    assert spare(120.0, 50.0) > spare(90.0, 50.0)


def test_a_ventricle_without_strength_bears_no_less_when_active_than_when_relaxed():
    for ventricle in (Ventricle(), right_ventricle()):
        of = lambda v, active, strength, it=ventricle: float(it.potential(*map(jnp.asarray, (v, active, strength))))
        for volume in (20.0, 90.0, 200.0, 350.0):
            relaxed = of(volume, 0.0, 1.0)
            assert all(of(volume, active, 0.0) >= relaxed - 1e-9 for active in (0.25, 0.5, 1.0))
        healthy = float(ventricle.elastance_max * (150.0 - ventricle.volume_unstressed))
        assert of(150.0, 1.0, 1.0) == pytest.approx(healthy, rel=1e-12)


def heart(more=0.0, septum=0.0, active=0.0):
    """Pressures of both ventricles, and where the septum goes: mmHg and mL.

    The right ventricle has so much more blood, the left one less, so that the pericardium holds as much as before, and
    the arteries of the lungs are full, so that it cannot empty.
    """
    whole = Circulation()
    x = whole.initial()
    places = lambda x: (
        x.right_ventricle,
        x.left_ventricle,
        x.pulmonary_arteries,
        x.since_ventricles,
        x.septum,
        x.active,
    )
    values = (x.right_ventricle + more, x.left_ventricle - more, x.pulmonary_arteries + 60.0, 50.0, septum, active)
    x = eqx.tree_at(places, x, tuple(map(jnp.asarray, values)))
    p, slope = whole.pressures(x, whole.resting()), whole.rhs(jnp.asarray(0.0), x, whole.resting())
    return float(p.left_ventricle), float(p.right_ventricle), septum + float(whole.septal_lag * slope.septum)


def test_the_septum_goes_to_the_side_of_lower_pressure():
    """Smith 2004: a relaxed septum yields some 2 mL to a few mmHg, 0.3 mL for each; the active one a tenth of that."""
    left, right, goes_to = heart()
    assert goes_to == pytest.approx(0.3 * (left - right))
    assert goes_to > 0.0
    left, right, goes_to = heart(more=60.0)
    assert goes_to == pytest.approx(0.3 * (left - right))
    assert goes_to < -1.0
    left, right, goes_to = heart(more=20.0, active=1.0)
    assert goes_to == pytest.approx(0.03 * (left - right))


def test_a_loaded_right_ventricle_takes_room_from_the_left():
    """At the same volume the left one bears a higher pressure, as if it held what the septum takes from it, and the
    right one a lower."""
    straight, bulged = heart(more=40.0), heart(more=40.0, septum=-5.0)
    relaxed = lambda v, it: float(it.potential(*map(jnp.asarray, (v, 0.0, 1.0))))
    gained = lambda it, v, way: relaxed(v + way * 5.0, it) - relaxed(v, it)
    assert bulged[0] - straight[0] == pytest.approx(gained(Ventricle(), 95.0, 1.0), rel=1e-6)
    assert bulged[1] - straight[1] == pytest.approx(gained(right_ventricle(), 195.0, -1.0), rel=1e-6)
    assert bulged[0] > straight[0] + 0.2
