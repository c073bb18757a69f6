"""A run that is killed, interrupted or damaged finishes with the same bits; another study is refused."""

import dataclasses
import errno
import json
import os
import pathlib
import signal
import subprocess
import sys

import numpy as np
import pytest

from tests.studies.conftest import HERE
from twinbed.connect import files
from twinbed.core.errors import ResumeError, StudyError
from twinbed.studies.design import load_study
from twinbed.studies.execute import run_task
from twinbed.studies.runners import manifest
from twinbed.studies.runners.local import run_study
from twinbed.studies.shards import groups, tasks

SCRIPT = """
import os, signal, sys
sys.path[:0] = {path!r}

if __name__ == "__main__":
    from twinbed.studies import load_study, run_study

    seen = []

    def tell(progress):
        seen.append(progress.message)
        if "/" in progress.message and len(seen) == 2:  # the first finished task: kill a worker, for real
            os.kill(progress.workers[0], signal.SIGKILL)
        print(progress.message, flush=True)

    run_study(load_study({study!r}), {out!r}, workers=1, on_progress=tell)
"""


@pytest.fixture(scope="module")
def study(plugin, tmp_path_factory):
    """Three shards, 256, 256 and 208 patients, two arms; one endpoint, so that little is compiled."""
    file = tmp_path_factory.mktemp("study") / "toy.toml"
    text = (HERE / "toy.toml").read_text().replace("n = 10", "n = 720")
    file.write_text(text.replace("days = 2", 'days = 1\nendpoints = ["glucose_control"]'))
    return load_study(file)


@pytest.fixture(scope="module")
def reference(study, tmp_path_factory):
    """The folder and the evidence of a run that nothing disturbed."""
    out = tmp_path_factory.mktemp("reference")
    return out, run_study(study, out, workers=0)


def _same(reference, out, evidence):
    folder, undisturbed = reference
    names = sorted(p.relative_to(folder) for p in folder.rglob("*.parquet"))
    assert names == sorted(p.relative_to(out) for p in out.rglob("*.parquet"))
    for name in names:
        assert (folder / name).read_bytes() == (out / name).read_bytes(), name
    for record in (evidence, json.loads((out / "evidence.json").read_text())):
        assert _lasting(record) == _lasting(undisturbed)


def _lasting(evidence):
    """What two runs of one study have in common: all but when and how, and the state of git."""
    versions = {k: v for k, v in evidence["versions"].items() if k != "git"}
    return {**{k: v for k, v in evidence.items() if k != "run"}, "versions": versions}


def test_a_study_is_cut_by_itself_alone(study):
    (group,) = groups(study)
    assert (group.n, group.shard_size, group.n_shards) == (720, 256, 3)
    assert len(tasks(study)) == 3 + 2 * 3


@pytest.mark.long
def test_killed_workers_and_a_killed_run_finish_with_the_same_bits(study, reference, tmp_path):
    """The worker is killed after the first task; run and new worker together, later, while it computes."""
    script, out = tmp_path / "run.py", tmp_path / "out"
    path = [str(HERE.parents[1]), str(HERE / "plugin")]
    script.write_text(SCRIPT.format(path=path, study=str(study.folder / "toy.toml"), out=str(out)))
    run = subprocess.Popen(
        [sys.executable, str(script)],
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
        cwd=tmp_path,
        env={**os.environ, "XDG_CACHE_HOME": str(tmp_path / "cache")},
    )
    told = []
    for line in run.stdout:  # waits for what happens, not for time to pass
        told.append(line.strip())
        if any("lost the worker" in t for t in told) and told[-1].startswith(("open/", "loop/")):
            os.killpg(run.pid, signal.SIGKILL)
            break
    run.stdout.close()
    assert run.wait() == -signal.SIGKILL, told
    kept = json.loads((out / "manifest.json").read_text())["parts"]
    assert 3 <= len(kept) < 9
    evidence = run_study(study, out, workers=0)
    assert evidence["run"]["tasks_kept"] == len(kept)
    _same(reference, out, evidence)


def test_an_interrupted_run_is_taken_up(study, reference, tmp_path):
    def interrupt(progress):
        if progress.done == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_study(study, tmp_path, workers=0, on_progress=interrupt)
    seen = []
    evidence = run_study(study, tmp_path, workers=0, on_progress=seen.append)
    assert (seen[0].done, seen[0].kept, seen[0].total) == (4, 4, 9)
    assert seen[-1].message == "finished"
    assert seen[-1].patient_days == 2 * 720 - 256
    _same(reference, tmp_path, evidence)


def test_damaged_parts_are_found_and_made_again(study, reference, tmp_path):
    out = tmp_path / "out"
    subprocess.run(["cp", "-r", str(reference[0]), str(out)], check=True)
    (out / "parts/open/toy_adults-00001.parquet").write_bytes(b"")
    (out / "parts/loop/toy_adults-00002.profile.parquet").unlink()
    cohort = out / "cohort/toy_adults-00000.parquet"
    damaged = bytearray(cohort.read_bytes())
    damaged[200] ^= 1
    cohort.write_bytes(damaged)
    evidence = run_study(study, out, workers=0)
    assert sorted(evidence["run"]["tasks_repaired"]) == [
        "cohort/toy_adults-00000", "loop/toy_adults-00002", "open/toy_adults-00001",
    ]  # fmt: skip
    _same(reference, out, evidence)


