"""The twins of devices: what is asked of them, what they report, and what is in the patient."""

import dataclasses

import numpy as np
import pytest

from tests.devices.play import play
from tests.ward import tiny
from twinbed.core.scenario import Event, Scenario
from twinbed.devices.infusion.syringe_pump import SyringePump
from twinbed.server import showing
from twinbed.server.permissions import Role
from twinbed.server.routes.answers import TwinShown
from twinbed.vocab.signals import SIGNALS
from twinbed.ward.checkpoints import Checkpoints
from twinbed.ward.controls import _table
from twinbed.ward.log import InMemory
from twinbed.ward.pace import Pace
from twinbed.ward.resident import Resident
from twinbed.ward.session import Page, Session
from twinbed.ward.twins import KEPT_PAGES, QUANTITIES, Seen, slip_of, twins

MODE = {"ventilator_mode_set": 1.0, "ventilator_tidal_volume_set": 500.0, "ventilator_peep_set": 5.0}


def one(devices, body=None, now=None, scenario=None, t_s=60.0):
    (own,) = twins([Seen(t_s, devices, body or {})], scenario or Scenario(), (now or {}).get).values()
    return {t.id: t for t in own}


def test_everything_in_the_table_is_a_signal_of_the_vocabulary():
    offered = {*_table()["signal"], *(f"{drug}_command" for drug in _table()["drug"])}
    for quantity in QUANTITIES:
        assert {s for s in (quantity.id, quantity.estimated, quantity.total, quantity.desired) if s} <= set(SIGNALS)
        if quantity.desired.startswith("ventilator"):
            assert quantity.desired in offered


def test_a_ventilator_is_asked_for_one_thing_and_reports_another():
    """A leak takes 30 % of a tidal volume; PEEP is 5.4 of 5 asked for, which is within what is usual."""
    devices = {"v": {"ventilator_tidal_volume": 350.0, "ventilator_total_peep": 5.4}}
    set_to = Scenario((Event("ventilator_tidal_volume_set", 20.0, 1e9, 500.0),))
    found = one(devices, now=MODE, scenario=set_to)
    volume, peep = found["ventilator_tidal_volume"], found["ventilator_total_peep"]
    assert (volume.desired, volume.reported, volume.estimated, volume.since_s) == (500.0, 350.0, None, 20.0)
    assert (volume.differs, peep.differs, peep.since_s) == (True, False, 0.0)
    missing = one({"v": {"ventilator_tidal_volume": None}}, now=MODE)["ventilator_tidal_volume"]
    assert (missing.reported, missing.differs) == (None, True), "it was asked for, and there is no reading"


def test_what_is_not_in_force_is_not_asked_for():
    """In pressure support nobody asks for a tidal volume, and so nothing of it has a twin."""
    devices = {"v": {"ventilator_tidal_volume": 350.0, "ventilator_total_peep": 5.0}}
    assert set(one(devices, now=MODE | {"ventilator_mode_set": 5.0})) == {"ventilator_total_peep"}
    assert twins([Seen(60.0, devices, {})], Scenario(), (MODE | {"ventilator_standby": 1.0}).get) == {}


@pytest.mark.parametrize(("spo2", "differs"), [(97.0, False), (91.0, True), (None, False)])
def test_a_sensor_is_held_against_the_patient(spo2, differs):
    twin = one({"oximeter": {"spo2": spo2}}, {"arterial_saturation": 0.97})["spo2"]
    assert (twin.desired, twin.reported, twin.since_s, twin.differs) == (None, spo2, None, differs)
    assert twin.estimated == pytest.approx(97.0)


def test_a_rate_is_held_against_the_mean_of_irregular_beats():
    """Beats of 85 and 165 /min in turn, as in atrial fibrillation, and a monitor that averages them, or is 10 off."""
    rates = [85.0, 165.0] * 30

    def told(shown):
        pages = [
            Seen(float(k), {"m": {"monitor_heart_rate": s}}, {"heart_rate": r})
            for k, (r, s) in enumerate(zip(rates, shown, strict=True))
        ]
        return twins(pages, Scenario(), {}.get)["m"][0]

    right = told([122.0, 128.0] * 30)
    assert (right.reported, right.estimated, right.differs) == (128.0, 125.0, False)
    assert told([132.0, 138.0] * 30).differs


