"""The monitor alarms no more often than it says, and names what changed."""

import numpy as np
import pytest

from twinbed.bench.draws import placed_normals, placed_uniforms
from twinbed.bench.drift.monitor import DriftMonitor
from twinbed.core.errors import StatisticsError


def windows(seed, n, size=60, rate=0.0, agreed=0.95):
    z, u = placed_normals(n * size, seed, "rate"), placed_uniforms(n * size, seed, "agreed")
    return [
        {"rate": z[k : k + size] + rate, "agreed": (u[k : k + size] < agreed).astype(float)}
        for k in range(0, n * size, size)
    ]


def monitor(seed, **settings):
    (reference,) = windows(1000 + seed, 1, 1200)
    return DriftMonitor(reference, proxy="agreed", windows=20, **settings)


@pytest.mark.long
@pytest.mark.parametrize("false_alarm", [0.05, 0.2])
def test_it_is_quiet_where_nothing_changes(false_alarm):
    runs = 100
    alarms = sum(monitor(k, false_alarm=false_alarm).see_all(windows(k, 20))[-1].alarm for k in range(runs))
    assert alarms / runs <= false_alarm + 2.0 * (false_alarm * (1 - false_alarm) / runs) ** 0.5
    assert alarms / runs > 0.1 * false_alarm  # nor is it deaf


def test_it_names_what_changed_and_stays_alarmed():
    watch = monitor(3)
    findings = watch.see_all([*windows(3, 5), *windows(4, 3, rate=1.0), *windows(5, 1)])
    assert [f.alarm for f in findings] == [False] * 5 + [True] * 4
    assert findings[5].because == ("rate",)
    assert findings[8].because == ()
    worse = monitor(6).see_all(windows(6, 6, agreed=0.8))
    assert worse[-1].alarm
    assert worse[-1].because == ("agreed",)


def test_it_says_what_is_missing():
    with pytest.raises(StatisticsError, match="no 'agreed'"):
        monitor(1).see({"rate": np.zeros(10)})
    with pytest.raises(StatisticsError, match="no reference of the proxy"):
        DriftMonitor({"rate": np.zeros(30)}, proxy="agreed")
    with pytest.raises(StatisticsError, match="1 where performance was good"):
        DriftMonitor({"rate": np.full(30, 0.5)}, proxy="rate")
    with pytest.raises(StatisticsError, match="1 where performance was good"):
        monitor(1).see({"rate": np.zeros(10), "agreed": np.full(10, 0.3)})
