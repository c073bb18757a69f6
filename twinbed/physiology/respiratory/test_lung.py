r"""A test lung: two elastic bags behind one airway, as ventilators are tested on.

It takes the place of real lungs in a bed: it answers the pressure of a breathing circuit, feels respiratory muscles and
gives carbon dioxide. Bag $i$ holds the volume $V_i$ above rest,

$$R_i \dot V_i = P_J - V_i / C_i - P_{mus}, \qquad
P_{circuit} - P_J = (R_{circuit} + R_{airway}) \sum_i \dot V_i.$$

Two bags with one time constant $R_i C_i$ are one bag, and fill exponentially. Gas passes a dead space of three
mixed cells in a row, which makes the shape of a capnogram.

*Known limits*: linear; no flow limitation; carbon dioxide of inspired gas is zero; both bags share one gas.

**References:**

- ISO 80601-2-12:2020, tables 201.104 and 201.105 (compliances and resistances of test lungs)
- Otis et al. (1956), J Appl Physiol 8(4):427, doi:10.1152/jappl.1956.8.4.427 (parallel compartments)
- Nunn's Applied Respiratory Physiology, alveolar air equation for carbon dioxide (863 mmHg)
"""

from typing import ClassVar

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from twinbed.core.model import AbstractModel, Scalar, Time
from twinbed.core.quantities import param, port, var

_ISO = "ISO 80601-2-12:2020, first adult test lung: 50 mL/hPa, 5 hPa/(L/s)"
_SETTING = "a setting of the test lung, of the size of a resting adult"
_UNIT = "definition of the unit"
_CELLS = 3


class State(eqx.Module):
    """Gas in both bags above rest, and carbon dioxide everywhere."""

    volume_1: Scalar = var("L", "volume of the first bag above rest")
    volume_2: Scalar = var("L", "volume of the second bag above rest")
    alveolar: Scalar = var("mm[Hg]", "carbon dioxide in the bags")
    dead_space: Float[Array, " cell"] = var("mm[Hg]", "carbon dioxide in the dead space, mouth first")


class Inputs(eqx.Module):
    """What moves the lung."""

    circuit_pressure: Scalar = port("circuit_pressure", rest=0.0)
    circuit_resistance: Scalar = port("circuit_resistance", rest=0.0)
    respiratory_muscle_pressure: Scalar = port("respiratory_muscle_pressure", rest=0.0)


class Outputs(eqx.Module):
    """What is measured at the airway opening, and the volume and pressure inside."""

    airway_flow: Scalar = port("airway_flow")
    airway_pressure: Scalar = port("airway_pressure")
    lung_volume: Scalar = port("lung_volume")
    alveolar_pressure: Scalar = port("alveolar_pressure")
    airway_carbon_dioxide: Scalar = port("airway_carbon_dioxide")


