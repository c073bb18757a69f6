r"""A target-controlled infusion: a syringe pump that follows a model of where the drug is.

Input: `propofol_target`, the concentration asked for (mg/L). The pump's software counts what its motor metered,
carries a model of three compartments and a site of effect along, and every 10 s sets the largest rate $r$ that
overshoots nothing. With $c$ the prediction without drug and $e$ that of a unit rate during the next 10 s alone,

$$r = \frac{c^* - c_1(t + \Delta)}{e_1(t + \Delta)} \quad\text{(plasma)},\qquad
r = \min_{j \ge 1} \frac{c^* - c_e(t + j\Delta)}{e_e(t + j\Delta)} \quad\text{(site of effect)},$$

between zero and what the pump can give. The minimum is the rate after which the site of effect peaks exactly at the
target. Within 1 % of the target the rule of plasma keeps it there, because the other one would swing.

`TciPump.of("remifentanil", concentration=0.05, person=Person(age=60.0), model="minto")` takes the model of a drug's
file. The default is propofol after Marsh with the faster site of effect, 70 kg.

*Known limits*: it knows nothing of the patient but the model; it does not see play, occlusion and dead volume behind
the motor, as real ones; peaks later than 10 min are not looked for.

**References:**

- Shafer & Gregg (1992), J Pharmacokinet Biopharm 20(2):147, doi:10.1007/BF01070999
- Jacobs (1990), IEEE Trans Biomed Eng 37(1):107, doi:10.1109/10.43622
- Marsh, White, Morton & Kenny (1991), Br J Anaesth 67(1):41, doi:10.1093/bja/67.1.41
"""

from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp

from twinbed.core.device import AbstractDevice, Role
from twinbed.core.model import Scalar
from twinbed.core.noise import Noise
from twinbed.core.quantities import param, port, var
from twinbed.devices._clock import SECONDS_PER_MINUTE
from twinbed.devices._drug import for_drug, outputs_of
from twinbed.devices.infusion._line import Inputs as PumpInputs
from twinbed.devices.infusion._line import Outputs as PumpOutputs
from twinbed.devices.infusion._line import State as PumpState
from twinbed.devices.infusion.syringe_pump import SyringePump
from twinbed.vocab.drugs import drug as drug_of
from twinbed.vocab.drugs.person import Person, covariates

_PERIOD_S = 10.0
_LONGEST_S = 600.0
_NEAR = 0.01
_MARSH = "Marsh 1991 for 70 kg, doi:10.1093/bja/67.1.41"
_KINETICS = ("v1", "v2", "v3", "clearance", "q2", "q3", "ke0")


class Inputs(eqx.Module):
    """What the pump is asked for, where it stands and what goes wrong."""

    target: Scalar = port("propofol_target", rest=0.0)
    occlusion: Scalar = port("propofol_occlusion", rest=0.0)
    attended: Scalar = port("pump_attended", rest=0.0)
    carrier: Scalar = port("carrier_flow", rest=0.0)
    height: Scalar = port("pump_height", rest=0.0)
    venous_pressure: Scalar = port("central_venous_pressure", rest=5.0)


class Outputs(eqx.Module):
    """What the vein gets, and what the pump shows."""

    rate: Scalar = port("propofol_rate")
    delivered: Scalar = port("propofol_delivered_total")
    flow: Scalar = port("pump_flow")
    volume: Scalar = port("pump_volume_total")
    left: Scalar = port("pump_left")
    pressure: Scalar = port("pump_pressure")
    alarm: Scalar = port("pump_alarm")
    plasma: Scalar = port("predicted_plasma")
    effect: Scalar = port("predicted_effect")


class Believed(eqx.Module):
    """Where the pump believes the drug to be."""

    plasma: Scalar = var("mg/L", "in plasma")
    fast: Scalar = var("mg/L", "in the fast compartment")
    slow: Scalar = var("mg/L", "in the slow compartment")
    effect: Scalar = var("mg/L", "at the site of effect")


class State(eqx.Module):
    """The model and the pump."""

    model: Believed
    pump: PumpState


