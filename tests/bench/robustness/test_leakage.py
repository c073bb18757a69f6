"""Copies are found whatever was done to their values, wherever they were cut; strangers are not."""

import numpy as np
import pytest

from twinbed.bench.draws import placed_normals
from twinbed.bench.robustness.leakage import Manifest, leaks, manifest
from twinbed.core.errors import ReadError, StudyError


def walk(seed, n=2000):
    return np.cumsum(placed_normals(n, seed, "walk"))


TRAIN = manifest([(f"t{k}", f"p{k}", walk(k)) for k in range(6)])


def found(*recordings):
    return [(leak.test, leak.train, leak.kind) for leak in leaks(TRAIN, manifest(recordings))]


def test_an_exact_copy_under_another_name_is_found():
    assert found(("a", "stranger", walk(3))) == [("a", "t3", "exact")]


@pytest.mark.parametrize(
    "change",
    [
        lambda x: 0.37 * x + 12.0,  # gain and offset
        lambda x: np.round(x * 200.0) / 200.0,  # a finer converter than the differences
        lambda x: np.exp(x / 40.0),  # any increasing change
        lambda x: x[731:1400],  # a part from anywhere
        lambda x: np.concatenate([walk(99, 400), x[500:1500]]),  # a part inside another recording
    ],
)
def test_a_changed_copy_is_a_near_duplicate(change):
    assert found(("a", "stranger", change(walk(2)))) == [("a", "t2", "near")]


def test_strangers_are_not_found_and_another_recording_of_a_known_patient_is():
    assert found(*((f"s{k}", f"q{k}", walk(100 + k)) for k in range(20))) == []
    assert found(("s", "p4", walk(120))) == [("s", "t4", "subject")]


def test_a_shared_run_of_the_promised_length_shares_a_fingerprint():
    run, window = TRAIN.run, TRAIN.window
    for seed in range(25):
        # the run and window of samples, and two more for the patterns at its ends
        part = walk(1)[50 * seed : 50 * seed + run + window - 1]
        other = manifest([("o", "q", np.concatenate([walk(200 + seed, 300), part, walk(300 + seed, 300)]))])
        assert TRAIN.entries[1].windows & other.entries[0].windows


def test_flat_lines_and_ramps_are_alike_in_all_recordings_and_do_not_count():
    flat = manifest([("flat", "p", np.zeros(500)), ("ramp", "q", np.arange(500.0)), ("short", "r", np.ones(5))])
    assert [len(e.windows) for e in flat.entries] == [0, 0, 0]
    assert leaks(flat, manifest([("other", "s", np.ones(400))])) == []


def test_leads_count_each_and_manifests_can_be_kept(tmp_path):
    two = manifest([("two", "q", np.stack([walk(500), walk(5)]))])
    assert [leak.kind for leak in leaks(TRAIN, two)] == ["near"]
    TRAIN.write(tmp_path / "train.json")
    assert Manifest.read(tmp_path / "train.json") == TRAIN
    (tmp_path / "other.json").write_text("{}")
    with pytest.raises(ReadError, match="no manifest"):
        Manifest.read(tmp_path / "other.json")
    with pytest.raises(StudyError, match="same"):
        leaks(TRAIN, manifest([], run=12))
