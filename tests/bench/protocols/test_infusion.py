"""The protocols of infusion pumps tell one fault from another, and take the pumps of twinbed."""

import numpy as np
import pytest

from twinbed.bench import find, run_bench
from twinbed.bench.device import Function
from twinbed.core.errors import NotFound, StudyError
from twinbed.devices.delivery.insulin_pump import InsulinPump
from twinbed.devices.delivery.omnipod_dash import OmnipodDash
from twinbed.devices.infusion.syringe_pump import SyringePump
from twinbed.devices.infusion.tci_pump import TciPump
from twinbed.devices.infusion.volumetric_pump import VolumetricPump


def verdicts(protocol, device, folder):
    """Verdicts by criterion."""
    log = run_bench(protocol, device, folder)
    assert not [c.failure for c in log.cases if c.failure]
    return {v.criterion: v for v in log.verdicts}


def failed(protocol, name, folder):
    found = verdicts(protocol, Function(protocol.devices[name], name), folder)
    return {k for k, v in found.items() if v.outcome == "fail"}


def test_a_plunger_that_sticks_has_the_right_mean_and_the_wrong_trumpet(tmp_path):
    assert failed(find.protocol("infusion/flow_accuracy", pumps=1), "bad_stick_slip", tmp_path) == {
        "longest_window",
        "start_up",
    }


def test_missed_steps_are_missing_in_the_mean(tmp_path):
    protocol = find.protocol("infusion/flow_accuracy", pumps=1)
    assert {"mean_error", "last_error"} <= failed(protocol, "bad_missed_steps", tmp_path)


@pytest.mark.parametrize(
    ("settings", "device"),
    [
        ({"kind": "volumetric", "hours": 2.0, "back_pressures_mmhg": ()}, VolumetricPump(gain_sd=0.0)),
        ({"kind": "ambulatory"}, InsulinPump()),
        ({"kind": "ambulatory", "rates_ml_h": (0.01, 0.02)}, OmnipodDash()),
    ],
    ids=["volumetric", "insulin", "omnipod"],
)
def test_other_kinds_of_pumps_are_tested_with_their_own_timing(settings, device, tmp_path):
    protocol = find.protocol("infusion/flow_accuracy", pumps=1, **settings)
    found = verdicts(protocol, Function(protocol.attach(device), "attached"), tmp_path)
    assert [v.reason for v in found.values() if v.outcome == "fail"] == []
    assert (found["back_pressure"].outcome, found["back_pressure"].limit) == ("not applicable", None)
    if settings["kind"] == "ambulatory":
        assert set(found) >= {"window_15", "window_570"}
        assert found["last_error"].outcome == "pass"
    else:
        assert found["last_error"].outcome == "not applicable"  # two hours have no second analysis period


def test_the_wheel_of_a_patch_pump_shows_in_short_windows_only(tmp_path):
    """A1 = -0.185 of A0: 1 [IU]/h turn the wheel of 5 [IU] in 5 h, so an hour sees up to 20 % and 15.5 h little."""
    protocol = find.protocol("infusion/flow_accuracy", kind="ambulatory", rates_ml_h=(0.01,), pumps=1)
    found = verdicts(protocol, Function(protocol.attach(OmnipodDash()), "attached"), tmp_path)
    assert 10.0 < found["window_60"].value < 30.0
    assert found["longest_window"].value < 5.0


def test_an_uneven_pump_fails_by_single_boluses_only(tmp_path):
    assert failed(find.protocol("infusion/bolus_accuracy"), "bad_uneven", tmp_path) == {"within"}


def test_fewer_boluses_than_the_standard_counts_are_seen(tmp_path):
    assert failed(find.protocol("infusion/bolus_accuracy", boluses=10), "good", tmp_path) == {"count"}


def test_an_infusion_pump_gives_a_bolus_as_a_short_infusion(tmp_path):
    """2 mL of 50 mL: 20 boluses a syringe, so 25 take two; the first loses its play of 0.11 mL, 5.5 %."""
    protocol = find.protocol("infusion/bolus_accuracy", doses_ml=(2.0,), interval_s=60.0, pumps=1)
    deliver = protocol.attach(SyringePump(gain_sd=0.0, screw_error=0.0))
    case = next(iter(protocol.cases()))
    volume = deliver(case.stimulus)["volume"]
    assert volume[[0, 20]] == pytest.approx(2.0 - 0.11, abs=0.01)
    assert np.delete(volume, [0, 20]) == pytest.approx(2.0, abs=0.01)


def test_a_large_dose_is_given_in_turns_with_full_reservoirs():
    """20 [IU] of a reservoir of 200: eight a turn."""
    protocol = find.protocol("infusion/bolus_accuracy", doses_ml=(0.2,), pumps=1)
    case = next(iter(protocol.cases()))
    volume = protocol.attach(OmnipodDash())(case.stimulus)["volume"]
    assert len(volume) == 25
    assert volume.min() > 0.19


@pytest.mark.long
def test_a_late_alarm_and_a_bolus_are_told_apart(tmp_path):
    protocol = find.protocol("infusion/occlusion", pumps=1)
    assert failed(protocol, "bad_bolus", tmp_path / "a") == {"bolus"}
    assert {"time", "pressure", "given"} <= failed(protocol, "bad", tmp_path / "b")
    assert failed(protocol, "bad_silent", tmp_path / "c") == {"given"}


def test_a_pump_that_delivers_nothing_has_no_usable_answer(tmp_path):
    protocol = find.protocol("infusion/occlusion", rates_ml_h=(5.0,), thresholds_kpa=(30.0,), pumps=1)
    log = run_bench(protocol, Function(protocol.devices["bad_empty"], "empty"), tmp_path)
    assert all("0 mL/h flowed" in c.failure for c in log.cases)
    assert {v.outcome for v in log.verdicts if v.limit is not None} == {"fail"}


def test_an_insulin_pump_alarms_after_what_its_set_stores(tmp_path):
    """25 kPa at 40 kPa/[IU] are 0.625 [IU]: 37.5 min at 1 [IU]/h."""
    protocol = find.protocol("infusion/occlusion", rates_ml_h=(0.01,), thresholds_kpa=(25.0,), pumps=1)
    found = verdicts(protocol, Function(protocol.attach(InsulinPump()), "attached"), tmp_path)
    assert found["time"].value == pytest.approx(37.5, abs=3.1)
    assert found["time_slow"].outcome == "not applicable"


def test_what_cannot_be_tested_is_refused():
    with pytest.raises(StudyError, match="no kind"):
        find.protocol("infusion/flow_accuracy", kind="gravity")
    with pytest.raises(StudyError, match="too short"):
        find.protocol("infusion/flow_accuracy", hours=1.0)
    with pytest.raises(StudyError, match="open it later"):
        find.protocol("infusion/occlusion", closes_min=20.0, opens_min=10.0)
    with pytest.raises(NotFound, match="told a rate"):
        find.protocol("infusion/occlusion").attach(TciPump())
