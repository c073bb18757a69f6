"""Results and stimuli as tables: what a spreadsheet reads is what the log holds."""

import csv
import io

import numpy as np

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
