"""Faults act in their window and only there; outside it the device shows through, bit by bit."""

import jax.numpy as jnp
import numpy as np
import pytest

from tests.devices.play import NoisySensor, play
from twinbed.core.errors import WiringError
from twinbed.core.scenario import Event, Scenario
from twinbed.devices.faults.bias import Bias
from twinbed.devices.faults.delay import Delay
from twinbed.devices.faults.drift import Drift
from twinbed.devices.faults.dropout import Dropout
from twinbed.devices.faults.over_delivery import OverDelivery
from twinbed.devices.faults.stuck import Stuck
from twinbed.devices.faults.tampered_replay import TamperedReplay
from twinbed.devices.faults.tampered_value import TamperedValue
from twinbed.engine.batch import simulate
from twinbed.engine.bed import Bed
from twinbed.testing.examples import PlainPump, PlainSoftware

_TICKS = 200
_FAULTS = {
    Bias: "fault_bias",
    Delay: "fault_delay",
    Drift: "fault_drift",
    Dropout: "fault_dropout",
    Stuck: "fault_stuck",
    TamperedReplay: "fault_tampering",
    TamperedValue: "fault_tampering",
}
_GLUCOSE = 150.0 + 60.0 * np.sin(np.arange(_TICKS) / 9.0)
_WINDOW = slice(80, 110)


def _active(intensity=1.0):
    out = np.zeros(_TICKS)
    out[_WINDOW] = intensity
    return out


def _wear(fault, intensity=1.0, **settings):
    """The bare sensor, and the faulty one with the fault in its window."""
    bare = play(NoisySensor(), _TICKS, seeds=3, interstitial_glucose=_GLUCOSE)
    signals = {"interstitial_glucose": _GLUCOSE, _FAULTS[fault]: _active(intensity)}
    return bare["cgm"], play(fault(NoisySensor(), **settings), _TICKS, seeds=3, **signals)


@pytest.mark.parametrize("fault", _FAULTS)
def test_an_idle_fault_is_transparent_to_the_bit(fault):
    bare, idle = _wear(fault, intensity=0.0)
    assert idle["cgm"].tobytes() == bare.tobytes()
    assert np.all(idle["cgm_valid"] == 1.0)


@pytest.mark.parametrize("fault", _FAULTS)
def test_a_fault_acts_in_its_window_and_only_there(fault):
    bare, faulty = _wear(fault)
    different = np.any((faulty["cgm"] != bare) | (faulty["cgm_valid"] != 1.0), axis=0)
    late = 1 if fault is Drift else 0  # a drift starts from nothing
    expected = np.zeros(_TICKS, bool)
    expected[_WINDOW.start + late : _WINDOW.stop] = True
    assert np.array_equal(different, expected)


@pytest.mark.parametrize("fault", [*_FAULTS, OverDelivery])
def test_a_signal_that_is_not_shown_is_refused(fault):
    with pytest.raises(WiringError, match="NoisySensor does not show; it shows cgm, cgm_valid"):
        fault(NoisySensor(), signal="basal_command")


def test_a_bias_is_added_in_proportion_to_its_intensity():
    bare, faulty = _wear(Bias, intensity=0.5, relative=0.2, offset=-10.0)
    assert faulty["cgm"][:, _WINDOW] == pytest.approx(bare[:, _WINDOW] * 1.1 - 5.0)


def test_a_faulty_reading_stays_within_the_range_of_its_signal():
    _, faulty = _wear(Bias, offset=-1e4)
    assert np.all(faulty["cgm"][:, _WINDOW] == 20.0)


def test_a_drift_grows_with_time_and_ends_with_the_fault():
    bare, faulty = _wear(Drift, intensity=0.5, relative=0.1, offset=6.0)
    hours = 0.5 * np.arange(30) * 5 / 60
    assert faulty["cgm"][:, _WINDOW] == pytest.approx(bare[:, _WINDOW] * (1 + 0.1 * hours) + 6.0 * hours)


