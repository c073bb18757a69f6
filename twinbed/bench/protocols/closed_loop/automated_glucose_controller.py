"""An interoperable automated glycaemic controller with the worst sensor and pump it may meet, 21 CFR 862.1356.

Virtual persons live a day of three meals, for which they give most of the bolus, ten times: as it should be; with a
sensor that reads high or low by what (B) and (C) of 862.1355 allow, that is noisy or late; with a pump that delivers
too much or too little; with a blocked infusion set; and with readings or commands lost for four hours, from an hour
and a half after a meal whose bolus was forgotten, when the controller commands much. The table of faults and outcomes
is what a risk analysis of the controller wants.

The special controls ask for such evidence and set no figures: times in ranges are the targets of the consensus, the
others are this project's.

*Known limits*: the clinical data that the special controls ask for cannot come from virtual persons; pairing,
security, human factors, the record of events and labelling are not measured here; the pump's own safe state is part
of the loop, so a loss of commands tests controller and pump together.

**References:**

- 21 CFR 862.1356, 87 FR 14171 (2022)
- Battelino et al. (2019), Diabetes Care 42(8):1593, doi:10.2337/dci19-0028
- Magni et al. (2008), J Diabetes Sci Technol 2(4):630 (control-variability grid)
"""

import math
import pathlib
from collections.abc import Callable, Iterable, Sequence

import numpy as np

from twinbed.bench.charts import Chart, Curve, Figure, Level, Listing, Moment, Points, Zone
from twinbed.bench.draws import uniforms
from twinbed.bench.limits import Limit, read_limits
from twinbed.bench.protocol import Answers, Case, Criterion, Protocol, Row, Sense, Table
from twinbed.bench.protocols.closed_loop._bed import ANSWERS, GIVEN, Person, in_a_bed, patient, stimulus
from twinbed.bench.protocols.closed_loop._controllers import devices
from twinbed.bench.protocols.closed_loop._loop import LOOP
from twinbed.bench.protocols.closed_loop._responses import answered, fallback_excess, time_in, worst
from twinbed.bench.statistics import Interval

_LIMITS = ("in_range", "below_70", "below_54", "persons", "sensor_lowest", "sensor_highest", "pump_lowest",
           "pump_highest", "loss_lowest", "loss_excess", "loss_grace")  # fmt: skip
_MEALS = {420.0: 50.0, 720.0: 70.0, 1110.0: 70.0}
_SHARES, _FORGOTTEN = (0.8, 0.8, 0.8), (0.8, 0.0, 0.8)
_LOST, _BLOCKED = (810.0, 1050.0), (600.0, 720.0)
_CONDITIONS = {
    "nominal": {},
    "sensor_high": {"sensor": {"gain": 1.15}},
    "sensor_low": {"sensor": {"gain": 0.85}},
    "sensor_noise": {"sensor": {"noise_sd": 12.0}},
    "sensor_late": {"sensor": {"lag_min": 15.0}},
    "pump_high": {"pump_gain": 1.05},
    "pump_low": {"pump_gain": 0.95},
    "pump_blocked": {"faults": {"occlusion": _BLOCKED}},
    "loss_of_readings": {"bolus_shares": _FORGOTTEN, "faults": {"fault_dropout": _LOST}},
    "loss_of_commands": {"bolus_shares": _FORGOTTEN, "faults": {"communication_loss": _LOST}},
}
"""What differs in each of the days."""


def cases(persons: int, seed: int) -> Iterable[Case]:
    """Every person on every day; sensitivity 0.7 to 1.4 of the mean, 55 to 100 kg, basal glucose 110 to 140 mg/dL."""
    for number in range(persons):
        u = uniforms(seed, f"person {number}", 3)
        who = Person(float(0.7 * 2.0 ** u[0]), float(110.0 + 30.0 * u[2]), float(55.0 + 45.0 * u[1]))
        for condition, differs in _CONDITIONS.items():
            given = stimulus(who, meals=_MEALS, **{"bolus_shares": _SHARES, **differs})
            reference = {"basal_rate": patient(who)[1], "condition": condition}
            yield Case(f"person_{number:02d}_{condition}", f"person_{number:02d}", given, reference, {"day": condition})


def measure(grace_min: float, case: Case, answers: Answers) -> Sequence[Row]:
    """One row a day."""
    glucose, condition = answered(answers["plasma_glucose"]), case.reference["condition"]
    least, most = float(glucose.min()), float(glucose.max())
    row = {
        "least": least, "most": most, "in_range": time_in(glucose, 70.0, 180.0),
        "below_70": time_in(glucose, 0.0, np.nextafter(70.0, 0.0)),
        "below_54": time_in(glucose, 0.0, np.nextafter(54.0, 0.0)),
    }  # fmt: skip
    kind = condition.split("_")[0]
    if kind in ("sensor", "pump"):
        row |= {f"{kind}_lowest": least, f"{kind}_highest": most}
    if kind == "loss":
        total = answered(answers["insulin_reported_total"])
        row["loss_lowest"] = least
        row["loss_excess"] = fallback_excess(
            case.stimulus["time_min"], total, case.reference["basal_rate"], _LOST, grace_min
        )
    return [row]


