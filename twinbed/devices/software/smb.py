r"""Super-micro-bolus control after oref0 0.7: temporary basal rates and small boluses from predicted glucose.

Inputs: sensor, announced carbohydrate, what the pump reports. States: insulin on board, the last 45 min of
readings and deviations, carbohydrate on board, the temporary basal rate and its time left. Every reading:

1. Deviation: how glucose moves otherwise than insulin activity explains. It gives the eventual glucose
   ($G - \mathrm{IOB}\cdot\mathrm{ISF}$ + 30 min of deviation) and, through `_oref_outlook`, the least
   predicted glucose. Carbohydrate on board is absorbed at the deviation, at least at `least_impact`.
2. If glucose or its least prediction is below the threshold (half way from 40 mg/dL to the target): no
   basal insulin for 30 to 120 min.
3. If eventual glucose is below the target: basal less twice the surplus insulin, over 30 min.
4. If insulin on board is above its limit: basal.
5. Otherwise insulin is required, up to the limit of insulin on board: half of it is a micro-bolus of at
   most `bolus_minutes` of basal insulin, no more often than every `bolus_interval`, and basal insulin
   stops meanwhile for as long as the insulin-only curve calls for; else a high temporary basal rate, at
   most `max_share` times the programmed one.

Micro-boluses are withheld if a reading is missing, if predicted glucose passes below the threshold, if
glucose jumps by more than a fifth, without three readings in a row, and while the pump delivers a
bolus. If readings are older than 12 min, or do not change at all for 45 min, a rate above basal is set
back to basal; a temporary rate ends after its time, and with it all that this software does. (oref0 does
nothing at all while readings do not change; here they still suspend below the threshold.)

*Known limits*: the setting "SMB always" with unannounced meals is the only one; no autosens, temporary
targets, noise levels, bolus snooze or carbohydrate required; the exception of oref0 for rising glucose
in rule 3 needs its required carbohydrate to be exactly zero and is left out; the curve of insulin
action is the two-state one of `_insulin_action`. oref0 ships with a limit of insulin on board of zero,
which no one loops with.

**References:**

- openaps/oref0 (MIT licence), version 0.7: lib/determine-basal/determine-basal.js (69d76737), cob.js,
  lib/profile/index.js, lib/basal-set-temp.js, lib/glucose-get-last.js
- Lewis, Leibrand & OpenAPS (2016), J Diabetes Sci Technol 10(6), doi:10.1177/1932296816665635
"""

from typing import ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool

from twinbed.core.device import AbstractDevice, Role
from twinbed.core.model import Scalar
from twinbed.core.noise import Noise
from twinbed.core.quantities import param, port, var
from twinbed.devices._clock import MINUTES_PER_HOUR
from twinbed.devices.software._dosing import NOT_READ, announced, beyond_basal, counter, rounded_down
from twinbed.devices.software._insulin_action import (
    OnBoard,
    action_curve,
    action_step,
    after,
    duration_of_action,
    nothing_on_board,
    peak_of_action,
)
from twinbed.devices.software._oref_outlook import POINT_MIN, Curves, Deviation, Meal, absorption, curves
from twinbed.devices.software._readings import NEVER_MIN, Readings, no_readings, with_reading

_OREF = "oref0 0.7"
_MINUTES = 5.0
_READINGS = 9
_DEVIATIONS = 6
_STALE_MIN = 12.0
_MEAL_MIN = 360.0
_LOWEST_BASE = 40.0  # mg/dL; the threshold lies half way from here to the target
_LEAST_FOR_FLAT = 60.0  # mg/dL
_TEMP_MIN = 30.0
_STEPS_TO_TARGET = 24.0  # 2 h


class Inputs(eqx.Module):
    """What the software reads."""

    cgm: Scalar = port("cgm")
    cgm_valid: Scalar = port("cgm_valid")
    insulin_reported: Scalar = port("insulin_reported")
    insulin_reported_total: Scalar = port("insulin_reported_total")
    carbohydrate_announced: Scalar = port("carbohydrate_announced", rest=0.0)


