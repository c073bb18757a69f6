"""What happens to every patient of a study: meals, boluses, exercise, faults.

A study declares what a day looks like and how much it varies; here each patient's own days
are drawn. The draws depend on (seed, patient, name of the item, day) and on nothing else,
so a patient meets the same days in every arm, on every machine, in every shard.

The signals are `carbohydrate`, `fat`, `protein` (what is eaten), `carbohydrate_announced`
(what the person tells the devices, at once, and perhaps late, wrongly or never),
`exercise_intensity`, `heart_rate`, `finger_stick`, and the signals of faults.

*Known limits*: days are alike but for their draws, and there is no memory from meal to meal.
"""

import dataclasses
import math
from collections.abc import Sequence

import jax.numpy as jnp
import numpy as np
from jaxtyping import Bool, Float
from scipy.special import ndtri

from twinbed.cohorts import sampling
from twinbed.core.scenario import Event, Scenario, Timeline, timeline
from twinbed.studies.tables import SECONDS_PER_DAY, clock, key
from twinbed.vocab.signals import signal as signal_of

LOW_TREATMENT = "devices/person/low_treatment"
_DRAWS = 6
_HAPPENS, _WHEN, _AMOUNT, _COUNT, _MISSED, _LATE = range(_DRAWS)
_TRUNCATED_SD = 3.0
_LAST_START_S = SECONDS_PER_DAY - 60.0
_FINGER_STICK_S = 300.0
_SECONDS_PER = {"min": 60.0, "h": 3600.0}

_DAYS = "days on which it happens, counted from 1; empty for every day"
_PROBABILITY = "probability that it happens, each day"
_TIME_SD = "standard deviation of its time, min"


@dataclasses.dataclass(frozen=True)
class Meal:
    """Something eaten on each day."""

    name: str = key("the name of the meal")
    time: float = clock("when it begins")
    carbohydrate_g: float | None = key("carbohydrate, g", default=None, low=0.0)
    carbohydrate_g_per_kg: float | None = key("carbohydrate, g per kg of body weight", default=None, low=0.0)
    amount_cv: float = key("standard deviation of the amount, as a share of it", default=0.0, low=0.0)
    time_sd_min: float = key(_TIME_SD, default=0.0, low=0.0)
    duration_min: float = key("how long it takes to eat, min", default=15.0, low=0.0, high=1440.0)
    fat_g: float = key("fat, g; varies with the amount", default=0.0, low=0.0)
    protein_g: float = key("protein, g; varies with the amount", default=0.0, low=0.0)
    announced: bool = key("whether it is announced to the devices at all", default=True)
    probability: float = key(_PROBABILITY, default=1.0, low=0.0, high=1.0)
    days: tuple[int, ...] = key(_DAYS, default=(), low=1)


@dataclasses.dataclass(frozen=True)
class Counting:
    """How well carbohydrate is counted: announced = eaten (1 + bias + person + meal)."""

    bias: float = key("mean error, as a share of the amount", default=0.0, low=-1.0, high=2.0)
    person_sd: float = key("standard deviation between persons", default=0.0, low=0.0, high=2.0)
    meal_sd: float = key("standard deviation from meal to meal of one person", default=0.0, low=0.0, high=2.0)


@dataclasses.dataclass(frozen=True)
class Bolusing:
    """When meals are announced, if they are."""

    missed: float = key("probability that a meal is not announced", default=0.0, low=0.0, high=1.0)
    late: float = key("probability that a meal is announced late", default=0.0, low=0.0, high=1.0)
    late_min: float = key("how late, min", default=30.0, low=0.0, high=720.0)
    lead_min: float = key("how long before the meal it is announced otherwise, min", default=0.0, low=0.0, high=120.0)


@dataclasses.dataclass(frozen=True)
class LowTreatment:
    """What people eat when their sensor shows a low (`devices/person/low_treatment`)."""

    carbohydrate_g: float = key("eaten at once, g; 0 for nobody treats lows", default=0.0, low=0.0, high=100.0)
    limit: float = key("reading that is treated, mg/dL", default=70.0, low=0.0, high=120.0)
    asleep_limit: float = key("reading that wakes, mg/dL", default=55.0, low=0.0, high=120.0)
    again_after_min: float = key("time until the next look, min", default=15.0, low=5.0, high=240.0)
    asleep_from: float = clock("when people go to sleep", default=23 * 3600.0)
    asleep_until: float = clock("when people wake", default=7 * 3600.0)