def test_what_a_pump_gives_is_its_mean_since_it_was_asked_for():
    """8 mg/min asked for at 100 s; 4 mg/min were given before, and then all by slips of 4 mg every 30 s, or nothing."""
    asked = Scenario((Event("propofol_command", 100.0, 1e9, 8.0),))
    slips = lambda t, works: 4.0 / 60.0 * min(t, 100) + (4.0 * ((t - 100) // 30) if works and t > 100 else 0.0)

    def told(at, works):
        times = range(at - KEPT_PAGES + 1, at + 1)
        pages = [Seen(float(t), {"p": {"propofol_delivered_total": slips(t, works)}}, {}) for t in times]
        return twins(pages, asked, {"propofol_command": 8.0}.get)["p"][0]

    assert (told(105, True).reported, told(105, True).differs) == (None, False), "too few pages since"
    assert (told(140, True).reported, told(140, True).differs) == (None, False), "4 mg in 40 s would be 6 mg/min"
    assert told(220, True).reported == pytest.approx(8.0)
    assert not told(220, True).differs
    assert (told(220, False).reported, told(220, False).differs) == (0.0, True)


@pytest.mark.parametrize("mL_h", [0.3, 0.5, 1.0, 1.7, 2.9, 5.0, 40.0])
def test_a_plunger_that_slips_does_not_differ_at_any_flow_and_one_that_stands_does(mL_h):
    """A page a second; 10 mg/mL. Whenever the minute begins, it has a slip too many or too few; none in all is a stop."""
    pump = SyringePump(play=0.0)
    mg_min = mL_h * 10.0 / 60.0
    t = np.arange(400)
    given = play(pump, t.size, propofol_command=np.full(t.size, mg_min)).shown["propofol_delivered_total"][0]
    pages = [Seen(float(k), {"p": {"propofol_delivered_total": float(v)}}, {}) for k, v in zip(t, given, strict=True)]

    def told(of):
        return twins(of, Scenario(), {"propofol_command": mg_min}.get, {"p": slip_of(pump)})["p"][0]

    found = [told(pages[k : k + KEPT_PAGES]) for k in range(180, 400 - KEPT_PAGES)]
    assert not any(one.differs for one in found)
    stood = [dataclasses.replace(one, devices=pages[300].devices) for one in pages[300 : 300 + KEPT_PAGES]]
    assert told(stood).differs == (mL_h > 0.34), "what stands below a slip a minute cannot be told from one that slips"


def test_insulin_that_a_pump_reports_and_does_not_give_differs():
    """1.2 U/h are reported; a blocked set lets nothing through."""
    pump = lambda k, gives: {"insulin_reported_total": 0.02 * k, "insulin_delivered_total": 0.02 * k * gives}
    pages = lambda gives: [Seen(60.0 * k, {"pump": pump(k, gives)}, {}) for k in range(KEPT_PAGES)]
    told = lambda gives: twins(pages(gives), Scenario(), {}.get)["pump"][0]
    assert (told(1.0).reported, told(1.0).estimated) == (pytest.approx(1.2), pytest.approx(1.2))
    assert not told(1.0).differs
    assert (told(0.0).estimated, told(0.0).differs) == (0.0, True)


def test_a_bed_tells_the_twins_of_its_devices():
    """The tiny bed whose sensor shows glucose with noise: what is in the patient stands beside it, in its unit."""
    made = tiny.made()
    seen = Seen(300.0, {"sensor": {"cgm": 108.25}, "pump": {"insulin_rate": 1.0}}, {"plasma_glucose": 101.0})
    resident = Resident("a", "A", "A", "", Pace(), Session("a", made, InMemory(), Checkpoints()), made)
    assert showing.whole(resident, 0, Role.VIEWER)["devices"][0]["twin"] == []
    resident.recent.append(seen)
    devices = {d["id"]: d["twin"] for d in showing.whole(resident, 0, Role.VIEWER)["devices"]}
    (twin,) = devices["sensor"]
    assert TwinShown(**twin).reported == 108.25
    assert twin == {
        "id": "cgm", "label": "Sensor glucose", "label_ko": "센서 혈당", "unit": "mg/dL", "digits": 0,
        "desired": None, "reported": 108.25, "estimated": 101.0, "since_s": None, "differs": False,
    }  # fmt: skip
    assert devices["pump"] == []


def test_pages_that_follow_are_kept_for_rates_and_others_begin_anew():
    page = lambda k: Page(0, k, 60.0 * k, 60.0, {}, {}, (), 0, {"p": {}}, {}, "")
    resident = Resident("a", "A", "A", "", Pace())
    for k in range(KEPT_PAGES + 5):
        resident.stands_after(page(k))
    assert [seen.t_s for seen in resident.recent] == [60.0 * (k + 1) for k in range(5, KEPT_PAGES + 5)]
    resident.stands_after(page(7))
    assert ([seen.t_s for seen in resident.recent], resident.last.number) == ([480.0], 7)
    resident.stands_after(None)
    assert (len(resident.recent), resident.last) == (0, None)
