r"""A volumetric pump: fingers press fluid from a bag through a tube.

Inputs, states, the line and the alarms are described in `devices/infusion/_line.py`. The fingers give unevenly over
a cycle, $dV/dV_m = 1 + a \sin(2\pi V_m / V_{cycle})$. A sensor counts the drops that fall into the chamber under the
bag: when it misses several, because the line above is clamped (`supply_blocked`) or the bag is empty, the pump stops.
Another adds up the air it sees (`supply_air`, or an empty bag) and stops the pump at a limit, so that air stays
between the bag and the sensor. In a pump of a fluid (`VolumetricPump.of("crystalloid")`) what stands for mg is mL.

*Known limits*: the tube does not tire; the gain does not depend on pressure; air that was let through before the
limit is not followed to the vein, it is only no drug.

**References:**

- IEC 60601-2-24:2012, infusion pumps
- makers' instructions for use: accuracy of 5 %, 20 drops a mL
"""

from typing import Any, ClassVar

import equinox as eqx
import jax.numpy as jnp

from twinbed.core.model import Scalar
from twinbed.core.quantities import param, var
from twinbed.devices._drug import for_drug
from twinbed.devices.infusion._line import (
    AIR,
    SUPPLY_BLOCKED,
    AbstractInfusionPump,
    Inputs,
    Pushed,
    State,
    uneven,
    within_turn,
)
from twinbed.vocab.drugs import DRUGS
from twinbed.vocab.fluids import FLUIDS

_ASSUMED = "assumption"


class Fingers(eqx.Module):
    """The mechanism and its sensors."""

    turned: Scalar = var("mL", "place within a cycle")
    hanging: Scalar = var("mL", "the drop that hangs in the chamber")
    since_drop: Scalar = var("mL", "metered since the last drop")
    air: Scalar = var("mL", "air seen so far")


class VolumetricPump(AbstractInfusionPump):
    """A volumetric pump with one drug, or with a fluid."""

    gives: ClassVar[tuple[str, ...]] = (*DRUGS, *FLUIDS)

    concentration: Scalar = param(
        1.0, "mg/mL", "drug in the bag", bounds=(1e-6, 1000.0), source="assumption: propofol 10 mg/mL diluted"
    )  # fmt: skip
    container: Scalar = param(500.0, "mL", "volume of a full bag", bounds=(1.0, 5000.0), source="common bags")
    nearly_empty: Scalar = param(25.0, "mL", "volume of the warning", bounds=(0.0, 500.0), source=_ASSUMED)
    gain_sd: Scalar = param(
        0.025, "1", "standard deviation between pumps and tubes", bounds=(0.0, 0.2),
        source="makers' accuracy of 5 % taken as two standard deviations",
    )  # fmt: skip
    compliance: Scalar = param(
        0.005, "mL/kPa", "of tube and line", bounds=(1e-5, 1.0), source=_ASSUMED + ": a third of a syringe's"
    )
    cycle: Scalar = param(0.15, "mL", "given in a cycle of the fingers", bounds=(1e-3, 5.0), source=_ASSUMED)
    unevenness: Scalar = param(0.5, "1", "amplitude of the flow over a cycle", bounds=(0.0, 1.0), source=_ASSUMED)
    drop: Scalar = param(0.05, "mL", "a drop", bounds=(0.01, 0.2), source="20 drops a mL")
    missed_drops: Scalar = param(6.0, "1", "missed drops that stop the pump", bounds=(1.5, 100.0), source=_ASSUMED)
    air_limit: Scalar = param(0.1, "mL", "air that stops the pump", bounds=(0.001, 5.0), source=_ASSUMED)

    @classmethod
    def of(cls, drug: str, *, concentration: float | None = None, **settings: Any) -> "VolumetricPump":
        """The pump of a drug, or of a fluid, whose command is mL/min.

        Args:
            drug: its name, or `crystalloid`, `colloid`, `whole_blood` or `red_cells`.
            concentration: of a drug, mg/mL; a fluid has none.
            settings: parameters of the pump.

        Raises:
            UnknownSignal: it is neither a drug nor a fluid.
            ValueError: a drug has no concentration, or a fluid has one.
        """
        if (drug in FLUIDS) != (concentration is None):
            wrong = "is a fluid: leave out concentration" if drug in FLUIDS else "needs a concentration, mg/mL"
            raise ValueError(f"a volumetric pump of {drug!r} {wrong}")
        strength = 1.0 if concentration is None else concentration  # mL of a fluid in each mL
        return for_drug(VolumetricPump, drug)(concentration=strength, **settings)

    def fresh(self) -> Fingers:
        zero = jnp.zeros_like(self.cycle)
        return Fingers(zero, zero, zero, zero)

    def push(self, x: State, u: Inputs, metered: Scalar) -> Pushed:
        fingers = x.drive
        moved = uneven(fingers.turned, metered, self.cycle, self.unevenness)
        drawn = moved * (1.0 - jnp.clip(u.supply_blocked, 0.0, 1.0))
        fluid = jnp.minimum(drawn * (1.0 - jnp.clip(u.supply_air, 0.0, 1.0)), x.left)
        strength = jnp.where(drawn > 0.0, fluid / jnp.where(drawn > 0.0, drawn, 1.0), 1.0)

        hanging = fingers.hanging + fluid
        falls = hanging >= self.drop
        since_drop = jnp.where(falls, 0.0, fingers.since_drop + metered)
        air = fingers.air + drawn - fluid
        missing = jnp.where(since_drop >= self.missed_drops * self.drop, SUPPLY_BLOCKED, 0.0)
        alarm = jnp.where(air >= self.air_limit, AIR, missing).astype(moved.dtype)
        turned = within_turn(fingers.turned + metered, self.cycle)
        after = Fingers(turned, within_turn(hanging, self.drop), since_drop, air)
        return Pushed(after, drawn, fluid, strength, alarm)
