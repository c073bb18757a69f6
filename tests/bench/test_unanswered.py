"""A device that gives no usable answer gets a verdict and both pages, whatever the protocol."""

import dataclasses
import itertools

import numpy as np
import pytest

from tests.bench.test_facts import SMALL as SMALL_STUDIES
from tests.bench.test_protocols import QUICK
from twinbed.bench import find, run_bench
from twinbed.bench.charts import Chart, Level, Moment, as_data
from twinbed.bench.device import Function
from twinbed.bench.log import read_figures, write_figures
from twinbed.bench.report import junit, write_page
from twinbed.bench.report.page import FILES
from twinbed.cli.verdicts import all_passed, verdict_lines
from twinbed.connect.data import data_root

_CASES = 4
SMALL = {**QUICK, **SMALL_STUDIES}


def short(id_):
    """The protocol with its first cases alone."""
    protocol, root = find.protocol(id_, **SMALL.get(id_, {})), data_root()
    for needed in protocol.recordings:
        if root is None or not (root / needed).is_dir():
            pytest.skip(f"no recordings: {needed} (set TWINBED_DATA)")
    return dataclasses.replace(protocol, cases=lambda: itertools.islice(protocol.cases(), _CASES), count=_CASES)


def without_number(answer):
    """The same answer with NaN in the place of its first number, or of one number in its first list."""
    out = dict(answer)
    for name, value in answer.items():
        array = np.asarray(value)
        if array.dtype.kind == "f" and array.size:
            out[name] = np.array(array, float)
            out[name].reshape(-1)[0] = np.nan
            return out
    return {name: np.nan for name in answer}


def device(protocol, how, bad_cases):
    """The good device of a protocol, but for some of its cases, which are counted from 0."""
    good, asked = protocol.devices["good"], itertools.count()

    def answer(stimulus):
        bad = next(asked) in bad_cases
        if bad and how == "raises":
            raise ValueError("the sensor is off")
        return without_number(good(stimulus)) if bad else good(stimulus)

    return Function(answer, how)


@pytest.mark.long
@pytest.mark.parametrize(("how", "bad_cases"), [("raises", {1}), ("raises", set(range(_CASES))), ("one NaN", {0})])
@pytest.mark.parametrize("id_", find.protocol_ids())
def test_a_device_without_a_usable_answer_has_verdicts_and_pages(id_, how, bad_cases, tmp_path):
    protocol = short(id_)
    log = run_bench(protocol, device(protocol, how, bad_cases), tmp_path)
    write_page(tmp_path)
    assert all((tmp_path / name).stat().st_size for name in FILES.values())
    assert verdict_lines(log)
    assert "<testsuite" in junit(log)
    assert [c.id for c in log.cases if c.failure or c.gaps]
    if how == "raises":
        assert not all_passed(log)


def test_a_mark_without_a_place_is_not_drawn(tmp_path):
    chart = Chart("a", "b", "x", "y", [Moment(np.nan, "device"), Level(np.nan, "bias"), Moment(3.0, "reference")])
    write_figures(tmp_path, [as_data(chart)], [])
    (found,), _ = read_figures(tmp_path)
    assert found.marks == [Moment(3.0, "reference")]