@dataclasses.dataclass(frozen=True)
class Exercise:
    """A bout of exercise."""

    name: str = key("the name of the bout")
    time: float = clock("when it begins")
    duration_min: float = key("how long it lasts, min", low=1.0, high=1440.0)
    intensity: float = key("share of maximal oxygen uptake, %", default=50.0, low=0.0, high=100.0)
    heart_rate: float | None = key("heart rate during it, /min", default=None, low=30.0, high=250.0)
    time_sd_min: float = key(_TIME_SD, default=0.0, low=0.0)
    probability: float = key(_PROBABILITY, default=1.0, low=0.0, high=1.0)
    days: tuple[int, ...] = key(_DAYS, default=(), low=1)


@dataclasses.dataclass(frozen=True)
class FingerStick:
    """A blood glucose measurement with a meter."""

    name: str = key("the name of the measurement")
    time: float = clock("when it is taken")
    time_sd_min: float = key(_TIME_SD, default=0.0, low=0.0)
    probability: float = key(_PROBABILITY, default=1.0, low=0.0, high=1.0)
    days: tuple[int, ...] = key(_DAYS, default=(), low=1)


@dataclasses.dataclass(frozen=True)
class Fault:
    """Something that goes wrong with a device, in the same way in every arm."""

    name: str = key("the name of the fault")
    signal: str = key("the signal that carries it, such as occlusion")
    time: float = clock("when it begins")
    duration_min: float = key("how long it lasts, min", low=1.0)
    level: float = key("level of the signal while it lasts", default=1.0)
    share: float = key("share of the patients whom it can happen to", default=1.0, low=0.0, high=1.0)
    time_sd_min: float = key(_TIME_SD, default=0.0, low=0.0)
    probability: float = key(_PROBABILITY, default=1.0, low=0.0, high=1.0)
    days: tuple[int, ...] = key(_DAYS, default=(), low=1)


@dataclasses.dataclass(frozen=True)
class ScenarioSpec:
    """What the days of a study look like."""

    meals: tuple[Meal, ...] = key("the meals of a day", default=())
    counting: Counting = key("how well carbohydrate is counted", default=Counting())
    bolusing: Bolusing = key("when meals are announced", default=Bolusing())
    low_treatment: LowTreatment = key("what people eat when glucose is low", default=LowTreatment())
    exercise: tuple[Exercise, ...] = key("bouts of exercise", default=())
    finger_sticks: tuple[FingerStick, ...] = key("measurements with a meter", default=())
    faults: tuple[Fault, ...] = key("faults of devices", default=())
    resting_heart_rate: float = key("heart rate outside exercise, /min", default=60.0, low=30.0, high=150.0)


Item = Meal | Exercise | FingerStick | Fault


@dataclasses.dataclass(frozen=True)
class Track:
    """The events of one item: at most one per patient and day.

    `start_s` counts from the midnight before the item's day; `pages` is the most days that
    one event can touch, known from the declaration alone.
    """

    signal: str
    start_s: Float[np.ndarray, "patient day"]
    duration_s: float
    amount: Float[np.ndarray, "patient day"]
    happens: Bool[np.ndarray, "patient day"]
    pages: int