class TestLung(AbstractModel[State, Inputs, Outputs]):
    """A mechanical lung of two compartments with a source of carbon dioxide."""

    __test__: ClassVar[bool] = False  # the name begins like a test's
    seconds_per_time_unit: ClassVar[float] = 1.0
    step_s: float = eqx.field(static=True, default=0.01)

    airway_resistance: Scalar = param(
        2.5, "cm[H2O].s/L", "resistance of the common airway", bounds=(0.0, 500.0), source=_ISO
    )
    resistance_1: Scalar = param(5.0, "cm[H2O].s/L", "resistance of the first bag", bounds=(0.01, 1000.0), source=_ISO)
    resistance_2: Scalar = param(5.0, "cm[H2O].s/L", "resistance of the second bag", bounds=(0.01, 1000.0), source=_ISO)
    compliance_1: Scalar = param(0.025, "L/cm[H2O]", "compliance of the first bag", bounds=(1e-4, 1.0), source=_ISO)
    compliance_2: Scalar = param(0.025, "L/cm[H2O]", "compliance of the second bag", bounds=(1e-4, 1.0), source=_ISO)
    volume_at_rest: Scalar = param(2.4, "L", "gas in both bags at rest", bounds=(0.01, 10.0), source=_SETTING)
    dead_space: Scalar = param(0.15, "L", "volume of the dead space", bounds=(0.001, 1.0), source=_SETTING)
    carbon_dioxide_source: Scalar = param(0.2, "L/min", "carbon dioxide made, STPD", bounds=(0.0, 5.0), source=_SETTING)
    carbon_dioxide_start: Scalar = param(
        40.0, "mm[Hg]", "carbon dioxide in the bags at the start", bounds=(0.0, 200.0), source=_SETTING
    )
    dry_to_body: Scalar = param(
        863.0, "mm[Hg]", "pressure of a litre of dry gas (STPD) in a litre of gas in the body (BTPS)",
        source="760 mmHg times 310 K by 273 K",
    )  # fmt: skip
    seconds_per_minute: Scalar = param(60.0, "s/min", "seconds in a minute", source=_UNIT)

    @classmethod
    def single(cls, compliance: float, resistance: float, *, carbon_dioxide_source: float = 0.2) -> "TestLung":
        """A lung of one time constant.

        Args:
            compliance: of both bags together, L/cmH2O.
            resistance: from the mouth to the bags, cmH2O s/L; half lies in the common airway.
            carbon_dioxide_source: L/min, STPD.
        """
        return cls(
            airway_resistance=jnp.asarray(0.5 * resistance),
            resistance_1=jnp.asarray(resistance),
            resistance_2=jnp.asarray(resistance),
            compliance_1=jnp.asarray(0.5 * compliance),
            compliance_2=jnp.asarray(0.5 * compliance),
            carbon_dioxide_source=jnp.asarray(carbon_dioxide_source),
        )

    def initial(self) -> State:
        zero = jnp.zeros_like(self.volume_at_rest)
        alveolar = self.carbon_dioxide_start
        return State(zero, zero, alveolar, jnp.broadcast_to(alveolar, (_CELLS,)))

    def resting(self) -> Inputs:
        zero = jnp.zeros_like(self.volume_at_rest)
        return Inputs(zero, zero, zero)

    def _flows(self, x: State, u: Inputs) -> tuple[Scalar, Scalar]:
        """Flow into each bag, L/s."""
        pressure_1 = x.volume_1 / self.compliance_1 + u.respiratory_muscle_pressure
        pressure_2 = x.volume_2 / self.compliance_2 + u.respiratory_muscle_pressure
        common = u.circuit_resistance + self.airway_resistance
        pull = common * (pressure_1 / self.resistance_1 + pressure_2 / self.resistance_2)
        junction = (u.circuit_pressure + pull) / (1.0 + common / self.resistance_1 + common / self.resistance_2)
        return (junction - pressure_1) / self.resistance_1, (junction - pressure_2) / self.resistance_2

    def rhs(self, t: Time, x: State, u: Inputs) -> State:
        del t
        flow_1, flow_2 = self._flows(x, u)
        flow = flow_1 + flow_2
        into, out = jnp.maximum(flow, 0.0), jnp.maximum(-flow, 0.0)
        fresh = jnp.concatenate([jnp.zeros_like(x.alveolar)[None], x.dead_space[:-1]])
        used = jnp.concatenate([x.dead_space[1:], x.alveolar[None]])
        moved = into * (fresh - x.dead_space) + out * (used - x.dead_space)
        made = self.dry_to_body * self.carbon_dioxide_source / self.seconds_per_minute
        gas = self.volume_at_rest + x.volume_1 + x.volume_2
        return State(
            volume_1=flow_1,
            volume_2=flow_2,
            alveolar=(made + into * (x.dead_space[-1] - x.alveolar)) / gas,
            dead_space=moved * _CELLS / self.dead_space,
        )

    def outputs(self, t: Time, x: State, u: Inputs) -> Outputs:
        del t
        flow = sum(self._flows(x, u))
        volume = x.volume_1 + x.volume_2
        return Outputs(
            airway_flow=flow * self.seconds_per_minute,
            airway_pressure=u.circuit_pressure - u.circuit_resistance * flow,
            lung_volume=self.volume_at_rest + volume,
            alveolar_pressure=volume / (self.compliance_1 + self.compliance_2) + u.respiratory_muscle_pressure,
            airway_carbon_dioxide=x.dead_space[0],
        )
