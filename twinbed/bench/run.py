"""Asks a device, measures what it answers, and judges."""

import contextlib
import dataclasses
import datetime
import math
import pathlib
import platform
import time
from collections.abc import Callable, Mapping, Sequence

import numpy as np

import twinbed
from twinbed.bench.charts import Listing, as_data
from twinbed.bench.device import Asked, DeviceUnderTest, Function, Recorded, printable
from twinbed.bench.log import Log, Played, write_answer, write_figures
from twinbed.bench.protocol import Answers, Case, Criterion, Nonsense, Protocol, Row, Table, outside
from twinbed.bench.statistics import Interval
from twinbed.bench.verdict import Verdict
from twinbed.core.errors import ReadError, StatisticsError

Progress = Callable[[int, str], None]
_LONGEST = 500
"""Characters of a failure that are kept."""


def run_bench(
    protocol: Protocol, device: DeviceUnderTest, folder: pathlib.Path, *, on_progress: Progress | None = None
) -> Log:
    """Runs every case of a protocol on a device and judges.

    Writes `log.json`, `figures.json` and the answers to a folder.
    """
    started = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    played, worst = [], _Worst(protocol)
    _clear(folder)
    with contextlib.closing(device):
        for case in protocol.cases():
            if on_progress:
                on_progress(len(played), case.id)
            case, sha256 = _untouchable(case), case.sha256
            shown = case if isinstance(device, Function) else outside(protocol, case)
            began = time.perf_counter()
            asked = device.ask(shown, protocol.seconds_a_case)
            seconds = time.perf_counter() - began
            played.append(_played(protocol, case, asked, seconds, worst, sha256, folder))
    log = Log(
        protocol=_described(protocol), device=device.described(), software=_software(), started=started,
        limits={name: dataclasses.asdict(limit) for name, limit in protocol.limits.items()},
        cases=tuple(played), verdicts=judge(protocol, played),
    )  # fmt: skip
    _write(log, protocol, worst, folder)
    return log


def judge_again(protocol: Protocol, folder: pathlib.Path, out: pathlib.Path | None = None) -> Log:
    """Measures and judges the kept answers of a run once more, with the protocol and the limits as they are now.

    Args:
        protocol: of that run.
        folder: of that run.
        out: where log and figures are written; nowhere if left out.

    Raises:
        ReadError: the folder holds no log, or one of other cases.
    """
    before = Log.read(folder)
    known, kept, worst = {c.id: c for c in before.cases}, Recorded(folder / "answers"), _Worst(protocol)
    played = []
    for case in protocol.cases():
        old = known.pop(case.id, None)
        if old is None or old.sha256 != case.sha256:
            raise ReadError(folder, f"it was run on other cases ({case.id}): run the device again")
        asked = Asked(None, old.failure, old.output) if old.failure else kept.ask(case, protocol.seconds_a_case)
        played.append(_played(protocol, case, asked, old.seconds, worst, old.sha256))
    if known:
        raise ReadError(folder, f"it was run on more cases ({', '.join(sorted(known)[:4])}): run the device again")
    log = dataclasses.replace(
        before, protocol=_described(protocol), software=_software(), cases=tuple(played),
        limits={name: dataclasses.asdict(limit) for name, limit in protocol.limits.items()},
        verdicts=judge(protocol, played),
    )  # fmt: skip
    if out:
        _write(log, protocol, worst, out)
    return log


class _Worst:
    """The cases that went worst so far, each with its picture."""

    most = 6

    def __init__(self, protocol: Protocol):
        self.protocol, self.kept = protocol, []
        self.undrawn: list[tuple[str, str]] = []

    def see(self, case: Case, answers: Answers, rows: Sequence[Row]) -> None:
        """Keeps the picture of a case if it is among the worst."""
        if self.protocol.picture is None or not rows:
            return
        known = [abs(v) for row in rows if not math.isnan(v := row.get(self.protocol.badness, math.nan))]
        badness = max(known, default=math.nan)
        if math.isnan(badness) or (len(self.kept) == self.most and badness <= self.kept[-1]["badness"]):
            return
        try:
            chart = as_data(self.protocol.picture(case, answers))
        except Exception as error:  # an answer may be impossible to draw; it is judged all the same, and that is said
            self.undrawn.append((case.id, f"{type(error).__name__}: {error}"))
            return
        self.kept.append({"case": case.id, "badness": badness, "chart": chart})
        self.kept = sorted(self.kept, key=lambda one: -one["badness"])[: self.most]


def _write(log: Log, protocol: Protocol, worst: _Worst, folder: pathlib.Path) -> None:
    log.write(folder)
    table, figures = table_of(log.cases), []
    if len(table):
        try:
            figures = [as_data(figure) for figure in protocol.figures(table)]
        except Exception as error:  # too few answers to draw are no reason to lose the log
            worst.undrawn.append(("figures", f"{type(error).__name__}: {error}"))
    if worst.undrawn:
        figures.append(as_data(Listing("Not drawn", "what could not be drawn", ("what", "why"), worst.undrawn)))
    write_figures(folder, figures, worst.kept)


def _clear(folder: pathlib.Path) -> None:
    """What an earlier run left must not be taken for this one's."""
    for name in ("log.json", "figures.json"):
        (folder / name).unlink(missing_ok=True)
    for file in (folder / "answers").glob("*.npz"):
        file.unlink()


