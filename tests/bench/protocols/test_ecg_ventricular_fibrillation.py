"""Episodes of ventricular fibrillation, worked out by hand, and the virtual patients that have them."""

import numpy as np
import pytest

from tests.bench.protocols.play import row, statistic, table
from twinbed.bench import find
from twinbed.bench.protocol import Case
from twinbed.bench.protocols.ecg import _arrests
from twinbed.bench.protocols.ecg._records import as_values, stimulus_of
from twinbed.bench.protocols.ecg.ventricular_fibrillation import spans_of
from twinbed.core.annotations import Annotations
from twinbed.core.errors import StatisticsError, StudyError

HZ = 100.0


@pytest.fixture(scope="module")
def protocol():
    return find.protocol("ecg/ventricular_fibrillation", records=())


def case(*spans_s, seconds=1000.0):
    rows = [r for a, b in spans_s for r in ((round(HZ * a), "["), (round(HZ * b), "]"))]
    reference = Annotations.of(rows, HZ, round(HZ * seconds))
    stimulus = stimulus_of(np.zeros((round(HZ * seconds), 1)), ("II",), HZ)
    return Case("a", "a", stimulus, as_values(reference), {"paced": "no", "source": "virtual"})


def said(*spans_s):
    spans = HZ * np.array(spans_s, float).reshape(-1, 2)
    return {"starts": spans[:, 0], "ends": spans[:, 1]}


def test_episodes_and_durations(protocol):
    """Two episodes, 400 to 460 and 600 to 640 s; 410 to 470 s is 50 s of the first, 800 to 810 s of none."""
    found = row(protocol, case((400, 460), (600, 640)), **said((410, 470), (800, 810)))
    assert (found["found"], found["episodes"], found["true"], found["false"], found["reported"]) == (1, 2, 1, 1, 2)
    assert (found["overlap_s"], found["reference_s"], found["test_s"]) == (50.0, 100.0, 70.0)
    assert found["wrong_s"] == 10.0 + 10.0 + 40.0 + 10.0
    assert (found["onsets"], found["onset_s"], found["offset_s"]) == (1.0, 10.0, 10.0)
    assert found["free_h"] == pytest.approx((1000.0 - 300.0 - 100.0) / 3600.0)


def test_what_lies_in_the_learning_period_does_not_count(protocol):
    found = row(protocol, case((100, 160)), **said((110, 170)))
    assert (found["episodes"], found["reported"], found["onsets"]) == (0, 0, 0)
    short = find.protocol("ecg/ventricular_fibrillation", records=(), learning_s=50.0)
    assert row(short, case((100, 160)), **said((110, 170)))["overlap_s"] == 50.0


def test_fibrillation_that_goes_on_at_the_end(protocol):
    one = case((900, 1100))
    rows = [(90_000, "[")]
    open_end = Case("a", "a", one.stimulus, as_values(Annotations.of(rows, HZ, 100_000)), one.groups)
    assert spans_of(open_end).tolist() == [[90_000, 99_999]]
    assert row(protocol, open_end, **said((910, 999.9)))["found"] == 1


def test_episodes_that_overlap_are_told(protocol):
    with pytest.raises(StatisticsError, match="before the next"):
        row(protocol, case((400, 460)), **said((400, 420), (410, 430)))


def test_gross_sums_episodes_and_sources_are_apart(protocol):
    """Recorded 1 of 1 and virtual 1 of 3 are 2 of 4."""
    rows = [{"found": 1.0, "episodes": 1.0}, {"found": 1.0, "episodes": 3.0}]
    both = table(rows, source=["recorded", "virtual"])
    assert statistic(protocol, "episode_sensitivity")(both).value == pytest.approx(50.0)
    assert statistic(protocol, "episode_sensitivity_recorded")(both).value == pytest.approx(100.0)
    assert statistic(protocol, "episode_sensitivity_virtual")(both).value == pytest.approx(100.0 / 3.0)


@pytest.mark.long
def test_virtual_patients_fibrillate_when_their_script_says():
    """Six scripts; with a minute of learning, the first fibrillates from 60 + 42 s for a minute."""
    cases = list(_arrests.cases(6, 5, 60.0))
    seconds = [np.round(spans_of(c) / _arrests.FREQUENCY_HZ, 1).tolist() for c in cases]
    assert seconds == [
        [[102.0, 162.0]], [[90.0, 115.0], [155.0, 200.0]], [[90.0, 190.0]], [], [[100.0, 112.0], [182.0, 212.0]], [],
    ]  # fmt: skip
    again = list(_arrests.cases(6, 5, 60.0))
    assert [c.sha256 for c in cases] == [c.sha256 for c in again]
    assert len({c.sha256 for c in cases}) == 6


def test_scripts_last_as_long_as_is_said():
    assert {sum(s for _, s in script) for script in _arrests._SCRIPTS} == {_arrests.LASTS_S}


def test_nobody_to_test_on_is_refused():
    with pytest.raises(StudyError, match="neither"):
        find.protocol("ecg/ventricular_fibrillation", records=(), patients=0)
    with pytest.raises(StudyError, match="0 s or longer"):
        find.protocol("ecg/ventricular_fibrillation", records=(), learning_s=-1.0)