def test_the_order_of_tasks_does_not_matter(study, reference, tmp_path):
    todo = tasks(study)
    for task in (*reversed(todo[:3]), *reversed(todo[3:])):
        run_task(study, task, tmp_path)
    for file in tmp_path.rglob("*.parquet"):
        assert file.read_bytes() == (reference[0] / file.relative_to(tmp_path)).read_bytes()


def test_a_changed_study_is_refused(study, reference):
    sensor, dosing, pump = study.arms[1].devices
    arm = dataclasses.replace(
        study.arms[1], devices=(sensor, dataclasses.replace(dosing, parameters={"gain": 2.0}), pump)
    )
    changed = dataclasses.replace(study, seed=8, arms=(study.arms[0], arm))
    with pytest.raises(ResumeError, match=r"study.seed: 7 -> 8.*gain: 1.5 -> 2.0.*Choose another folder"):
        run_study(changed, reference[0], workers=0)
    later = dataclasses.replace(
        study, analysis=dataclasses.replace(study.analysis, primary="glucose_control.gri", secondary=())
    )
    with pytest.raises(ResumeError, match=r"study.analysis.primary: \"glucose_control.time_in_range\" -> "):
        run_study(later, reference[0], workers=0)


def test_changed_code_is_refused(study, reference, monkeypatch):
    monkeypatch.setattr(manifest, "fingerprint", lambda study: {"source": "another"})
    with pytest.raises(ResumeError, match=r"code.source: .* -> \"another\""):
        run_study(study, reference[0], workers=0)


def test_an_unreadable_manifest_is_refused(study, tmp_path):
    (tmp_path / "manifest.json").write_text("{")
    with pytest.raises(ResumeError, match="cannot be read"):
        run_study(study, tmp_path, workers=0)


def test_a_full_disk_is_named_and_nothing_half_written_stays(study, tmp_path, monkeypatch):
    replace = os.replace

    def full(source, target):
        if str(target).endswith(".parquet") and "parts" in str(target):
            raise OSError(errno.ENOSPC, "No space left on device")
        replace(source, target)

    monkeypatch.setattr(files.os, "replace", full)
    with pytest.raises(StudyError, match="open/toy_adults-00000: no space left in .*start again"):
        run_study(study, tmp_path, workers=0)
    left = {p.name for p in tmp_path.rglob("*") if p.is_file()}
    assert left == {"manifest.json", *(f"toy_adults-{i:05d}.parquet" for i in range(3))}


def test_an_arm_that_cannot_be_wired_is_refused_before_anything_runs(study, tmp_path):
    blind = dataclasses.replace(study.arms[1], devices=study.arms[1].devices[2:])
    with pytest.raises(StudyError, match=r"arm 'loop'.*nothing feeds pump.basal_command"):
        run_study(dataclasses.replace(study, arms=(study.arms[0], blind)), tmp_path / "out", workers=0)
    assert not (tmp_path / "out").exists()


def test_a_source_that_is_shown_twice_needs_a_link(study, tmp_path):
    second = dataclasses.replace(study.arms[1].devices[0], name="second")
    doubled = dataclasses.replace(study.arms[1], devices=(*study.arms[1].devices, second))
    with pytest.raises(StudyError, match=r"arm 'loop': cgm is shown by sensor.cgm, second.cgm; say in links"):
        run_study(dataclasses.replace(study, arms=(study.arms[0], doubled)), tmp_path, workers=0)


@pytest.mark.long
def test_another_backend_gives_the_same_results(study, reference, tmp_path):
    """To the rounding of 64 bits; the evidence says what computed."""
    folder, undisturbed = reference
    evidence = run_study(dataclasses.replace(study, backend="xla"), tmp_path, workers=0)
    assert undisturbed["run"]["backends"] == ["native"]
    assert evidence["run"]["backends"] == ["xla"]
    for file in folder.rglob("parts/*/*.parquet"):
        ours, theirs = (files.read_table(root / file.relative_to(folder)) for root in (tmp_path, folder))
        for name, values in theirs.items():
            if values.dtype.kind == "f":
                np.testing.assert_allclose(ours[name], values, rtol=1e-9, atol=1e-9, err_msg=f"{file.name} {name}")


def test_the_backend_can_be_chosen_anew(study):
    file = study.folder / "toy.toml"
    assert load_study(file, backend="auto").backend == "auto"
    with pytest.raises(StudyError, match="backend"):
        load_study(file, backend="fortran")


def test_worker_environment_is_left_as_it_was():
    from twinbed.studies.runners.local import _environment

    before = dict(os.environ)
    with _environment():
        assert os.environ["OMP_NUM_THREADS"] == "1"
        assert "multi_thread_eigen=false" in os.environ["XLA_FLAGS"]
    assert dict(os.environ) == before


def test_differences_say_where(tmp_path: pathlib.Path):
    old, new = {"a": [1, {"b": 2}], "c": 1}, {"a": [1, {"b": 3}], "d": [1]}
    assert manifest.differences(old, new) == ["a[2].b: 2 -> 3", "c: 1 -> null", "d: null -> [1]"]