def test_a_delay_shows_what_was_shown_before():
    bare, faulty = _wear(Delay)
    assert np.array_equal(faulty["cgm"][:, 80:110], bare[:, 77:107])
    first = play(Delay(NoisySensor()), _TICKS, seeds=3, interstitial_glucose=_GLUCOSE, fault_delay=np.ones(_TICKS))
    assert np.all(first["cgm"][:, :3] == first["cgm"][:, :1])  # nothing is older than the first reading


def test_a_stuck_reading_freezes_and_stays_valid():
    bare, faulty = _wear(Stuck)
    assert np.all(faulty["cgm"][:, _WINDOW] == bare[:, 79:80])
    assert np.all(faulty["cgm_valid"] == 1.0)


def test_readings_that_drop_out_hold_the_display_and_the_flag_falls():
    bare, faulty = _wear(Dropout)
    assert np.all(faulty["cgm_valid"][:, _WINDOW] == 0.0)
    assert np.all(faulty["cgm"][:, _WINDOW] == bare[:, 79:80])


def test_the_intensity_of_a_dropout_is_its_probability():
    wrapped = Dropout(NoisySensor())
    half = play(wrapped, _TICKS, seeds=3, interstitial_glucose=_GLUCOSE, fault_dropout=np.full(_TICKS, 0.3))
    assert half["cgm_valid"].mean() == pytest.approx(0.7, abs=4 * np.sqrt(0.21 / 600))


def test_two_dropouts_do_not_share_their_luck():
    both = Dropout(Dropout(NoisySensor()))
    played = play(both, 2000, seeds=2, interstitial_glucose=100.0, fault_dropout=0.5)
    assert played["cgm_valid"].mean() == pytest.approx(0.25, abs=4 * np.sqrt(0.19 / 4000))


def test_a_replay_repeats_what_was_recorded_before_the_attack():
    bare, faulty = _wear(TamperedReplay)
    record = bare[:, 68:80]
    assert np.array_equal(faulty["cgm"][:, 80:110], np.tile(record, 3)[:, :30])


def test_a_forged_value_replaces_the_reading():
    bare, faulty = _wear(TamperedValue, intensity=0.25, forged=300.0)
    assert faulty["cgm"][:, _WINDOW] == pytest.approx(0.75 * bare[:, _WINDOW] + 75.0)


def test_a_pump_delivers_more_than_it_reports():
    fault = _active(0.5)
    played = play(OverDelivery(PlainPump(), excess=1.0, leak=2.0), _TICKS, basal_command=1.2, fault_over_delivery=fault)
    rate = played["insulin_rate"][0]
    assert rate[_WINDOW] == pytest.approx(1.2 * 1.5 + 1.0)
    assert np.all(np.delete(rate, np.r_[_WINDOW]) == 1.2)
    assert np.all(played["insulin_reported"] == 1.2)


def test_a_stuck_command_gives_no_new_bolus():
    wrapped = Stuck(PlainSoftware(), signal="bolus_command")
    played = play(wrapped, _TICKS, cgm=_GLUCOSE, fault_stuck=_active())
    assert np.all(played["bolus_command_number"] == 0.0)
    assert played["basal_command"][0] == pytest.approx(_GLUCOSE / 100)  # another signal, not frozen


def test_in_a_bed_the_scenario_switches_the_fault():
    hour = 3600.0
    bed = Bed({}, {"cgm": Stuck(Bias(NoisySensor(), relative=0.0, offset=jnp.asarray(30.0)))})

    def day(intensity):
        events = (
            Event("interstitial_glucose", 0.0, 24 * hour, 120.0),
            Event("fault_bias", 2 * hour, hour, intensity),
            Event("fault_stuck", 6 * hour, 1.5 * hour, intensity),
        )
        return simulate(bed, Scenario(events), duration_s=24 * hour, seed=5, record=("cgm",)).recorded["cgm"][0]

    faulty = day(1.0)
    change = faulty - day(0.0)
    assert np.flatnonzero(change).tolist() == [*range(24, 36), *range(72, 90)]
    assert change[24:36] == pytest.approx(30.0)
    assert np.ptp(faulty[71:90]) == 0.0
