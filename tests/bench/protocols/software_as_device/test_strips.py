"""The virtual population has the statistics that it says, and those of real recordings; the device was made as it says."""

import csv
import lzma

import numpy as np
import pytest

from twinbed.bench.diagnostic.accuracy import clustered_auc
from twinbed.bench.draws import placed_normals
from twinbed.bench.protocols.software_as_device import _classifiers, _recorded, _strips
from twinbed.connect.data import data_root

PEOPLE = list(_strips.persons(400, 11))


def strips(rhythm, paroxysmal=False, beats=300):
    return [p.strip(0, beats) for p in PEOPLE if p.rhythm_of(0) == rhythm and p.paroxysmal == paroxysmal]


def test_sinus_rhythm_has_the_numbers_of_nunan_and_others():
    rr = [s for p in PEOPLE if p.rhythm == "sinus rhythm" for s in [p.strip(0, 320)]]
    mean = np.array([x.mean() for x in rr])
    assert mean.mean() == pytest.approx(0.926, abs=0.03)
    assert mean.std() == pytest.approx(0.090, abs=0.025)
    assert np.mean([x.std() for x in rr]) == pytest.approx(0.050, abs=0.005)
    assert np.mean([np.sqrt(np.mean(np.diff(x) ** 2)) for x in rr]) == pytest.approx(0.042, abs=0.005)


def test_fibrillation_has_no_memory_and_the_variation_that_was_measured():
    rr = strips(_strips.FIBRILLATION)
    assert np.mean([x.std() / x.mean() for x in rr]) == pytest.approx(0.217, abs=0.012)
    assert np.mean([np.corrcoef(x[1:], x[:-1])[0, 1] for x in rr]) == pytest.approx(0.0, abs=0.02)
    assert np.mean([((x - x.mean()) ** 3).mean() / x.std() ** 3 for x in rr]) == pytest.approx(0.65, abs=0.12)


@pytest.mark.long
def test_real_fibrillation_has_the_same_statistics():
    root = data_root()
    path = root / "vitaldb_arrhythmia" / "annotations.csv.xz" if root else None
    if path is None or not path.is_file():
        pytest.skip("no recordings: vitaldb_arrhythmia (set TWINBED_DATA)")
    found = {}
    with lzma.open(path, "rt") as file:
        before = None
        for row in csv.DictReader(file):
            if not row["rhythm_label"].startswith("AFIB"):
                before = None
                continue
            now = row["case_id"], float(row["time_second"])
            run = found.setdefault(now[0], [[]])
            if before is None or before[0] != now[0] or not 0.25 < now[1] - before[1] < 2.5:
                run.append([])
            else:
                run[-1].append(now[1] - before[1])
            before = now
    numbers = []
    for runs in found.values():
        parts = [np.array(r[k : k + 60]) for r in runs for k in range(0, len(r) - 59, 60)]
        if parts:
            numbers.append(
                np.mean(
                    [
                        (
                            x.mean(),
                            x.std() / x.mean(),
                            np.corrcoef(x[1:], x[:-1])[0, 1],
                            ((x - x.mean()) ** 3).mean() / x.std() ** 3,
                        )
                        for x in parts
                    ],
                    axis=0,
                )
            )
    mean, variation, memory, skew = np.mean(numbers, axis=0)
    assert len(numbers) > 100
    assert mean == pytest.approx(0.772, abs=0.02)
    assert variation == pytest.approx(0.217, abs=0.01)
    assert memory == pytest.approx(0.0, abs=0.03)
    assert skew == pytest.approx(0.7, abs=0.15)


def test_ventricular_beats_are_early_and_compensated():
    rr = _strips._ectopic(np.full(400, 0.9), True, 0.1, 8, 0, 0)
    early = np.flatnonzero(rr < 0.85)
    early = early[early < 399]
    assert 0.04 < len(early) / 400 < 0.14
    assert rr[early] + rr[early + 1] == pytest.approx(np.full(len(early), 1.8))
    atrial = _strips._ectopic(np.full(400, 0.9), False, 0.1, 8, 0, 0)
    assert set(np.round(atrial[np.flatnonzero(atrial < 0.8) + 1], 6)) <= {0.945, 0.9}


def test_a_watch_adds_the_jitter_that_it_says():
    added = {"wrist": [], "chest strap": []}
    for p in PEOPLE[:120]:
        added[p.sensor] += list(p.seen(0, 60) - p.strip(0, 60))
    assert np.std(added["wrist"]) == pytest.approx(np.hypot(0.012, 1 / 128 / 12**0.5), rel=0.05)
    assert np.std(added["chest strap"]) == pytest.approx(0.002, rel=0.05)


@pytest.mark.long
def test_the_weights_are_those_of_the_fit():
    cases = list(_strips.cases(**_classifiers.DEVELOPED_ON))
    assert _classifiers.fitted(cases) == pytest.approx(_classifiers.WEIGHTS, rel=2e-3)
    assert _classifiers.fitted(cases, (0, 1, 3)) == pytest.approx(_classifiers.EARLIER, rel=2e-3)


def test_entropy_by_counting():
    rr = np.round(0.8 + 0.1 * placed_normals(30, 2, "rr"), 3)
    first = second = 0
    for i in range(29):
        for j in range(i + 1, 29):
            near = abs(rr[i] - rr[j]) < 0.03
            first += near
            second += near and abs(rr[i + 1] - rr[j + 1]) < 0.03
    assert second >= 5
    assert _classifiers.sample_entropy_rate(rr) == pytest.approx(
        -np.log(second / first) + np.log(0.06) - np.log(rr.mean())
    )


def test_made_with_virtual_patients_it_tells_real_ones():
    root = data_root()
    if root is None or not (root / _recorded.FOLDER).is_dir():
        pytest.skip(f"no recordings: {_recorded.FOLDER} (set TWINBED_DATA)")
    cases = list(_recorded.cases(30))
    assert len(cases) > 100
    truth = np.array([c.reference["fibrillation"] for c in cases])
    p = np.array([_classifiers.good(c.stimulus)["probability"] for c in cases])
    assert clustered_auc(p, truth, np.array([c.subject for c in cases])).value > 0.97
