"""A device of twinbed alone on the bench."""

import numpy as np
import pytest

from tests.devices import play as reference
from twinbed.bench.play import play
from twinbed.core.errors import StudyError
from twinbed.devices.faults.bias import Bias
from twinbed.devices.monitoring.capnograph import Capnograph
from twinbed.devices.monitoring.thermometer import Thermometer


@pytest.mark.long
def test_it_shows_what_the_device_shows_tick_by_tick():
    wave = 20.0 + 20.0 * np.sin(np.arange(700) * 0.05)
    shown = play(Capnograph(), {"airway_carbon_dioxide": wave}, 0.02)
    expected = reference.play(Capnograph(), 700, airway_carbon_dioxide=wave)
    np.testing.assert_allclose(shown["co2_wave"], expected["co2_wave"][0], rtol=1e-9)


def test_a_device_slower_than_the_signal_holds_what_it_shows():
    """Samples every 0.25 s; the thermometer reads every fourth and shows it for four."""
    shown = play(Thermometer(offset_sd=0.0, lag=0.1), {"core_temperature": np.arange(12) / 4 + 35.0}, 0.25)
    np.testing.assert_allclose(shown["body_temperature"], [35.0] * 4 + [36.0] * 4 + [37.0] * 4)


def test_a_device_faster_than_the_signal_reads_the_newest_sample():
    """A sample a second, fifty ticks of the capnograph: a step comes late by 3 s of tube and rises within one."""
    shown = play(Capnograph(), {"airway_carbon_dioxide": np.where(np.arange(10) < 2, 0.0, 40.0)}, 1.0)["co2_wave"]
    assert shown[4] < 1.0
    assert shown[6] > 38.0


def test_units_of_a_make_have_offsets_of_their_own():
    fine = Thermometer(resolution=0.001)
    offsets = [play(fine, {"core_temperature": np.full(3, 37.0)}, 1.0, unit=u)["body_temperature"][-1] for u in (0, 1)]
    assert offsets[0] != offsets[1]
    again = play(fine, {"core_temperature": np.full(3, 37.0)}, 1.0, unit=1)["body_temperature"][-1]
    assert again == offsets[1]


def test_an_input_that_nothing_feeds_is_named():
    with pytest.raises(StudyError, match="core_temperature"):
        play(Thermometer(), {"airway_carbon_dioxide": np.zeros(3)}, 1.0)


def test_a_fault_around_a_device_is_fed_by_its_signal():
    biased = Bias(device=Thermometer(offset_sd=0.0), relative=0.0, offset=1.0, signal="body_temperature")
    core, fault = np.full(4, 37.0), np.array([0.0, 0.0, 1.0, 1.0])
    shown = play(biased, {"core_temperature": core, "fault_bias": fault}, 1.0)["body_temperature"]
    np.testing.assert_allclose(shown, [37.0, 37.0, 38.0, 38.0])
