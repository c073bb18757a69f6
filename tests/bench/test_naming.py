"""Devices have names that people read, and runs of two devices never share a folder."""

import pytest

from twinbed.bench.naming import folder_name, usual_name


@pytest.fixture(autouse=True)
def _here(tmp_path, monkeypatch):
    (tmp_path / "answers").mkdir()
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("device", "described", "name"),
    [
        ("/far/away/detector.py:detect", {"name": "/far/away/detector.py:detect"}, "detector:detect"),
        ("detector.py:Detector", {}, "detector:Detector"), ("acme.detect:find", {}, "acme.detect:find"),
        ("far/device.toml", {"name": "Beat One"}, "Beat One"), ("far/device.toml", {"name": ""}, "device"),
        ("answers", {"folder": "answers"}, "answers"), ("./answers/", {"folder": "answers"}, "answers"),
        ("live:127.0.0.1:6000", {}, "live:127.0.0.1:6000"), ("good", {}, "good"),
        ("devices/delivery/pump", {}, "devices/delivery/pump"),
    ],
)  # fmt: skip
def test_a_device_without_a_name_is_called_by_its_file_and_function(device, described, name):
    assert usual_name(device, described) == name


@pytest.mark.parametrize("kind", ["{}/detector.py:detect", "{}/device.toml", "{}/answers"])
def test_devices_of_one_name_in_different_folders_have_different_folders(tmp_path, kind):
    for place in ("a", "b"):
        (tmp_path / place / "answers").mkdir(parents=True)
    first, second = (folder_name(kind.format(place), "", "same") for place in ("a", "b"))
    assert first != second
    assert first.startswith("same-")
    assert folder_name(kind.format(tmp_path / "a"), "", "same") == first  # the same place, said otherwise


def test_a_device_in_the_folder_in_which_one_works_needs_no_digits(tmp_path):
    assert folder_name("detector.py:detect", "", "detector:detect") == "detector_detect"
    assert folder_name(f"{tmp_path}/detector.py:detect", "", "detector:detect") == "detector_detect"
    assert folder_name("good", "", "good") == "good"


def test_what_somebody_calls_by_one_name_is_one_device_wherever_it_lies():
    assert folder_name("v1/d.py:f", "Beat One", "d:f") == folder_name("v2/d.py:f", "Beat One", "d:f") == "Beat_One"


@pytest.mark.parametrize("name", ["..", ".", "../up", "a/b", "x" * 300])
def test_a_name_leads_to_no_other_folder(tmp_path, name):
    made = tmp_path / folder_name("good", name, "good")
    made.mkdir()
    assert made.resolve().parent == tmp_path.resolve()
