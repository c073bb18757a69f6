"""Beds as native code against XLA; what must not matter does not change a bit."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tests.engine.plain import TRACES, MeanGlucose, Pump, Sensor, Tank
from twinbed.core.errors import NotFound
from twinbed.core.scenario import Event, Scenario, Series
from twinbed.engine.batch import as_precision, simulate, stack
from twinbed.engine.bed import Bed
from twinbed.engine.native import compile
from twinbed.engine.native.errors import CannotLower
from twinbed.physiology.glucose import Oscillation
from twinbed.physiology.glucose.hovorka import Hovorka

HOUR = 3600.0
MEALS = [Scenario((Event("carbohydrate", k * HOUR, 600.0, 20.0 + k),)) for k in range(1, 20)]
RECORD = {"record": ["cgm", "patient.interstitial_glucose"], "record_period_s": 600.0}


def cohort(n=19, sd=3.0, **parameters):
    beds = [
        Bed(
            Tank(p=0.01 + 0.001 * k, **parameters),
            {"sensor": Sensor(sd=sd), "pump": Pump()},
            endpoints={"mean": MeanGlucose()},
        )
        for k in range(n)
    ]
    return stack(beds)


def both(beds, scenarios, **more):
    return [simulate(beds, scenarios, seed=5, backend=b, **more) for b in ("native", "xla")]


def flat(result):
    endpoints = [values for fields in result.endpoints.values() for values in fields.values()]
    return [*result.recorded.values(), *endpoints, result.not_finite_s, result.implausible_s]


@pytest.mark.long
@pytest.mark.parametrize(("dtype", "relative"), [(jnp.float64, 1e-12), (jnp.float32, 2e-5)])
def test_a_cohort_gives_what_xla_gives(dtype, relative):
    native, xla = both(as_precision(cohort(), dtype), MEALS, duration_s=48 * HOUR, **RECORD)
    assert native.recorded.keys() == xla.recorded.keys()
    assert native.recorded["cgm"].shape == (19, 288)
    for a, b in zip(flat(native), flat(xla), strict=True):
        assert a.dtype == b.dtype
        np.testing.assert_allclose(a, b, rtol=relative)
    assert native.ok.all()


def test_series_substeps_and_one_patient():
    bed = Bed(Tank())
    fed = Scenario(series={"carbohydrate": Series(300.0, np.sin(np.arange(288)) ** 2)})
    native, xla = both(bed, fed, duration_s=24 * HOUR, substeps=3, record=["interstitial_glucose"])
    np.testing.assert_allclose(*(r.recorded["interstitial_glucose"] for r in (native, xla)), rtol=1e-12)


@pytest.mark.long
def test_threads_and_shards_do_not_change_a_bit():
    from twinbed.engine.native import execute as module

    beds, more = cohort(), {"duration_s": 24 * HOUR, "seed": 5, "backend": "native", **RECORD}
    whole = simulate(beds, MEALS, **more)
    cut = lambda a, b: __import__("jax").tree.map(lambda x: x[a:b], beds)
    shards = [simulate(cut(a, b), MEALS[a:b], first_patient=a, **more) for a, b in ((0, 7), (7, 8), (8, 19))]
    for name, values in whole.recorded.items():
        assert np.concatenate([s.recorded[name] for s in shards]).tobytes() == values.tobytes()
    for threads in (1, 3):
        with module.on_threads(threads):
            again = simulate(beds, MEALS, **more)
        for a, b in zip(flat(again), flat(whole), strict=True):
            assert a.tobytes() == b.tobytes()


@pytest.mark.parametrize("wrong", [float("nan"), float("inf"), 1e6])
def test_a_sick_lane_is_flagged_and_leaves_its_neighbours_alone(wrong):
    sound = cohort()
    glucose = sound.models["patient"].basal.at[9].set(wrong)
    sick = dataclasses.replace(sound.models["patient"], basal=glucose)
    bed = Bed(sick, sound.devices, endpoints=sound.endpoints)
    more = {"duration_s": 6 * HOUR, "seed": 5, "backend": "native", **RECORD}
    a, b = simulate(bed, MEALS, **more), simulate(sound, MEALS, **more)
    assert np.flatnonzero(~a.ok).tolist() == [9]
    assert np.isfinite(a.implausible_s[9] if np.isfinite(wrong) else a.not_finite_s[9])
    left = "patient.interstitial_glucose" if np.isfinite(wrong) else ""  # infinity makes nothing but NaN
    assert a.implausible_signal == ("",) * 9 + (left,) + ("",) * 9
    others = np.arange(19) != 9
    for x, y in zip(flat(a), flat(b), strict=True):
        assert x[others].tobytes() == y[others].tobytes()


@pytest.mark.long
def test_a_cohort_is_traced_once():
    beds, more = cohort(sd=1.0), {"duration_s": 5 * HOUR, "backend": "native"}
    simulate(beds, MEALS, seed=1, **more)
    before = len(TRACES)
    simulate(beds, MEALS, seed=2, **more)
    assert len(TRACES) == before


def test_an_unknown_backend_is_refused():
    with pytest.raises(NotFound, match="choose auto, xla, native, cuda"):
        simulate(cohort(), MEALS, duration_s=HOUR, seed=1, backend="cude")


@pytest.mark.long
def test_a_patient_does_not_change_with_the_neighbours_where_sines_are_far():
    """Parameters that swing are sines of a growing argument: each patient has the same bits alone."""
    swinging = [Bed(Hovorka(variation=Oscillation(period=p))) for p in np.linspace(30.0, 400.0, 20)]
    beds = as_precision(stack(swinging), np.float32)
    line = Scenario((Event("insulin_rate", 0.0, 864000.0, 240.0), Event("carbohydrate", 40000.0, 600.0, 40.0)))
    glucose = lambda beds, first: simulate(
        beds, line, duration_s=864000.0, seed=1, record=["plasma_glucose"], record_period_s=3600.0,
        first_patient=first, backend="native",
    ).recorded["plasma_glucose"]  # fmt: skip
    whole = glucose(beds, 0)
    for k in (0, 7, 19):
        alone = glucose(jax.tree.map(lambda a, k=k: a[k : k + 1], beds), k)
        assert alone.tobytes() == whole[k : k + 1].tobytes()


class Sorting(Tank):
    """A tank whose equations sort."""

    def rhs(self, t, x, u):
        TRACES.append(1)
        return type(x)(jnp.sort(jnp.stack([x.glucose, u.carbohydrate]))[0])


def test_auto_says_why_it_uses_xla_and_remembers():
    bed = Bed(Sorting())
    run = lambda backend: simulate(bed, Scenario(), duration_s=3600.0, seed=0, backend=backend)
    with pytest.warns(RuntimeWarning, match=r"under XLA.*cannot express sort \(written at .*test_execute") as said:
        run("auto")
    assert said[0].filename == __file__
    traced = len(TRACES)
    with pytest.warns(RuntimeWarning, match="under XLA"):
        run("auto")
    assert len(TRACES) == traced
    with pytest.raises(CannotLower, match="use the backend xla"):
        run("native")


def test_auto_without_a_compiler_uses_xla(monkeypatch):
    compile.compiler.cache_clear()
    monkeypatch.setenv("CXX", "no-such-compiler")
    try:
        with pytest.warns(RuntimeWarning, match="no-such-compiler.*name a C"):
            run = simulate(Bed(Tank(p=0.031)), Scenario(), duration_s=3600.0, seed=0, record=["interstitial_glucose"])
    finally:
        compile.compiler.cache_clear()
    assert run.ok.all()
