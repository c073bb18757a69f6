"""Responses of a glucose controller in the loop with a virtual person, IEC 60601-1-10.

Four runs of a day for each person: a step (glucose is held 60 mg/dL above the target when the loop is closed), a meal
that nobody announces, and the same meal with the sensor lost for four hours, or with commands to the pump lost. The
responses are those that the standard names; it leaves their values to the manufacturer, so all limits are this
project's until a manufacturer gives its own.

*Known limits*: the step is one of the person, not of the set point, whose response is the same for a linear loop only;
three persons stand for the population; gain and phase margins, alarms and the log of variables are not looked at.

**References:**

- IEC 60601-1-10:2007+A1:2013+A2:2020
- FDA (2023), Technical considerations for medical devices with physiologic closed-loop control technology
"""

import pathlib
from collections.abc import Iterable, Sequence

import numpy as np

from twinbed.bench.charts import Chart, Curve, Figure, Level, Listing, Moment, Points
from twinbed.bench.limits import Limit, read_limits
from twinbed.bench.protocol import Answers, Case, Criterion, Protocol, Row, Sense, Table
from twinbed.bench.protocols.closed_loop._bed import ANSWERS, GIVEN, Person, in_a_bed, patient, stimulus
from twinbed.bench.protocols.closed_loop._controllers import devices
from twinbed.bench.protocols.closed_loop._loop import LOOP
from twinbed.bench.protocols.closed_loop._responses import (
    answered,
    fallback_excess,
    relative_overshoot,
    response_time,
    settling_time,
    steady_state_deviation,
    tracking_error,
    worst,
)

_LIMITS = ("window", "response", "settling", "overshoot", "steady", "tracking", "recovery", "lowest", "lowest_fault",
           "grace", "sensor_fallback", "link_fallback")  # fmt: skip
_PERSONS = {"average": (1.0, 78.0), "sensitive": (1.4, 60.0), "resistant": (0.7, 95.0)}
"""Sensitivity to insulin relative to the mean, and weight in kg."""
_STEP_MG_DL, _MEAL_AT, _LOST, _LAST_MIN = 60.0, 120.0, (210.0, 450.0), 240.0
_SIGNALS = {"sensor_loss": "fault_dropout", "link_loss": "communication_loss"}


def cases(target_mg_dl: float, meal_g: float) -> Iterable[Case]:
    """Every person in every run."""
    for name, (sensitivity, weight) in _PERSONS.items():
        for run in ("step", "meal", *_SIGNALS):
            who = Person(sensitivity, target_mg_dl + (_STEP_MG_DL if run == "step" else 0.0), weight)
            given = stimulus(
                who,
                target=target_mg_dl,
                meals={} if run == "step" else {_MEAL_AT: meal_g},
                faults={_SIGNALS[run]: _LOST} if run in _SIGNALS else {},
            )
            reference = {"basal_rate": patient(who)[1], "run": run}
            yield Case(f"{name}_{run}", name, given, reference, {"run": run})


def measure(limits: dict[str, Limit], case: Case, answers: Answers) -> Sequence[Row]:
    """One row a run, with the responses that the run is made for."""
    time, target, window = case.stimulus["time_min"], float(case.stimulus["target_glucose"]), limits["window"].value
    glucose, run = answered(answers["plasma_glucose"]), case.reference["run"]
    row = {"least": float(glucose.min()), "most": float(glucose.max())}
    if run == "step":
        row["response"] = response_time(time, glucose, target, window)
        row["settling"] = settling_time(time, glucose, target, window)
        row["overshoot"] = relative_overshoot(glucose, target)
        row["steady"] = steady_state_deviation(time, glucose, target, _LAST_MIN)
    if run == "meal":
        row["tracking"] = tracking_error(glucose, target)
        row["recovery"] = max(0.0, settling_time(time, glucose, target, window) - _MEAL_AT)
    if run in _SIGNALS:
        total = answered(answers["insulin_reported_total"])
        row["lowest_fault"] = row["least"]
        excess = fallback_excess(time, total, case.reference["basal_rate"], _LOST, limits["grace"].value)
        row["sensor_fallback" if run == "sensor_loss" else "link_fallback"] = excess
    else:
        row["lowest"] = row["least"]
    return [row]


