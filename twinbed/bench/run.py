"""Asks a device, measures what it answers, and judges."""

import contextlib
import dataclasses
import pathlib
import platform
import time
from collections.abc import Callable, Mapping

import numpy as np

import twinbed
from twinbed.bench import again, came, sources
from twinbed.bench.charts import Listing, as_data
from twinbed.bench.conversation import converse, expected
from twinbed.bench.device import Asked, DeviceUnderTest, Function, all_printable, printable, raised
from twinbed.bench.judging import judge, known_rows, table_of
from twinbed.bench.kept import Kept
from twinbed.bench.log import (
    Log,
    Played,
    answer_path,
    read_arrays,
    set_aside,
    sha256_of,
    write_answer,
    write_before,
    write_figures,
)
from twinbed.bench.naming import called, refuse_other, refuse_other_run
from twinbed.bench.protocol import Answers, Case, Nonsense, Protocol, Values, outside
from twinbed.bench.refused import drawable
from twinbed.bench.worst import Worst
from twinbed.core.errors import ReadError, StatisticsError

Progress = Callable[[int, str], None]
_LONGEST = 500
"""Characters of a failure that are kept."""
_MOST_NAMED = 6
"""Changes that are named where there are many."""


def run_bench(
    protocol: Protocol,
    device: DeviceUnderTest,
    folder: pathlib.Path,
    *,
    name: str = "",
    given_as: str = "",
    on_progress: Progress | None = None,
    on_played: Callable[[Played], None] | None = None,
    on_begun: Callable[[Kept], None] | None = None,
) -> Log:
    """Runs every case of a protocol on a device and judges.

    Writes `log.json`, `figures.json` and the answers to a folder. Where the same run was interrupted in that folder it
    goes on: cases of which the answer was kept are not asked again.

    Args:
        protocol: with its settings and limits.
        device: what is asked.
        folder: made if it is not there.
        name: what the device is called in log and report. Runs of one name are of one device; without one, those of
            what was given alike.
        given_as: what the device was given as on a command line; what it says of itself if left out.
        on_progress: called before each case with the number of cases done and the case's name.
        on_played: called after each case.
        on_begun: called with what an interrupted run left.

    Raises:
        StudyError: the folder holds a run of another device or protocol.
    """
    played, worst = [], Worst(protocol)
    with contextlib.closing(device):
        known = all_printable(called(device.described(), name, given_as))
        refuse_other(folder, known, protocol.id)
        kept = begin(protocol, device, folder)
        if on_begun:
            on_begun(kept)
        for case in protocol.cases():
            if on_progress:
                on_progress(len(played), case.id)
            played.append(_once(protocol, device, case, kept, worst))
            if on_played:
                on_played(played[-1])
    log = Log(
        protocol=_described(protocol), device=known, software=_software(), started=kept.started,
        limits=_limits(protocol),
        cases=tuple(played), verdicts=judge(protocol, played),
    )  # fmt: skip
    worst.judged(log, folder)
    _write(log, protocol, worst, folder)
    kept.end()
    return log


def begin(protocol: Protocol, device: DeviceUnderTest, folder: pathlib.Path) -> Kept:
    """Begins a run in a folder, or goes on with the same one that was interrupted there.

    The log of an earlier run is set aside, so that the report can say what changed.
    """
    set_aside(folder)
    return Kept.begun(folder, _identity(protocol, device))


def play_share(
    protocol: Protocol,
    device: DeviceUnderTest,
    folder: pathlib.Path,
    share: tuple[int, int],
    goes_on: Callable[[], bool],
) -> None:
    """Plays a share of a run that was begun, and keeps the answers; nothing where another run lies there.

    Args:
        protocol: of the run.
        device: under test.
        folder: of the run.
        share: number of the share from 0, and how many shares there are.
        goes_on: asked before each case; the share ends where it says no.
    """
    kept = Kept.of(folder, _identity(protocol, device))
    with contextlib.closing(device):
        for number, case in enumerate(protocol.cases()):
            if kept is None or not goes_on():
                return
            if number % share[1] == share[0]:
                _once(protocol, device, case, kept, None)


def _identity(protocol: Protocol, device: DeviceUnderTest) -> Mapping[str, object]:
    """What makes two runs the same one."""
    described = {"protocol": _described(protocol), "limits": _limits(protocol), "device": dict(device.described())}
    return {**described, "software": _software(), "sources": sources.of_this_package()}


