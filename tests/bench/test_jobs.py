"""Cases played in several processes give the log of one."""

import json

import pytest

from twinbed.bench import Function, find, run_bench, sources
from twinbed.bench.jobs import play_ahead
from twinbed.core.errors import NotFound, StudyError

ID = "software_as_device/drift_monitor"


@pytest.mark.long
def test_the_log_is_the_same_whatever_the_number_of_processes(tmp_path):
    protocol = find.protocol(ID, quiet=3, shifted=1)
    asked, told = [], []

    def never(stimulus):
        asked.append(1)
        return protocol.devices["good"](stimulus)

    counted = Function(never, "good", sources.file_of(protocol.devices["good"]))
    play_ahead(protocol, "good", tmp_path / "two", jobs=2, on_progress=lambda done, case: told.append(done))
    run_bench(protocol, counted, tmp_path / "two")
    assert asked == []
    assert max(told) == 7
    run_bench(protocol, counted, tmp_path / "one")
    assert len(asked) == 7
    logs = [json.loads((tmp_path / name / "log.json").read_text()) for name in ("one", "two")]
    for log in logs:
        del log["started"]
        for case in log["cases"]:
            del case["seconds"]
    assert logs[0] == logs[1]


def test_what_only_one_process_may_do_is_refused(tmp_path):
    counted = find.protocol("software_as_device/change_control", ledger=str(tmp_path / "uses.jsonl"))
    with pytest.raises(StudyError, match="with one job"):
        play_ahead(counted, "good", tmp_path, jobs=2)
    protocol = find.protocol(ID, quiet=3, shifted=1)
    with pytest.raises(StudyError, match="give 1 or more"):
        play_ahead(protocol, "good", tmp_path, jobs=0)
    with pytest.raises(NotFound, match="no device"):
        play_ahead(protocol, "excellent", tmp_path, jobs=2)
    assert list(tmp_path.iterdir()) == []
