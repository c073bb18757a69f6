"""Beat by beat and run by run classification of ectopic beats on annotated recordings.

The test begins when the device has learned: after five minutes, or what its maker says. A device that stops to read an
ECG that it cannot read says so (`shutdown_starts`, `shutdown_ends`): beats missed then count as missed, runs end there,
and how many beats they are and how long it was is disclosed.

**References:**

- ANSI/AAMI EC57:2012/(R)2020; IEC 60601-2-47:2012, 201.12.1.101
"""

import functools
import pathlib
from collections.abc import Sequence

import numpy as np

from twinbed.bench.charts import Chart, Figure, Listing, Matrix
from twinbed.bench.ec57 import compare_beats, compare_runs
from twinbed.bench.ec57.standard import BEATS, START_S, V
from twinbed.bench.limits import read_limits
from twinbed.bench.protocol import Answer, Answers, Case, Criterion, Protocol, Row, Table
from twinbed.bench.protocols.ecg import _devices
from twinbed.bench.protocols.ecg._records import (
    GIVEN,
    MITDB,
    SHUTDOWN,
    checked_learning,
    checked_records,
    found,
    gross,
    listed,
    of_shutdowns,
    percent,
    picture,
    record_cases,
    shutdown_columns,
    shutdown_criteria,
    shutdowns_of,
    truth,
)
from twinbed.core.errors import StatisticsError

_CLASSES = ("N", "S", "V", "F", "Q", "O", "X")
_RUNS = ("couplet", "short_run", "long_run")


def arrhythmia(
    *, limits: pathlib.Path | None = None, records: Sequence[str] = MITDB, learning_s: float = START_S
) -> Protocol:
    """Ectopic beats and runs on the MIT-BIH Arrhythmia Database, after the learning period.

    Args:
        limits: a laboratory's own limits.
        records: names of records; all 48 if left out.
        learning_s: how long the maker says that the device learns; five minutes where it says nothing.

    Raises:
        StudyError: a learning period below zero.
    """
    checked_learning(learning_s)
    checked_records(records)
    table = read_limits(pathlib.Path(__file__).with_name("limits.toml"), limits)
    return Protocol(
        id="ecg/arrhythmia",
        title="Beat by beat and run by run: ectopic beats",
        standard="ANSI/AAMI EC57, IEC 60601-2-47",
        edition="EC57:2012/(R)2020, 60601-2-47:2012",
        subjects="MIT-BIH Arrhythmia Database: 47 people, 48 records of 30 minutes, two leads",
        stimulus="the recorded ECG in mV, its first lead and where there is one its second",
        reference="beats annotated by at least two cardiologists",
        cases=functools.partial(record_cases, records, learning_s=learning_s),
        count=len(records),
        given=GIVEN,
        recordings=("mitdb",),
        answers=[
            Answer("beats", "1", "position of every QRS complex, samples from 0", "samples", "ecg"),
            Answer("symbols", "1", "class of every beat, such as N, S, V, F or Q", "texts", "beats"),
            *SHUTDOWN,
        ],
        measure=functools.partial(_measure, learning_s),
        criteria=_criteria(),
        limits={name: table[name] for name in ("veb_sensitivity", "veb_positive_predictivity")},
        figures=_figures,
        badness="ventricular_errors",
        picture=functools.partial(_picture, learning_s),
        devices=_devices.CLASSIFIERS,
    )


