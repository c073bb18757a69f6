"""The bag on test lungs, squeezed and put away."""

import numpy as np
import pytest

from twinbed.core.scenario import Event, Scenario
from twinbed.devices.ventilation.bag_valve_mask import BagValveMask
from twinbed.engine.batch import simulate
from twinbed.engine.bed import Bed
from twinbed.physiology.respiratory.test_lung import TestLung

DT = 0.01
BEHIND = {"circuit_pressure": 12.0, "circuit_resistance": 2.0, "inspired_oxygen": 0.3}
LINKS = {f"bag.{s}": f"scenario.{s}" for s in BEHIND} | {f"lungs.{s}": f"bag.{s}" for s in list(BEHIND)[:2]}
RECORD = [*(f"bag.{s}" for s in BEHIND), "lung_volume", "airway_pressure", "airway_flow"]
CASES = {
    "easy": (TestLung.single(0.05, 5.0), BagValveMask(leak=0.0)),
    "leaking": (TestLung.single(0.05, 5.0), BagValveMask(leak=2.0)),
    "stiff": (TestLung.single(0.004, 5.0), BagValveMask(relief=40.0, leak=0.0)),
}


@pytest.fixture(scope="module")
def runs():
    """Half a minute by bag; then the bag is put away, and what is behind it comes through."""
    beds = [Bed({"lungs": lung}, {"bag": bag}, links=LINKS) for lung, bag in CASES.values()]
    events = [Event("bag_ventilation", 30.0, 30.0, 0.0), *(Event(s, 0.0, 60.0, v) for s, v in BEHIND.items())]
    run = simulate(
        beds, Scenario(tuple(events)), duration_s=60.0, seed=0, record=RECORD, record_period_s=DT, backend="native"
    )
    assert run.ok.all()
    return {name: {k: v[i] for k, v in run.recorded.items()} for i, name in enumerate(CASES)}


def volumes(run, start, end):
    part = run["lung_volume"][round(start / DT) : round(end / DT)]
    return 1000 * np.ptp(part)


def test_a_squeeze_gives_its_volume(runs):
    assert volumes(runs["easy"], 15.0, 30.0) == pytest.approx(500.0, rel=0.02)


def test_squeezes_come_at_the_rate(runs):
    flow = runs["easy"]["airway_flow"][: round(30 / DT)]
    assert np.sum((flow[1:] > 5.0) & (flow[:-1] <= 5.0)) == 6


def test_a_leak_loses_what_pressure_drives_through_it(runs):
    """Pressure is the volume arrived by 0.05 L/cmH2O, plus 0.5 L/s x 5; half of the former on average over a second."""
    leak = 2.0 / 60.0
    arrived = (0.5 - leak * 5.0 * 0.5) / (1 + leak / (2 * 0.05))
    assert volumes(runs["leaking"], 15.0, 30.0) == pytest.approx(1000 * arrived, rel=0.06)


def test_the_relief_valve_opens(runs):
    assert runs["stiff"]["airway_pressure"].max() <= 40.0
    assert volumes(runs["stiff"], 15.0, 30.0) == pytest.approx(1000 * 0.004 * 40.0, rel=0.03)


def test_a_bag_put_away_lets_through_what_is_behind(runs):
    run = runs["easy"]
    for name, value in BEHIND.items():
        assert run[f"bag.{name}"][round(31 / DT) :] == pytest.approx(value)
    assert run["lung_volume"][-1] == pytest.approx(2.4 + 0.05 * 12.0, rel=1e-4)
    assert run["bag.inspired_oxygen"][round(20 / DT)] == pytest.approx(0.95)
