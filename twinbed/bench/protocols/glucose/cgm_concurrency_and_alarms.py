"""Trend accuracy and threshold alarms of a continuous glucose sensor, as labels of products disclose them.

Rates are slopes between blood samples 15 min apart, of the sensor between its readings at the same times. An episode
is blood glucose at or past the threshold for at least 15 min; it is detected if the alarm sounds within 15 min before
or after its start. An alarm is false if blood is not at or past the threshold within 15 min before or after it begins.
No text sets limits on these; those here are this project's, so that a verdict exists.

*Known limits*: predictive alerts are judged as threshold alerts are, so an early one may count as false; there is no
night and nobody who sleeps through an alarm.

**References:**

- CLSI POCT05, 2nd edition (2020), Performance metrics for continuous interstitial glucose monitoring
"""

import dataclasses
import math
import pathlib
from collections.abc import Iterable, Sequence

import numpy as np

from twinbed.bench.charts import Chart, Curve, Figure, Level, Listing, Matrix, Points
from twinbed.bench.glucose import RATE_BINS, alarms, concurrence, mean_of, share
from twinbed.bench.glucose.rates import rate_bin
from twinbed.bench.glucose.sensor import SteadyCgm
from twinbed.bench.limits import Limit, read_limits
from twinbed.bench.protocol import Answer, Answers, Case, Criterion, Given, Protocol, Row, Table
from twinbed.bench.protocols.glucose import cgm_accuracy
from twinbed.bench.protocols.glucose._rows import Statistic, disclosed, exactly, percent
from twinbed.bench.protocols.glucose._sensors import alarmed, faulty, shows
from twinbed.bench.protocols.glucose._subjects import READING_MIN, SESSION_MIN, SETTLING_MIN, session
from twinbed.bench.statistics import Interval
from twinbed.core.errors import StatisticsError

_LIMITS = ("concurrent", "rates_shown", "low_detected", "high_detected", "low_false", "high_false", "alarm_window")
_KINDS = ("low", "high")
_CLAUSE = "POCT05, threshold alerts"
_ALARMS = tuple(
    Answer(f"{kind}_alarm", "1", f"whether the {kind} glucose alarm sounds", "series", "interstitial_glucose", (0, 1))
    for kind in _KINDS
)


def cases(subjects: int, seed: int, wear_days: float, low_mg_dl: float, high_mg_dl: float) -> Iterable[Case]:
    """The sessions of `cgm_accuracy`, with the thresholds of the alarms and the whole course of blood."""
    course = np.arange(0, SESSION_MIN + 1, READING_MIN)
    for number, one in enumerate(cgm_accuracy.cases(subjects, seed, wear_days)):
        stimulus = {**one.stimulus, "low_mg_dl": low_mg_dl, "high_mg_dl": high_mg_dl}
        reference = {**one.reference, "course": session(seed, number, wear_days).blood[course]}
        yield Case(one.id, one.subject, stimulus, reference, one.groups)


def measure(window_min: float, case: Case, answers: Answers) -> Sequence[Row]:
    """Rows of pairs, of episodes, and one of all alarms of the session."""
    rows: list[Row] = list(cgm_accuracy.measure(case, {"cgm": answers["cgm"]}))
    time, course = np.asarray(case.stimulus["time_min"]), np.asarray(case.reference["course"])
    seen, counts = time >= SETTLING_MIN, {}
    past = {"low": course <= case.stimulus["low_mg_dl"], "high": course >= case.stimulus["high_mg_dl"]}
    for kind in _KINDS:
        found = alarms(time[seen], past[kind][seen], answers[f"{kind}_alarm"][seen] > 0.5, window_min=window_min)
        rows += [{f"{kind}_hit": float(not math.isnan(d)), f"{kind}_delay_min": d} for d in found.delays_min]
        counts |= {f"{kind}_raised": float(found.raised), f"{kind}_false": float(found.false)}
    return [*rows, counts]


