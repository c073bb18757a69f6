"""Every protocol that is found: declared whole, and able to tell a good device from a bad one."""

import fnmatch
import re

import numpy as np
import pytest

from twinbed.bench import find, judge_again, run_bench
from twinbed.bench.charts import Chart, Level, Matrix, Moment, Moments, Zone
from twinbed.bench.device import Function
from twinbed.bench.log import read_figures
from twinbed.bench.texts import translator
from twinbed.connect.data import data_root
from twinbed.vocab import units

IDS = find.protocol_ids()
QUICK = {
    "ecg/arrhythmia": {"records": ("100", "119", "209", "220", "222")},
    "ecg/atrial_fibrillation": {"records": ("100", "119", "202", "219")},
    "ecg/beat_detection": {"records": ("100", "105", "201", "202", "217")},
    "ecg/heart_rate_error": {"records": ("100", "105", "201", "202", "217")},
    "ecg/ventricular_fibrillation": {"records": ("105", "207"), "patients": 6},
    "respiration/rate": {"records": 5},
    "software_as_device/diagnostic_accuracy": {"patients": 560},
    "wearable/heart_rate": {"condition_s": 60.0},
}
"""Settings with which a long protocol is played here; as a whole it is played by slow tests of its own."""

UNCOUNTED = {"software_as_device/change_control": {"uses of the test set"}}
"""What no device can show by itself: without a ledger nobody counts how often a test set was used."""

FREE = {"shutdown_starts", "shutdown_ends"}
"""Answers that are no claim: whoever leaves them out has every beat counted all the same."""


def made(id_):
    protocol, root = find.protocol(id_, **QUICK.get(id_, {})), data_root()
    for needed in protocol.recordings:
        if root is None or not (root / needed).is_dir():
            pytest.skip(f"no recordings: {needed} (set TWINBED_DATA)")
    return protocol


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """The logs of the good and of the bad device, each made once, and all that the good one was given."""
    kept = {}

    def run(id_):
        if id_ not in kept:
            protocol, folder = made(id_), tmp_path_factory.mktemp("bench")
            given = []
            watched = {
                "good": lambda stimulus: given.append(stimulus) or protocol.devices["good"](stimulus),
                "bad": protocol.devices["bad"],
            }
            logs = [run_bench(protocol, Function(device, name), folder / name) for name, device in watched.items()]
            kept[id_] = protocol, folder, logs, given
        return kept[id_]

    return run


@pytest.mark.parametrize("id_", IDS)
def test_it_is_declared_whole(id_):
    protocol = made(id_)
    assert protocol.id == id_
    for text in (protocol.title, protocol.standard, protocol.edition, protocol.subjects, protocol.stimulus):
        assert text
    assert len({c.name for c in protocol.criteria}) == len(protocol.criteria)
    judged = {c.name for c in protocol.criteria if c.limit}
    assert {a.name for a in protocol.answers if a.optional and a.claim not in judged} <= FREE
    assert [a.name for a in protocol.answers if a.claim and not a.optional] == []
    for criterion in protocol.criteria:
        assert criterion.clause
        assert criterion.means
        assert (criterion.sense == "disclosed") == (not criterion.limit)
        assert not criterion.limit or criterion.unit == protocol.limits[criterion.limit].unit
    for pattern in protocol.study:
        assert [c for c in protocol.criteria if fnmatch.fnmatchcase(c.name, pattern)], pattern


@pytest.mark.long
@pytest.mark.parametrize("id_", IDS)
def test_a_good_device_passes_and_a_bad_one_does_not(id_, runs):
    protocol, _, (good, bad), _ = runs(id_)
    assert not [c for c in good.cases if c.failure]
    assert [(v.criterion, v.reason) for v in good.verdicts if v.outcome in ("fail", "not tested")] == []
    undecided = {v.criterion for v in good.verdicts if v.outcome == "not applicable" and v.limit is not None}
    assert undecided == UNCOUNTED.get(id_, set())
    assert any(v.outcome == "pass" and v.limit is not None for v in good.verdicts)
    failed = [v for v in bad.verdicts if v.outcome == "fail"]
    assert failed
    assert any(v.value is not None for v in failed), "it must fail by what it measures, not by its form"
    if protocol.count:
        assert len(good.cases) == protocol.count


