"""System accuracy of a blood glucose meter for self-testing, ISO 15197:2013.

A hundred persons or more, blood in set classes of glucose, three lots of test strips, every sample measured twice with
each lot. At least 95 % of all results are within 15 mg/dL of the reference below 100 mg/dL and within 15 % from there
on, and at least 99 % are in zones A and B of the consensus grid of type 1.

Of twinbed's meters, `devices/sensing/finger_stick` is by its definition on the edge (95 % within 15), so chance
decides; the published OneTouch Ultra 2 (`bad_ultra2` here) was approved after the edition of 2003 and fails.

*Known limits*: no haematocrit, interference, temperature or user; the reference is exact; classes are met by drawing
samples in them, where a laboratory adjusts blood.
"""

import pathlib
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from twinbed.bench.charts import Area, Chart, Figure, Level, Listing, Points
from twinbed.bench.draws import uniforms
from twinbed.bench.glucose import clarke_zone, grid_chart, mard, mean_of, near, parkes_zone, share
from twinbed.bench.glucose.settings import with_settings
from twinbed.bench.limits import Limit, read_limits
from twinbed.bench.play import play
from twinbed.bench.protocol import Answer, Answers, Case, Criterion, Given, Protocol, Row, Table, Values
from twinbed.bench.protocols.glucose._rows import Choice, Statistic, disclosed, exactly, percent, persons
from twinbed.bench.statistics import Interval
from twinbed.bench.statistics.agreement import bland_altman
from twinbed.core.device import AbstractDevice
from twinbed.devices.sensing.finger_stick import FingerStick

_CLASSES = (
    ("iso_to_50", 30.0, 50.0), ("iso_50_to_80", 50.0, 80.0), ("iso_80_to_120", 80.0, 120.0),
    ("iso_120_to_200", 120.0, 200.0), ("iso_200_to_300", 200.0, 300.0), ("iso_300_to_400", 300.0, 400.0),
    ("iso_above_400", 400.0, 550.0),
)  # fmt: skip
_LIMITS = ("iso_within", "iso_worst_lot", "iso_zones", "iso_mg_dl", "iso_percent", "iso_low", "iso_subjects",
           "iso_lots", "iso_shortfall")  # fmt: skip
_RESULTS, _LOTS, _TICK_S = 2, 3, 300.0


def cases(subjects: int, seed: int, shares: Sequence[float]) -> Iterable[Case]:
    """Every person's sample with every lot."""
    ends = np.cumsum(shares) / np.sum(shares)
    u = uniforms(seed, "blood", subjects)
    for number in range(subjects):
        kind = int(np.searchsorted(ends, (number + 0.5) / subjects))
        _, low, high = _CLASSES[kind]
        glucose = high - (high - low) * float(u[number])
        for lot in range(1, _LOTS + 1):
            yield Case(
                f"person_{number:03d}_lot_{lot}",
                f"person_{number:03d}",
                {"blood_glucose": np.full(_RESULTS, glucose), "lot": lot, "meter": _LOTS * number + lot},
                {"glucose": glucose},
                {"lot": str(lot)},
            )


def measure(case: Case, answers: Answers) -> Sequence[Row]:
    """One row a result."""
    reference = float(case.reference["glucose"])
    return [{"reference": reference, "shown": p, "difference": p - reference} for p in answers["meter_glucose"]]


def _all(hit: Choice) -> Statistic:
    """Share of all results in per cent; a missing result is one that does not meet it."""
    return lambda t: percent(share(hit(t) & np.isfinite(t["shown"]), t.subject, side="both"))


def _worst_lot(hit: Choice) -> Statistic:
    def statistic(table: Table) -> Interval:
        lots = table.groups["lot"]
        found = {lot: float(np.mean(hit(table) & np.isfinite(table["shown"]), where=lots == lot)) for lot in set(lots)}
        return exactly(100.0 * min(found.values()), int(len(table) / len(found)))

    return statistic