def _column(table: Table, name: str) -> Table:
    """The rows that have this column; none where no row has it."""
    if name not in table.columns:
        raise StatisticsError("no session has what this is about: choose another threshold or more persons")
    return table.where(np.isfinite(table[name]))


def _detected(kind: str) -> Statistic:
    def statistic(table: Table) -> Interval:
        rows = _column(table, f"{kind}_hit")
        return percent(share(rows[f"{kind}_hit"], rows.subject, side="both"))

    return statistic


def _delay(kind: str) -> Statistic:
    def statistic(table: Table) -> Interval:
        rows = _column(table, f"{kind}_delay_min")
        return mean_of(rows[f"{kind}_delay_min"], rows.subject)

    return statistic


def _false(kind: str) -> Statistic:
    """Of all alarms, those for nothing."""

    def statistic(table: Table) -> Interval:
        rows = _column(table, f"{kind}_raised")
        raised, false = rows[f"{kind}_raised"], rows[f"{kind}_false"]
        return exactly(100.0 * false.sum() / raised.sum() if raised.sum() else math.nan, int(raised.sum()))

    return statistic


def _classes_apart(table: Table) -> Table:
    return table.where(np.isfinite(table["true_rate"]) & np.isfinite(table["shown_rate"]))


def _concurrent(most_apart: int) -> Statistic:
    """Rates whose classes are so many apart at most."""

    def statistic(table: Table) -> Interval:
        rows = _classes_apart(table)
        apart = np.abs(rate_bin(rows["shown_rate"]) - rate_bin(rows["true_rate"]))
        return percent(share(apart <= most_apart, rows.subject, side="both"))

    return statistic


def _rates_shown(table: Table) -> Interval:
    """Of true rates those for which the sensor has one, in the class of speeds where that is rarest.

    A sensor that is silent where glucose moves fast is not judged there by `_concurrent`.
    """
    rows = table.where(np.isfinite(table["true_rate"]))
    speed, shown = np.abs(rows["true_rate"]), np.isfinite(rows["shown_rate"])
    classes = {"≤ 1": speed <= 1.0, "≤ 2": (speed > 1.0) & (speed <= 2.0), "> 2": speed > 2.0}
    found = {
        name: exactly(100.0 * float(shown[own].mean()), int(own.sum())) for name, own in classes.items() if own.any()
    }
    if not found:
        raise StatisticsError("no rate of change is known: include more sessions")
    name = min(found, key=lambda name: found[name].value)
    return dataclasses.replace(found[name], method=f"counted, {name} mg/dL/min")


def criteria(limits: dict[str, Limit]) -> list[Criterion]:
    """Concurrence, detection, false alarms; delays are disclosed."""
    asked = lambda name, statistic, sense: Criterion(
        name, limits[name].clause, limits[name].means, limits[name].unit, statistic, sense, name
    )
    out = [
        asked("concurrent", _concurrent(1), "at least"),
        asked("rates_shown", _rates_shown, "at least"),
        disclosed("same_class", "POCT05, trend accuracy", "rates of change in the class of the true rate", "%",
                  _concurrent(0)),
    ]  # fmt: skip
    for kind in _KINDS:
        means = f"mean delay of the alarm of {kind} glucose after the start of the episode, of those detected"
        out += [
            asked(f"{kind}_detected", _detected(kind), "at least"),
            asked(f"{kind}_false", _false(kind), "at most"),
            disclosed(f"{kind}_delay", _CLAUSE, means, "min", _delay(kind)),
        ]
    return out


