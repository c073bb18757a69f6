"""Beat by beat detection of QRS complexes on annotated recordings.

The test begins when the device has learned: after five minutes, or what its maker says. A device that stops to read an
ECG that it cannot read says so (`shutdown_starts`, `shutdown_ends`): beats missed then count as missed, and how many
they are and how long it was is disclosed.

**References:**

- ANSI/AAMI EC57:2012/(R)2020; IEC 60601-2-47:2012, 201.12.1.101
- Moody & Mark (2001), IEEE Eng Med Biol 20:45, doi:10.1109/51.932724 (the MIT-BIH Arrhythmia Database)
"""

import functools
import math
import pathlib
from collections.abc import Sequence

from twinbed.bench.charts import Chart, Figure, Listing, Points
from twinbed.bench.ec57 import compare_beats
from twinbed.bench.ec57.standard import START_S
from twinbed.bench.limits import read_limits
from twinbed.bench.protocol import Answer, Answers, Case, Criterion, Protocol, Row, Table
from twinbed.bench.protocols.ecg import _devices
from twinbed.bench.protocols.ecg._records import (
    GIVEN,
    MITDB,
    SHUTDOWN,
    average,
    beats_of,
    checked_learning,
    checked_records,
    found,
    gross,
    listed,
    percent,
    picture,
    record_cases,
    root_mean,
    shutdown_columns,
    shutdown_criteria,
    shutdowns_of,
    truth,
    unpaced,
    worst_share,
)


def beat_detection(
    *, limits: pathlib.Path | None = None, records: Sequence[str] = MITDB, learning_s: float = START_S
) -> Protocol:
    """QRS detection on the MIT-BIH Arrhythmia Database, after the learning period, within 150 ms.

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
    names = ("qrs_sensitivity", "qrs_positive_predictivity", "record_sensitivity", "record_positive_predictivity")
    return Protocol(
        id="ecg/beat_detection",
        title="Beat by beat: detection of QRS complexes",
        standard="ANSI/AAMI EC57, IEC 60601-2-47",
        edition="EC57:2012/(R)2020, 60601-2-47:2012",
        subjects="MIT-BIH Arrhythmia Database: 47 people, 48 records of 30 minutes, two leads",
        stimulus="the recorded ECG in mV, its first lead and where there is one its second",
        reference="beats annotated by at least two cardiologists",
        cases=functools.partial(record_cases, records, learning_s=learning_s),
        count=len(records),
        given=GIVEN,
        recordings=("mitdb",),
        answers=[Answer("beats", "1", "position of every QRS complex, samples from 0", "samples", "ecg"), *SHUTDOWN],
        measure=functools.partial(_measure, learning_s),
        criteria=_criteria(),
        limits={name: table[name] for name in names},
        figures=_figures,
        badness="errors",
        picture=functools.partial(_picture, learning_s),
        devices=_devices.BEATS,
    )


def _measure(learning_s: float, case: Case, answers: Answers) -> list[Row]:
    return [measured(case, answers, learning_s)]


def measured(case: Case, answers: Answers, learning_s: float = START_S) -> Row:
    """Counts of one case by EC57's pairing."""
    test = found(case, answers["beats"], shutdowns=shutdowns_of(answers))
    table = compare_beats(truth(case), test, start_s=learning_s)
    sensitivity, predictivity = table.qrs_sensitivity, table.qrs_positive_predictivity
    return {
        "beats": sensitivity.whole,
        "found": sensitivity.part,
        "detections": predictivity.whole,
        "true_detections": predictivity.part,
        "errors": sensitivity.whole - sensitivity.part + predictivity.whole - predictivity.part,
        "rr_squares_s2": table.rr_squares_s2,
        "rr_count": table.rr_count,
        **shutdown_columns(table),
    }


SENSITIVITY, PREDICTIVITY = ("found", "beats"), ("true_detections", "detections")
_CLAUSE, _EACH = "EC57 beat by beat", "EC57 record by record"


def _criteria() -> list[Criterion]:
    se, pp = gross(*SENSITIVITY), gross(*PREDICTIVITY)
    limited = [
        ("gross_sensitivity", _CLAUSE, "beats found, of all beats (gross Se)", se, "qrs_sensitivity"),
        (
            "gross_positive_predictivity", _CLAUSE, "true beats, of all detections (gross +P)", pp,
            "qrs_positive_predictivity",
        ),
        (
            "least_sensitivity", _EACH, "sensitivity of the worst record", worst_share(*SENSITIVITY),
            "record_sensitivity",
        ),
        (
            "least_positive_predictivity", _EACH, "positive predictivity of the worst record",
            worst_share(*PREDICTIVITY), "record_positive_predictivity",
        ),
    ]  # fmt: skip
    disclosed = [
        ("average_sensitivity", "sensitivity of every person, averaged", average(*SENSITIVITY)),
        ("average_positive_predictivity", "positive predictivity of every person, averaged", average(*PREDICTIVITY)),
        ("gross_sensitivity_unpaced", "gross Se without records of paced beats", unpaced(se)),
        ("gross_positive_predictivity_unpaced", "gross +P without records of paced beats", unpaced(pp)),
        ("error_rate", "missed beats and false detections, of all beats", gross("errors", "beats")),
    ]
    interval = root_mean("rr_squares_s2", "rr_count", 1000.0)
    return [
        *(Criterion(name, clause, says, "%", of, "at least", limit) for name, clause, says, of, limit in limited),
        *(Criterion(name, _CLAUSE, says, "%", of) for name, says, of in disclosed),
        Criterion("rr_error", _CLAUSE, "root mean square difference of RR intervals", "ms", interval),
        *shutdown_criteria(),
    ]


def _figures(table: Table) -> list[Figure]:
    se, pp = (percent(*columns) for columns in (SENSITIVITY, PREDICTIVITY))
    rows = listed(table, [se, pp, lambda t: t["beats"].sum(), lambda t: t["errors"].sum()])
    ends = lambda k: (float(math.floor(min([99.0, *(v for row in rows if isinstance(v := row[k], float))]))), 100.0)
    figures: list[Figure] = [
        Chart(
            "Record by record", "every dot is a record; the nearer to the upper right corner the better",
            "sensitivity, %", "positive predictivity, %",
            [Points([r[1] for r in rows], [r[2] for r in rows], "accent", "record")],  # pyright: ignore[reportArgumentType]
            x_range=ends(1), y_range=ends(2),
        ),
        Listing(
            "Records", "all records, the worst first", ("record", "Se, %", "+P, %", "beats", "errors"),
            sorted(rows, key=lambda row: -float(row[4] or 0.0)),
        ),
    ]  # fmt: skip
    return figures


def _picture(learning_s: float, case: Case, answers: Answers) -> Chart:
    title = "Ten seconds with the most errors"
    says = "dots above the curve are beats: the upper row the reference, the lower the device"
    return picture(case, beats_of(case), answers["beats"], title, says, from_s=learning_s)
