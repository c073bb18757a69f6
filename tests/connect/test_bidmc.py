"""Recordings of BIDMC: tables by hand, and a real one."""

import lzma

import numpy as np
import pytest

from tests.connect.test_wfdb import write_record
from twinbed.connect import bidmc
from twinbed.core.errors import NotFound, ReadError


def written(
    folder,
    *,
    people="record,age,gender,unit\nbidmc01,90+,F,micu\n",
    breaths="record,ann1,ann2\nbidmc01,126,1\nbidmc01,,251\n",
):
    write_record(folder, "bidmc01", {"RESP": [0.0, 1.0, 2.0, 3.0], "PLETH": [5.0, 6.0, 7.0, 8.0]}, 125)
    (folder / "subjects.csv").write_text(people)
    (folder / "breaths.csv.xz").write_bytes(lzma.compress(breaths.encode()))
    return folder


def test_signals_breaths_and_people_come_together(tmp_path):
    """Sample 126 from 1 is at 1 s; a breath that one annotator did not mark is empty."""
    place = written(tmp_path)
    assert bidmc.names(place) == ["bidmc01"]
    found = bidmc.read(place, "bidmc01")
    np.testing.assert_allclose(found.impedance, [0.0, 1.0, 2.0, 3.0])
    np.testing.assert_allclose(found.ppg, [5.0, 6.0, 7.0, 8.0])
    np.testing.assert_allclose(found.breaths_s[0], [1.0])
    np.testing.assert_allclose(found.breaths_s[1], [0.0, 2.0])
    assert (found.frequency_hz, found.age, found.sex) == (125.0, "90+", "female")


@pytest.mark.parametrize(
    ("broken", "why"),
    [
        ({"people": "name,age\nbidmc01,9\n"}, "expected columns record"),
        ({"people": "record,age,gender\nbidmc02,9,F\n"}, "do not both name bidmc01"),
        ({"breaths": "record,ann1,ann2\nbidmc01,soon,1\n"}, "soon"),
    ],
)
def test_tables_that_are_none_are_told(tmp_path, broken, why):
    with pytest.raises(ReadError, match=why):
        bidmc.read(written(tmp_path, **broken), "bidmc01")


def test_a_table_that_is_cut_short_is_told(tmp_path):
    place = written(tmp_path)
    (place / "breaths.csv.xz").write_bytes(lzma.compress(b"record,ann1,ann2\n")[:-4])
    with pytest.raises(ReadError, match=r"breaths\.csv\.xz"):
        bidmc.read(place, "bidmc01")


def test_where_there_are_no_recordings_it_is_said_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setenv("TWINBED_DATA", str(tmp_path))
    with pytest.raises(NotFound, match="TWINBED_DATA"):
        bidmc.folder()


def test_a_real_one(data):
    if not (data / "bidmc").is_dir():
        pytest.skip("no recordings: bidmc")
    place = bidmc.folder()
    assert len(bidmc.names(place)) == 53
    found = bidmc.read(place, "bidmc01")
    assert len(found.impedance) == len(found.ppg) == 60001
    assert found.breaths_s[0][0] == pytest.approx(188 / 125)
    assert all(100 < len(b) < 240 for b in found.breaths_s)
