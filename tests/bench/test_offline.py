"""A device that runs elsewhere is given files that tell no truth, and its answers are judged as if it were here."""

import dataclasses
import json

import numpy as np
import pytest

from tests.bench import toy
from twinbed.bench import Function, find, run_bench
from twinbed.bench.export import write_cases
from twinbed.bench.offline import names_of, recorded
from twinbed.bench.protocol import Given
from twinbed.connect.files import plain
from twinbed.core.errors import NotFound, ReadError, ResumeError

pytestmark = pytest.mark.long

SECRET = 987_654_321


def answered(folder, function):
    """Answers every file of `cases` as a program of a firm would, by JSON alone."""
    for file in (folder / "cases").iterdir():
        told = json.loads(file.read_text())
        given = {name: np.array(value, float) if isinstance(value, list) else value for name, value in told.items()}
        (folder / "answers" / file.name).write_text(json.dumps(plain(dict(function(given)))))


@pytest.mark.parametrize(
    ("id_", "settings"),
    [
        ("ecg/noise_stress", {"persons": 1}),
        ("wearable/heart_rate", {"wearers": 1, "condition_s": 60.0}),
        ("temperature/clinical_accuracy", {"per_age": (2, 2, 2, 2)}),
        ("blood_pressure/cuffless", {"subjects": 3}),
        ("oximetry/low_perfusion_and_response", {}),
    ],
)
@pytest.mark.parametrize("device", ["good", "bad"])
def test_a_folder_of_answers_has_the_verdicts_of_the_device_that_made_them(id_, settings, device, tmp_path):
    protocol = find.protocol(id_, **settings)
    assert write_cases(protocol, tmp_path / "made") == len(list((tmp_path / "made" / "cases").iterdir()))
    answered(tmp_path / "made", protocol.devices[device])
    here = run_bench(protocol, Function(protocol.devices[device], device), tmp_path / "here")
    there = run_bench(protocol, find.device(str(tmp_path / "made"), protocol), tmp_path / "there")
    assert not any(case.failure for case in there.cases)
    assert there.verdicts == here.verdicts


def test_files_tell_neither_seed_nor_case_nor_what_is_true(tmp_path):
    protocol = find.protocol("wearable/heart_rate", wearers=1, condition_s=60.0, seed=SECRET)
    write_cases(protocol, tmp_path / "made")
    files = [path for path in (tmp_path / "made").rglob("*") if path.is_file()]
    assert [path.name for path in files if str(SECRET) in path.read_text()] == []
    cases = [path for path in files if path.parent.name == "cases"]
    told = {name for path in cases for name in json.loads(path.read_text())}
    assert told == {given.name for given in protocol.given if not given.inside}
    assert not {path.stem for path in cases} & {case.id for case in protocol.cases()}
    assert {path.stat().st_mtime for path in cases} == {0.0}
    names = list(names_of(protocol).values())
    assert sorted(names) == sorted(path.stem for path in cases)
    assert names != sorted(names)


def test_a_device_from_outside_is_not_given_what_is_for_devices_of_twinbed(tmp_path):
    script = tmp_path / "own.py"
    script.write_text('def own(given):\n    return {"temperature": given["wave"][0] + 0.1 + 9.0 * ("seed" in given)}\n')
    cases = lambda: [dataclasses.replace(c, stimulus={**c.stimulus, "seed": 1}) for c in toy.cases()]
    given = (Given("wave", "Cel", "bath", "series"), Given("seed", "1", "seed", inside=True))
    protocol = dataclasses.replace(toy.protocol(), cases=cases, given=given)
    log = run_bench(protocol, find.device(f"{script}:own", protocol), tmp_path / "out")
    assert log.verdicts[0].value == pytest.approx(0.1)


def test_the_same_stimulus_twice_has_two_names_and_rounding_has_none():
    same = lambda factor: dataclasses.replace(
        toy.protocol(),
        cases=lambda: [
            dataclasses.replace(c, id=f"{c.id}_{k}", stimulus={"wave": c.stimulus["wave"] * factor})
            for k in range(2)
            for c in list(toy.cases())[:2]
        ],
    )
    names = names_of(same(1.0))
    assert names["bath_0_1"] == f"{names['bath_0_0']}-2"
    assert len(set(names.values())) == 4
    assert names_of(same(1.0 + 1e-13)) == names
    assert names_of(same(1.01)) != names


def test_a_folder_is_whole_or_not_there(tmp_path):
    def broken():
        yield next(toy.cases())
        raise ReadError("recording", "it is broken")

    with pytest.raises(ReadError):
        write_cases(dataclasses.replace(find.protocol("ecg/noise_stress"), cases=broken), tmp_path / "made")
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine").write_text("kept")
    with pytest.raises(ResumeError, match="new folder"):
        write_cases(find.protocol("ecg/noise_stress", persons=1), tmp_path / "full")
    assert (tmp_path / "full" / "mine").read_text() == "kept"


def test_a_folder_without_answers_to_these_cases_is_refused(tmp_path):
    with pytest.raises(NotFound, match="holds no answers"):
        recorded(tmp_path, toy.protocol())
    (tmp_path / "other.json").write_text("{}")
    with pytest.raises(NotFound, match=r"answers no case .*'other'.*'bath_0'"):
        recorded(tmp_path, toy.protocol())
    (tmp_path / "bath_2.json").write_text("{}")
    assert recorded(tmp_path, toy.protocol()).folder == tmp_path


def test_the_page_beside_the_cases_tells_what_wrote_it(tmp_path):
    write_cases(find.protocol("temperature/clinical_accuracy", per_age=(2, 2, 2, 2)), tmp_path / "made")
    page = (tmp_path / "made" / "README.md").read_text(encoding="utf-8")
    assert "<!-- `twinbed bench cases temperature/clinical_accuracy` wrote this file -->" in page
    assert "--markdown" not in page
