"""The tower of periods against closed-form solutions."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tests.engine.plain import TRACES, MeanGlucose, Pump, Sensor, Slow, Tank
from twinbed.core.scenario import Event, Scenario, Series
from twinbed.devices.person.low_treatment import LowTreatment
from twinbed.engine.batch import as_precision, prepare, repeat, simulate, stack
from twinbed.engine.bed import Bed
from twinbed.vocab.signals import signal

HOUR = 3600.0
MEAL = Scenario((Event("carbohydrate", HOUR, 600.0, 50.0),))


def _loop(sd=0.0, tank=None, **k):
    return Bed(tank or Tank(), {"sensor": Sensor(sd=sd), "pump": Pump()}, **k)


def test_a_meal_against_the_closed_form():
    """x' = g d - p x over a pulse of length T has the solution (g d/p)(1 - e^-pT), then decay."""
    run = simulate(
        Bed(Tank()), MEAL, duration_s=4 * HOUR, seed=0, record=["interstitial_glucose"],
        record_period_s=60.0, substeps=4,
    )  # fmt: skip
    t = np.arange(240.0)
    p, rate = 0.02, 5.0
    peak = rate / p * (1 - np.exp(-p * np.clip(t - 60, 0, 10)))
    want = 100 + peak * np.exp(-p * np.clip(t - 70, 0, None))
    np.testing.assert_allclose(run.recorded["interstitial_glucose"][0], want, rtol=1e-11)


def test_the_loop_settles_where_theory_says():
    """At rest p (b - x) = fall k x, so x = p b / (p + fall k)."""
    run = simulate(_loop(), Scenario(), duration_s=48 * HOUR, seed=0, record=["cgm"])
    assert run.recorded["cgm"][0, -1] == pytest.approx(0.02 * 100 / (0.02 + 0.5 * 0.01), rel=1e-9)


def test_a_device_holds_between_its_ticks():
    run = simulate(
        _loop(), MEAL, duration_s=6 * HOUR, seed=0, record=["insulin_rate", "interstitial_glucose"],
        record_period_s=60.0,
    )  # fmt: skip
    rate, glucose = run.recorded["insulin_rate"][0], run.recorded["interstitial_glucose"][0]
    held = rate.reshape(-1, 5)
    # the recorder's level runs below the pump's, so it sees the rate that acts in its minute
    np.testing.assert_array_equal(held, np.repeat(held[:, :1], 5, axis=1))
    np.testing.assert_allclose(held[:, 0], 0.01 * glucose[::5], rtol=1e-14)


@pytest.mark.long
def test_the_coupled_scheme_converges_with_order_one_in_the_device_period():
    """Sampling and holding every P seconds is a first-order scheme; slope of log error is 1."""
    errors = []
    periods = (60.0, 120.0, 240.0)
    # the exact continuous loop, x' = -(p + fall k) x + p b, from 100
    rate = 0.02 + 0.5 * 0.01
    rest = 0.02 * 100 / rate
    exact = rest + (100 - rest) * np.exp(-rate * 60)
    for period in periods:
        bed = Bed(Tank(), {"sensor": Sensor(period_s=period), "pump": Pump(period_s=period)})
        run = simulate(bed, Scenario(), duration_s=2 * HOUR, seed=0, record=["cgm"], record_period_s=period)
        errors.append(abs(run.recorded["cgm"][0, round(HOUR / period)] - exact))
    slope = np.polyfit(np.log(periods), np.log(errors), 1)[0]
    assert 0.9 < slope < 1.1


def test_doses_are_conserved_whatever_the_clock():
    """Without decay every gram stays: the rise is gain x dose, also for odd times."""
    tank = Tank(p=0.0)
    events = tuple(Event("carbohydrate", s, d, g) for s, d, g in ((17.3, 0.0, 20.0), (4000.1, 777.7, 31.5)))
    run = simulate(Bed(tank), Scenario(events), duration_s=4 * HOUR, seed=0, record=["interstitial_glucose"])
    assert run.recorded["interstitial_glucose"][0, -1] == pytest.approx(151.5, rel=1e-12)


