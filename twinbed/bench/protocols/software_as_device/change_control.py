"""The next version of a device against its locked version, by a plan that was declared before.

Both versions see the same strips; the locked one is run here, the next one is the device under test. Each criterion
of the plan is judged by the worse end of a two-sided 95 % interval of the paired difference, clustered by patient;
in subgroups by the worst group that has enough patients. A criterion of non-inferiority says "difference at least
minus the margin". All criteria must hold, so their joint error needs no correction; a criterion of superiority that
is one of several ways to succeed would need one.

The test set counts its uses: with a `ledger`, an evaluation is recorded before the first strip is given, and refused
when the plan's number is used up. To judge kept answers again, leave the ledger out.

**References:**

- FDA (2025), Marketing Submission Recommendations for a Predetermined Change Control Plan for AI-Enabled Device
  Software Functions, VII.B (3), Appendix A 1.d, 3.c, 3.d
"""

import dataclasses
import functools
import math
import pathlib
import tomllib
from collections.abc import Callable, Iterator, Mapping
from typing import Annotated, Any

import numpy as np

from twinbed.bench.charts import Figure, Listing, Matrix
from twinbed.bench.diagnostic.paired import paired_difference
from twinbed.bench.diagnostic.plan import Acceptance, Ledger, Plan, check_bound, read_plan, test_set_hash
from twinbed.bench.isolated import Isolated
from twinbed.bench.limits import Limit, read_limits
from twinbed.bench.protocol import Answers, Case, Criterion, Protocol, Row, Table
from twinbed.bench.protocols.software_as_device import _classifiers, _strips
from twinbed.bench.protocols.software_as_device.diagnostic_accuracy import ANSWERS, GIVEN, measure, picture, share
from twinbed.bench.robustness.leakage import Manifest, leaks, manifest
from twinbed.bench.settings import Stands
from twinbed.bench.statistics import Interval
from twinbed.bench.statistics.interval import unknown_first
from twinbed.bench.statistics.roc import compare_auc
from twinbed.core.errors import NotFound, ReadError, StatisticsError, StudyError

_OWN = pathlib.Path(__file__).with_name("plan.toml")
_CLAUSE = "FDA PCCP 2025, VII.B (3)"
_BEATS, _RUN, _WINDOW, _NEAR = 60, 24, 12, 0.5
"""Intervals of a strip and of a fingerprint of it, fingerprints of which one is kept, share that makes a copy.

Sinus rhythms rise and fall alike with breathing: less than half of the fingerprints says nothing here."""
Device = Callable[[Mapping[str, Any]], Mapping[str, Any]]


def change_control(
    *,
    limits: pathlib.Path | None = None,
    plan: Annotated[str | pathlib.Path | None, Stands(None, "an example")] = None,
    ledger: Annotated[str | pathlib.Path | None, Stands(None, "not counted")] = None,
    training: Annotated[str | pathlib.Path | None, Stands(None, "that of the example")] = None,
    locked: Device | str = _classifiers.earlier,
    patients: int = 200,
    strips: int = 2,
    seed: int = 2,
) -> Protocol:
    """The protocol.

    Args:
        limits: numbers in place of those of the plan, by the names of its criteria.
        plan: the manufacturer's plan (see `bench.diagnostic.plan`); an example where left out.
        ledger: file in which uses of the test set are counted; not counted where left out.
        training: manifest of the recordings that the next version was made with (see `bench.robustness.leakage`);
            that of the example's development strips where left out.
        locked: the locked version: a function, or its name as `file.py:function` or `module:function`.
        patients: virtual ones.
        strips: of each patient.
        seed: of the virtual patients.

    Raises:
        ReadError: the plan or the manifest is none.
        NotFound: there is no locked version of that name.
        StudyError: the plan binds another test set, or its uses are used up (when the run begins).
    """
    declared, uses = read_plan(pathlib.Path(plan or _OWN)), _Uses()
    before = _asked(locked)

    def cases() -> Iterator[Case]:
        made = list(_strips.cases(patients, strips, _BEATS, seed))
        found = test_set_hash(made)
        check_bound(found, declared)
        uses.number = Ledger(pathlib.Path(ledger)).record(found, declared) if ledger else math.nan
        known = Manifest.read(pathlib.Path(training)) if training else _developed()
        uses.leaked = {leak.test for leak in leaks(known, _manifest(made), near=_NEAR) if leak.kind != "subject"}
        yield from made

    def measured(case: Case, answers: Answers) -> list[Row]:
        return _rows(case, answers, before, uses)

    return Protocol(
        id="software_as_device/change_control",
        title="Next version of a device by a predetermined change control plan",
        standard="FDA Predetermined Change Control Plan for AI-Enabled Device Software Functions",
        edition="2025",
        subjects="virtual patients with and without atrial fibrillation, as a sequestered test set",
        stimulus="strips of intervals between beats, as a wearable sensor gives them",
        reference="the rhythm that the strip was made or annotated with",
        cases=cases,
        given=GIVEN,
        answers=ANSWERS,
        measure=measured,
        study=("uses of the test set", "training data in the test set"),
        facts=("uses of the test set", "training data in the test set"),
        criteria=[*_criteria(declared), *_of_the_test()],
        limits=_limits(declared, "project" if plan is None else "laboratory", limits),
        count=patients * strips,
        one_process=bool(ledger),
        figures=_figures,
        badness="error",
        picture=picture,
        devices={
            "good": _classifiers.good,
            "bad": _classifiers.bad_fast_only,
            "bad_shortcut": _classifiers.bad_shortcut,
            "bad_unchanged": _classifiers.earlier,
        },
    )


