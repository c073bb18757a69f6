"""Two uploads of one sensor become one series; two sensors that contradict each other become none."""

import numpy as np

from twinbed.connect.csv._uploads import sensor_period_s, untangled

DAY_S = 86400.0


def _curve(t_s):
    return 150.0 + 60.0 * np.sin(2 * np.pi * t_s / 18000.0)


def _sorted(*series):
    time_s = np.concatenate([t for t, _ in series])
    value = np.concatenate([v for _, v in series])
    order = np.argsort(time_s, kind="stable")
    return time_s[order], value[order]


def _readings(first_s, end_s, period_s=300.0):
    t = np.arange(first_s, end_s, period_s)
    return t, _curve(t)


def test_one_series_is_left_alone():
    out = untangled(*_readings(240.0, 3 * DAY_S))
    assert out.keep.all()
    assert out.notes == ()


def test_rows_that_repeat_a_time():
    once = _readings(240.0, DAY_S)
    out = untangled(*_sorted(once, once))
    assert out.keep.sum() == 288
    assert out.notes == ("cgm: 288 rows that repeat a time left out",)


def test_a_second_upload_under_another_clock():
    t, v = _readings(240.0, 3 * DAY_S)
    copy = (t > DAY_S) & (t < 2 * DAY_S)
    out = untangled(*_sorted((t, v), (t[copy] - 120.0, v[copy])))
    assert out.keep.sum() == len(t)
    assert "288 readings left out that a second upload repeats" in out.notes[0]


def test_two_sensors_that_contradict_each_other():
    t, v = _readings(240.0, 4 * DAY_S)
    other = t[(t > DAY_S) & (t < 2 * DAY_S)]
    out = untangled(*_sorted((t, v), (other - 60.0, 330.0 - _curve(other))))
    assert out.keep.sum() == 3 * 288
    assert "576 readings in 24 hours left out" in out.notes[0]


def test_scans_of_a_flash_sensor_stay():
    t, _ = _readings(180.0, 10 * DAY_S, 900.0)
    scans = np.sort(np.random.default_rng(1).uniform(0.0, 10 * DAY_S, 1000) // 60 * 60)
    scans = np.setdiff1d(scans, t)
    out = untangled(*_sorted((t, _curve(t)), (scans, _curve(scans))))
    assert out.keep.all()


def test_small_records():
    for n in range(4):
        t, v = _readings(0.0, 300.0 * n)
        assert untangled(t, v).keep.all()
    assert np.isnan(sensor_period_s(np.array([0.0])))


def test_the_commonest_period():
    t = np.array([0.0, 300.0, 600.0, 900.0, 905.0, 4000.0, 4900.0])
    assert sensor_period_s(t) == 300.0