class Outputs(eqx.Module):
    """What the pump is told, and what the display shows."""

    basal_command: Scalar = port("basal_command")
    bolus_command: Scalar = port("bolus_command")
    bolus_command_number: Scalar = port("bolus_command_number")
    insulin_on_board: Scalar = port("insulin_on_board")


class Order(eqx.Module):
    """A temporary basal rate and a micro-bolus."""

    rate: Scalar = var("[IU]/h", "basal rate")
    minutes: Scalar = var("min", "time left of it")
    bolus: Scalar = var("[IU]", "micro-bolus, zero for none")


class State(eqx.Module):
    """What the software remembers."""

    on_board: OnBoard
    readings: Readings
    meal: Meal
    deviations: tuple[Scalar, ...] = var("mg/dL", "15-min deviations in 5 min, the newest first")
    counted: Scalar = var("[IU]", "the pump's counter at the last tick")
    rate: Scalar = var("[IU]/h", "present basal rate")
    minutes: Scalar = var("min", "time left of it")
    since_bolus: Scalar = var("min", "time since the last micro-bolus")
    bolus: Scalar = var("[IU]", "the last micro-bolus")
    number: Scalar = var("1", "its running number")


class Changes(eqx.Module):
    """Change of glucose in 5 min, over three spans."""

    last: Scalar = var("mg/dL", "since the last reading")
    short: Scalar = var("mg/dL", "on average to readings 5 to 15 min ago")
    long: Scalar = var("mg/dL", "on average to readings 20 to 40 min ago")

    @property
    def cautious(self) -> Scalar:
        """The lesser of the last and the short change."""
        return jnp.minimum(self.last, self.short)

    @property
    def greatest(self) -> Scalar:
        """The greatest of the three."""
        return jnp.maximum(jnp.maximum(self.last, self.short), self.long)

    @property
    def none(self) -> Bool[Array, ""]:
        """Whether the sensor seems stuck: no change now, less than 1 mg/dL before."""
        return (self.last == 0.0) & (jnp.abs(self.short) < 1.0) & (jnp.abs(self.long) < 1.0)


class Outlook(eqx.Module):
    """What the decision rests on, in mg/dL."""

    naive: Scalar = var("mg/dL", "glucose once insulin on board has acted")
    eventual: Scalar = var("mg/dL", "the same with deviation and carbohydrate")
    least: Scalar = var("mg/dL", "least predicted glucose that dosing goes by")
    guard: Scalar = var("mg/dL", "least predicted glucose that suspension goes by")
    least_insulin: Scalar = var("mg/dL", "least of the insulin-only curve")
    expected: Scalar = var("mg/dL", "change in 5 min that would lead to the target in 2 h")


def whole(x: Scalar) -> Scalar:
    """Rounded to whole numbers, halves up."""
    return jnp.floor(x + 0.5)


def tenths(x: Scalar) -> Scalar:
    """Rounded to tenths, halves up."""
    return whole(10.0 * x) / 10.0


def in_half_hours(minutes: Scalar) -> Scalar:
    """Rounded to half hours."""
    return _TEMP_MIN * whole(minutes / _TEMP_MIN)


def changes(x: Readings) -> Changes:
    """Changes per 5 min; zero before a second reading, and the short one until there are older ones."""
    per_step = lambda j: jnp.where(x.count > j, (x.glucose[0] - x.glucose[j]) / j, 0.0)
    over = lambda first, last: (
        sum(per_step(j) for j in range(first, last + 1)) / jnp.clip(x.count - first, 1.0, float(last - first + 1))
    )
    short = over(1, 3)
    return Changes(per_step(1), short, jnp.where(x.count > 4.0, over(4, 8), short))


