"""Components of one's own go by module and class."""

import sys

import pytest

from twinbed.core import discover
from twinbed.core.errors import NotFound, StudyError
from twinbed.studies.design import check_id


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "path", list(sys.path))
    (tmp_path / "own_things.py").write_text("class Lamp:\n    pass\n\nnumber = 3\n")
    discover.look_in(tmp_path)
    discover.look_in(tmp_path)
    assert sys.path.count(str(tmp_path)) == 1
    yield tmp_path
    sys.modules.pop("own_things", None)


def test_a_class_beside_a_file_is_found(folder):
    assert discover.load("own_things:Lamp").__name__ == "Lamp"


@pytest.mark.parametrize(
    "name", ["own_things:Torch", "own_things:number", "no_such_module:Lamp", ":Lamp", "own_things:"]
)
def test_what_is_no_class_is_refused(folder, name):
    with pytest.raises(NotFound, match="module:Class"):
        discover.load(name)


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("import no_such_thing", "No module named 'no_such_thing'"),
        ("import sys; sys.nothing", "module 'sys' has no attribute 'nothing'"),
        (
            "from twinbed.vocab.signals import UnknownSignal; raise UnknownSignal('hart_rate is none')",
            "hart_rate is none",
        ),
        ("from twinbed.core.errors import SettingError; raise SettingError('too much')", "too much"),
        ("1 / 0", "ZeroDivisionError: division by zero"),
    ],
)
def test_a_file_that_fails_is_said_with_its_line(folder, line, why):
    (folder / "broken.py").write_text(f"number = 3\n\n{line}\n")
    with pytest.raises(NotFound, match=f"cannot load 'broken:Lamp': broken.py, line 3: {why}"):
        discover.load("broken:Lamp")


def test_a_file_may_name_only_devices(folder):
    with pytest.raises(StudyError, match=r"arms\[1\].*own_things:Lamp is no device"):
        check_id("own_things:Lamp", "devices", "arms[1].device")
