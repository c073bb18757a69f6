"""Cases and what was measured of them as rows of a table (CSV), for a spreadsheet or a statistician."""

import csv
import io
import itertools
import math
import re
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from twinbed.bench.log import Log
from twinbed.bench.protocol import Values

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_NUMBER = re.compile(r"[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?")
_FIXED = ("case", "subject", "failure", "seconds", "row")


def results(log: Log) -> str:
    """A row for every row that was measured, and one for a case without any; what a case does not have is empty.

    Columns: name of the case, its subject, why there is no usable answer, seconds that the device took, number of the
    row in the case from 1, groups of the case (`group:` before the name), and the measured numbers. A text that a
    spreadsheet would take for a formula has an apostrophe before it.
    """
    groups = list(dict.fromkeys(name for case in log.cases for name in case.groups))
    measured = list(dict.fromkeys(name for case in log.cases for row in case.rows for name in row))
    rows = [
        [
            *map(_text, (case.id, case.subject, case.failure)), f"{case.seconds:.6g}", number if case.rows else "",
            *(_text(case.groups.get(name, "")) for name in groups), *(_cell(row.get(name)) for name in measured),
        ]
        for case in log.cases
        for number, row in enumerate(case.rows or ({},), 1)
    ]  # fmt: skip
    return _written([*_FIXED, *(f"group:{name}" for name in groups), *measured], rows)


def stimulus(given: Values) -> str:
    """What a device is given of a case: a column for each name, a number or a text in the first row, a list downwards.

    Of a list of lists each is a column, its number from 0 in brackets. A gap in a list, and what lies below a shorter
    one, is empty.
    """
    columns: dict[str, Sequence[Any]] = {}
    for name, value in given.items():
        array = np.asarray(value)
        if array.ndim == 2:
            columns |= {f"{name}[{k}]": row.tolist() for k, row in enumerate(array)}
        else:
            columns[name] = np.atleast_1d(array).tolist()
    rows = itertools.zip_longest(*columns.values(), fillvalue=None)
    return _written(list(columns), ([_cell(value) for value in row] for row in rows))


def _text(text: str) -> str:
    """The text as no formula: device and laboratory may have written it; what is a number stays one."""
    return f"'{text}" if text.startswith(_FORMULA) and not _NUMBER.fullmatch(text) else text


def _cell(value: Any) -> Any:
    return "" if value is None or (isinstance(value, float) and math.isnan(value)) else value


def _written(heads: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(heads)
    writer.writerows(rows)
    return out.getvalue()