def judge_again(protocol: Protocol, folder: pathlib.Path, out: pathlib.Path | None = None) -> Log:
    """Measures and judges the kept answers of a run once more, with the protocol and the limits as they are now.

    Args:
        protocol: of that run.
        folder: of that run.
        out: where log and figures are written; nowhere if left out.

    Raises:
        ReadError: the folder holds no log, or stimuli, references or answers are not those of the log; the message
            says which.
        StudyError: where it is to be written another run lies.
    """
    before, (first, sha256) = Log.read(folder), again.first_of(folder)
    if out:
        refuse_other_run(out, folder, before)
    known, worst, played, rounded = {c.id: c for c in before.cases}, Worst(protocol), [], []
    strange = {path.stem for path in (folder / "answers").glob("*.npz")} - set(known)
    changed = [f"{name}: an answer to no case of the run" for name in sorted(strange)]
    for case in protocol.cases():
        old = known.pop(case.id, None)
        own = changes(case, old, folder)
        changed += own
        if old is not None and not own:
            rounded += [case.id] if old.sha256 != case.sha256 else []
            played.append(_measured_again(protocol, case, old, folder, worst))
    changed += [f"{name}: a case that the protocol no longer has" for name in sorted(known)]
    if changed:
        more = f" and {len(changed) - _MOST_NAMED} more" if len(changed) > _MOST_NAMED else ""
        said = "; ".join(changed[:_MOST_NAMED])
        raise ReadError(folder, f"changed since the run: {said}{more}. Run the device again, or restore what was kept")
    log = dataclasses.replace(
        before, protocol=_described(protocol), software=_software(), cases=tuple(played),
        limits=_limits(protocol),
        verdicts=judge(protocol, played), notes=_notes(rounded, len(played)),
    )  # fmt: skip
    log = again.marked(first, log, sha256)
    if out:
        write_before(first, out)
        worst.judged(log, folder)
        _write(log, protocol, worst, out)
    return log


def _notes(rounded: list[str], cases: int) -> tuple[str, ...]:
    """What is said where another processor made the cases again."""
    if not rounded:
        return ()
    where = f"in {len(rounded)} of {cases} cases, such as {rounded[0]},"
    agrees = "what is given or what is true agrees with the run's to seven digits but not to the last"
    return (f"{where} {agrees}, as processors round differently; the kept answers are judged all the same",)


def changes(case: Case, old: Played | None, folder: pathlib.Path) -> list[str]:
    """What is not as the log of a run has it: the stimulus, the reference or the kept answer of a case.

    A stimulus or a reference that differs by rounding alone is as it was.
    """
    if old is None:
        return [f"{case.id}: a case that the run did not have"]
    out = []
    if old.sha256 != case.sha256 and old.rounded_sha256 != case.rounded_sha256:
        given = (old.stimulus_sha256, old.stimulus_rounded_sha256)
        same = given[0] == case.stimulus_sha256 or given[1] == case.stimulus_rounded_sha256
        out.append(f"{case.id}: its {'reference' if same else 'stimulus'}")
    found = sha256_of(answer_path(folder, case.id))
    if not found and not old.failure:
        out.append(f"{case.id}: its answer is gone")
    elif found != old.answer_sha256:
        out.append(f"{case.id}: its answer")
    return out


def _write(log: Log, protocol: Protocol, worst: Worst, folder: pathlib.Path) -> None:
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


def _untouchable(case: Case) -> Case:
    """The case with arrays that a device in this process cannot change."""

    def fixed(value: object) -> object:
        if not isinstance(value, np.ndarray):
            return value
        view = value.view()
        view.flags.writeable = False
        return view

    return dataclasses.replace(case, stimulus={name: fixed(value) for name, value in case.stimulus.items()})


def _once(protocol: Protocol, device: DeviceUnderTest, case: Case, kept: Kept, worst: Worst | None) -> Played:
    """How a case went: as it was kept, or as it goes now."""
    case, record = _untouchable(case), _record(case)
    before = kept.case(case, record.sha256)
    if before is not None:
        return _measured_again(protocol, case, before, kept.folder, worst)
    began = time.perf_counter()
    if isinstance(device, Function):
        asked = device.ask(case, protocol.seconds_a_case)
    elif protocol.loop is not None:
        asked = converse(protocol.loop, device, case, protocol.seconds_a_case)
    else:
        asked = device.ask(outside(protocol, case), protocol.seconds_a_case)
    record = dataclasses.replace(record, seconds=time.perf_counter() - began)
    played = _played(protocol, case, asked, record, worst, kept.folder)
    kept.keep(played)
    return played