def criteria(limits: dict[str, Limit]) -> list[Criterion]:
    """Each response in its worst case."""
    judged: dict[str, Sense] = {
        "response": "at most", "settling": "at most", "overshoot": "at most", "steady": "at most",
        "tracking": "at most", "recovery": "at most", "lowest": "at least", "lowest_fault": "at least",
        "sensor_fallback": "at most", "link_fallback": "at most",
    }  # fmt: skip
    return [
        Criterion(name, limits[name].clause, limits[name].means, limits[name].unit,
                  worst(name, smallest=sense == "at least"), sense, name, least=len(_PERSONS))
        for name, sense in judged.items()
    ]  # fmt: skip


def figures(table: Table) -> Sequence[Figure]:
    """All responses by person and run, and the extremes of every run."""
    names = ("response", "settling", "overshoot", "steady", "tracking", "recovery", "sensor_fallback", "link_fallback")
    kept = [name for name in names if name in table.columns]
    number = lambda value: None if np.isnan(value) else round(float(value), 1)
    lines = [
        (str(case), *(number(table[name][k]) for name in (*kept, "least", "most"))) for k, case in enumerate(table.case)
    ]
    return (
        Listing("Responses", "times in min, overshoot and departures in per cent, the rest in mg/dL",
                ("run", *kept, "least", "most"), lines),
        Chart(
            "Extremes of every run", "low and far right is best: no run falls below 70 or rises above 180",
            "lowest glucose, mg/dL", "highest glucose, mg/dL",
            [Points(table["least"], table["most"]), Moment(70.0, "70 mg/dL", "bad"), Level(180.0, "180 mg/dL", "bad")],
        ),
    )  # fmt: skip


def picture(case: Case, answers: Answers) -> Chart:
    """A run: true glucose around the target, and the commanded basal rate."""
    time, target = case.stimulus["time_min"], float(case.stimulus["target_glucose"])
    lost = [Moment(at, "loss", "bad") for at in _LOST] if case.reference["run"] in _SIGNALS else []
    return Chart(
        "Run", "glucose returns to the target and stays there", "time, min", "glucose, mg/dL",
        [
            Level(target, "target"), Curve(time, answers["plasma_glucose"], "accent", "blood"),
            Curve(time, answers["cgm"], "soft", "sensor"),
            Curve(time, 10.0 * answers["basal_command"], "second", "basal command, 0.1 U/h"), *lost,
        ],
    )  # fmt: skip


def physiologic_closed_loop(
    *, limits: pathlib.Path | None = None, target_mg_dl: float = 120.0, meal_g: float = 40.0
) -> Protocol:
    """Responses of a glucose controller.

    Args:
        limits: a manufacturer's own numbers.
        target_mg_dl: of the controller.
        meal_g: carbohydrate of the meal that nobody announces.
    """
    known = read_limits(pathlib.Path(__file__).with_name("limits.toml"), limits)
    used = {name: known[name] for name in _LIMITS}
    return Protocol(
        id="closed_loop/physiologic_closed_loop",
        title="Responses of a physiologic closed-loop controller of glucose",
        standard="IEC 60601-1-10",
        edition="2007+A1:2013+A2:2020",
        subjects="Virtual persons with type 1 diabetes, average, sensitive and resistant to insulin",
        stimulus="A step of glucose, a meal, and losses of sensor and commands",
        reference="Glucose of the virtual person and the programmed basal rate",
        cases=lambda: cases(target_mg_dl, meal_g),
        given=GIVEN,
        answers=ANSWERS,
        measure=lambda case, answers: measure(used, case, answers),
        criteria=criteria(used),
        limits=used,
        count=len(_PERSONS) * (2 + len(_SIGNALS)),
        figures=figures,
        badness="most",
        picture=picture,
        devices=devices(),
        attach=in_a_bed,
        loop=LOOP,
    )