def _asked(locked: Device | str) -> Callable[[Case], Mapping[str, Any]]:
    """What the locked version answers to a case; one that goes by its name runs in a process of its own."""
    if not isinstance(locked, str):
        return lambda case: locked(dict(case.stimulus))
    device = Isolated(locked)

    def ask(case: Case) -> Mapping[str, Any]:
        found = device.ask(case, 600.0)
        if found.answer is None:
            raise StudyError(f"the locked version has no answer to {case.id}: {found.failure}")
        return found.answer

    return ask


@dataclasses.dataclass
class _Uses:
    """What is known when the run begins: the number of this use, and the strips that training has seen."""

    number: float = math.nan
    leaked: set[str] = dataclasses.field(default_factory=set)


def _manifest(cases: list[Case]) -> Manifest:
    return manifest(((c.id, c.subject, c.stimulus["rr_s"]) for c in cases), run=_RUN, window=_WINDOW)


@functools.cache
def _developed() -> Manifest:
    return _manifest(list(_strips.cases(**_classifiers.DEVELOPED_ON)))


def _rows(case: Case, answers: Answers, before: Callable[[Case], Mapping[str, Any]], uses: _Uses) -> list[Row]:
    (row,) = measure(case, answers)
    old = before(case)
    result = float(old["result"])
    return [
        {
            **row,
            "old_probability": float(old["probability"]),
            "old_result": result if result in (0.0, 1.0) else 0.5,
            "use": uses.number,
            "leaked": float(case.id in uses.leaked),
        }
    ]


def _limits(plan: Plan, mark: Any, own: pathlib.Path | None) -> dict[str, Limit]:
    """The numbers of the plan as limits, those of a laboratory in their place."""
    out = {
        a.name: Limit(-a.value if a.comparison == "non-inferior" else a.value, "1", _CLAUSE, _means(a), mark)
        for a in plan.acceptance
    }
    out["uses"] = Limit(float(plan.uses), "1", "FDA PCCP 2025, Appendix A 1.d.3", "uses of the test set", mark)
    fixed = read_limits(pathlib.Path(__file__).with_name("limits.toml"))
    out["leaked"] = fixed["leaked"]
    if own is not None:
        try:
            tables = tomllib.loads(own.read_text(encoding="utf-8"))
            numbers = {name: float(table["value"]) for name, table in tables.items()}
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ReadError(own, f"a table with a value for each name is needed ({error})") from None
        strange = sorted(set(numbers) - set(out))
        if strange:
            raise NotFound(f"{own}: no limit {strange[0]!r}; the plan has {', '.join(out)}")
        out |= {k: dataclasses.replace(out[k], value=v, mark="laboratory", source=own.name) for k, v in numbers.items()}
    return out


def _means(of: Acceptance) -> str:
    what = "area under the curve" if of.metric == "area" else of.metric
    where = "" if of.groups == ("",) else " in every subgroup"
    if of.comparison == "at least":
        return f"{what} of the next version{where}"
    return f"{what} of the next version less that of the locked one{where}"