def _record(case: Case) -> Played:
    """A case that was not played yet."""
    groups = dict(case.groups)
    return Played(
        case.id, case.subject, groups, case.sha256, 0.0, "", "", (), case.stimulus_sha256,
        rounded_sha256=case.rounded_sha256, stimulus_rounded_sha256=case.stimulus_rounded_sha256,
    )  # fmt: skip


def _measured_again(protocol: Protocol, case: Case, old: Played, folder: pathlib.Path, worst: Worst | None) -> Played:
    answer = read_arrays(answer_path(folder, case.id)) if old.answer_sha256 else None
    return _played(protocol, case, Asked(answer, old.failure, old.output), old, worst)


def _played(
    protocol: Protocol,
    case: Case,
    asked: Asked,
    record: Played,
    worst: Worst | None,
    folder: pathlib.Path | None = None,
) -> Played:
    """The record with what was measured; the answer is kept in the folder, where one is given."""
    failure, rows, sha256, withheld, said, gaps = asked.failure, (), record.answer_sha256, (), "", ()
    answers: Answers | None = None
    if asked.returned:
        failure = expected(protocol.answers, asked.returned)
    if asked.answer is not None:
        try:
            answers = {a.name: a.checked(asked.answer, case.stimulus) for a in protocol.answers}
            rows = tuple(protocol.measure(case, answers))
        except Exception as error:  # an answer may be worse than was foreseen; it must not stop the bench
            foreseen = isinstance(error, Nonsense | StatisticsError)
            failure = str(error) if foreseen else f"its answer cannot be measured ({raised(error)})"
            record, said = _refused(asked.answer, record, folder)
        else:
            withheld = tuple(a.name for a in protocol.answers if a.withheld(case, answers[a.name]))
            gaps = tuple(filter(None, (a.gaps(answers[a.name]) for a in protocol.answers)))
            if folder:
                sha256 = write_answer(folder, case.id, answers)
    failure, output = printable(failure[:_LONGEST]), printable((asked.output + said).lstrip("\n"))
    played = dataclasses.replace(
        record, failure=failure, output=output, rows=rows, answer_sha256=sha256, withheld=withheld, gaps=gaps,
        known=known_rows(protocol, case) if failure and protocol.facts else (),
    )  # fmt: skip
    if worst:
        worst.see(case, played, drawable(protocol.answers, asked.answer, case.stimulus) if answers is None else answers)
    return played


def _refused(answer: Values, record: Played, folder: pathlib.Path | None) -> tuple[Played, str]:
    """The record with the file that holds a refused answer, where there is a folder for it; and the answer in short."""
    said = came.in_short(answer)
    if folder is None:
        return record, said
    file, sha256, why = came.keep(folder, record.id, answer)
    said += f"\nit could not be kept whole: {why}" if why else ""
    return dataclasses.replace(record, refused=file, refused_sha256=sha256), said


def _described(protocol: Protocol) -> Mapping[str, object]:
    names = ("id", "title", "standard", "edition", "subjects", "stimulus", "reference", "badness")
    return {name: getattr(protocol, name) for name in names} | {
        "settings": dict(protocol.settings),
        "usual": dict(protocol.usual),
        "stand": {name: dict(values) for name, values in protocol.stand.items()},
        "recorded_by_tester": protocol.recorded_by_tester,
        "answers": [
            {k: getattr(a, k) for k in ("name", "kind", "of", "unit", "means", "optional")} for a in protocol.answers
        ],
        "criteria": [
            {k: getattr(c, k) for k in ("name", "clause", "means", "unit", "sense", "limit", "judged", "least")}
            for c in protocol.criteria
        ],
    }


def _limits(protocol: Protocol) -> dict[str, dict[str, object]]:
    """The limits as the log has them; a laboratory may have written anything into theirs."""
    return {name: all_printable(dataclasses.asdict(limit)) for name, limit in protocol.limits.items()}


def _software() -> Mapping[str, str]:
    return {"twinbed": twinbed.__version__, "python": platform.python_version(), "numpy": np.__version__}
