r"""Zone model-predictive control with a model scaled by the daily dose.

Inputs: sensor, announced carbohydrate, what the pump reports. States: the six of `_mpc_model`, insulin
on board, the last reading. Every reading a Kalman filter corrects glucose and drift. The
free response under basal insulin is compared with a zone: a point above it misses the upper end by
$r_k$, one below it the lower end, one inside misses nothing. Three moves $v$, shares of the daily dose
in each 5 min of the next two half hours and of the hour after, minimise

$$\sum_k q_k (r_k + a_k \cdot v)^2 + \sum_j w_j(v_j)\, v_j^2$$

with $q_k$ larger below the zone and $w_j$ smaller for less insulin than basal, so that falling short of
basal is cheaper than exceeding it. The first move is limited by no insulin below, `max_share` of
basal above, and by the insulin on board that present glucose and carbohydrate call for. The problem is
convex with bounds and is solved by coordinate descent in a fixed number of sweeps.

A missed reading is bridged by the model, with no more than basal insulin; after `sensor_timeout` the
basal rate is commanded, and the filter starts anew at the next reading. Below `low_limit` the command
is zero.

*Known limits*: a reference clipped to the zone along the free response instead of a zone in the cost;
one zone for day and night; no adaptation.

**References:**

- Grosman, Dassau, Zisser, Jovanovič & Doyle (2010), Zone model predictive control, J Diabetes Sci Technol
  4(4), doi:10.1177/193229681000400428
- Gondhalekar, Dassau & Doyle (2016), Periodic zone-MPC with asymmetric costs for outpatient-ready
  safety of an artificial pancreas, Automatica 71:237-246, doi:10.1016/j.automatica.2016.04.015
- Ellingsen et al. (2009), Safety constraints in an artificial pancreatic beta cell, J Diabetes Sci
  Technol 3(3), doi:10.1177/193229680900300319
- Wright (2015), Coordinate descent algorithms, Math Program 151, doi:10.1007/s10107-015-0892-3
"""

from typing import ClassVar

import equinox as eqx
import jax.numpy as jnp

from twinbed.core.device import AbstractDevice, Role
from twinbed.core.model import Scalar
from twinbed.core.noise import Noise
from twinbed.core.quantities import param, port, var
from twinbed.devices._clock import MINUTES_PER_HOUR
from twinbed.devices.software._dosing import NOT_READ, announced, beyond_basal, counter
from twinbed.devices.software._insulin_action import (
    OnBoard,
    action_curve,
    action_step,
    after,
    duration_of_action,
    nothing_on_board,
    peak_of_action,
)
from twinbed.devices.software._mpc_model import (
    BLOCKS,
    FROM_MOVE,
    STEP_MIN,
    Body,
    Person,
    free_response,
    next_step,
    observer_gains,
    person,
    weighted_sum,
)
from twinbed.devices.software._readings import Readings, no_readings, with_reading

_STEPS_PER_HOUR = MINUTES_PER_HOUR / STEP_MIN
_SWEEPS = 12  # error of the first move below 1e-3 of its range at the default prices
_NOISE_SD, _GLUCOSE_SD, _DRIFT_SD = 6.0, 2.0, 1.0  # mg/dL: sensor error; disturbances of a step
_GLUCOSE_GAIN, _DRIFT_GAIN = observer_gains(_NOISE_SD, _GLUCOSE_SD, _DRIFT_SD)
_TUNED = "assumption, tuned on a minimal model of a person with three meals a day"


class Inputs(eqx.Module):
    """What the controller reads."""

    cgm: Scalar = port("cgm")
    cgm_valid: Scalar = port("cgm_valid")
    insulin_reported_total: Scalar = port("insulin_reported_total")
    carbohydrate_announced: Scalar = port("carbohydrate_announced", rest=0.0)


class Outputs(eqx.Module):
    """What the pump is told, and what the display shows."""

    basal_command: Scalar = port("basal_command")
    insulin_on_board: Scalar = port("insulin_on_board")


class State(eqx.Module):
    """What the controller remembers."""

    body: Body
    on_board: OnBoard
    readings: Readings
    counted: Scalar = var("[IU]", "the pump's counter at the last tick")


