"""Identifies a person day by day and scores every next day before it is learned.

The order of a person's days is kept: day k + 1 is predicted from the person learned on days
up to k, then scored against its real sensor samples, then learned. `strict` predictions know
only day k and the population.
"""

import dataclasses
import time
from collections.abc import Callable, Sequence

import jax
import numpy as np

from twinbed.core.recording import Recording
from twinbed.personalise.accuracy import Accuracy, accuracy
from twinbed.personalise.assimilate import follow_day, learn_day
from twinbed.personalise.baselines import baselines
from twinbed.personalise.day import DayData, person_days
from twinbed.personalise.forecast import TIME_H, Past, Prediction, predict, remember
from twinbed.personalise.forward import at_times, forward
from twinbed.personalise.parameters import PLACE, Person, unknown_person

_forward = jax.jit(forward)


@dataclasses.dataclass(frozen=True)
class Forecast:
    """A prediction at the times of the day's sensor samples, mg/dL; shares of the day in per cent."""

    mean: list[float]
    lower: list[float]
    upper: list[float]
    tir: float
    tbr: float
    weight: float


@dataclasses.dataclass(frozen=True)
class DayLog:
    """One day of one person: what was measured, how it was followed and how it was predicted.

    Everything a score needs is here, so that scores can be made again without fitting again.
    `prediction` is absent where the day before was not usable.
    """

    date: str
    time_min: list[float]
    measured: list[float]
    fitted: list[float]
    meals: list[tuple[float, float]]
    boluses: list[tuple[float, float]]
    prediction: Forecast | None = None
    strict: Forecast | None = None
    baselines: dict[str, list[float]] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True)
class PersonFit:
    """A person's twin after all days, and how every day went."""

    subject: str
    person: Person
    days: tuple[DayLog, ...]
    cpu_s: float


def fit_person(
    recording: Recording,
    *,
    next_day: bool = True,
    last_days: int | None = None,
    on_day: Callable[[int, int], None] | None = None,
) -> PersonFit | None:
    """Fits every usable day of a person in order; None if there is no usable day.

    Args:
        recording: with sensor glucose, insulin and meals.
        next_day: whether to predict each day from the days before it.
        last_days: only the last so many usable days; all of them if not given.
        on_day: called with the number of days done and in all.
    """
    days = person_days(recording)[-(last_days or 0) :]
    if not days:
        return None
    before = time.process_time()
    person, past, logs = unknown_person(), Past(), []
    previous: DayData | None = None
    for k, day in enumerate(days):
        log, prediction = _follow(day), None
        if next_day and previous is not None and (day.date - previous.date).days == 1:
            last = day.last if np.isfinite(day.last) else float(previous.glucose[-1])
            prediction = predict(past, twin_forecast(person, day, last), last)
            log = _with_predictions(log, day, prediction, _strict(previous, day, last), past)
        person, _ = learn_day(person, day)
        past = remember(past, day, prediction)
        logs.append(log)
        previous = day
        if on_day is not None:
            on_day(k + 1, len(days))
    return PersonFit(recording.subject, person, tuple(logs), time.process_time() - before)


def _follow(day: DayData) -> DayLog:
    fit = follow_day(day)
    fitted = at_times(np.asarray(_forward(fit.theta, day.arrays)), day.time_min)
    return DayLog(
        date=str(day.date), time_min=day.time_min.tolist(), measured=day.glucose.tolist(),
        fitted=fitted.tolist(), meals=list(day.meals), boluses=list(day.boluses),
    )  # fmt: skip


def _with_predictions(log: DayLog, day: DayData, prediction: Prediction, strict: Prediction, past: Past) -> DayLog:
    others = baselines(past, day, prediction)
    at = lambda values: np.interp(day.time_min, TIME_H * 60, values).tolist()
    return dataclasses.replace(
        log,
        prediction=_forecast(prediction, day.time_min),
        strict=_forecast(strict, day.time_min),
        baselines={name: at(values) for name, values in others.items()},
    )


def _forecast(p: Prediction, time_min: np.ndarray) -> Forecast:
    at = lambda name: p.at(name, time_min).tolist()
    return Forecast(
        at("mean"),
        at("lower"),
        at("upper"),
        p.share_between(70.0, 180.0),
        p.share_between(0.0, 70.0),
        p.weight,
    )


def twin_forecast(person: Person, day: DayData, last: float) -> np.ndarray:
    """What the person's twin says of a day, from the last reading, its insulin and its meals."""
    theta = person.mean.copy()
    theta[PLACE["g0"]] = np.log(last)
    nodes = np.asarray(_forward(theta, day.arrays))
    return 0.5 * (nodes[:-1] + nodes[1:])


def _strict(previous: DayData, day: DayData, last: float) -> Prediction:
    """The prediction that knows one day of the person, the day before."""
    person, _ = learn_day(unknown_person(), previous)
    return predict(remember(Past(), previous, None), twin_forecast(person, day, last), last)


@dataclasses.dataclass(frozen=True)
class Summary:
    """Accuracy over days: as followed, as predicted, strictly predicted, and the baselines."""

    days: int
    fit: Accuracy
    predicted_days: int
    prediction: Accuracy | None
    strict: Accuracy | None
    baselines: dict[str, Accuracy]
    weight: float
    """Mean weight of the twin's deviation in the predictions."""


def summarise(days: Sequence[DayLog]) -> Summary:
    """Accuracy over the real sensor samples of a set of days."""
    told = [d for d in days if d.prediction is not None]
    names = list(told[0].baselines) if told else []
    measured = _joined([d.measured for d in told]) if told else np.zeros(0)
    return Summary(
        days=len(days),
        fit=accuracy(_joined([d.measured for d in days]), _joined([d.fitted for d in days])),
        predicted_days=len(told),
        prediction=_told([(d, d.prediction) for d in told]),
        strict=_told([(d, d.strict) for d in told]),
        baselines={n: accuracy(measured, _joined([d.baselines[n] for d in told])) for n in names},
        weight=float(np.mean([d.prediction.weight for d in told if d.prediction])) if told else 0.0,
    )


def _joined(parts: Sequence[list[float]]) -> np.ndarray:
    return np.concatenate([np.asarray(p, float) for p in parts])


def _told(pairs: Sequence[tuple[DayLog, Forecast | None]]) -> Accuracy | None:
    whole = [(d, f) for d, f in pairs if f is not None]
    if not whole:
        return None
    measured = _joined([d.measured for d, _ in whole])
    lower, upper = (_joined([getattr(f, k) for _, f in whole]) for k in ("lower", "upper"))
    share = lambda k: float(np.average([getattr(f, k) for _, f in whole], weights=[len(d.measured) for d, _ in whole]))
    return accuracy(
        measured, _joined([f.mean for _, f in whole]), inside=(measured >= lower) & (measured <= upper),
        tir_predicted=share("tir"), tbr_predicted=share("tbr"),
    )  # fmt: skip
