"""Compares a patient with published tables: plays every run, reads every row, and gives verdicts."""

import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np

import twinbed
from twinbed.credibility.validation.bedside import Bedside, Missing, Patient, prepare, whole_body
from twinbed.credibility.validation.execute import Played, cohorts, play
from twinbed.credibility.validation.grading import REST, Need, Seen, graded, needs, not_expressed, resting, see
from twinbed.credibility.validation.people import People
from twinbed.credibility.validation.report import Chapter, Course, Graded, Panel, Report
from twinbed.credibility.validation.table import Row, Run, System, load, measures, systems

Progress = Callable[[float, str], None]
_Key = tuple[str, str]
_POINTS = 160
_SHORTEST_S = 5.0


def validate(
    names: Sequence[str] | None = None,
    *,
    cohort: int = 0,
    patient: Patient | None = None,
    backend: str = "auto",
    seed: int = 1,
    on_progress: Progress = lambda share, what: None,
) -> Report:
    """Compares a patient with published tables.

    Args:
        names: the systems whose tables are played; all if left out.
        cohort: how many people besides the standard patient every run is played with.
        patient: makes the models of a patient (settings as keyword arguments); the whole body if left out.
        backend: as in `engine.simulate`.
        seed: of the cohort.
        on_progress: is told the share that is done and what is happening.

    Raises:
        NotFound: no table or no patient of that name.
        TableError: a table cannot be read.
    """
    tables = [load(name) for name in names or systems()]
    every = [load(name) for name in systems()]
    plan = Plan(tables, every, patient or whole_body, cohort, backend, seed)
    return compare(plan, on_progress=on_progress)


@dataclasses.dataclass(frozen=True)
class Plan:
    """What is compared, and how."""

    tables: Sequence[System]
    every: Sequence[System]
    """Tables whose runs share programs with those that are asked for, so that every choice compiles the same."""
    patient: Patient
    cohort: int = 0
    backend: str = "auto"
    seed: int = 1


def compare(plan: Plan, *, on_progress: Progress = lambda share, what: None) -> Report:
    """Plays the runs of tables and grades their rows."""
    runs = [(table, run) for table in plan.every for run in table.runs.values()]
    found = {_key(run): prepare(run, plan.patient) for _, run in runs}
    wanted = {_key(run): needs(table, run) for table, run in runs}
    found[_key(REST)] = prepare(REST, plan.patient)
    baseless = (row.measure for table in plan.every for row in table.rows if row.base_s is None)
    wanted[_key(REST)] = [resting(measure) for measure in dict.fromkeys(baseless)]
    ready = [b for b in found.values() if isinstance(b, Bedside)]
    chosen = {REST.system, *(table.name for table in plan.tables)}
    groups = [
        (group, members)
        for group in cohorts((b, _signals(b, wanted[_key(b.run)])) for b in ready)
        if (members := [m for m in group.members if m.run.system in chosen])
    ]
    total, done = sum(g.lasts_s * len(members) for g, members in groups) or 1.0, 0.0
    seen: dict[_Key, Seen] = {}
    courses: dict[_Key, Course] = {}

    def advance(seconds: float) -> None:
        nonlocal done
        done += seconds
        on_progress(done / total, "")

    people = People(plan.cohort, plan.seed, plan.patient, plan.backend)
    for group, members in groups:
        on_progress(done / total, f"{len(members)} runs of {group.lasts_s / 60:.0f} min")
        for member, played in play(group, members, people=people.around, backend=plan.backend, on_done=advance):
            seen[_key(member.run)] = see(played, wanted[_key(member.run)])
            flaw = str(played.flaws[0] or "")
            courses[_key(member.run)] = Course(member.run, tuple(_panels(member.run, played)), flaw)
    chapters = tuple(_chapter(table, found, seen, courses) for table in plan.tables)
    return Report(
        chapters,
        people.told(m for _, members in groups for m in members if m.run != REST),
        {"twinbed": twinbed.__version__},
    )


def _key(run: Run) -> _Key:
    return run.system, run.name


def _signals(member: Bedside, wanted: Sequence[Need]) -> frozenset[str]:
    """What must be recorded of a run: what rows read and figures show, where the bed shows it."""
    measured = [*(need.measure for need in wanted), *(measures()[name] for name in member.run.show)]
    return frozenset().union(*(m.signals() for m in measured)) & set(member.shown)


def _panels(run: Run, played: Played) -> Iterator[Panel]:
    """The measures of a run's figure, thinned to what can be seen."""
    for measure in (measures()[name] for name in run.show):
        if not measure.signals() <= set(played.traces):
            continue
        span_s = max(measure.span_s, _SHORTEST_S, float(np.ceil(run.lasts_s / _POINTS)))
        values = measure.spans(played.traces, (0.0, run.lasts_s), span_s).within(measure.unit)[0]
        yield Panel(measure.name, measure.unit, (np.arange(len(values)) + 0.5) * span_s, values)


def _chapter(
    table: System,
    found: Mapping[_Key, Bedside | Missing],
    seen: Mapping[_Key, Seen],
    courses: Mapping[_Key, Course],
) -> Chapter:
    rows = tuple(_row(row, found[table.name, row.run], seen) for row in table.rows)
    return Chapter(table, rows, tuple(courses[_key(r)] for r in table.runs.values() if _key(r) in courses))


def _row(row: Row, found: Bedside | Missing, seen: Mapping[_Key, Seen]) -> Graded:
    if isinstance(found, Missing):
        return not_expressed(row, found.reason)
    unshown = sorted(row.signals - set(found.shown))
    if unshown:
        return not_expressed(row, f"nothing in the bed shows {', '.join(unshown)}")
    there = seen.get((row.system, row.base_run or row.run))
    if there is None:
        return not_expressed(row, f"the run {row.base_run} was not played")
    return graded(row, seen[row.system, row.run], there, seen.get(_key(REST)))