def _untouchable(case: Case) -> Case:
    """The case with arrays that a device in this process cannot change."""

    def fixed(value: object) -> object:
        if not isinstance(value, np.ndarray):
            return value
        view = value.view()
        view.flags.writeable = False
        return view

    return dataclasses.replace(case, stimulus={name: fixed(value) for name, value in case.stimulus.items()})


def _played(
    protocol: Protocol,
    case: Case,
    asked: Asked,
    seconds: float,
    worst: _Worst,
    sha256: str,
    folder: pathlib.Path | None = None,
) -> Played:
    failure, rows = asked.failure, ()
    if asked.answer is not None:
        try:
            answers = {a.name: a.checked(asked.answer, case.stimulus) for a in protocol.answers}
            rows = tuple(protocol.measure(case, answers))
        except (Nonsense, StatisticsError) as nonsense:
            failure = str(nonsense)
        except Exception as error:  # an answer may be worse than was foreseen; it must not stop the bench
            failure = f"its answer cannot be measured ({type(error).__name__}: {error})"
        else:
            worst.see(case, answers, rows)
            if folder:
                write_answer(folder, case.id, answers)
    failure, output = printable(failure[:_LONGEST]), printable(asked.output)
    return Played(case.id, case.subject, dict(case.groups), sha256, seconds, failure, output, rows)


def judge(protocol: Protocol, played: Sequence[Played]) -> tuple[Verdict, ...]:
    """The verdict of every criterion on what was measured."""
    failed = [p for p in played if p.failure]
    table = table_of(played)
    return tuple(_verdict(protocol, criterion, table, failed, len(played)) for criterion in protocol.criteria)


def table_of(played: Sequence[Played]) -> Table:
    """The rows of all cases."""
    of = [p for p in played for _ in p.rows]
    rows = [row for p in played for row in p.rows]
    names = list(dict.fromkeys(name for row in rows for name in row))
    number = lambda v: math.nan if v is None else float(v)
    columns = {name: np.array([number(row.get(name)) for row in rows]) for name in names}
    groupings = list(dict.fromkeys(name for p in of for name in p.groups))
    groups = {name: np.array([p.groups.get(name, "") for p in of], dtype=str) for name in groupings}
    text = lambda values: np.array(values, dtype=str)
    return Table(text([p.subject for p in of]), columns, text([p.id for p in of]), groups)


def _verdict(protocol: Protocol, criterion: Criterion, table: Table, failed: Sequence[Played], cases: int) -> Verdict:
    limit = protocol.limits[criterion.limit] if criterion.limit else None
    of = Verdict(
        criterion.name, criterion.clause, "not tested", "", unit=criterion.unit,
        limit=limit.value if limit else None, mark=limit.mark if limit else "",
    )  # fmt: skip
    if failed:
        first = failed[0]
        said = f"{len(failed)} of {cases} cases without a usable answer; {first.id}: {first.failure}"
        return dataclasses.replace(of, outcome="fail", reason=said)
    if not len(table):
        return dataclasses.replace(of, reason="no case was played")
    try:
        found = criterion.statistic(table)
    except StatisticsError as error:
        return dataclasses.replace(of, reason=str(error))
    none = lambda v: None if math.isnan(v) else float(v)
    of = dataclasses.replace(
        of, value=none(found.value), low=none(found.low), high=none(found.high), n=found.n, level=found.level,
        method=found.method,
    )  # fmt: skip
    if math.isnan(found.value):
        return dataclasses.replace(of, outcome="not applicable", reason="the cases hold nothing that this is about")
    if found.n < criterion.least:
        return dataclasses.replace(of, reason=f"{found.n} where the clause asks for at least {criterion.least}")
    if limit is None or criterion.sense == "disclosed":
        return dataclasses.replace(of, outcome="pass", reason="disclosed; the clause sets no limit")
    return _against(of, criterion, found, limit.value)


def _against(of: Verdict, criterion: Criterion, found: Interval, limit: float) -> Verdict:
    least = criterion.sense == "at least"
    end = found.low if least else found.high
    held = end if criterion.judged == "bound" else found.value
    if math.isnan(held):
        return dataclasses.replace(of, reason="too few for an interval")
    passes = held >= limit if least else held <= limit
    what = "bound" if criterion.judged == "bound" else "value"
    unit = "" if criterion.unit == "1" else f" {criterion.unit}"
    reason = f"{what} {held:.4g}{unit} {'is' if passes else 'is not'} {criterion.sense} {limit:g}{unit}"
    return dataclasses.replace(of, outcome="pass" if passes else "fail", reason=reason)


def _described(protocol: Protocol) -> Mapping[str, object]:
    names = ("id", "title", "standard", "edition", "subjects", "stimulus", "reference")
    return {name: getattr(protocol, name) for name in names} | {
        "settings": dict(protocol.settings),
        "criteria": [
            {k: getattr(c, k) for k in ("name", "clause", "means", "unit", "sense", "limit", "judged", "least")}
            for c in protocol.criteria
        ],
    }


def _software() -> Mapping[str, str]:
    return {"twinbed": twinbed.__version__, "python": platform.python_version(), "numpy": np.__version__}
