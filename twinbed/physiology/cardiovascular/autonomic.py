"""The arterial baroreflex: what the nerves make of arterial pressure, and what heart and vessels make of that.

Receptors of the carotid sinus follow the pressure and how fast it changes; their frequency inhibits the sympathetic
nerves and excites the vagus. Each effector answers after a delay and with a lag of its own: contraction
of both ventricles, resistance of the beds, unstressed volume of the veins, and the period of the sinus node.
Effects are shares of rest, so that any circulation can obey them.

The step is fast enough for the pressure within a beat: receptors and nerves are not linear, so their mean over a
beat is not what they make of the mean pressure. What they send is averaged over a fifth of a second before it
is delayed.

*Known limits*: no resetting; one set point for all effectors.

**References:**

- Ursino (1998), Am J Physiol 275(5):H1733, doi:10.1152/ajpheart.1998.275.5.H1733
"""

from typing import ClassVar

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from twinbed.core.model import AbstractHybridModel, Scalar, Time
from twinbed.core.quantities import param, port, var

_URSINO = "Ursino 1998, tables 3 and 4 (two implementations agree)"
_CALIBRATED = "calibrated to a resting adult; 92 in Ursino 1998 (docs/decisions/0007-resting-adult.md)"
_RESTING = "the effectors' values at rest and gains of Ursino 1998 give 1.17 to 1.22"
_PER_SAMPLE = 10
_VAGAL, _SHORT, _LONG = 1, 10, 25
"""Samples after which an effector feels what was sent: 0.2, 2 and 5 s."""


class State(eqx.Module):
    """The receptors, what is on its way, and the effectors."""

    slow_pressure: Scalar = var("mm[Hg]", "arterial pressure behind the receptors' lag")
    sympathetic_sum: Scalar = var("1", "sympathetic drive added up since the last sample")
    vagal_sum: Scalar = var("/s", "vagal frequency added up since the last sample")
    count: Scalar = var("1", "steps since the last sample")
    sympathetic: Float[Array, " sample"] = var("1", "samples of sympathetic drive, newest first")
    vagal: Scalar = var("/s", "last sample of vagal frequency")
    contraction: Scalar = var("1", "sympathetic drive that has reached contraction")
    vessels: Scalar = var("1", "sympathetic drive that has reached the resistances")
    veins: Scalar = var("1", "sympathetic drive that has reached the veins")
    sinus_sympathetic: Scalar = var("1", "sympathetic drive that has reached the sinus node")
    sinus_vagal: Scalar = var("/s", "vagal frequency that has reached the sinus node")


class Inputs(eqx.Module):
    """What the receptors feel."""

    arterial_pressure: Scalar = port("arterial_pressure")


class Outputs(eqx.Module):
    """What heart and vessels obey."""

    heart_period: Scalar = port("heart_period")
    contractility_left: Scalar = port("contractility_left")
    contractility_right: Scalar = port("contractility_right")
    resistance_splanchnic: Scalar = port("resistance_splanchnic")
    resistance_extrasplanchnic: Scalar = port("resistance_extrasplanchnic")
    venous_shift_splanchnic: Scalar = port("venous_shift_splanchnic")
    venous_shift_extrasplanchnic: Scalar = port("venous_shift_extrasplanchnic")