def falling_off(deviations: tuple[Scalar, ...], count: Scalar) -> Scalar:
    """How fast deviations fall per step: from the highest, or at a third of the rise from the lowest."""
    now = deviations[0]
    highest, lowest = jnp.zeros_like(now), jnp.full_like(now, 999.0)
    from_highest, from_lowest = jnp.zeros_like(now), jnp.full_like(now, 999.0)
    for i in range(1, _DEVIATIONS):
        there = count >= i + 4.0
        slope = (now - deviations[i]) / i
        above, below = there & (deviations[i] > highest), there & (deviations[i] < lowest)
        highest = jnp.where(above, deviations[i], highest)
        from_highest = jnp.where(above, jnp.minimum(slope, 0.0), from_highest)
        lowest = jnp.where(below, deviations[i], lowest)
        from_lowest = jnp.where(below, jnp.maximum(slope, 0.0), from_lowest)
    return jnp.minimum(from_highest, -from_lowest / 3.0)


def least_predicted(c: Curves, meal: Meal, target: Scalar, threshold: Scalar) -> tuple[Scalar, Scalar]:
    """The least predicted glucose for dosing and for suspending, blended by what is left of a meal."""
    left = meal.on_board / jnp.maximum(meal.announced, 1e-3)
    blend = lambda eaten, other: left * eaten + (1.0 - left) * other
    eats = c.absorbing > 0.5
    average = jnp.where(eats, blend(c.last_carbohydrate, c.last_meal), (c.last_insulin + c.last_meal) / 2.0)
    average = jnp.maximum(average, c.guard_zero)

    share = jnp.clip((c.guard_zero - threshold) / (target - threshold), 0.0, 1.0)
    between = c.least_meal * share + c.guard_zero * (1.0 - share)
    pulled = jnp.where(c.guard_zero < target, between, jnp.maximum(c.guard_zero, c.least_meal))
    unannounced = (c.least_meal + pulled) / 2.0

    with_meal = jnp.maximum(
        jnp.maximum(c.least_insulin, c.least_carbohydrate), blend(c.least_carbohydrate, unannounced)
    )
    announced_before = jnp.where(eats, with_meal, unannounced)
    least = jnp.where(meal.announced > 0.0, announced_before, jnp.maximum(c.least_insulin, unannounced))
    least = jnp.minimum(least, average)
    guard = jnp.where(eats, blend(c.guard_carbohydrate, c.guard_meal), c.guard_meal)
    return least, guard