def figures(table: Table) -> Sequence[Figure]:
    """Concurrence, rates against rates, and what became of alarms."""
    rows = _classes_apart(table)
    total = lambda name: float(np.nansum(table[name])) if name in table.columns else 0.0
    episodes = lambda kind: float(np.isfinite(table[f"{kind}_hit"]).sum()) if f"{kind}_hit" in table.columns else 0.0
    return (
        Matrix(
            "Concurrence of rates of change", "counts near the diagonal: the sensor's trend is the true one",
            RATE_BINS, RATE_BINS, concurrence(rows["true_rate"], rows["shown_rate"]),
        ),
        Chart(
            "Rates of change", "points left above and right below point the wrong way", "true rate, mg/dL/min",
            "rate of the sensor, mg/dL/min",
            [Curve((-4, 4), (-4, 4), "plain"), Points(rows["true_rate"], rows["shown_rate"])], (-4.0, 4.0), (-6.0, 6.0),
        ),
        Listing(
            "Alarms", "missed episodes and false alarms",
            ("alarm", "episodes", "detected", "raised", "false"),
            [(k, episodes(k), total(f"{k}_hit"), total(f"{k}_raised"), total(f"{k}_false")) for k in _KINDS],
        ),
    )  # fmt: skip


def picture(case: Case, answers: Answers) -> Chart:
    """A session with its thresholds, and the stretches in which an alarm sounded."""
    time, cgm = np.asarray(case.stimulus["time_min"]), answers["cgm"]
    sounding = (answers["low_alarm"] > 0.5) | (answers["high_alarm"] > 0.5)
    return Chart(
        "Alarms of a session", "the alarm should sound where blood is past a threshold", "time, min", "glucose, mg/dL",
        [
            Level(case.stimulus["low_mg_dl"], "threshold, low", "bad"),
            Level(case.stimulus["high_mg_dl"], "threshold, high", "bad"),
            Curve(time, case.reference["course"], "plain", "blood"), Curve(time, cgm, "accent", "sensor"),
            Points(time[sounding], cgm[sounding], "bad", "alarm"),
        ],
    )  # fmt: skip


_GIVEN = (
    *cgm_accuracy.GIVEN,
    Given("low_mg_dl", "mg/dL", "threshold of the low glucose alarm"),
    Given("high_mg_dl", "mg/dL", "threshold of the high glucose alarm"),
)


def cgm_concurrency_and_alarms(
    *,
    limits: pathlib.Path | None = None,
    subjects: int = 60,
    low_mg_dl: float = 70.0,
    high_mg_dl: float = 250.0,
    wear_days: float = 10.0,
    seed: int = 1,
) -> Protocol:
    """Trend and threshold alarms of a continuous glucose sensor.

    Args:
        limits: a laboratory's own numbers.
        subjects: persons, each with one session of eight hours.
        low_mg_dl: threshold of the alarm of low glucose.
        high_mg_dl: of high glucose.
        wear_days: life of a sensor that the manufacturer states.
        seed: of the persons.
    """
    known = read_limits(pathlib.Path(__file__).with_name("limits.toml"), limits)
    used = {name: known[name] for name in _LIMITS}
    window = used["alarm_window"].value
    good = SteadyCgm()
    return Protocol(
        id="glucose/cgm_concurrency_and_alarms",
        title="Trend and alarms of a continuous glucose sensor",
        standard="CLSI POCT05",
        edition="2nd (2020)",
        subjects="Virtual persons in the clinic, glucose led from low to high",
        stimulus="Interstitial glucose every 5 min for eight hours, and the thresholds of the alarms",
        reference="Blood glucose, exact",
        cases=lambda: cases(subjects, seed, wear_days, low_mg_dl, high_mg_dl),
        given=_GIVEN,
        answers=[cgm_accuracy.READINGS, *_ALARMS],
        measure=lambda case, answers: measure(window, case, answers),
        criteria=criteria(used),
        limits=used,
        count=subjects,
        figures=figures,
        badness="difference",
        picture=picture,
        devices={name: alarmed(of) for name, of in {"good": shows(good), **faulty(good)}.items()},
        attach=lambda sensor: alarmed(shows(sensor)),
    )
