"""A path is recognised by what lies there; damaged files are read or refused, never worse."""

import gzip
import pathlib
import shutil
import subprocess
import sys
import tempfile

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.connect.csv import minis
from tests.connect.csv.test_generic import MAP, PUMP
from twinbed.connect.csv import read_recordings, subjects
from twinbed.core.errors import NotFound, ReadError


def test_a_file_a_folder_and_chosen_subjects(tmp_path):
    for name in ("HUPA9001P", "HUPA9002P"):
        minis.hupa(tmp_path, name, n=300)
    minis.uom(tmp_path, "2999", Glucose=minis.uom_glucose())
    (tmp_path / "notes.csv").write_text("a,b\n1,2\n")
    assert subjects(tmp_path) == ["HUPA9001P", "HUPA9002P", "2999"]
    assert [r.subject for r in read_recordings(tmp_path, subjects=["2999", "HUPA9002P"])] == [
        "2999",
        "HUPA9002P",
    ]
    assert [r.subject for r in read_recordings(str(tmp_path / "HUPA9001P.csv"))] == ["HUPA9001P"]
    assert subjects(tmp_path / "glucose" / "UoMGlucose2999.csv") == ["2999"]


def test_a_subject_that_is_not_there(tmp_path):
    path = minis.hupa(tmp_path, n=300)
    with pytest.raises(NotFound, match="did you mean HUPA9001P"):
        read_recordings(path, subjects=["HUPA9007P"])


def test_what_is_no_recording_is_refused(tmp_path):
    with pytest.raises(ReadError, match="there is none"):
        subjects(tmp_path / "none")
    with pytest.raises(ReadError, match="expected files of HUPA-UCM"):
        subjects(tmp_path)
    (tmp_path / "a.csv").write_text("a,b\n1,2\n")
    with pytest.raises(ReadError, match="or a column map"):
        read_recordings(tmp_path / "a.csv")


def test_reading_needs_no_jax():
    code = "import sys, twinbed.connect.csv, twinbed.core.days; sys.exit('jax' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A folder a kind of file, each valid, each with the file to damage."""
    root = tmp_path_factory.mktemp("whole")
    places = {name: root / name for name in ("hupa", "packed", "uom", "generic", "map")}
    for place in places.values():
        place.mkdir()
    rng = np.random.default_rng(0)
    carbs = np.where(rng.random(150) < 0.1, 4.0, 0.0)
    hupa = minis.hupa(places["hupa"], n=150, carb_input=carbs)
    packed = places["packed"] / "HUPA9001P.csv.gz"
    packed.write_bytes(gzip.compress(hupa.read_bytes(), mtime=0))
    minis.uom(
        places["uom"],
        Glucose="\n".join(minis.uom_glucose().splitlines()[:60]),
        Basal="20/10/2023 00:00,0.8,R\n20/10/2023 22:00,20,L",
        Bolus="20/10/2023 08:00,12\n20/10/2023 12:00,3.5",
        Nutrition='20/10/2023 08:00,Breakfast,"Toast, jam",45,6,0,2',
    )
    for name in ("generic", "map"):
        (places[name] / "person.toml").write_text(MAP, encoding="utf-8")
        (places[name] / "pump.csv").write_text(PUMP + PUMP.partition("\n")[2] * 8, encoding="utf-8")
    return {
        "hupa": hupa,
        "packed": packed,
        "uom": places["uom"] / "glucose" / "UoMGlucose2999.csv",
        "meals": places["uom"] / "nutrition" / "UoMNutrition2999.csv",
        "basal": places["uom"] / "basal" / "UoMBasal2999.csv",
        "generic": places["generic"] / "pump.csv",
        "map": places["map"] / "person.toml",
    }


def _damaged(content: bytes, damage) -> bytes:
    out = bytearray(content)
    for where, how, byte in damage:
        at = int(where * len(out))
        if how == "set" and out:
            out[at] = byte
        elif how == "insert":
            out[at:at] = bytes([byte]) * (1 + byte % 5)
        elif how == "cut":
            del out[at : at + byte]
        elif how == "end" and byte < 40:
            del out[at:]
    return bytes(out)


# Bytes that mean something in these files, and any others.
BYTES = st.sampled_from(list(b"0123456789-+.,;:/\"'\n\r\t TZeE=[]{}#_\x00\xff")) | st.integers(0, 255)
DAMAGE = st.lists(
    st.tuples(st.floats(0, 0.999), st.sampled_from(["set", "insert", "cut", "end"]), BYTES),
    min_size=1,
    max_size=6,
)


@pytest.mark.parametrize("kind", ["hupa", "packed", "uom", "meals", "basal", "generic", "map"])
def test_a_damaged_file_is_read_or_refused(whole, kind):
    file = whole[kind]
    folder = file.parent.parent if kind in ("uom", "meals", "basal") else file.parent
    content = file.read_bytes()
    outcomes = []

    @settings(max_examples=50, deadline=None, derandomize=True, database=None)
    @given(DAMAGE)
    @example([])
    def damaged(damage):
        with tempfile.TemporaryDirectory() as place:
            copy = pathlib.Path(place) / "copy"
            shutil.copytree(folder, copy)
            (copy / file.relative_to(folder)).write_bytes(_damaged(content, damage))
            try:
                outcomes.append(len(read_recordings(copy)))
            except ReadError:
                outcomes.append(0)

    damaged()
    assert outcomes[0] == 1
    assert 0 in outcomes