class Smb(AbstractDevice[State, Inputs, Outputs]):
    """Temporary basal rates and super-micro-boluses after oref0."""

    role: ClassVar[Role] = "software"
    period_s: ClassVar[float] = 300.0  # pyright: ignore[reportIncompatibleVariableOverride]

    basal_rate: Scalar = param(1.0, "[IU]/h", "programmed basal rate", bounds=(0.01, 40.0), source="therapy")
    carbohydrate_ratio: Scalar = param(
        10.0, "g/[IU]", "carbohydrate covered by a unit", bounds=(0.5, 200.0), source="therapy"
    )
    correction_factor: Scalar = param(
        40.0, "mg/dL/[IU]", "fall of glucose by a unit", bounds=(1.0, 1000.0), source="therapy"
    )
    total_daily_insulin: Scalar = param(45.0, "[IU]/d", "insulin of a day", bounds=(1.0, 400.0), source="therapy")
    target_glucose: Scalar = param(
        110.0, "mg/dL", "set point", bounds=(80.0, 200.0), source="range of targets in OpenAPS use, 90 to 120"
    )
    max_on_board_share: Scalar = param(
        0.2,
        "d",
        "limit of insulin on board, share of the daily dose",
        bounds=(0.0, 1.0),
        source="OpenAPS documentation: a mean meal bolus and three hours of the highest basal rate",
    )
    bolus_minutes: Scalar = param(
        30.0, "min", "largest micro-bolus, minutes of basal insulin", bounds=(0.0, 120.0), source=_OREF
    )
    bolus_interval: Scalar = param(3.0, "min", "shortest time between micro-boluses", bounds=(1.0, 10.0), source=_OREF)
    bolus_increment: Scalar = param(
        0.1, "[IU]", "micro-boluses are multiples of this", bounds=(0.001, 1.0), source=_OREF
    )
    max_share: Scalar = param(
        4.0,
        "1",
        "highest basal rate, share of the programmed one",
        bounds=(1.0, 10.0),
        source=_OREF + ": current_basal_safety_multiplier",
    )
    least_impact: Scalar = param(
        8.0,
        "mg/dL",
        "least rise in 5 min by absorbed carbohydrate",
        bounds=(0.0, 30.0),
        source=_OREF + ": min_5m_carbimpact",
    )
    max_carbohydrate: Scalar = param(
        120.0, "g", "most carbohydrate on board", bounds=(0.0, 300.0), source=_OREF + ": maxCOB"
    )
    largest_jump: Scalar = param(
        0.2,
        "1",
        "change of glucose in 5 min above which no micro-bolus is given, share",
        bounds=(0.0, 0.3),
        source=_OREF + ": maxDelta_bg_threshold",
    )
    bolus_rate: Scalar = param(
        15.0,
        "[IU]/h",
        "reported delivery above the basal rate that means a bolus is running",
        bounds=(1.0, 200.0),
        source="assumption: pumps deliver boluses at 60 U/h or faster",
    )
    action_peak: Scalar = peak_of_action()
    action_duration: Scalar = duration_of_action()

    def initial(self, noise: Noise) -> State:
        zero = jnp.zeros_like(self.basal_rate)
        return State(
            on_board=nothing_on_board(zero),
            readings=no_readings(zero, _READINGS),
            meal=Meal(zero, zero, zero + NEVER_MIN),
            deviations=(zero,) * _DEVIATIONS,
            counted=zero + NOT_READ,
            rate=self.basal_rate,
            minutes=zero,
            since_bolus=zero + NEVER_MIN,
            bolus=zero,
            number=zero,
        )

    @property
    def threshold(self) -> Scalar:
        """Glucose below which basal insulin stops: 75 mg/dL for a target of 110."""
        return self.target_glucose - 0.5 * (self.target_glucose - _LOWEST_BASE)

    def _meal(self, x: Meal, grams: Scalar, impact: Scalar) -> Meal:
        """Carbohydrate on board after 5 min of absorption and a new announcement."""
        absorbed = impact * self.carbohydrate_ratio / self.correction_factor
        age = jnp.minimum(x.age + _MINUTES, NEVER_MIN)
        recent = age <= _MEAL_MIN
        on_board = jnp.where(recent, jnp.maximum(x.on_board - absorbed, 0.0), 0.0) + grams
        return Meal(
            jnp.minimum(on_board, self.max_carbohydrate),
            jnp.where(recent, x.announced, 0.0) + grams,
            jnp.where(grams > 0.0, 0.0, age),
        )

    def _outlook(self, readings: Readings, on_board: OnBoard, meal: Meal, moved: Changes, slope: Scalar) -> Outlook:
        """Eventual and least predicted glucose."""
        explained = -on_board.activity * self.correction_factor * _MINUTES
        cautious = moved.cautious
        longer = jnp.minimum(moved.short, moved.long)
        deviation = 6.0 * (cautious - explained)
        deviation = jnp.where(deviation < 0.0, 6.0 * (longer - explained), deviation)
        deviation = jnp.where(deviation < 0.0, 6.0 * (moved.long - explained), deviation)
        naive = readings.last - on_board.insulin * self.correction_factor

        now = Deviation(cautious - explained, slope)
        rise_per_g = self.correction_factor / self.carbohydrate_ratio
        eaten = absorption(meal, now, rise_per_g)
        c = curves(
            readings.last,
            on_board,
            action_step(action_curve(self.action_peak, self.action_duration), POINT_MIN),
            now,
            eaten,
            correction_factor=self.correction_factor,
            basal_rate=self.basal_rate,
        )
        rises = (eaten.impact > 0.0) | (eaten.peak > 0.0)
        eventual = naive + deviation
        eventual = jnp.where(rises & (meal.on_board > 0.0), jnp.maximum(eventual, c.last_carbohydrate), eventual)
        eventual = jnp.where(rises, jnp.maximum(eventual, c.last_meal), eventual)
        least, guard = least_predicted(c, meal, self.target_glucose, self.threshold)
        tops_out = (c.absorbing > 0.5) & (c.most_carbohydrate > readings.last)
        least = jnp.where(tops_out, jnp.minimum(least, c.most_carbohydrate), least)
        expected = explained + (self.target_glucose - eventual) / _STEPS_TO_TARGET
        return Outlook(whole(naive), whole(eventual), whole(least), whole(guard), whole(c.least_insulin), expected)

    def _minutes_of_basal(self, glucose_short: Scalar) -> Scalar:
        """How long basal insulin must stop to make up for missing glucose."""
        return MINUTES_PER_HOUR * glucose_short / self.correction_factor / self.basal_rate

    def _low(self, outlook: Outlook, cautious: Scalar) -> Order:
        """Rule 3: eventual glucose is below the target."""
        surplus = 2.0 * jnp.minimum(outlook.eventual - self.target_glucose, 0.0) / self.correction_factor
        barely = (cautious < 0.0) & (cautious > outlook.expected)
        share = cautious / jnp.where(barely, outlook.expected, 1.0)
        surplus = jnp.where(barely, surplus * share, surplus)
        rate = jnp.maximum(self.basal_rate + 2.0 * surplus, 0.0)
        stop = in_half_hours(self._minutes_of_basal(self.target_glucose - outlook.naive))
        minutes = jnp.where(rate > 0.0, _TEMP_MIN, jnp.clip(stop, _TEMP_MIN, 120.0))
        return Order(rate, minutes, jnp.zeros_like(rate))

    def _high(self, outlook: Outlook, room: Scalar, may_bolus: Bool[Array, ""]) -> Order:
        """Rule 5: insulin is required."""
        lesser = jnp.minimum(outlook.least, outlook.eventual)
        required = jnp.minimum((lesser - self.target_glucose) / self.correction_factor, room)
        rate = jnp.clip(self.basal_rate + 2.0 * required, 0.0, self.max_share * self.basal_rate)

        most = tenths(self.basal_rate * self.bolus_minutes / MINUTES_PER_HOUR)
        bolus = rounded_down(jnp.minimum(required / 2.0, most), self.bolus_increment)
        bolus = jnp.where(may_bolus, jnp.maximum(bolus, 0.0), 0.0)
        worst = self.target_glucose - (outlook.naive + outlook.least_insulin) / 2.0
        stop = self._minutes_of_basal(worst)
        too_little = (required > 0.0) & (bolus < 0.5 * self.bolus_increment)
        stop = jnp.where(may_bolus & ~too_little, whole(stop), 0.0)
        lowered = jnp.where(stop >= _TEMP_MIN, 0.0, self.basal_rate * stop / _TEMP_MIN)
        minutes = jnp.clip(in_half_hours(stop), _TEMP_MIN, 60.0)
        return Order(jnp.where(stop > 0.0, lowered, rate), jnp.where(stop > 0.0, minutes, _TEMP_MIN), bolus)

    def _order(
        self, glucose: Scalar, moved: Changes, outlook: Outlook, on_board: Scalar, may_bolus: Bool[Array, ""]
    ) -> Order:
        """The first rule that applies."""
        zero = jnp.zeros_like(glucose)
        may_bolus = may_bolus & (outlook.guard >= self.threshold)
        may_bolus = may_bolus & (moved.greatest <= self.largest_jump * glucose)
        rising = (moved.cautious > 0.0) & (moved.cautious > outlook.expected)
        spared = rising & (glucose < self.threshold) & (on_board < -self.basal_rate / 3.0)
        stops = ((glucose < self.threshold) | (outlook.guard < self.threshold)) & ~spared
        stop = in_half_hours(self._minutes_of_basal(self.target_glucose - outlook.guard))
        suspended = Order(zero, jnp.clip(stop, _TEMP_MIN, 120.0), zero)

        room = self.max_on_board_share * self.total_daily_insulin - on_board
        falls = moved.cautious < outlook.expected
        in_range = jnp.minimum(outlook.eventual, outlook.least) < self.target_glucose
        neutral = (~may_bolus & (falls | in_range)) | (room < 0.0)
        basal = Order(self.basal_rate, zero + _TEMP_MIN, zero)
        order = _choose(neutral, basal, self._high(outlook, room, may_bolus & (glucose > self.threshold)))
        order = _choose(outlook.eventual < self.target_glucose, self._low(outlook, moved.cautious), order)
        return _choose(stops, suspended, order)

    def _without_reading(self, x: State, age: Scalar) -> Order:
        """A temporary rate runs out; one above basal ends when readings are stale."""
        minutes = jnp.maximum(x.minutes - _MINUTES, 0.0)
        rate = jnp.where(minutes > 0.0, x.rate, self.basal_rate)
        rate = jnp.where(age > _STALE_MIN, jnp.minimum(rate, self.basal_rate), rate)
        return Order(rate, minutes, jnp.zeros_like(rate))

    def step(self, t_s: Scalar, x: State, u: Inputs, noise: Noise) -> tuple[State, Outputs]:
        beyond = beyond_basal(x.counted, u.insulin_reported_total, self.basal_rate, _MINUTES)
        action = action_step(action_curve(self.action_peak, self.action_duration), _MINUTES)
        on_board = after(x.on_board, action, beyond)
        readings = with_reading(x.readings, u.cgm, u.cgm_valid, _MINUTES)
        fresh = readings.age <= 0.0
        moved = changes(readings)

        explained = -on_board.activity * self.correction_factor * _MINUTES
        over_15_min = jnp.where(readings.count >= 4.0, (readings.last - readings.glucose[3]) / 3.0, moved.last)
        deviation = over_15_min - explained
        shifted = (deviation, *x.deviations[:-1])
        deviations = tuple(jnp.where(fresh, new, old) for new, old in zip(shifted, x.deviations, strict=True))
        seen = jnp.maximum(moved.last - explained, deviation / 2.0)
        impact = jnp.maximum(jnp.where(fresh, seen, 0.0), self.least_impact)
        meal = self._meal(x.meal, announced(u.carbohydrate_announced, _MINUTES), impact)

        outlook = self._outlook(readings, on_board, meal, moved, falling_off(deviations, readings.count))
        since_bolus = jnp.minimum(x.since_bolus + _MINUTES, NEVER_MIN)
        bolusing = u.insulin_reported > x.rate + self.bolus_rate
        may_bolus = (readings.count >= 3.0) & (since_bolus > self.bolus_interval) & ~bolusing
        order = self._order(readings.last, moved, outlook, on_board.insulin, may_bolus)
        flat = moved.none & (readings.last >= jnp.maximum(self.threshold, _LEAST_FOR_FLAT))
        waiting = self._without_reading(x, jnp.where(flat & fresh, NEVER_MIN, readings.age))
        order = _choose(fresh & ~flat, order, waiting)

        doses = order.bolus > 0.0
        state = State(
            on_board=on_board,
            readings=readings,
            meal=meal,
            deviations=deviations,
            counted=counter(x.counted, u.insulin_reported_total),
            rate=order.rate,
            minutes=order.minutes,
            since_bolus=jnp.where(doses, 0.0, since_bolus),
            bolus=jnp.where(doses, order.bolus, x.bolus),
            number=x.number + jnp.where(doses, 1.0, 0.0),
        )
        return state, Outputs(order.rate, state.bolus, state.number, on_board.insulin)


def _choose(condition: Bool[Array, ""], this: Order, other: Order) -> Order:
    """One of two orders."""
    return jax.tree.map(lambda a, b: jnp.where(condition, a, b), this, other)
