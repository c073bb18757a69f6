"""What is said of a run in a line, from its record."""

import json

import pytest

from twinbed.server.runs.kept import found, size, there


def leave(folder, name, record):
    (folder / "out").mkdir()
    (folder / "out" / name).write_text(json.dumps(record))
    return folder


@pytest.mark.parametrize(
    ("outcomes", "verdict"),
    [
        (["pass 1"], "pass"),
        (["pass 1", "pass"], "pass"),  # what has no limit is disclosed
        (["pass 1", "fail 1"], "fail"),
        (["pass 1", "fail"], "fail"),
        (["pass 1", "not tested 1"], "undecided"),
        (["pass 1", "not tested"], "pass"),
        (["pass 1", "not applicable 1"], "undecided"),  # nothing was held against its limit
        (["pass", "not tested"], "undecided"),  # nothing was decided
        ([], "undecided"),
    ],
)
def test_a_device_passes_where_all_that_has_a_limit_passed(tmp_path, outcomes, verdict):
    rows = [o.rpartition(" ") if o.endswith(" 1") else (o, "", None) for o in outcomes]
    verdicts = [{"outcome": outcome, "limit": None if limit is None else 1.0} for outcome, _, limit in rows]
    assert found(leave(tmp_path, "log.json", {"verdicts": verdicts}), "bench")["verdict"] == verdict


def test_a_study_shows_in_so_many_of_its_comparisons(tmp_path):
    rows = [{"shown": True, "sentence": "a"}, {"shown": False, "sentence": "b"}, {"favours": None, "sentence": "c"}]
    said = found(leave(tmp_path, "evidence.json", {"primary": {"verdicts": rows}}), "study")
    assert (said["shown"], said["of"], said["sentences"]) == (1, 3, ["a", "b", "c"])


def test_only_what_is_there_for_people_is_named_and_all_is_weighed(tmp_path):
    leave(tmp_path, "log.json", {})
    (tmp_path / "out" / "answers").mkdir()
    (tmp_path / "out" / "answers" / "case.npz").write_bytes(b"x" * 1000)
    (tmp_path / "log.txt").write_bytes(b"y" * 10)
    (tmp_path / "link").symlink_to("/usr")  # what lies elsewhere is not followed
    assert there(tmp_path) == {"log.json": 2, "log.txt": 10}
    assert 1012 <= size(tmp_path) < 1100
