"""Wiring by signal, and what is refused."""

import numpy as np
import pytest

from tests.engine.plain import MeanGlucose, Pump, Sensor, Tank
from twinbed.core.errors import ScheduleError, WiringError
from twinbed.core.scenario import Event, Scenario, Series
from twinbed.engine.batch import prepare, simulate
from twinbed.engine.bed import Bed


def _prepare(bed, **k):
    return prepare(bed, [Scenario()], duration_s=k.pop("duration_s", 3600.0), **k)


def test_nothing_feeds_an_input():
    with pytest.raises(WiringError, match=r"nothing feeds pump.cgm .*patient.interstitial_glucose"):
        _prepare(Bed(Tank(), {"pump": Pump()}))


def test_two_could_feed_an_input():
    devices = {"a": Sensor(), "b": Sensor(), "pump": Pump()}
    with pytest.raises(WiringError, match=r"a.cgm, b.cgm: say which"):
        _prepare(Bed(Tank(), devices))
    job = _prepare(Bed(Tank(), devices, links={"pump.cgm": "b.cgm"}))
    assert str(job.plan.wiring.feeds("pump")[0]) == "b.cgm"


def test_a_link_may_join_other_names_of_one_unit():
    bed = Bed(Tank(), {"pump": Pump()}, links={"pump.cgm": "patient.interstitial_glucose"})
    assert str(_prepare(bed).plan.wiring.feeds("pump")[0]) == "patient.interstitial_glucose"


@pytest.mark.parametrize(
    ("links", "message"),
    [
        ({"pump.cgm": "nobody.cgm"}, "names nothing"),
        ({"pump.cgm": "pump.insulin_rate"}, "joins"),
        ({"pump.typo": "sensor.cgm"}, "do not exist: pump.typo"),
    ],
)
def test_wrong_links(links, message):
    with pytest.raises(WiringError, match=message):
        _prepare(Bed(Tank(), {"sensor": Sensor(), "pump": Pump()}, links=links))


def test_the_scenario_and_a_device_do_not_both_feed():
    bed = Bed(Tank(), {"sensor": Sensor(), "pump": Pump()})
    both = Scenario((Event("insulin_rate", 0.0, 60.0, 1.0),))
    with pytest.raises(WiringError, match="patient.insulin_rate could be fed by"):
        simulate(bed, both, duration_s=3600.0, seed=0)


def test_one_name_for_one_part():
    with pytest.raises(WiringError, match="patient"):
        Bed(Tank(), {"patient": Sensor()})


def test_recording_what_nothing_shows():
    with pytest.raises(WiringError, match="nothing in the bed shows 'cgmm'"):
        _prepare(Bed(Tank(), {"sensor": Sensor()}), record=["cgmm"])


def test_periods_that_do_not_divide():
    bed = Bed(Tank(), {"sensor": Sensor(period_s=250.0), "pump": Pump()})
    with pytest.raises(ScheduleError, match=r"250 s does not divide 300 s .*150 s, 300 s"):
        _prepare(bed)


def test_a_duration_that_does_not_divide():
    with pytest.raises(ScheduleError, match="nearest that fits is 3600 s"):
        _prepare(Bed(Tank(), {"sensor": Sensor()}), duration_s=3700.0)


def test_a_series_that_does_not_fit_the_steps():
    odd = Scenario(series={"insulin_rate": Series(90.0, np.zeros(400))})
    with pytest.raises(ScheduleError, match=r"a series of 90 s cannot be read every 60 s.*resample"):
        simulate(Bed(Tank()), odd, duration_s=3600.0, seed=0)


def test_order_within_a_level():
    """Sensors before actuators before endpoints, whatever the order they were named in."""
    bed = Bed(Tank(), {"pump": Pump(), "sensor": Sensor()}, endpoints={"mean": MeanGlucose(period_s=300.0)})
    levels = _prepare(bed).plan.schedule.levels
    assert [(l.period_s, l.parts, l.models) for l in levels] == [
        (300.0, ("sensor", "pump", "mean"), ()),
        (60.0, (), ("patient",)),
    ]