class Programme(eqx.Module):
    """Minimise half of v.H v + b.v and a penalty on v, between bounds. Three moves."""

    matrix: tuple[tuple[Scalar, ...], ...]
    vector: tuple[Scalar, ...]
    penalty_above: tuple[Scalar, ...]
    penalty_below: tuple[Scalar, ...]
    lowest: tuple[Scalar, ...]
    highest: tuple[Scalar, ...]


def solved(problem: Programme) -> tuple[Scalar, ...]:
    """The minimiser by coordinate descent: each move in turn, exactly, for a fixed number of sweeps."""
    n = len(problem.vector)
    moves = [jnp.zeros_like(b) for b in problem.vector]
    above = [1.0 / (problem.matrix[j][j] + problem.penalty_above[j]) for j in range(n)]
    below = [1.0 / (problem.matrix[j][j] + problem.penalty_below[j]) for j in range(n)]
    for _ in range(_SWEEPS):
        for j in range(n):
            rest = [i for i in range(n) if i != j]
            others = weighted_sum([problem.matrix[j][i] for i in rest], [moves[i] for i in rest])
            pull = -(problem.vector[j] + others)
            best = pull * jnp.where(pull > 0.0, above[j], below[j])
            moves[j] = jnp.minimum(jnp.maximum(best, problem.lowest[j]), problem.highest[j])
    return tuple(moves)


