"""Results and stimuli as tables: what a spreadsheet reads is what the log holds."""

import csv
import dataclasses
import io

import numpy as np
import pytest

from tests.bench import toy
from twinbed.bench import Function, rows, run_bench


def read(text):
    return list(csv.DictReader(io.StringIO(text)))


def test_results_have_a_row_for_every_measured_row_and_for_every_case_without_one(tmp_path):
    answers = iter([{"temperature": 35.5}, [1.0], {"temperature": 37.0}, {"temperature": 39.0}, {"temperature": 41.0}])
    log = run_bench(toy.protocol(), Function(lambda stimulus: next(answers), "odd"), tmp_path)
    found = read(rows.results(log))
    assert [one["case"] for one in found] == [case.id for case in log.cases]
    measured = list(log.cases[0].rows[0])
    assert float(found[0][measured[0]]) == log.cases[0].rows[0][measured[0]]
    assert found[0]["failure"] == ""
    assert "a list of 1 came" in found[1]["failure"]
    assert [found[1][name] for name in ("row", *measured)] == [""] * (1 + len(measured))


def test_a_stimulus_runs_downwards_with_gaps_and_shorter_columns_empty():
    text = rows.stimulus({
        "ecg": np.array([0.5, np.nan, -0.25]), "hz": 360.0, "lead": "V5, 2", "leads": np.array([[1.0, 2.0], [3.0, 4.0]]),
    })  # fmt: skip
    assert text == ('ecg,hz,lead,leads[0],leads[1]\n0.5,360.0,"V5, 2",1.0,3.0\n,,,2.0,4.0\n-0.25,,,,\n')


@pytest.mark.parametrize("name", ["=HYPERLINK(1)", "+1+1", "-2+3", "@SUM(1)", "\t=1"])
def test_a_text_of_the_device_is_no_formula_and_a_number_stays_one(tmp_path, name):
    def raises(stimulus):
        raise type(name, (Exception,), {})("of the device")

    level = lambda: [dataclasses.replace(case, groups={"level": "-5.5e-1"}) for case in toy.cases()]
    log = run_bench(dataclasses.replace(toy.protocol(), cases=level), Function(raises, "odd"), tmp_path)
    log = dataclasses.replace(log, cases=[dataclasses.replace(log.cases[0], failure=f"{name}: of the device")])
    (found,) = read(rows.results(log))
    assert found["failure"] == f"'{name}: of the device"
    assert found["group:level"] == "-5.5e-1"


def test_measured_numbers_below_zero_stay_numbers(tmp_path):
    low = Function(lambda stimulus: {"temperature": stimulus["wave"][0] - 0.25}, "low")
    assert [row["error"] for row in read(rows.results(run_bench(toy.protocol(), low, tmp_path)))] == ["-0.25"] * 5
