"""A protocol is offered with the devices that fit it, by their names, and with no other."""

import pytest

from twinbed.bench import find
from twinbed.core import discover
from twinbed.server.runs import fits

pytestmark = pytest.mark.long


def test_devices_fit_that_feel_what_a_protocol_gives_and_show_what_it_judges():
    of = lambda id_: [device.removeprefix("devices/") for device in fits.fitting(id_)]
    assert of("oximetry/saturation_accuracy") == ["monitoring/pulse_oximeter"]
    assert of("temperature/clinical_accuracy") == ["monitoring/thermometer"]
    assert of("capnography/gas_accuracy") == ["monitoring/capnograph"]
    assert of("closed_loop/automated_glucose_controller") == ["software/mpc", "software/pid", "software/smb"]
    assert of("blood_pressure/cuff") == ["monitoring/nibp_cuff"], "the protocol itself refuses the others"
    assert of("glucose/blood_glucose_meter") == ["sensing/finger_stick"]
    assert of("alarms/visual_signals") == [], "it tests what is no device of twinbed"


def test_every_protocol_that_takes_devices_of_twinbed_has_one_that_fits():
    for id_ in find.protocol_ids():
        assert bool(fits.fitting(id_)) == (find.protocol(id_).attach is not None), id_


@pytest.mark.parametrize("id_", ["temperature/clinical_accuracy", "capnography/gas_accuracy"])
def test_what_fits_answers_a_case_of_the_protocol(id_):
    of = find.protocol(id_)
    case = next(iter(of.cases()))
    for device in fits.fitting(id_):
        assert of.attach(discover.load(device)())(case.stimulus)