def test_doses_are_conserved_for_a_model_slower_than_a_device_that_reads_them():
    bed = Bed(
        Tank(p=0.0, step_s=300.0), {"person": LowTreatment()}, links={"patient.carbohydrate": "scenario.carbohydrate"}
    )
    events = (Event("carbohydrate", 60.0, 60.0, 20.0), Event("carbohydrate", 3780.0, 0.0, 31.5))
    run = simulate(bed, Scenario(events), duration_s=4 * HOUR, seed=0, record=["interstitial_glucose"])
    assert run.recorded["interstitial_glucose"][0, -1] == pytest.approx(151.5, rel=1e-12)


@pytest.mark.parametrize("backend", ["xla", "native"])
def test_a_slower_model_reads_the_mean_of_a_faster_device(backend):
    """Without decay the fall is what was delivered, as the recorder saw it minute by minute."""
    devices = {"sensor": Sensor(sd=5.0, period_s=60.0), "pump": Pump(period_s=60.0)}
    run = simulate(
        Bed(Tank(p=0.0, fall=0.1, step_s=300.0), devices), MEAL, duration_s=4 * HOUR, seed=0,
        record=["interstitial_glucose", "insulin_rate"], record_period_s=60.0, backend=backend,
    )  # fmt: skip
    glucose, rate = run.recorded["interstitial_glucose"][0], run.recorded["insulin_rate"][0]
    assert np.ptp(rate[:5]) > 0.01
    assert glucose[-5] == pytest.approx(150.0 - 0.1 * rate[:-5].sum(), rel=1e-12)


@pytest.mark.long
@pytest.mark.parametrize("backend", ["xla", "native"])
def test_a_slower_model_reads_the_mean_of_a_faster_model(backend):
    """One that rises at a steady rate: the trapezoids of the mean are exact."""
    bed = Bed({"fast": Tank(p=0.0), "slow": Slow()})
    rising = Scenario((Event("carbohydrate", 0.0, 4 * HOUR, 120.0),))
    run = simulate(bed, rising, duration_s=4 * HOUR, seed=0, record=["slow.interstitial_glucose"],
                   record_period_s=600.0, backend=backend)  # fmt: skip
    minutes = 10.0 * np.arange(24)
    want = 100.0 * minutes + 0.5 * 0.5 * minutes**2
    np.testing.assert_allclose(run.recorded["slow.interstitial_glucose"][0], want, rtol=1e-12)


def test_series_are_played_back():
    steps = np.repeat([0.0, 6.0], 24)
    tank = Tank(p=0.0, fall=1.0 / 60)
    scenario = Scenario(series={"insulin_rate": Series(300.0, steps)})
    run = simulate(Bed(tank), scenario, duration_s=4 * HOUR, seed=0, record=["interstitial_glucose"])
    assert run.recorded["interstitial_glucose"][0, -1] == pytest.approx(100 - 6 * (2 - 5 / 60), rel=1e-12)


@pytest.mark.long
def test_endpoints_are_folded_from_every_reading():
    bed = _loop(endpoints={"mean": MeanGlucose()})
    run = simulate(bed, MEAL, duration_s=6 * HOUR, seed=0, record=["interstitial_glucose"], record_period_s=60.0)
    folded = run.endpoints["mean"]["mean"][0]
    assert folded == pytest.approx(run.recorded["interstitial_glucose"][0].mean(), rel=1e-13)


@pytest.mark.long
def test_the_same_seed_gives_the_same_bits_and_another_does_not():
    one, two, other = (
        simulate(_loop(5.0), MEAL, duration_s=6 * HOUR, seed=s, record=["cgm"]).recorded["cgm"] for s in (3, 3, 4)
    )
    assert one.tobytes() == two.tobytes()
    assert one.tobytes() != other.tobytes()


@pytest.fixture(scope="module")
def cohort():
    return stack([_loop(5.0, Tank(p=0.01 + 0.001 * i)) for i in range(8)])


def test_a_shard_has_the_bits_of_the_whole(cohort):
    whole = simulate(cohort, MEAL, duration_s=6 * HOUR, seed=3, record=["cgm"]).recorded["cgm"]
    part = jax.tree.map(lambda a: a[4:], cohort)
    shard = simulate(part, MEAL, duration_s=6 * HOUR, seed=3, record=["cgm"], first_patient=4).recorded["cgm"]
    assert shard.tobytes() == whole[4:].tobytes()