class Autonomic(AbstractHybridModel[State, Inputs, Outputs]):
    """The autonomic nerves of one patient."""

    seconds_per_time_unit: ClassVar[float] = 1.0
    step_s: float = eqx.field(static=True, default=0.02)

    set_point: Scalar = param(
        85.0, "mm[Hg]", "pressure in the middle of the receptors' range", bounds=(40.0, 200.0), source=_CALIBRATED
    )
    width: Scalar = param(11.758, "mm[Hg]", "width of their range", bounds=(3.0, 50.0), source=_URSINO)
    lead: Scalar = param(6.37, "s", "weight of how fast the pressure changes", bounds=(0.0, 20.0), source=_URSINO)
    lag: Scalar = param(2.076, "s", "lag of the receptors", bounds=(0.2, 20.0), source=_URSINO)
    receptor_min: Scalar = param(2.52, "/s", "lowest frequency of the receptors", bounds=(0.0, 20.0), source=_URSINO)
    receptor_max: Scalar = param(
        47.78, "/s", "highest frequency of the receptors", bounds=(10.0, 200.0), source=_URSINO
    )
    sympathetic_zero: Scalar = param(
        16.11, "/s", "sympathetic frequency without receptors", bounds=(5.0, 60.0), source=_URSINO
    )
    sympathetic_end: Scalar = param(
        2.10, "/s", "sympathetic frequency that is left at high pressure", bounds=(0.0, 10.0), source=_URSINO
    )
    sympathetic_threshold: Scalar = param(
        2.66, "/s", "frequency below which effectors feel nothing", bounds=(0.0, 10.0), source=_URSINO
    )
    inhibition: Scalar = param(0.0675, "s", "how much the receptors inhibit", bounds=(0.0, 1.0), source=_URSINO)
    vagal_zero: Scalar = param(3.2, "/s", "vagal frequency at low pressure", bounds=(0.0, 20.0), source=_URSINO)
    vagal_end: Scalar = param(6.3, "/s", "vagal frequency at high pressure", bounds=(0.0, 20.0), source=_URSINO)
    vagal_middle: Scalar = param(
        25.0, "/s", "frequency of the receptors in the middle of the vagus' range", bounds=(5.0, 60.0), source=_URSINO
    )
    vagal_width: Scalar = param(7.06, "/s", "width of that range", bounds=(1.0, 30.0), source=_URSINO)
    one_per_second: Scalar = param(1.0, "/s", "the unit of frequency in the logarithm", source="definition of the unit")

    drive_at_rest: Scalar = param(
        1.18, "1", "sympathetic drive of effectors at rest", bounds=(0.1, 3.0), source=_RESTING
    )
    contraction_left: Scalar = param(
        0.475 / 2.95, "1", "gain of left contractility, share of rest", bounds=(0.0, 2.0), source=_URSINO
    )
    contraction_right: Scalar = param(
        0.282 / 1.75, "1", "gain of right contractility, share of rest", bounds=(0.0, 2.0), source=_URSINO
    )
    splanchnic_gain: Scalar = param(
        0.695 / 3.307, "1", "gain of splanchnic resistance, share of rest", bounds=(0.0, 3.0), source=_URSINO
    )
    extrasplanchnic_gain: Scalar = param(
        0.53 / 1.407, "1", "gain of extrasplanchnic resistance, share of rest", bounds=(0.0, 3.0), source=_URSINO
    )
    splanchnic_veins: Scalar = param(
        265.4, "mL", "blood that drive moves out of the splanchnic veins", bounds=(0.0, 2000.0), source=_URSINO
    )
    extrasplanchnic_veins: Scalar = param(
        132.5, "mL", "blood that drive moves out of the extrasplanchnic veins", bounds=(0.0, 2000.0), source=_URSINO
    )
    period_intrinsic: Scalar = param(
        0.58, "s", "period of the sinus node without nerves", bounds=(0.2, 2.0), source=_URSINO
    )
    period_sympathetic: Scalar = param(
        0.13, "s", "how much drive shortens the period", bounds=(0.0, 1.0), source=_URSINO
    )
    period_vagal: Scalar = param(
        0.09, "s2", "how much the vagus lengthens the period", bounds=(0.0, 1.0), source=_URSINO
    )
    contraction_lag: Scalar = param(8.0, "s", "lag of contraction", bounds=(0.5, 60.0), source=_URSINO)
    vessels_lag: Scalar = param(6.0, "s", "lag of the resistances", bounds=(0.5, 60.0), source=_URSINO)
    veins_lag: Scalar = param(20.0, "s", "lag of the veins", bounds=(0.5, 120.0), source=_URSINO)
    sinus_sympathetic_lag: Scalar = param(
        2.0, "s", "lag of the sinus node behind sympathetic nerves", bounds=(0.1, 60.0), source=_URSINO
    )
    sinus_vagal_lag: Scalar = param(
        1.5, "s", "lag of the sinus node behind the vagus", bounds=(0.1, 60.0), source=_URSINO
    )

    def initial(self) -> State:
        drive, zero = self.drive_at_rest, jnp.zeros_like(self.drive_at_rest)
        vagal = 4.66 * self.one_per_second
        return State(
            slow_pressure=self.set_point,
            sympathetic_sum=zero,
            vagal_sum=zero * vagal,
            count=zero,
            sympathetic=jnp.broadcast_to(drive, (_LONG,)),
            vagal=vagal,
            contraction=drive,
            vessels=drive,
            veins=drive,
            sinus_sympathetic=drive,
            sinus_vagal=vagal,
        )

    def resting(self) -> Inputs:
        return Inputs(self.set_point)

    def nerves(self, x: State, u: Inputs) -> tuple[Scalar, Scalar]:
        """Sympathetic drive and vagal frequency now."""
        share = self.lead / self.lag
        felt = share * u.arterial_pressure + (1.0 - share) * x.slow_pressure
        receptors = _between(self.receptor_min, self.receptor_max, (felt - self.set_point) / self.width)
        span = self.sympathetic_zero - self.sympathetic_end
        sympathetic = self.sympathetic_end + span * jnp.exp(-self.inhibition * receptors)
        above = jnp.maximum(sympathetic - self.sympathetic_threshold, 0.0)
        vagal = _between(self.vagal_zero, self.vagal_end, (receptors - self.vagal_middle) / self.vagal_width)
        return jnp.log1p(above / self.one_per_second), vagal

    def jump(self, t: Time, dt: Time, x: State, u: Inputs) -> State:
        del t, dt
        full = x.count >= _PER_SAMPLE
        drive, vagal = self.nerves(x, u)
        sent = x.sympathetic_sum / _PER_SAMPLE
        pushed = jnp.concatenate([sent[None], x.sympathetic[:-1]])
        kept = lambda sum_: jnp.where(full, 0.0, sum_)
        return State(
            slow_pressure=x.slow_pressure,
            sympathetic_sum=kept(x.sympathetic_sum) + drive,
            vagal_sum=kept(x.vagal_sum) + vagal,
            count=kept(x.count) + 1.0,
            sympathetic=jnp.where(full, pushed, x.sympathetic),
            vagal=jnp.where(full, x.vagal_sum / _PER_SAMPLE, x.vagal),
            contraction=x.contraction,
            vessels=x.vessels,
            veins=x.veins,
            sinus_sympathetic=x.sinus_sympathetic,
            sinus_vagal=x.sinus_vagal,
        )

    def rhs(self, t: Time, x: State, u: Inputs) -> State:
        del t
        zero = jnp.zeros_like
        short, long = x.sympathetic[_SHORT - 1], x.sympathetic[_LONG - 1]
        return State(
            slow_pressure=(u.arterial_pressure - x.slow_pressure) / self.lag,
            sympathetic_sum=zero(x.sympathetic_sum),
            vagal_sum=zero(x.vagal_sum),
            count=zero(x.count),
            sympathetic=zero(x.sympathetic),
            vagal=zero(x.vagal),
            contraction=(short - x.contraction) / self.contraction_lag,
            vessels=(short - x.vessels) / self.vessels_lag,
            veins=(long - x.veins) / self.veins_lag,
            sinus_sympathetic=(short - x.sinus_sympathetic) / self.sinus_sympathetic_lag,
            sinus_vagal=(x.vagal - x.sinus_vagal) / self.sinus_vagal_lag,
        )

    def outputs(self, t: Time, x: State, u: Inputs) -> Outputs:
        del t, u
        rest = self.drive_at_rest
        sinus = self.period_vagal * x.sinus_vagal - self.period_sympathetic * x.sinus_sympathetic
        return Outputs(
            heart_period=self.period_intrinsic + sinus,
            contractility_left=1.0 + self.contraction_left * (x.contraction - rest),
            contractility_right=1.0 + self.contraction_right * (x.contraction - rest),
            resistance_splanchnic=1.0 + self.splanchnic_gain * (x.vessels - rest),
            resistance_extrasplanchnic=1.0 + self.extrasplanchnic_gain * (x.vessels - rest),
            venous_shift_splanchnic=self.splanchnic_veins * (rest - x.veins),
            venous_shift_extrasplanchnic=self.extrasplanchnic_veins * (rest - x.veins),
        )


def _between(low: Scalar, high: Scalar, place: Scalar) -> Scalar:
    """From one to the other along a logistic curve."""
    share = 1.0 / (1.0 + jnp.exp(-place))
    return low + (high - low) * share
