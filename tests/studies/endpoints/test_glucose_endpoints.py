"""Endpoints agree with independent computations in NumPy on random and on made-up traces."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from twinbed.core.discover import load

PERIOD_MIN = 5.0


@eqx.filter_jit
def _fold(endpoint, times, readings):
    def one(x, row):
        t, u = row
        return endpoint.update(t, x, u), None

    start = jax.tree.map(lambda a: a.astype(times.dtype), endpoint.init())
    return endpoint.result(jax.lax.scan(one, start, (times, readings))[0])


def _run(name, from_s=0.0, dtype=np.float64, **signals):
    cls = load(f"studies/endpoints/{name}")
    endpoint = cls(from_s=jnp.asarray(from_s, dtype))
    n = len(next(iter(signals.values())))
    module = __import__(cls.__module__, fromlist=["Inputs"])
    u = object.__new__(module.Inputs)
    for k, v in signals.items():
        object.__setattr__(u, k, jnp.asarray(np.asarray(v), dtype))
    out = _fold(endpoint, jnp.arange(n, dtype=dtype) * float(endpoint.period_s), u)
    return {k: float(v) for k, v in vars(out).items()}


def _trace(seed, days=14):
    """A slow random walk in the logarithm of glucose, with visits to both ends."""
    rng = np.random.default_rng(seed)
    n = int(days * 288)
    steps = rng.normal(0, 0.05, n)
    walk = np.zeros(n)
    for i in range(1, n):
        walk[i] = 0.98 * walk[i - 1] + steps[i]
    return np.clip(140 * np.exp(1.6 * walk), 25, 550)


def _consensus(g):
    f = 1.509 * (np.log(g) ** 1.084 - 5.381)
    share = lambda mask: 100 * np.mean(mask)
    very_low, low = share(g < 54), share((g >= 54) & (g < 70))
    very_high, high = share(g > 250), share((g > 180) & (g <= 250))
    return {
        "time_in_range": share((g >= 70) & (g <= 180)),
        "time_in_tight_range": share((g >= 70) & (g <= 140)),
        "time_below_70": share(g < 70),
        "time_below_54": very_low,
        "time_above_180": share(g > 180),
        "time_above_250": very_high,
        "mean_glucose": g.mean(),
        "sd_glucose": g.std(ddof=1),
        "cv_glucose": 100 * g.std(ddof=1) / g.mean(),
        "gmi": 3.31 + 0.02392 * g.mean(),
        "lbgi": np.mean(np.where(f < 0, 10 * f**2, 0)),
        "hbgi": np.mean(np.where(f > 0, 10 * f**2, 0)),
        "gri": min(100, 3.0 * very_low + 2.4 * low + 1.6 * very_high + 0.8 * high),
        "targets_met": float(share((g >= 70) & (g <= 180)) > 70 and share(g < 70) < 4 and very_low < 1),
    }


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float64, 1e-10), (np.float32, 2e-5)])
def test_consensus_metrics(seed, dtype, tolerance):
    """In 32 bits a sum of four thousand terms keeps five digits (the terms are centred)."""
    g = _trace(seed)
    got = _run("glucose_control", dtype=dtype, glucose=g.astype(dtype))
    want = _consensus(g.astype(dtype).astype(float))
    assert set(got) == set(want)
    for name, value in want.items():
        assert got[name] == pytest.approx(value, rel=tolerance, abs=10 * tolerance), name


def test_limits_belong_to_the_range():
    got = _run(
        "glucose_control",
        glucose=np.array([70.0, 180.0, 140.0, 69.999, 180.001, 53.999, 54.0, 250.0, 250.001, 100]),
    )
    assert got["time_in_range"] == pytest.approx(40.0)
    assert got["time_in_tight_range"] == pytest.approx(30.0)
    assert got["time_below_54"] == pytest.approx(10.0)
    assert got["time_above_250"] == pytest.approx(10.0)


def test_published_values_of_the_risk_scale():
    """The scale is zero at 112.5 mg/dL, and the risk is 100 at 20 and 600 mg/dL (Kovatchev 1997)."""
    risk = lambda g: _run("glucose_control", glucose=np.full(4, g))
    assert risk(112.5)["lbgi"] + risk(112.5)["hbgi"] == pytest.approx(0.0, abs=1e-3)
    assert risk(20.0)["lbgi"] == pytest.approx(100.0, abs=0.5)
    assert risk(600.0)["hbgi"] == pytest.approx(100.0, abs=0.5)


def test_time_before_the_start_is_not_counted():
    g = _trace(3, days=4)
    got = _run("glucose_control", from_s=2 * 86400.0, glucose=g)
    for name, value in _consensus(g[576:]).items():
        assert got[name] == pytest.approx(value, rel=1e-10, abs=1e-9), name


def _episodes(beyond):
    """Events and extended events by the words of the consensus, from runs of readings."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], beyond.astype(int), [0]])))
    runs = list(zip(edges[::2], edges[1::2], strict=True))
    events, extended, end = 0, 0, None
    already = False
    for first, last in runs:
        joined = end is not None and (first - end) * PERIOD_MIN < 15
        if joined:
            end = last
        elif (last - first) * PERIOD_MIN >= 15:
            events, end, already = events + 1, last, False
        else:
            end = None
            continue
        if (last - first) * PERIOD_MIN > 120 and not already:
            extended, already = extended + 1, True
    return events, extended


