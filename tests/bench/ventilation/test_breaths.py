"""Breaths by hand, and a ventilator on a test lung against closed forms."""

import numpy as np
import pytest

from twinbed.bench.play import made
from twinbed.bench.ventilation.breaths import breaths
from twinbed.bench.ventilation.lung import CM_H2O_PER_HPA, fits, ventilate
from twinbed.bench.ventilation.settings import settings
from twinbed.core.errors import StatisticsError
from twinbed.devices.infusion.syringe_pump import SyringePump
from twinbed.devices.ventilation.ventilator import MODES, Ventilator

DT = 0.01
WIDE = {"rise_time": 0.0, "trigger_flow": 0.0, "alarm_high_pressure": 150.0, "pressure_limit": 150.0}


def triangles(sizes, rest=30.0, period=2.0, inspiration=0.5, expiration=1.0):
    """Volume rises by a size in `inspiration`, falls in `expiration`, and rests; pressure is 5 at rest, 20 in inspiration."""
    time = np.arange(round(period * len(sizes) / DT)) * DT
    within, size = time % period, np.repeat(sizes, round(period / DT))
    rising, falling = within / inspiration, 1.0 - (within - inspiration) / expiration
    volume = rest + size * np.where(within < inspiration, rising, np.clip(falling, 0.0, 1.0))
    pressure = np.where((within > 0.0) & (within <= inspiration), 20.0, 5.0)
    return time, pressure, volume


def test_volume_pressures_and_times_are_those_of_the_triangles():
    found = breaths(*triangles([500.0] * 5))
    assert found.volume == pytest.approx([500.0] * (len(found.start_s) - 1))
    assert found.peak == pytest.approx(20.0)
    assert found.end_expiratory == pytest.approx(5.0)
    assert found.inspiration_s == pytest.approx(0.5, abs=DT)
    assert np.diff(found.start_s) == pytest.approx(2.0)
    assert found.rate() == pytest.approx(30.0)


def test_breaths_of_different_sizes_are_measured_each():
    found = breaths(*triangles([500.0, 400.0, 450.0, 500.0, 500.0]))
    assert found.volume == pytest.approx([400.0, 450.0, 500.0])


def test_what_comes_before_a_time_is_left_out():
    whole, late = breaths(*triangles([500.0] * 8)), breaths(*triangles([500.0] * 8), after_s=7.0)
    assert late.start_s[0] == pytest.approx(8.0, abs=DT)
    assert whole.start_s[0] == pytest.approx(2.0, abs=DT)  # the first was not seen to begin
    assert len(late.start_s) == len(whole.start_s) - 3


def test_a_lung_that_does_not_move_has_no_breaths():
    time = np.arange(500) * DT
    with pytest.raises(StatisticsError, match="0 whole breaths"):
        breaths(time, np.zeros(500), np.full(500, 30.0))
    with pytest.raises(StatisticsError, match="gaps"):
        breaths(time, np.zeros(500), np.where(time > 3.0, np.nan, 1.0))


def test_the_settings_are_those_of_the_published_tables():
    """Rows that differ between the tables, and the intended volume of all 21."""
    volume, pressure = settings("volume"), settings("pressure")
    assert [s.volume for s in volume] == [
        500, 500, 500, 500, 300, 300, 300, 200, 50, 50, 50, 30, 30, 30, 30, 20, 15, 10, 5, 5, 5,
    ]  # fmt: skip
    differs = [a.number for a, b in zip(volume, pressure, strict=True) if a != b]
    assert differs == [7, 8, 20]
    assert (volume[6].peep, pressure[6].peep) == (10.0, 5.0)
    assert (volume[7].peep, pressure[7].peep) == (5.0, 10.0)
    assert (volume[19].resistance, pressure[19].resistance) == (200.0, 50.0)
    assert [s.patients for s in volume].count("neonate") == 8
    assert volume[0].inspiration_s == pytest.approx(1.0)  # 20 a minute, 1:2


@pytest.mark.parametrize("number", [1, 6, 15])
def test_a_pressure_gives_the_volume_of_a_lung_of_one_time_constant(number):
    """V = C dP (1 - a)(1 - b) / (1 - ab), where a and b are left after inspiration and expiration."""
    row = settings("pressure")[number - 1]
    signals = {
        "ventilator_mode_set": MODES["pcv"], "ventilator_rate_set": row.rate,
        "ventilator_inspiratory_time_set": row.inspiration_s, "ventilator_peep_set": row.peep * CM_H2O_PER_HPA,
        "ventilator_pressure_set": (row.pressure - row.peep) * CM_H2O_PER_HPA,
    }  # fmt: skip
    found = ventilate(
        made(Ventilator, **WIDE), signals, compliance=row.compliance, resistance=row.resistance, ticks=3000
    )
    tau = (row.resistance + 1.0 / CM_H2O_PER_HPA) * row.compliance / 1000.0  # the circuit adds 1 cmH2O.s/L
    a, b = np.exp(-row.inspiration_s / tau), np.exp(-(row.period_s - row.inspiration_s) / tau)
    want = row.compliance * (row.pressure - row.peep) * (1 - a) * (1 - b) / (1 - a * b)
    seen = breaths(found.time_s, found.pressure, found.volume, after_s=10.0)
    assert seen.volume == pytest.approx(want, rel=2e-3)
    assert seen.rate() == pytest.approx(row.rate, rel=1e-3)
    assert seen.end_expiratory == pytest.approx(row.peep, abs=0.15)


def test_only_a_ventilator_fits():
    assert fits(Ventilator())
    assert not fits(SyringePump())