def _criteria(plan: Plan) -> list[Criterion]:
    return [
        Criterion(a.name, _CLAUSE, _means(a), "1", lambda t, a=a: judged(t, a), "at least", a.name, "bound")
        for a in plan.acceptance
    ]


def _of_the_test() -> list[Criterion]:
    plain = lambda value, n, method: Interval(float(value), math.nan, math.nan, 0.95, method, n)
    use = lambda t: plain(t["use"].max(), len(t), "ledger")
    leaked = lambda t: plain(t["leaked"].sum(), len(t), "fingerprints of windows")
    told = "which use of the sequestered test set this is"
    seen = "strips of the test set that are in the training set, whole or in part"
    clause = "FDA PCCP 2025, Appendix A 1.d"
    return [
        Criterion("uses of the test set", clause, told, "1", use, "at most", "uses"),
        Criterion("training data in the test set", clause, seen, "1", leaked, "at most", "leaked"),
    ]


def judged(table: Table, of: Acceptance, minimum: int = 10) -> Interval:
    """The statistic of a criterion: of all patients, or of the group whose lower end is worst.

    Raises:
        StatisticsError: no group has enough patients, or what the statistic refuses.
    """
    found: list[tuple[str, Interval]] = []
    for variable in of.groups:
        names = np.unique(table.groups[variable]) if variable in table.groups else []
        parts = [(f"{variable}: {n}; ", table.where(table.groups[variable] == n)) for n in names]
        parts = parts if variable else [("", table)]
        for name, part in parts:
            kind = part["truth"] == (0.0 if of.metric == "specificity" else 1.0)
            if not variable or len(np.unique(part.subject[kind])) >= minimum:
                found.append((name, _one(part, of)))
    if not found:
        raise StatisticsError(f"no group of {', '.join(of.groups)} has {minimum} patients: include more")
    name, worst = min(found, key=lambda f: unknown_first(f[1].low))
    return dataclasses.replace(worst, method=name + worst.method)


def _one(table: Table, of: Acceptance) -> Interval:
    if of.metric == "area":
        return _areas(table, of)
    truth = 1.0 if of.metric == "sensitivity" else 0.0
    counts, new, old = table["truth"] == truth, table["result"] == truth, table["old_result"] == truth
    if of.comparison == "at least":
        return share(new, counts, table.subject)
    return paired_difference(new, old, counts, table.subject)


def _areas(table: Table, of: Acceptance) -> Interval:
    """Areas of the first strip of each patient: DeLong's comparison wants independent cases."""
    _, first = np.unique(table.subject, return_index=True)
    part = table.where(first)
    found = compare_auc(part["probability"], part["old_probability"], part["truth"])
    if of.comparison == "at least":
        return found.first
    if math.isnan(found.difference.low):
        none = "areas are equal in every patient"
        return Interval(found.difference.value, found.difference.value, found.difference.value, 0.95, none, len(part))
    return found.difference


def _figures(table: Table) -> list[Figure]:
    out: list[Figure] = []
    for truth, name in ((1.0, "with fibrillation"), (0.0, "without fibrillation")):
        here = table.where(table["truth"] == truth)
        new, old = here["result"] == truth, here["old_result"] == truth
        counts = [[int((n & o).sum()) for o in (old, ~old)] for n in (new, ~new)]
        title, says = f"Both versions, strips {name}", "what the next version loses stands bottom left"
        out.append(Matrix(title, says, ("next right", "next wrong"), ("locked right", "locked wrong"), counts))
    out.append(_forest(table))
    return out


def _forest(table: Table) -> Figure:
    rows = []
    for metric in ("sensitivity", "specificity"):
        for variable in ("", "age", "sex", "sensor"):
            for name in np.unique(table.groups[variable]) if variable else [""]:
                part = table.where(table.groups[variable] == name) if variable else table
                try:
                    d = _one(part, Acceptance("", metric, "non-inferior", 0.0))
                except StatisticsError:
                    continue
                rows.append([f"{metric}, {name or 'all'}", round(d.value, 3), round(d.low, 3), round(d.high, 3)])
    columns = ("subgroup", "difference", "low", "high")
    says = "a lower end below minus the margin is not accepted"
    return Listing("Next version less locked version", says, columns, rows)