class Mpc(AbstractDevice[State, Inputs, Outputs]):
    """Zone model-predictive control of insulin delivery."""

    role: ClassVar[Role] = "software"
    period_s: ClassVar[float] = 300.0  # pyright: ignore[reportIncompatibleVariableOverride]

    basal_rate: Scalar = param(1.0, "[IU]/h", "programmed basal rate", bounds=(0.0, 40.0), source="therapy")
    carbohydrate_ratio: Scalar = param(
        10.0, "g/[IU]", "carbohydrate covered by a unit", bounds=(0.5, 200.0), source="therapy"
    )
    correction_factor: Scalar = param(
        40.0, "mg/dL/[IU]", "fall of glucose by a unit", bounds=(1.0, 1000.0), source="therapy"
    )
    total_daily_insulin: Scalar = param(45.0, "[IU]/d", "insulin of a day", bounds=(1.0, 400.0), source="therapy")
    target_glucose: Scalar = param(
        110.0, "mg/dL", "reference of the model", bounds=(90.0, 160.0), source="Copp 2018: 110 mg/dL"
    )
    zone_low: Scalar = param(
        90.0,
        "mg/dL",
        "lower end of the zone",
        bounds=(70.0, 150.0),
        source="assumption: 80 mg/dL in Grosman 2010",
    )
    zone_high: Scalar = param(
        120.0,
        "mg/dL",
        "upper end of the zone",
        bounds=(90.0, 250.0),
        source="assumption: 140 mg/dL in Grosman 2010",
    )
    low_weight: Scalar = param(
        4.0, "1", "weight of a point below the zone to one above", bounds=(1.0, 100.0), source=_TUNED
    )
    above_weight: Scalar = param(
        3e8, "mg2/dL2/d2", "price of insulin beyond basal, for an hour", bounds=(1.0, 1e12), source=_TUNED
    )
    below_weight: Scalar = param(
        1e8, "mg2/dL2/d2", "price of insulin short of basal, for an hour", bounds=(1.0, 1e12), source=_TUNED
    )
    max_share: Scalar = param(
        5.0, "1", "largest command, share of the basal rate", bounds=(1.0, 20.0), source="assumption"
    )
    low_limit: Scalar = param(
        70.0, "mg/dL", "no insulin below", bounds=(0.0, 120.0), source="assumption: level 1 hypoglycaemia"
    )
    largest_surprise: Scalar = param(
        50.0, "mg/dL", "most by which one reading moves the filter", bounds=(5.0, 500.0), source="assumption"
    )
    sensor_timeout: Scalar = param(
        20.0, "min", "age of a reading up to which the model bridges", bounds=(0.0, 60.0), source="assumption"
    )
    action_peak: Scalar = peak_of_action()
    action_duration: Scalar = duration_of_action()

    def initial(self, noise: Noise) -> State:
        zero = jnp.zeros_like(self.basal_rate)
        body = Body(zero, zero, zero, zero, zero, zero)
        return State(body, nothing_on_board(zero), no_readings(zero, 1), zero + NOT_READ)

    def _observed(self, x: State, before: Body, readings: Readings) -> Body:
        """The body after a reading: corrected, or taken at its word after a gap."""
        reading = readings.last - self.target_glucose
        surprise = jnp.clip(reading - before.glucose, -self.largest_surprise, self.largest_surprise)
        fresh = readings.age <= 0.0
        anew = fresh & (x.readings.age > self.sensor_timeout)
        used = jnp.where(fresh, surprise, 0.0)
        glucose = jnp.where(anew, reading, before.glucose + _GLUCOSE_GAIN * used)
        drift = jnp.where(anew, 0.0, before.drift + _DRIFT_GAIN * used)
        return Body(glucose, drift, before.skin, before.acting, before.stomach, before.gut)

    def programme(self, free: tuple[Scalar, ...], room: Scalar) -> Programme:
        """The problem for a free response, with so much room for insulin beyond basal in the first step."""
        high, low = self.zone_high - self.target_glucose, self.zone_low - self.target_glucose
        missed = [jnp.maximum(f - high, 0.0) + jnp.minimum(f - low, 0.0) for f in free]
        weights = [jnp.where(m < 0.0, self.low_weight, 1.0) for m in missed]
        n = len(BLOCKS)
        entry = lambda i, j: weighted_sum([a[i] * a[j] for a in FROM_MOVE], weights)
        upper = {(i, j): entry(i, j) for i in range(n) for j in range(i, n)}
        matrix = tuple(tuple(upper[min(i, j), max(i, j)] for j in range(n)) for i in range(n))
        pulled = [w * m for w, m in zip(weights, missed, strict=True)]
        vector = tuple(weighted_sum([a[j] for a in FROM_MOVE], pulled) for j in range(n))
        hours = [(end - start) / _STEPS_PER_HOUR for start, end in BLOCKS]
        basal = self.basal_rate / _STEPS_PER_HOUR / self.total_daily_insulin
        most = (self.max_share - 1.0) * basal
        first = jnp.minimum(most, jnp.maximum(room, 0.0) / self.total_daily_insulin)
        return Programme(
            matrix,
            vector,
            tuple(self.above_weight * h for h in hours),
            tuple(self.below_weight * h for h in hours),
            (-basal,) * n,
            (first, *(most,) * (n - 1)),
        )

    def _room(self, body: Body, on_board: Scalar) -> Scalar:
        """Insulin that glucose and carbohydrate call for beyond what is on board."""
        carbohydrate = (body.stomach + body.gut) / self.carbohydrate_ratio
        missing = jnp.maximum(body.glucose, 0.0) / self.correction_factor
        return missing + carbohydrate - jnp.maximum(on_board, 0.0)

    def step(self, t_s: Scalar, x: State, u: Inputs, noise: Noise) -> tuple[State, Outputs]:
        beyond = beyond_basal(x.counted, u.insulin_reported_total, self.basal_rate, STEP_MIN)
        action = action_step(action_curve(self.action_peak, self.action_duration), STEP_MIN)
        on_board = after(x.on_board, action, beyond)
        readings = with_reading(x.readings, u.cgm, u.cgm_valid, STEP_MIN)

        who: Person = person(self.total_daily_insulin, self.carbohydrate_ratio)
        body = self._observed(x, next_step(x.body, who, beyond), readings)
        free = free_response(body, who)
        room = self._room(body, on_board.insulin)
        problem = self.programme(free, room)
        move = solved(problem)[0]
        rate = self.basal_rate + move * self.total_daily_insulin * _STEPS_PER_HOUR
        rate = jnp.where(move > problem.lowest[0], jnp.maximum(rate, 0.0), 0.0)
        rate = jnp.where(readings.age > 0.0, jnp.minimum(rate, self.basal_rate), rate)
        rate = jnp.where(readings.last < self.low_limit, 0.0, rate)
        lost = readings.age > self.sensor_timeout
        rate = jnp.where(lost, self.basal_rate, rate)
        # what is announced now counts from the next step on, when the bolus for it has been reported too
        grams = announced(u.carbohydrate_announced, STEP_MIN)
        body = eqx.tree_at(lambda b: b.stomach, body, body.stomach + grams)
        state = State(body, on_board, readings, counter(x.counted, u.insulin_reported_total))
        return state, Outputs(rate, on_board.insulin)