@pytest.mark.long
def test_one_compilation_per_cohort_shape(cohort):
    simulate(cohort, MEAL, duration_s=5 * HOUR, seed=0)
    before = len(TRACES)
    assert before > 0
    for p in (0.01, 0.02):
        simulate(stack([_loop(5.0, Tank(p=p))] * 8), MEAL, duration_s=5 * HOUR, seed=1)
    assert len(TRACES) == before


@pytest.mark.long
def test_a_patient_who_leaves_the_range_is_flagged_alone():
    p = jnp.array([0.02, 0.02, jnp.nan])
    gain = jnp.array([1.0, 100.0, 1.0])
    tanks = eqx.tree_at(lambda t: (t.p, t.gain), repeat(Tank(), 3), (p, gain))
    beds = eqx.tree_at(lambda b: b.models["patient"], repeat(_loop(), 3), tanks)
    run = simulate(beds, MEAL, duration_s=3 * HOUR, seed=0)
    assert run.ok.tolist() == [True, False, False]
    assert HOUR < run.implausible_s[1] <= HOUR + 600
    assert run.implausible_signal == ("", "patient.interstitial_glucose", "")
    high = signal("interstitial_glucose").plausible[1]
    assert high < run.implausible_value[1] < 2.0 * high  # what it was when it left, not what became of it
    assert np.isinf(run.implausible_value[[0, 2]]).all()
    assert run.not_finite_s[2] == 60.0


@pytest.mark.long
def test_precisions_agree():
    runs = [
        simulate(as_precision(_loop(5.0), d), MEAL, duration_s=24 * HOUR, seed=3, record=["cgm"]).recorded["cgm"]
        for d in (jnp.float64, jnp.float32)
    ]
    assert runs[1].dtype == np.float32
    np.testing.assert_allclose(runs[1], runs[0], rtol=3e-6)


@pytest.mark.long
def test_gradients_go_through_the_whole_loop():
    """d x(t)/d basal of the linear tank at rest is 1, and by the meal's gain the closed form."""
    job = prepare(Bed(Tank()), [MEAL], duration_s=2 * HOUR, record=["interstitial_glucose"])
    from twinbed.core.noise import noise_from_seed
    from twinbed.engine.run import run

    line = jax.tree.map(lambda a: a[0], job.timeline)

    @jax.jit
    @jax.grad
    def slope(p):
        out = run(Bed(Tank(p=p)), line, noise_from_seed(0), job.plan)
        return out.recorded["patient.interstitial_glucose"][-1]

    by_hand = (
        simulate(Bed(Tank(p=0.02 + 1e-6)), MEAL, duration_s=2 * HOUR, seed=0, record=["interstitial_glucose"]).recorded[
            "interstitial_glucose"
        ][0, -1]
        - simulate(
            Bed(Tank(p=0.02 - 1e-6)), MEAL, duration_s=2 * HOUR, seed=0, record=["interstitial_glucose"]
        ).recorded["interstitial_glucose"][0, -1]
    ) / 2e-6
    assert float(slope(jnp.asarray(0.02))) == pytest.approx(by_hand, rel=1e-6)


@pytest.mark.long
def test_a_cohort_is_a_list_or_a_bed_with_some_axes():
    glucose = lambda beds: simulate(beds, MEAL, duration_s=2 * HOUR, seed=3, record=["cgm"]).recorded["cgm"]
    p = jnp.asarray([0.01, 0.02, 0.03])
    want = glucose(stack([_loop(5.0, Tank(p=v)) for v in p]))
    assert want.shape[0] == 3
    np.testing.assert_array_equal(glucose([_loop(5.0, Tank(p=v)) for v in p]), want)
    np.testing.assert_array_equal(glucose(_loop(5.0, Tank(p=p))), want)
    with pytest.raises(ValueError, match="for 2 and for 3 patients"):
        glucose(_loop(jnp.asarray([1.0, 2.0]), Tank(p=p)))
