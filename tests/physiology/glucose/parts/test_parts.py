"""Single parts against their closed forms and the published numbers they are set by."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from twinbed.physiology.glucose import (
    VISENTIN_2015_CLASSES,
    Dawn,
    Glucagon,
    HeartRateExercise,
    HypoglycaemiaRisk,
    IntradaySensitivity,
    MixedMeal,
    Oscillation,
    OxygenExercise,
    Schiavon,
    TwoCompartment,
)
from twinbed.physiology.glucose._parts.glucagon import Around

_f = jnp.asarray
_ONE, _ZERO = _f(1.0), _f(0.0)


def _integrate(rhs, x, minutes, step=0.25):
    """States at every step by the classical Runge-Kutta method; `rhs(t, x)`."""
    move = lambda a, b, h: jax.tree.map(lambda p, q: p + h * q, a, b)

    def one(x, t):
        k1 = rhs(t, x)
        k2 = rhs(t + step / 2, move(x, k1, step / 2))
        k3 = rhs(t + step / 2, move(x, k2, step / 2))
        k4 = rhs(t + step, move(x, k3, step))
        slope = jax.tree.map(lambda a, b, c, d: (a + 2 * b + 2 * c + d) / 6, k1, k2, k3, k4)
        x = move(x, slope, step)
        return x, x

    return jax.jit(lambda x: jax.lax.scan(one, x, jnp.arange(0.0, minutes, step)))(x)[1]


class TestHypoglycaemiaRisk:
    """Dalla Man 2014 and Visentin 2018, equations A11 and A12."""

    part = HypoglycaemiaRisk()

    def test_nothing_happens_at_basal_glucose_and_above(self):
        for glucose in (120.0, 121.0, 300.0):
            assert float(self.part.risk(_f(glucose), _f(120.0))) == 0.0
            assert float(self.part.action(_f(7.0), _f(glucose), _f(120.0))) == 7.0

    def test_the_risk_is_the_published_function_and_constant_below_60(self):
        published = lambda g: 10 * (np.log(g) ** 0.8124 - np.log(120.0) ** 0.8124) ** 2
        for glucose in (60.0, 70.0, 95.0):
            assert float(self.part.risk(_f(glucose), _f(120.0))) == pytest.approx(published(glucose), rel=1e-12)
        assert float(self.part.risk(_f(30.0), _f(120.0))) == pytest.approx(published(60.0), rel=1e-12)

    def test_action_grows_as_glucose_falls(self):
        glucose = jnp.linspace(130.0, 50.0, 17)
        action = [float(self.part.action(_ONE, g, _f(120.0))) for g in glucose]
        assert np.all(np.diff(action) >= 0.0)
        assert action[-1] == pytest.approx(1 + 1.4407 * 10 * (np.log(60) ** 0.8124 - np.log(120) ** 0.8124) ** 2)


class TestSubcutaneous:
    """Linear compartments: what goes in comes out, and a delay is a shift."""

    @pytest.mark.parametrize("part", [TwoCompartment(), Schiavon()])
    def test_steady_state_passes_the_infusion_on(self, part):
        x = part.jump(_ONE, part.initial(_f(1.5)), _f(1.5))
        assert float(part.appearance(x)) == pytest.approx(1.5, rel=1e-12)
        assert all(np.allclose(a, 0.0, atol=1e-14) for a in jax.tree.leaves(part.rhs(x, _f(1.5))))

    def test_a_dose_appears_whole(self):
        part = TwoCompartment()
        x = eqx.tree_at(lambda s: s.isc1, part.initial(_ZERO), _f(100.0))
        states = _integrate(lambda t, x: part.rhs(x, _ZERO), x, 2000.0)
        total = 0.25 * float(jnp.sum(part.ka1 * states.isc1 + part.ka2 * states.isc2))
        assert total == pytest.approx(100.0, rel=2e-3)

    def test_the_delay_of_eight_minutes_is_a_shift_by_eight_steps(self):
        late, prompt = Schiavon(), Schiavon(tau=0.0)
        arriving = {8: [], 0: []}
        for part, delay in ((late, 8), (prompt, 0)):
            x = part.initial(_ONE)
            for k in range(20):
                x = part.jump(_ONE, x, _f(1.0 + k * k))
                arriving[delay].append(float(x.arriving))
        assert arriving[8][:8] == [1.0] * 8
        assert arriving[8][8:] == arriving[0][:12]


class TestDay:
    def test_the_seven_published_patterns_have_probability_one(self):
        assert sum(c[0] for c in VISENTIN_2015_CLASSES) == pytest.approx(1.0)
        assert {c[1:] for c in VISENTIN_2015_CLASSES} == {
            (1, 1, 1), (1, 1, 0.4), (1, 0.4, 1), (1, 0.4, 0.4), (0.4, 1, 1), (0.4, 1, 0.4), (0.4, 0.4, 1),
        }  # fmt: skip

    @pytest.mark.parametrize(("hour", "factor"), [(3, 3.0), (4, 1.0), (10.9, 1.0), (11, 2.0), (17, 3.0), (28, 1.0)])
    def test_sensitivity_changes_at_4_11_and_17_h(self, hour, factor):
        part = IntradaySensitivity(breakfast=1.0, lunch=2.0, dinner=3.0)
        assert float(part.scaled(_f(hour * 60.0), _f(5.0))) == 5.0 * factor

    def test_dawn_raises_production_by_1_5_in_a_line_from_3_to_7_h(self):
        """Mallad 2015, as modelled by Visentin 2018."""
        part = Dawn(resistance=0.2)
        rise = lambda hour: float(part.production(_f(hour * 60.0), _ZERO))
        assert [rise(h) for h in (0, 2.9, 3, 5, 7, 12)] == pytest.approx([0, 0, 0, 0.75, 0, 0])
        assert rise(24 + 6.999) == pytest.approx(1.5, rel=1e-3)
        assert float(part.utilisation(_f(300.0), _ONE)) == pytest.approx(0.9)


class TestHeartRateExercise:
    """Dalla Man 2009, model C."""

    part = HeartRateExercise()

    def _bout(self, part, heart_rate, intensity=0.0):
        x = part.initial()
        rate = lambda t: jnp.where(t < 30.0, heart_rate, 60.0)
        share = lambda t: jnp.where(t < 30.0, intensity, 0.0)
        return _integrate(lambda t, x: part.rhs(x, rate(t), share(t)), x, 300.0)

    def test_heart_beats_are_counted_and_sensitivity_decays_within_ten_hours(self):
        x = self._bout(self.part, 120.0)
        assert float(x.w[-1]) == pytest.approx(60.0 * 30.0, rel=0.01)
        assert float(x.y[4 * 29]) == pytest.approx(60.0 * (1 - np.exp(-29.25 / 5)), rel=0.01)
        decay = float(x.z[4 * 290] / x.z[4 * 190])
        assert decay == pytest.approx(np.exp(-100.0 / 600.0), rel=1e-3)

    def test_rest_has_no_effect_nor_does_a_slow_or_missing_heart_rate(self):
        for rate in (60.0, 45.0, 0.0):
            x = self._bout(self.part, rate)
            assert all(not np.any(np.asarray(a)) for a in jax.tree.leaves(x))

    def test_intensity_stands_for_a_share_of_the_heart_rate_reserve(self):
        by_rate, by_intensity = self._bout(self.part, 60.0 + 0.4 * 125.0), self._bout(self.part, 0.0, 40.0)
        np.testing.assert_allclose(by_rate.w, by_intensity.w, rtol=1e-9)

    def test_uptake_and_action_follow_the_published_gains(self):
        x = jax.tree.map(lambda a: a[4 * 29], self._bout(self.part, 120.0))
        assert float(self.part.uptake(x, _f(2.0))) == pytest.approx(2.0 * (1 + 0.01 * float(x.y)))
        extra = 3e-4 * float(x.z * x.w) * (5.0 + 100.0)
        assert float(self.part.action(x, _f(5.0), _f(100.0))) == pytest.approx(5.0 + extra)

    def test_beats_are_forgotten_at_rest(self):
        x = self.part.initial()
        moved = eqx.tree_at(lambda s: (s.z, s.w), x, (_f(0.04), _f(900.0)))
        assert float(self.part.jump(moved).w) == 0.0
        kept = eqx.tree_at(lambda s: s.z, moved, _f(0.06))
        assert float(self.part.jump(kept).w) == 900.0


class TestOxygenExercise:
    """Jacobs 2015."""

    part = OxygenExercise()

    def test_uptake_at_rest_is_zero(self):
        """The polynomial vanishes at 8 % of maximal oxygen uptake, the intensity of rest."""
        published = lambda p: 0.006 * p * p + 1.2264 * p - 10.1958
        assert abs(published(8.0)) < 0.01
        assert float(self.part.steady_uptake(_ZERO)) == 0.0
        assert float(self.part.steady_uptake(_f(60.0))) == pytest.approx(published(60.0))

    def test_multipliers_at_60_percent(self):
        """Steady values with half of the muscles active."""
        x = eqx.tree_at(lambda s: s.pgua, self.part.initial(), self.part.steady_uptake(_f(60.0)))
        uptake = 0.006 * 3600 + 1.2264 * 60 - 10.1958
        want = (1 + uptake * 0.5 / 35) * (1 + 2.4 * 0.5)
        assert float(self.part.periphery(x, _ONE, _f(60.0))) == pytest.approx(want)
        assert float(self.part.periphery(x, _ONE, _ZERO)) == pytest.approx(1 + uptake * 0.5 / 35)
        assert float(self.part.liver(x, _ONE)) == pytest.approx(1 + uptake * 0.5 / 155)

    def test_uptake_approaches_its_plateau_with_30_min(self):
        x = _integrate(lambda t, x: self.part.rhs(x, _f(60.0)), self.part.initial(), 90.0)
        plateau = float(self.part.steady_uptake(_f(60.0)))
        assert float(x.pgua[4 * 30 - 1]) == pytest.approx(plateau * (1 - np.exp(-1)), rel=1e-6)


class TestMixedMeal:
    part = MixedMeal()

    def _after(self, fat):
        return self.part.jump(_ONE, self.part.initial(), _f(fat), jnp.asarray(True))

    def test_fat_slows_the_stomach_and_insulin_as_measured(self):
        """Laxminarayan 2015: 60 g of fat against 10 g."""
        time = lambda fat: 1.0 / float(self.part.emptying(self._after(fat), _ONE))
        sensitivity = lambda fat: float(self.part.sensitivity(self._after(fat), _ONE))
        assert time(60.0) / time(10.0) == pytest.approx(102 / 71, rel=0.01)
        assert sensitivity(60.0) / sensitivity(10.0) == pytest.approx(7.25 / 8.72, rel=0.01)

    def test_fat_counts_from_the_begin_of_a_meal(self):
        x = self.part.jump(_ONE, self._after(20.0), _f(5.0), jnp.asarray(False))
        assert float(x.fat) == 25.0
        assert float(self.part.jump(_ONE, x, _f(3.0), jnp.asarray(True)).fat) == 3.0

    def test_protein_becomes_the_published_amount_of_glucose_late(self):
        """Pankowska 2009: 100 kcal, 25 g of protein, count as 10 g of carbohydrate."""
        eaten = eqx.tree_at(lambda s: s.protein1, self.part.initial(), _f(75.0))
        x = _integrate(lambda t, x: self.part.rhs(x, _ZERO), eaten, 3000.0)
        glucose = jax.vmap(lambda s: self.part.appearance(s, _ZERO, _ONE))(x)
        assert 0.25 * float(glucose.sum()) == pytest.approx(75.0 / 25.0 * 10.0, rel=3e-3)
        share = np.cumsum(np.asarray(glucose)) / float(glucose.sum())
        assert share[4 * 90] < 0.2 < share[4 * 150]
        assert share[4 * 300] > 0.65


class TestGlucagon:
    part = Glucagon()

    def _dose(self, mg, weight, part=None, minutes=240.0):
        part = part or self.part
        around = Around(_f(90.0), _f(90.0), _ZERO, _f(60.0), _f(weight))
        start = eqx.tree_at(lambda s: s.hsc1, part.initial(), _f(1e6 * mg / weight))
        return _integrate(lambda t, x: part.rhs(x, around, _ZERO), start, minutes)

    def test_one_milligram_peaks_as_on_the_label(self):
        """US label of glucagon for injection: 7.9 ng/mL about 20 min after 1 mg under the skin."""
        h = np.asarray(self._dose(1.0, 70.0).h)
        assert h.max() == pytest.approx(7900.0, rel=0.05)
        assert 0.25 * h.argmax() == pytest.approx(20.0, abs=2.0)

    def test_the_liver_answers_as_measured(self):
        """El Youssef 2014, low insulin: production over 60 min grows by 107 mg/kg from 25 to 175 ug."""
        made = lambda mg: 0.25 * float((self.part.xi * self._dose(mg, 80.0, minutes=60.0).xh).sum())
        assert made(0.175) - made(0.025) == pytest.approx(107.0, rel=0.05)

    def test_glucagon_is_conserved(self):
        """What leaves plasma is what was injected: clearance times area under the curve."""
        h = self._dose(0.1, 80.0, minutes=900.0).h - self.part.hb
        area = 0.25 * float(h.sum())
        assert area * float(self.part.clearance) * 80.0 == pytest.approx(1e5, rel=2e-3)

    def test_secretion_answers_low_and_falling_glucose_only_if_it_can(self):
        def plateau(part, glucose, slope):
            around = Around(_f(glucose), _f(120.0), _f(slope), _f(60.0), _f(80.0))
            return float(_integrate(lambda t, x: part.rhs(x, around, _ZERO), part.initial(), 200.0).h[-1])

        able = Glucagon(sigma=20.0, delta=5.0)
        assert plateau(self.part, 45.0, -2.0) == pytest.approx(60.0)
        assert plateau(able, 130.0, 1.0) == pytest.approx(60.0)
        assert plateau(able, 45.0, 0.0) == pytest.approx(60.0 + 20.0 * 15.0 / 61.0 / 0.133)
        assert plateau(able, 110.0, -2.0) > 60.0


class TestOscillation:
    def test_parameters_swing_by_five_percent_in_three_hours(self):
        """Wilinska 2010."""
        part = Oscillation(ke=45.0)
        values = [float(part.varied(_f(t), "ke", _f(2.0))) for t in (0.0, 45.0, 90.0, 135.0, 180.0)]
        assert values == pytest.approx([2.1, 2.0, 1.9, 2.0, 2.1])
        assert float(part.varied(_ZERO, "sit", _f(2.0))) == pytest.approx(2.0)