def _zones(kind: int) -> Choice:
    """Results in A and B; a missing one is in neither."""

    def hit(table: Table) -> np.ndarray:
        shown = np.where(np.isfinite(table["shown"]), table["shown"], 0.0)
        zone = parkes_zone(table["reference"], shown, kind) if kind else clarke_zone(table["reference"], shown)
        return np.isin(zone, ("A", "B"))

    return hit


def _shortfall(shares: Sequence[float]) -> Statistic:
    """Of the class that lacks most samples; blood of 50 belongs to the class up to 50."""

    def statistic(table: Table) -> Interval:
        _, first = np.unique(table.subject, return_index=True)
        blood = table["reference"][first]
        kinds = np.searchsorted([high for _, _, high in _CLASSES[:-1]], blood, side="left")
        found = 100.0 * np.bincount(kinds, minlength=len(_CLASSES)) / len(blood)
        return exactly(max(0.0, float((np.asarray(shares) - found).max())), len(blood))

    return statistic


def criteria(limits: dict[str, Limit], shares: Sequence[float]) -> list[Criterion]:
    """What the standard limits, what it asks of the study, and what it wants shown."""
    iso = lambda mg, relative: lambda t: near(t["reference"], t["shown"], mg, relative, limits["iso_low"].value)
    within = iso(limits["iso_mg_dl"].value, limits["iso_percent"].value)
    lots = lambda t: exactly(float(len(set(t.groups["lot"]))), len(t))
    judged: dict[str, tuple[Statistic, Any]] = {
        "iso_within": (_all(within), "at least"), "iso_worst_lot": (_worst_lot(within), "at least"),
        "iso_zones": (_all(_zones(1)), "at least"), "iso_subjects": (persons, "at least"),
        "iso_lots": (lots, "at least"), "iso_shortfall": (_shortfall(shares), "at most"),
    }  # fmt: skip
    out = [
        Criterion(name, limits[name].clause, limits[name].means, limits[name].unit, statistic, sense, name)
        for name, (statistic, sense) in judged.items()
    ]
    clause = limits["iso_within"].clause
    shown = lambda table: table.where(np.isfinite(table["shown"]))
    pairs = lambda statistic: lambda table: statistic(shown(table))
    whole = lambda d: lambda t: near(t["reference"], t["shown"], 0.0, d, 0.0)
    return [
        *out,
        disclosed("within_5", clause, "results within 5 mg/dL or 5 %", "%", _all(iso(5.0, 5.0))),
        disclosed("within_10", clause, "results within 10 mg/dL or 10 %", "%", _all(iso(10.0, 10.0))),
        disclosed("fda_15", "FDA 2020, OTC meters", "results within 15 % over the whole range", "%", _all(whole(15.0))),
        disclosed("fda_20", "FDA 2020, OTC meters", "results within 20 % over the whole range", "%", _all(whole(20.0))),
        disclosed("clarke", "Clarke 1987", "results in zones A and B of Clarke's grid", "%", _all(_zones(0))),
        disclosed("mard", clause, "mean absolute relative difference", "%",
                  pairs(lambda t: mard(t["reference"], t["shown"], t.subject))),
        disclosed("bias", clause, "mean difference from the reference", "mg/dL",
                  pairs(lambda t: mean_of(t["difference"], t.subject))),
    ]  # fmt: skip


def figures(table: Table) -> Sequence[Figure]:
    """The difference plot of the standard, the consensus grid, differences with limits of agreement, and lots."""
    rows = table.where(np.isfinite(table["shown"]))
    if len(np.unique(rows.subject)) < 2:
        return ()
    x = np.linspace(0.0, 600.0, 301)
    allowed = np.where(x < 100.0, 15.0, 0.15 * x)
    loa = bland_altman(rows["difference"], rows.subject)
    points = Points(rows["reference"], rows["difference"])
    return (
        Chart(
            "Difference by blood glucose", "95 % of the points lie in the band of 15 mg/dL or 15 %",
            "reference glucose, mg/dL", "difference, mg/dL",
            [Area(x, -allowed, allowed, "soft", "15 mg/dL or 15 %"), points],
        ),
        grid_chart("parkes_1", rows["reference"], rows["shown"], title="Consensus error grid, type 1",
                   says="at least 99 % lie in A and B"),
        Chart(
            "Bias and limits of agreement", "the lines hold 95 % of differences",
            "reference glucose, mg/dL", "difference, mg/dL",
            [points, Level(loa.bias.value, "bias"), Level(loa.lower.value, "limit of agreement", "soft"),
             Level(loa.upper.value, "limit of agreement", "soft")],
        ),
        _lots(table),
    )  # fmt: skip