def _measure(learning_s: float, case: Case, answers: Answers) -> list[Row]:
    strange = sorted(set(answers["symbols"].tolist()) - set(BEATS))
    if strange:
        raise StatisticsError(f"symbol {strange[0]!r} is of no beat; known are {''.join(BEATS)}")
    reference, test = truth(case), found(case, answers["beats"], answers["symbols"], shutdowns_of(answers))
    beats = compare_beats(reference, test, start_s=learning_s)
    row: dict[str, float] = {
        f"{r}{c.lower()}": float(beats.counts[i, j]) for i, r in enumerate(_CLASSES) for j, c in enumerate(_CLASSES)
    }
    for name, ratio in (
        ("veb_se", beats.veb_sensitivity), ("veb_pp", beats.veb_positive_predictivity),
        ("veb_fpr", beats.veb_false_positive_rate), ("sveb_se", beats.sveb_sensitivity),
        ("sveb_pp", beats.sveb_positive_predictivity),
    ):  # fmt: skip
        row |= {f"{name}_part": ratio.part, f"{name}_whole": ratio.whole}
    runs = compare_runs(reference, test, "VE", start_s=learning_s)
    for length in _RUNS:
        se, pp = runs.sensitivity(length), runs.positive_predictivity(length)
        row |= {f"{length}_se_part": se.part, f"{length}_se_whole": se.whole}
        row |= {f"{length}_pp_part": pp.part, f"{length}_pp_whole": pp.whole}
    shut, missed = beats.missed_in_shutdown(V), beats.veb_sensitivity.whole - beats.veb_sensitivity.part
    row |= {"veb_shut_part": shut.part, "veb_shut_whole": shut.whole}
    row["ventricular_errors"] = missed + beats.veb_positive_predictivity.whole - beats.veb_positive_predictivity.part
    return [row | shutdown_columns(beats)]


def _share(name: str):
    return gross(f"{name}_part", f"{name}_whole")


def _criteria() -> list[Criterion]:
    beat, run = "EC57 beat by beat", "EC57 run by run"
    out = [
        Criterion(
            "veb_sensitivity", beat, "ventricular ectopic beats found (VEB Se)", "%", _share("veb_se"), "at least",
            "veb_sensitivity",
        ),
        Criterion(
            "veb_positive_predictivity", beat, "true ventricular ectopic beats, of those called so (VEB +P)", "%",
            _share("veb_pp"), "at least", "veb_positive_predictivity",
        ),
        Criterion(
            "veb_false_positive_rate", beat, "other beats called ventricular ectopic (VEB FPR)", "%", _share("veb_fpr")
        ),
        Criterion("sveb_sensitivity", beat, "supraventricular ectopic beats found (SVEB Se)", "%", _share("sveb_se")),
        Criterion(
            "sveb_positive_predictivity", beat, "true supraventricular ectopic beats, of those called so (SVEB +P)",
            "%", _share("sveb_pp"),
        ),
    ]  # fmt: skip
    said = {"couplet": "couplets", "short_run": "runs of 3 to 5 beats", "long_run": "runs of 6 beats and more"}
    for length, words in said.items():
        out.append(Criterion(f"{length}_sensitivity", run, f"ventricular {words} found", "%", _share(f"{length}_se")))
        out.append(
            Criterion(f"{length}_positive_predictivity", run, f"true ventricular {words}", "%", _share(f"{length}_pp"))
        )
    shut = "ventricular ectopic beats missed while the device was shut down"
    return [
        *out,
        *shutdown_criteria(),
        Criterion("veb_missed_in_shutdown", "EC57 shutdown", shut, "%", of_shutdowns(_share("veb_shut"))),
    ]


def _figures(table: Table) -> list[Figure]:
    counts = np.array([[table[f"{r}{c.lower()}"].sum() for c in _CLASSES] for r in _CLASSES])
    names = ("veb_se", "veb_pp", "sveb_se", "sveb_pp")
    rows = listed(
        table, [*(percent(f"{n}_part", f"{n}_whole") for n in names), lambda t: t["ventricular_errors"].sum()]
    )
    return [
        Matrix(
            "Beats by class", "rows are the reference, columns the device; O is no beat, X no beat in a shutdown",
            _CLASSES, [c.lower() for c in _CLASSES], counts,
        ),
        Listing(
            "Records", "all records, the worst first",
            ("record", "VEB Se, %", "VEB +P, %", "SVEB Se, %", "SVEB +P, %", "errors"),
            sorted(rows, key=lambda row: -float(row[5] or 0.0)),
        ),
    ]  # fmt: skip


def _picture(learning_s: float, case: Case, answers: Answers) -> Chart:
    says = "dots above the curve are ventricular beats: the upper row the reference, the lower the device"
    ours, theirs = np.asarray(case.reference["sample"]), answers["beats"]
    reference = ours[np.isin(case.reference["symbol"], ["V", "E", "r"])]
    title, device = "Ten seconds with the most errors", theirs[answers["symbols"] == "V"]
    return picture(case, reference, device, title, says, from_s=learning_s, kind="ventricular beat")
