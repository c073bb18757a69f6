"""Devices have names that people read, and runs of two devices never share a folder."""

import itertools

import pytest

from tests.bench import toy
from twinbed.bench import Function, run_bench
from twinbed.bench.naming import called, folder_name, given_as, identity, usual_name
from twinbed.core.errors import StudyError

FUNCTION, COMMAND, RECORDED = {"kind": "function"}, {"kind": "command", "command": "run"}, {"kind": "recorded"}


@pytest.fixture(autouse=True)
def _here(tmp_path, monkeypatch):
    (tmp_path / "answers").mkdir()
    monkeypatch.chdir(tmp_path)


def folder_of(device="qrs", described=None, name=""):
    return folder_name(called(described or FUNCTION, name, device))


@pytest.mark.parametrize(
    ("device", "described", "name"),
    [
        ("/far/away/detector.py:detect", FUNCTION | {"name": "/far/away/detector.py:detect"}, "detector:detect"),
        ("detector.py:Detector", FUNCTION, "detector:Detector"), ("acme.detect:find", FUNCTION, "acme.detect:find"),
        ("far/device.toml", COMMAND | {"name": "Beat One"}, "Beat One"), ("far/device.toml", COMMAND | {"name": ""}, "device"),
        ("far/device.toml", COMMAND | {"kind": "live"}, "device"), ("answers", RECORDED, "answers"),
        ("./answers/", RECORDED, "answers"), ("beat-1.0", RECORDED, "beat-1.0"), ("answers.py:1", RECORDED, "answers.py:1"),
        ("live:127.0.0.1:6000", {"kind": "live"}, "live:127.0.0.1:6000"), ("good", FUNCTION, "good"),
        ("devices/delivery/pump", FUNCTION, "devices/delivery/pump"),
    ],
)  # fmt: skip
def test_a_device_without_a_name_is_called_by_its_file_and_function(device, described, name):
    assert usual_name(device, described) == name
    assert called(described, "", device)["name"] == name


@pytest.mark.parametrize(
    ("device", "described"), [("detector.py:detect", FUNCTION), ("device.toml", COMMAND), ("answers", RECORDED)]
)
def test_one_place_is_one_device_however_it_is_said_and_another_is_another(tmp_path, device, described):
    for place in ("a", "b"):
        (tmp_path / place / "answers").mkdir(parents=True)
    said = [f"a/{device}", f"./b/../a/{device}", str(tmp_path / "a" / device), f"b/{device}"]
    known = [called(described, "", one) for one in said]
    assert len({identity(one) for one in known[:3]}) == len({folder_name(one) for one in known[:3]}) == 1
    assert identity(known[3]) != identity(known[0])
    assert folder_name(known[3]) != folder_name(known[0])
    assert given_as(said[1], described).startswith("a/")


def test_what_somebody_calls_by_one_name_is_one_device_wherever_it_lies():
    first, second = (called(FUNCTION, "Beat One", f"{place}/d.py:f") for place in ("v1", "v2"))
    assert identity(first) == identity(second)
    assert folder_name(first) == folder_name(second)
    assert identity(called(FUNCTION, "qrs", "d.py:f")) != identity(called(FUNCTION, "", "qrs"))


def test_a_name_that_needs_no_change_is_the_folder_and_any_other_has_digits():
    assert folder_of("good") == "good"
    assert folder_of(name="Beat-1.0") == "Beat-1.0"
    assert folder_of(name="Beat One").startswith("Beat_One-")
    names = ["A+", "A*", "A_", "Beat One", "Beat/One", "x" * 300, "x" * 299, "..", ".", "...", "가" * 27, "가" * 28]
    folders = [folder_of(name=name) for name in names]
    assert all(one != other for one, other in itertools.combinations(folders, 2))
    devices = [
        ("a_b.py:c", FUNCTION), ("a.py:b_c", FUNCTION), ("answers", RECORDED), ("answers.toml", COMMAND),
        ("qrs.toml", COMMAND), ("qrs", FUNCTION), ("qrs", RECORDED), ("beat-1.0", RECORDED), ("beat-1.1", RECORDED),
    ]  # fmt: skip
    assert len({folder_of(*one) for one in devices}) == len(devices)


@pytest.mark.parametrize("name", ["..", ".", "../up", "a/b", "x" * 300, "\U00020000" * 80, "가" * 200])
def test_a_name_leads_to_no_other_folder_and_fits_a_file_system(tmp_path, name):
    made = tmp_path / folder_of(name=name)
    made.mkdir()
    assert made.resolve().parent == tmp_path.resolve()


def test_a_name_that_is_no_text_is_refused():
    with pytest.raises(StudyError, match="is no text"):
        called(FUNCTION, "a\udcff")


def test_a_run_does_not_clear_the_folder_of_another_device(tmp_path):
    place = tmp_path / "out"
    run_bench(toy.protocol(), Function(toy.bad, "one"), place)
    before = (place / "log.json").read_bytes()
    with pytest.raises(StudyError, match="holds a run of one, which one of two would clear"):
        run_bench(toy.protocol(), Function(toy.good, "two"), place)
    assert (place / "log.json").read_bytes() == before
    run_bench(toy.protocol(), Function(toy.good, "one"), place)
    (place / "log.json").write_text("{")  # what cannot be read is nobody's
    run_bench(toy.protocol(), Function(toy.good, "two"), place)


@pytest.mark.parametrize(("place", "said"), [("x" * 300, "too long"), ("file", "is no folder")])
def test_what_can_be_no_folder_is_refused_in_plain_words(tmp_path, place, said):
    (tmp_path / "file").write_text("")
    with pytest.raises(StudyError, match=said):
        run_bench(toy.protocol(), Function(toy.good, "one"), tmp_path / place)