def _lots(table: Table) -> Listing:
    lines = []
    for lot in sorted(set(table.groups["lot"])):
        part = table.where((table.groups["lot"] == lot) & np.isfinite(table["shown"]))
        shares = [100.0 * float(near(part["reference"], part["shown"], d, d, 100.0).mean()) for d in (5.0, 10.0, 15.0)]
        lines.append((lot, float(len(part)), *shares, float(part["difference"].mean())))
    return Listing(
        "Lots of test strips", "shares in per cent within 5, 10 and 15 mg/dL or per cent",
        ("lot", "results", "within 5", "within 10", "within 15", "bias, mg/dL"), lines,
    )  # fmt: skip


def shows(meter: AbstractDevice, lot_bias: Sequence[float] = (0.0, 0.0, 0.0)) -> Callable[[Values], dict[str, Any]]:
    """A meter of twinbed that pricks a finger for every result; strips of a lot may read high by a share."""

    def device(stimulus: Values) -> dict[str, Any]:
        blood = np.repeat(np.asarray(stimulus["blood_glucose"], float), 2)
        strips = 1.0 + lot_bias[int(stimulus["lot"]) - 1]
        pricks = np.tile([1.0, 0.0], len(blood) // 2)
        shown = play(meter, {"plasma_glucose": strips * blood, "finger_stick": pricks}, _TICK_S,
                     unit=int(stimulus["meter"]))  # fmt: skip
        return {"meter_glucose": shown["meter_glucose"][::2]}

    return device


def _steady(**changed: float) -> FingerStick:
    """A meter with a third of the error that the standard allows."""
    return with_settings(FingerStick(), {"low_scale": 5.0, "high_scale": 5.0, **changed})


_GIVEN = (
    Given("blood_glucose", "mg/dL", "glucose in each of the samples that are put on a strip", "series"),
    Given("lot", "1", "number of the lot of strips, from 1"),
    Given("meter", "1", "number of the meter, from 1"),
)


def blood_glucose_meter(*, limits: pathlib.Path | None = None, subjects: int = 100, seed: int = 1) -> Protocol:
    """System accuracy of a blood glucose meter.

    Args:
        limits: a laboratory's own numbers.
        subjects: persons, each with one sample.
        seed: of the samples.
    """
    known = read_limits(pathlib.Path(__file__).with_name("limits.toml"), limits)
    used = {name: known[name] for name in (*_LIMITS, *(name for name, _, _ in _CLASSES))}
    shares = [used[name].value for name, _, _ in _CLASSES]
    return Protocol(
        id="glucose/blood_glucose_meter",
        title="System accuracy of a blood glucose meter",
        standard="ISO 15197",
        edition="2013",
        subjects="Virtual capillary blood samples in the classes of the standard",
        stimulus="A drop of blood for each result, and the lot of the test strip",
        reference="Glucose of the sample, exact",
        cases=lambda: cases(subjects, seed, shares),
        given=_GIVEN,
        answers=[Answer("meter_glucose", "mg/dL", "the results", "series", "blood_glucose", (0, 1000))],
        measure=measure,
        study=("iso_subjects", "iso_lots", "iso_shortfall"),
        facts=("iso_subjects", "iso_lots", "iso_shortfall"),
        criteria=criteria(used, shares),
        limits=used,
        count=_LOTS * subjects,
        figures=figures,
        badness="difference",
        devices={
            "good": shows(_steady()),
            "bad": shows(_steady(), (0.0, 0.0, 0.14)),
            "bad_bias": shows(_steady(high_location=-9.0, low_location=-9.0)),
            "bad_noise": shows(_steady(low_scale=12.0, high_scale=12.0)),
            "bad_ultra2": shows(FingerStick.one_touch_ultra2()),
        },
        attach=shows,
    )