@dataclasses.dataclass(frozen=True)
class Draws:
    """What happens to each of some patients."""

    tracks: tuple[Track, ...]
    n_patients: int
    days: int

    def signals(self) -> tuple[str, ...]:
        """The signals that are fed, in alphabetical order."""
        return tuple(sorted({t.signal for t in self.tracks}))

    def scenario(self, patient: int) -> Scenario:
        """The scenario of one patient, counted from the first of these."""
        events = [
            Event(
                t.signal,
                float(day * SECONDS_PER_DAY + t.start_s[patient, day]),
                t.duration_s,
                float(t.amount[patient, day]),
            )
            for t in self.tracks
            for day in np.flatnonzero(t.happens[patient])
        ]
        rest = [Event(s, 0.0, 1.0, 0.0) for s in self.signals()]  # every patient feeds the same signals
        return Scenario(tuple(sorted(events + rest, key=lambda e: (e.start_s, e.signal))))

    def timeline(self, *, page_s: float, n_pages: int, shortest_s: float) -> Timeline:
        """The timeline of all patients; its shape depends on the declaration only."""
        if page_s != SECONDS_PER_DAY or n_pages != self.days:
            every = [self.scenario(i) for i in range(self.n_patients)]
            return timeline(every, page_s=page_s, n_pages=n_pages, shortest_s=shortest_s)
        stacks = {s: self._stacked(s, shortest_s) for s in self.signals()}
        return Timeline(
            start_s={n: jnp.asarray(a[0]) for n, a in stacks.items()},
            end_s={n: jnp.asarray(a[1]) for n, a in stacks.items()},
            value={n: jnp.asarray(a[2]) for n, a in stacks.items()},
            series={},
            page_s=page_s,
            series_period_s={},
        )

    def binned(self, signal: str, patient: int, period_s: float) -> Float[np.ndarray, " bin"]:
        """What begins in each of the bins of `period_s`, summed."""
        out = np.zeros(round(self.days * SECONDS_PER_DAY / period_s))
        for t in self.tracks:
            if t.signal == signal:
                on = np.flatnonzero(t.happens[patient])
                bins = ((on * SECONDS_PER_DAY + t.start_s[patient, on]) // period_s).astype(int)
                inside = bins < len(out)
                np.add.at(out, bins[inside], t.amount[patient, on][inside])
        return out

    def _stacked(self, name: str, shortest_s: float) -> Float[np.ndarray, "3 patient day place"]:
        tracks = [t for t in self.tracks if t.signal == name]
        width = sum(t.pages for t in tracks)
        out = np.zeros((3, self.n_patients, self.days, width))
        place = 0
        for track in tracks:
            length, value = _length_and_value(track, shortest_s)
            for later in range(track.pages):
                days = self.days - later
                if days > 0:
                    start = track.start_s[:, :days] - later * SECONDS_PER_DAY
                    end = np.minimum(start + length, SECONDS_PER_DAY)
                    on = track.happens[:, :days] & (end > 0.0) & (start < SECONDS_PER_DAY)
                    parts = (np.maximum(start, 0.0), end, value[:, :days])
                    out[:, :, later:, place] = np.where(on, np.stack(parts), 0.0)
                place += 1
        return out


def _length_and_value(track: Track, shortest_s: float) -> tuple[float, Float[np.ndarray, "patient day"]]:
    known = signal_of(track.signal)
    if known.dose_unit is None:
        return track.duration_s, track.amount
    length = max(track.duration_s, shortest_s)
    return length, track.amount / length * _SECONDS_PER[known.unit.rsplit("/", 1)[1]]


def uniforms(
    seed: int, items: Sequence[str], patients: np.ndarray, days: int
) -> Float[np.ndarray, "item patient day draw"]:
    """Uniform numbers that belong to an item, a patient (by number) and a day."""
    names = tuple(f"scenario/{item}/{k}" for item in items for k in range(_DRAWS))
    numbers, each_day = np.repeat(patients, days), np.tile(np.arange(days), len(patients))
    drawn = sampling.uniforms(seed, numbers, each_day, names)
    return drawn.reshape(len(patients), days, len(items), _DRAWS).transpose(2, 0, 1, 3)


def draw(
    spec: ScenarioSpec,
    *,
    seed: int,
    patients: np.ndarray,
    weight_kg: np.ndarray,
    days: int,
) -> Draws:
    """Draws what happens to some patients of a study.

    Args:
        spec: what the study declares.
        seed: the seed of the study.
        patients: their numbers in the study.
        weight_kg: their body weights, for meals declared per kg.
        days: length of the study.
    """
    u = uniforms(seed, ["person", *(f"{type(i).__name__}/{i.name}" for i in _items(spec))], patients, days)
    return _from_uniforms(spec, u, weight_kg)


def blank(spec: ScenarioSpec, days: int) -> Draws:
    """One patient to whom nothing happens: the signals and the shape of a scenario, for wiring."""
    u = np.full((1 + len(_items(spec)), 1, days, _DRAWS), 0.5)
    drawn = _from_uniforms(spec, u, np.zeros(1))
    none = np.zeros((1, days), bool)
    return dataclasses.replace(drawn, tracks=tuple(dataclasses.replace(t, happens=none) for t in drawn.tracks))


def _items(spec: ScenarioSpec) -> list[Item]:
    return [*spec.meals, *spec.exercise, *spec.finger_sticks, *spec.faults]


def _from_uniforms(
    spec: ScenarioSpec,
    u: Float[np.ndarray, "item patient day draw"],
    weight_kg: Float[np.ndarray, " patient"],
) -> Draws:
    n, days = u.shape[1:3]
    person = spec.counting.bias + spec.counting.person_sd * _normal(u[0, :, 0, 0])
    tracks: list[Track] = []
    for item, own in zip(_items(spec), u[1:], strict=True):
        when = _When(item, own, days)
        match item:
            case Meal():
                tracks += _meal(item, spec, when, person, weight_kg)
            case Exercise():
                tracks += _exercise(item, spec, when)
            case FingerStick():
                tracks.append(when.track("finger_stick", _FINGER_STICK_S, 1.0))
            case Fault():
                tracks.append(when.track(item.signal, item.duration_min * 60.0, item.level))
    return Draws((*tracks, *_resting(spec, tracks, n, days)), n, days)


def _normal(u: np.ndarray) -> np.ndarray:
    """Standard normal numbers, held within three standard deviations."""
    return np.clip(ndtri(u), -_TRUNCATED_SD, _TRUNCATED_SD)


class _When:
    """When an item happens to each patient."""

    def __init__(self, item: Item, u: np.ndarray, days: int):
        self.u, self.item = u, item
        on = [d for d in item.days if d <= days] if item.days else range(1, days + 1)
        self.happens = np.zeros(u.shape[:2], bool)
        self.happens[:, [d - 1 for d in on]] = True
        self.happens &= u[:, :, _HAPPENS] < item.probability
        if isinstance(item, Fault):
            self.happens &= u[:, :1, _COUNT] < item.share
        spread = item.time_sd_min * 60.0
        self.start_s = np.clip(item.time + spread * _normal(u[:, :, _WHEN]), 0.0, _LAST_START_S)
        self.latest_s = min(item.time + _TRUNCATED_SD * spread, _LAST_START_S)

    def track(self, signal: str, duration_s: float, amount: float | np.ndarray) -> Track:
        """The events of one signal that last as long as the item."""
        pages = max(1, math.ceil((self.latest_s + max(duration_s, 60.0)) / SECONDS_PER_DAY))
        shape = self.start_s.shape
        return Track(signal, self.start_s, duration_s, np.broadcast_to(amount, shape), self.happens, pages)


def _meal(meal: Meal, spec: ScenarioSpec, when: _When, person: np.ndarray, weight_kg: np.ndarray) -> list[Track]:
    per_person = (meal.carbohydrate_g_per_kg or 0.0) * weight_kg + (meal.carbohydrate_g or 0.0)
    share = np.maximum(0.0, 1.0 + meal.amount_cv * _normal(when.u[:, :, _AMOUNT]))
    eaten = per_person[:, None] * share
    seconds = meal.duration_min * 60.0
    tracks = [when.track("carbohydrate", seconds, eaten)]
    tracks += [when.track(n, seconds, g * share) for n, g in (("fat", meal.fat_g), ("protein", meal.protein_g)) if g]
    if not meal.announced:
        return tracks
    error = person[:, None] + spec.counting.meal_sd * _normal(when.u[:, :, _COUNT])
    late = when.u[:, :, _LATE] < spec.bolusing.late
    delay_min = np.where(late, spec.bolusing.late_min, -spec.bolusing.lead_min)
    start_s = np.maximum(when.start_s + 60.0 * delay_min, 0.0)
    told = when.happens & (when.u[:, :, _MISSED] >= spec.bolusing.missed)
    latest_s = when.latest_s + 60.0 * spec.bolusing.late_min + 60.0
    pages = math.ceil(latest_s / SECONDS_PER_DAY)
    counted = eaten * np.maximum(0.0, 1.0 + error)
    return [*tracks, Track("carbohydrate_announced", start_s, 0.0, counted, told, pages)]


def _exercise(bout: Exercise, spec: ScenarioSpec, when: _When) -> list[Track]:
    seconds = bout.duration_min * 60.0
    tracks = [when.track("exercise_intensity", seconds, bout.intensity)]
    if bout.heart_rate is not None:
        tracks.append(when.track("heart_rate", seconds, bout.heart_rate - spec.resting_heart_rate))
    return tracks


def _resting(spec: ScenarioSpec, drawn: list[Track], n: int, days: int) -> list[Track]:
    """What is fed even when nothing happens, so that every study feeds what patients eat."""
    nothing = np.zeros((n, days))
    fed = {t.signal for t in drawn}
    tracks = [
        Track(name, nothing, 60.0, nothing, np.zeros((n, days), bool), 1)
        for name in ("carbohydrate", "carbohydrate_announced")
        if name not in fed
    ]
    if any(bout.heart_rate is not None for bout in spec.exercise):
        beats = np.full((n, days), spec.resting_heart_rate)
        tracks.append(Track("heart_rate", nothing, SECONDS_PER_DAY, beats, np.ones((n, days), bool), 1))
    return tracks