KINDS = {"number": (0, "biuf"), "text": (0, "U"), "series": (1, "biuf"), "table": (2, "biuf")}


@pytest.mark.long
@pytest.mark.parametrize("id_", IDS)
def test_what_a_device_is_given_is_declared(id_, runs):
    protocol, _, _, every = runs(id_)
    declared = {given.name: given for given in protocol.given}
    assert len(declared) == len(protocol.given)
    for given in protocol.given:
        units.parse(given.unit)
        assert given.means
    for stimulus in every:
        assert set(stimulus) <= set(declared)
        assert {name for name, given in declared.items() if not given.optional} <= set(stimulus)
        for name, value in stimulus.items():
            dimensions, letters = KINDS[declared[name].kind]
            assert (np.ndim(value), np.asarray(value).dtype.kind in letters) == (dimensions, True), name


@pytest.mark.long
@pytest.mark.parametrize("id_", IDS)
def test_judged_again_a_run_has_the_same_verdicts(id_, runs):
    protocol, folder, (good, _), _ = runs(id_)
    assert judge_again(protocol, folder / "good").verdicts == good.verdicts


@pytest.mark.long
@pytest.mark.parametrize("id_", IDS)
def test_cases_have_names_of_files_and_do_not_recur(id_, runs):
    _, _, (good, bad), _ = runs(id_)
    names = [c.id for c in good.cases]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[A-Za-z0-9._-]+", name) for name in names)
    assert [c.sha256 for c in good.cases] == [c.sha256 for c in bad.cases]


def texts_of(figure):
    """What a reader sees of a figure."""
    yield from (figure.title, figure.says)
    if isinstance(figure, Chart):
        yield from (figure.x, figure.y, *(name for _, name in figure.y_names))
        yield from (mark.label for mark in figure.marks if not isinstance(mark, Zone))
    elif isinstance(figure, Matrix):
        yield from (*figure.rows, *figure.columns)
    else:
        yield from (*figure.columns, *(cell for row in figure.rows for cell in row if isinstance(cell, str)))


def unnamed(figure):
    """Dashed lines of a chart of which nobody says what they are."""
    marks = figure.marks if isinstance(figure, Chart) else ()
    return [mark for mark in marks if isinstance(mark, Level | Moment | Moments) and not mark.label]


@pytest.mark.long
@pytest.mark.parametrize("id_", IDS)
def test_its_pictures_can_be_read_again_and_it_speaks_korean(id_, runs):
    protocol, folder, logs, _ = runs(id_)
    figures, worst = read_figures(folder / "bad")
    assert figures
    if protocol.picture:
        assert worst
    assert [(f.title, mark) for f in (*figures, *(p for _, p in worst)) for mark in unnamed(f)] == []
    said = [protocol.title, protocol.subjects, protocol.stimulus, protocol.reference]
    said += [told.means for told in (*protocol.criteria, *protocol.given, *protocol.answers)]
    if protocol.loop:
        said += [told.means for told in (*protocol.loop.given, *protocol.loop.answers)]
    said += [t for limit in protocol.limits.values() for t in (limit.means, limit.source) if "doi:" not in t]
    said += [t for f in (*figures, *(picture for _, picture in worst)) for t in texts_of(f)]
    for log in logs:
        said += [v.method for v in log.verdicts]
        said += [v.reason for v in log.verdicts if v.outcome in ("not tested", "not applicable") or v.value is None]
    names, say = {c.id for c in logs[0].cases}, translator(id_, "ko")
    assert sorted({text for text in said if text not in names and say.find(text) is None}) == []
    assert [text for text in said if re.search(r"\[(Hg|IU|H2O)\]|\bCel\b", text)] == [], "people read °C and mmHg"