class TciPump(AbstractDevice[State, Inputs, Outputs]):
    """A syringe pump with one drug that reaches and keeps a concentration."""

    role: ClassVar[Role] = "actuator"
    period_s: ClassVar[float] = _PERIOD_S  # pyright: ignore[reportIncompatibleVariableOverride]
    pump: SyringePump = eqx.field(default_factory=lambda: SyringePump(period_s=_PERIOD_S))

    effect_site: Scalar = param(
        1.0, "1", "whether the site of effect is to reach the target, else plasma", bounds=(0.0, 1.0), source="setting"
    )
    v1: Scalar = param(15.96, "L", "central volume", bounds=(1e-3, 1e3), source=_MARSH)
    v2: Scalar = param(32.41, "L", "volume of the fast compartment", bounds=(1e-3, 1e4), source=_MARSH)
    v3: Scalar = param(202.51, "L", "volume of the slow compartment", bounds=(1e-3, 1e4), source=_MARSH)
    clearance: Scalar = param(1.89924, "L/min", "elimination", bounds=(0.0, 100.0), source=_MARSH)
    q2: Scalar = param(1.78752, "L/min", "exchange with the fast compartment", bounds=(0.0, 100.0), source=_MARSH)
    q3: Scalar = param(0.67032, "L/min", "exchange with the slow compartment", bounds=(0.0, 100.0), source=_MARSH)
    ke0: Scalar = param(
        1.2, "1/min", "how fast the site of effect follows plasma", bounds=(0.001, 3.0),
        source="Struys et al. (2000), Anesthesiology 92(2):399",
    )  # fmt: skip

    @classmethod
    def of(
        cls, drug: str, *, concentration: float, person: Person, model: str | None = None,
        effect_site: bool = True, **pump: Any,
    ) -> "TciPump":  # fmt: skip
        """The pump of a drug for a person.

        Args:
            drug: a drug with a file.
            concentration: of the syringe, mg/mL.
            person: whom the model is for.
            model: a model of the drug's file; the file's default without.
            effect_site: whether the site of effect is to reach the target, else plasma.
            pump: settings of the syringe pump.

        Raises:
            UnknownDrug, DrugError: there is no such drug, no such model, or it is not made for such a person.
        """
        values = drug_of(drug).model(model).values(covariates(person))
        syringe = SyringePump.of(drug, concentration=concentration, period_s=_PERIOD_S, **pump)
        kinetics = {name: values[name] for name in _KINETICS}
        return for_drug(TciPump, drug)(effect_site=float(effect_site), pump=syringe, **kinetics)

    def __check_init__(self) -> None:
        if self.pump.period_s != _PERIOD_S:
            raise ValueError(f"the pump runs every {self.pump.period_s} s: make it with period_s={_PERIOD_S}")

    def initial(self, noise: Noise) -> State:
        zero = jnp.zeros_like(self.v1)
        return State(Believed(zero, zero, zero, zero), self.pump.initial(noise))

    def _change(self, x: Believed, rate: Scalar) -> Believed:
        """Per minute, under mg/min."""
        into_fast, into_slow = self.q2 * (x.plasma - x.fast), self.q3 * (x.plasma - x.slow)
        return Believed(
            plasma=(rate - self.clearance * x.plasma - into_fast - into_slow) / self.v1,
            fast=into_fast / self.v2,
            slow=into_slow / self.v3,
            effect=self.ke0 * (x.plasma - x.effect),
        )

    def _after(self, x: Believed, rate: Scalar) -> Believed:
        """A period later, by a Runge-Kutta step."""
        minutes = _PERIOD_S / SECONDS_PER_MINUTE
        moved = lambda by, d: jax.tree.map(lambda a, b: a + by * minutes * b, x, d)
        first = self._change(x, rate)
        second = self._change(moved(0.5, first), rate)
        third = self._change(moved(0.5, second), rate)
        fourth = self._change(moved(1.0, third), rate)
        mean = jax.tree.map(lambda a, b, c, d: (a + 2.0 * b + 2.0 * c + d) / 6.0, first, second, third, fourth)
        return moved(1.0, mean)

    def _wanted(self, x: Believed, target: Scalar) -> Scalar:
        """The rate, mg/min, that brings the prediction to the target and no further; it may be negative."""
        zero = jnp.zeros_like(target)
        free, unit = self._after(x, zero), self._after(Believed(zero, zero, zero, zero), zero + 1.0)
        for_plasma = (target - free.plasma) / unit.plasma

        def later(carry: tuple[Believed, Believed, Scalar], _: None) -> tuple[Any, None]:
            free, unit, lowest = carry
            lowest = jnp.minimum(lowest, (target - free.effect) / unit.effect)
            return (self._after(free, zero), self._after(unit, zero), lowest), None

        start = (free, unit, zero + jnp.inf)
        (_, _, lowest), _ = jax.lax.scan(later, start, None, length=round(_LONGEST_S / _PERIOD_S))
        near = jnp.abs(x.effect - target) <= _NEAR * target
        return jnp.where(near | (self.effect_site < 0.5), for_plasma, lowest)

    def step(self, t_s: Scalar, x: State, u: Inputs, noise: Noise) -> tuple[State, Outputs]:
        target = jnp.where(u.target > 0.0, u.target, 0.0)
        command = jnp.maximum(self._wanted(x.model, target), 0.0)
        told = PumpInputs(
            command, u.occlusion, u.attended, u.carrier, u.height, u.venous_pressure,
            jnp.zeros_like(target), jnp.zeros_like(target),
        )  # fmt: skip
        pump, shown = self.pump.step(t_s, x.pump, told, noise)
        metered = pump.metered * self.pump.concentration / (_PERIOD_S / SECONDS_PER_MINUTE)
        given: dict[str, Scalar] = {name: getattr(shown, name) for name in PumpOutputs.__dataclass_fields__}
        outputs = outputs_of(self)(**given, plasma=x.model.plasma, effect=x.model.effect)
        return State(self._after(x.model, metered), pump), outputs