@pytest.mark.parametrize("seed", range(8))
def test_events_of_random_traces(seed):
    days = 14
    g = _trace(seed, days)
    got = _run("glucose_events", glucose=g)
    for name, beyond in {
        "hypoglycaemia": g < 70,
        "hypoglycaemia_level_2": g < 54,
        "hypoglycaemia_profound": g < 40,
        "hyperglycaemia": g > 180,
        "hyperglycaemia_level_2": g > 250,
    }.items():
        assert got[name] * days == pytest.approx(_episodes(beyond)[0], abs=1e-9), name
    assert got["hypoglycaemia_extended"] * days == pytest.approx(_episodes(g < 70)[1], abs=1e-9)


@pytest.mark.parametrize(
    ("low_readings", "events", "extended"),
    [
        ([(10, 12)], 0, 0),  # 10 minutes are no event
        ([(10, 13)], 1, 0),
        ([(10, 13), (15, 18)], 1, 0),  # back for 10 minutes only
        ([(10, 13), (16, 19)], 2, 0),  # back for 15 minutes
        ([(10, 13), (15, 16)], 1, 0),
        ([(10, 34)], 1, 0),  # 120 minutes are not more than 120
        ([(10, 35)], 1, 1),
        ([(10, 35), (37, 62)], 1, 1),  # one event is extended once
        ([(270, 288)], 1, 0),  # still on at the end
    ],
)
def test_where_events_begin_and_end(low_readings, events, extended):
    g = np.full(288, 100.0)
    for first, last in low_readings:
        g[first:last] = 65.0
    got = _run("glucose_events", glucose=g)
    assert (round(got["hypoglycaemia"], 9), round(got["hypoglycaemia_extended"], 9)) == (events, extended)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_insulin_is_added_up(dtype):
    """A year of small basal doses in 32 bits: without compensation the sum is off by percents."""
    rng = np.random.default_rng(1)
    n = 365 * 1440
    rate = np.full(n, 0.9)
    rate[rng.integers(0, n, 1500)] += 300.0
    command = np.where(np.arange(n) % 10 == 0, 0.0, 0.9)
    got = _run(
        "insulin_delivery",
        dtype=dtype,
        insulin_rate=rate.astype(dtype),
        injection=np.zeros(n),
        basal_command=command,
    )
    assert got["total_daily_insulin"] == pytest.approx(rate.sum() / 60 / 365, rel=1e-6)
    assert got["time_suspended"] == pytest.approx(10.0, rel=1e-6)


def test_what_nothing_shows_has_no_result():
    nothing, glucose = np.full(288, np.nan), np.full(288, 110.0)
    assert np.isnan(
        _run("insulin_delivery", insulin_rate=glucose, injection=glucose, basal_command=nothing)["time_suspended"]
    )
    assert np.isnan(_run("sensor_accuracy", cgm=nothing, cgm_valid=nothing, plasma_glucose=glucose)["mard"])
    got = _run("alarms", alarm_low_glucose=nothing, pump_alarm=np.zeros(288))
    assert np.isnan(got["low_glucose_alarms"])
    assert got["pump_alarms"] == 0.0


def test_sensor_accuracy_counts_valid_readings_only():
    rng = np.random.default_rng(5)
    truth = rng.uniform(60, 300, 2000)
    shown = truth * rng.normal(1.0, 0.1, 2000)
    valid = rng.uniform(size=2000) < 0.9
    got = _run("sensor_accuracy", cgm=np.where(valid, shown, np.nan), cgm_valid=valid * 1.0, plasma_glucose=truth)
    want = 100 * np.mean(np.abs(shown - truth)[valid] / truth[valid])
    assert got["mard"] == pytest.approx(want, rel=1e-10)
    assert got["sensor_use"] == pytest.approx(100 * valid.mean())


def test_an_alarm_that_stays_on_is_one_alarm():
    on = np.zeros(288)
    for first, last in [(3, 9), (20, 21), (100, 200)]:
        on[first:last] = 1.0
    got = _run("alarms", alarm_low_glucose=on, pump_alarm=2 * on)
    assert got == {"low_glucose_alarms": pytest.approx(3.0), "pump_alarms": pytest.approx(3.0)}


def test_treatments_are_counted_once_each():
    """Two days, three treatments of 15 g in 5 minutes each."""
    eaten = np.zeros(2 * 1440)
    for start in (100, 115, 2000):
        eaten[start : start + 5] = 3.0
    got = _run("low_treatment", carbohydrate_rescue=eaten)
    assert got["low_treatments"] == pytest.approx(1.5)
    assert got["rescue_carbohydrate"] == pytest.approx(22.5)
    assert np.isnan(_run("low_treatment", carbohydrate_rescue=np.full(1440, np.nan))["low_treatments"])