def _mean(name: str) -> Callable[[Table], Interval]:
    """Over persons, on the day as it should be."""

    def statistic(table: Table) -> Interval:
        found = table[name][table.groups["day"] == "nominal"]
        return Interval(float(found.mean()), math.nan, math.nan, 0.95, "mean of persons", len(found))

    return statistic


def _persons(table: Table) -> Interval:
    found = len(np.unique(table.subject))
    return Interval(float(found), math.nan, math.nan, 0.95, "counted", found)


def criteria(limits: dict[str, Limit]) -> list[Criterion]:
    """Mean times in ranges without a fault, and the worst case with each kind of fault."""
    judged: dict[str, tuple[Sense, Callable[[Table], Interval]]] = {
        "in_range": ("at least", _mean("in_range")),
        "below_70": ("at most", _mean("below_70")),
        "below_54": ("at most", _mean("below_54")),
        "persons": ("at least", _persons),
    }
    for name in ("sensor_lowest", "pump_lowest", "loss_lowest"):
        judged[name] = ("at least", worst(name, smallest=True))
    for name in ("sensor_highest", "pump_highest", "loss_excess"):
        judged[name] = ("at most", worst(name))
    return [
        Criterion(name, limits[name].clause, limits[name].means, limits[name].unit, statistic, sense, name)
        for name, (sense, statistic) in judged.items()
    ]


def figures(table: Table) -> Sequence[Figure]:
    """The control-variability grid and the table of faults."""
    lines = []
    for day in _CONDITIONS:
        part = table.where(table.groups["day"] == day)
        if len(part):
            worst_of = (float(part["least"].min()), float(part["most"].max()))
            means = (float(part[name].mean()) for name in ("in_range", "below_70", "below_54"))
            lines.append((day.replace("_", " "), *(round(v, 1) for v in (*worst_of, *means))))
    return (
        Chart(
            "Control-variability grid", "every point is a day of a person; A is under control, E swings both ways",
            "lowest glucose, mg/dL", "highest glucose, mg/dL",
            [*_grid(), Points(np.clip(table["least"], 50.0, 110.0), np.clip(table["most"], 110.0, 400.0))],
            (50.0, 110.0), (110.0, 400.0),
        ),
        Listing(
            "Faults and outcomes", "glucose in mg/dL at its worst, times in per cent of the day on average",
            ("day", "lowest", "highest", "70 to 180", "below 70", "below 54"), lines,
        ),
    )  # fmt: skip


def _grid() -> list[Zone]:
    """Nine fields: A, upper and lower B, B, upper and lower C, upper and lower D, E."""
    lows, highs = (50.0, 70.0, 90.0, 110.0), (110.0, 180.0, 300.0, 400.0)
    fields = (("C", "B", "A"), ("D", "B", "B"), ("E", "D", "C"))
    out = []
    for row, letters in enumerate(fields):
        for column, letter in enumerate(letters):
            x1, x2, y1, y2 = lows[column], lows[column + 1], highs[row], highs[row + 1]
            out.append(Zone((x1, x2, x2, x1), (y1, y1, y2, y2), "ABCDE".index(letter), letter))
    return out


def picture(case: Case, answers: Answers) -> Chart:
    """A day: glucose and what the controller commanded."""
    time = case.stimulus["time_min"]
    spans = {"pump_blocked": _BLOCKED, "loss_of_readings": _LOST, "loss_of_commands": _LOST}
    marks = [Moment(at, "fault", "bad") for at in spans.get(case.reference["condition"], ())]
    return Chart(
        "Day", "glucose stays between the lines", "time, min", "glucose, mg/dL",
        [
            Level(70.0, "70 mg/dL", "bad"), Level(180.0, "180 mg/dL", "bad"),
            Curve(time, answers["plasma_glucose"], "accent", "blood"),
            Curve(time, answers["cgm"], "soft", "sensor"),
            Curve(time, 10.0 * answers["basal_command"], "second", "basal command, 0.1 U/h"), *marks,
        ],
    )  # fmt: skip


def automated_glucose_controller(*, limits: pathlib.Path | None = None, persons: int = 3, seed: int = 1) -> Protocol:
    """Verification of an interoperable automated glycaemic controller.

    Args:
        limits: a manufacturer's own numbers.
        persons: virtual, each with ten days.
        seed: of the persons.
    """
    known = read_limits(pathlib.Path(__file__).with_name("limits.toml"), limits)
    used = {name: known[name] for name in _LIMITS}
    return Protocol(
        id="closed_loop/automated_glucose_controller",
        title="Interoperable automated glycaemic controller",
        standard="21 CFR 862.1356",
        edition="87 FR 14171 (2022)",
        subjects="Virtual persons with type 1 diabetes, drawn over sensitivity, weight and basal glucose",
        stimulus="A day of three meals, with and without faults of sensor, pump and communication",
        reference="Glucose of the virtual person and the programmed basal rate",
        cases=lambda: cases(persons, seed),
        given=GIVEN,
        answers=ANSWERS,
        measure=lambda case, answers: measure(used["loss_grace"].value, case, answers),
        criteria=criteria(used),
        limits=used,
        count=persons * len(_CONDITIONS),
        figures=figures,
        badness="most",
        picture=picture,
        devices=devices(),
        attach=in_a_bed,
        loop=LOOP,
    )
