"""Blood that bleeds into the chest: it is counted where it goes, and what it presses on."""

import numpy as np
import pytest

from twinbed.core.scenario import Event, Scenario
from twinbed.engine.batch import repeat, simulate
from twinbed.engine.bed import Bed
from twinbed.physiology.whole_body import adult

pytestmark = pytest.mark.long

SIGNALS = ["blood_volume", "blood_infused", "transcapillary_flow", "bleeding", "pleural_blood_left",
           "pleural_blood_right", "lung_volume_left", "lung_volume_right", "arterial_pressure"]  # fmt: skip
LOST, LASTS = 1500.0, 1200
BLEEDS = 60, 300
DRAIN = 700
CASES = {
    "nothing": (),
    "outside": (Event("blood_loss", *BLEEDS, LOST),),
    "inside": (Event("haemothorax_left", *BLEEDS, LOST),),
    "right": (Event("haemothorax_right", *BLEEDS, LOST), Event("chest_drain_left", DRAIN, 1e9, 1.0)),
    "drained": (Event("haemothorax_left", *BLEEDS, LOST), Event("chest_drain_left", DRAIN, 1e9, 1.0)),
}


@pytest.fixture(scope="module")
def chests():
    """By case, every second."""
    scenarios = [Scenario(events) for events in CASES.values()]
    beds = repeat(Bed(adult(waveforms=False)), len(CASES))
    run = simulate(beds, scenarios, duration_s=LASTS, seed=0, record=SIGNALS, record_period_s=1.0, backend="native")
    assert run.ok.all(), (run.implausible_signal, run.implausible_s)
    return {name: {s: np.asarray(v)[i] for s, v in run.recorded.items()} for i, name in enumerate(CASES)}


@pytest.mark.parametrize("case", ["inside", "drained"])
def test_what_leaves_the_vessels_lies_in_the_pleura(chests, case):
    """Conservation: blood that bled is in the left pleura until a drain takes it, and none is in the right."""
    chest = chests[case]
    assert chest["bleeding"].sum() / 60.0 == pytest.approx(LOST, rel=1e-6)
    assert chest["pleural_blood_left"][DRAIN - 5] == pytest.approx(LOST, rel=1e-6)
    assert (chest["pleural_blood_right"] == 0.0).all()


def test_the_right_is_not_the_left(chests):
    """A drain on the other side takes nothing, and the lung under the blood is the smaller one."""
    right, bare = chests["right"], chests["outside"]
    assert right["pleural_blood_right"][-1] == pytest.approx(LOST, rel=1e-6)
    assert (right["pleural_blood_left"] == 0.0).all()
    assert right["lung_volume_right"][-60:].mean() < bare["lung_volume_right"][-60:].mean() - 0.2


def test_it_costs_the_vessels_what_a_loss_to_outside_costs_them(chests):
    """At the end of the bleeding, but for what refills them: the pressure beyond the pleura differs."""
    end = sum(BLEEDS)
    before, inside, outside = (chests[c]["blood_volume"][end] for c in ("nothing", "inside", "outside"))
    assert before - inside == pytest.approx(before - outside, rel=0.05)


def test_blood_presses_on_its_own_lung_and_a_drain_frees_it(chests):
    """A lung under fluid is smaller; the drain's time is a minute."""
    mean = lambda case, signal, at: chests[case][signal][at - 30 : at].mean()
    least = mean("inside", "lung_volume_left", LASTS)
    assert least < mean("outside", "lung_volume_left", LASTS) - 0.2
    assert mean("drained", "lung_volume_left", LASTS) == pytest.approx(
        mean("outside", "lung_volume_left", LASTS), rel=0.05
    )
    assert chests["drained"]["pleural_blood_left"][DRAIN + 60] == pytest.approx(LOST / np.e, rel=0.05)
