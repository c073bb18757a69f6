"""Nitrogen in blood and tissue: what is breathed dissolves, and comes back where less of it is breathed.

Nothing uses or makes nitrogen, so that at rest none crosses. Who breathes oxygen gives that of tissue back to the
lungs over minutes and hours: of well perfused organs soon, of muscle later, of fat last, in which most of it is.
Blood stores with the organs; what leaves the lungs is shared out at once, and what is shunted stays as it is.
Solubilities and volumes are measured ones, and nothing is calibrated.

*Known limits*: all begin with the nitrogen of healthy lungs at sea level, so that some crosses at first in others; no
bubbles, so nobody has decompression sickness; none crosses the skin, the gut or a pleura full of gas; a resting share
of the flow to other tissue is that of fat, whatever happens.

**References:**

- Weathersby & Homer (1980), Undersea Biomed Res 7(4):277 (solubility in blood, fat and other tissue)
- ICRP 89 (2002), Ann ICRP 32(3-4) (masses of tissue and their blood flow)
- Deurenberg, Weststrate & Seidell (1991), Br J Nutr 65(2):105, doi:10.1079/BJN19910073 (fat of a person)
- Vernon (1907), Proc R Soc Lond B 79(533):366, doi:10.1098/rspb.1907.0032 (fat and water)
- Darling, Cournand, Mansfield & Richards (1940), J Clin Invest 19(4):591, doi:10.1172/JCI101163 (220 mL in seven
  minutes of oxygen)
"""

from typing import ClassVar

import equinox as eqx
import jax.numpy as jnp

from twinbed.core.model import AbstractHybridModel, Scalar, Time
from twinbed.core.quantities import param, port, var

_SOLUBILITY = "Weathersby & Homer 1980, by 273 K over 310 K and 760 mmHg"
_ICRP = "ICRP 89, reference man"


class State(eqx.Module):
    """How hard nitrogen presses where it is dissolved, and what crosses the lungs."""

    organs: Scalar = var("mm[Hg]", "nitrogen in well perfused organs and blood")
    muscle: Scalar = var("mm[Hg]", "nitrogen in muscle")
    fat: Scalar = var("mm[Hg]", "nitrogen in fat")
    output_left: Scalar = var("mL/min", "nitrogen that the left lung gets, held for a step")
    output_right: Scalar = var("mL/min", "nitrogen that the right lung gets, held for a step")


class Inputs(eqx.Module):
    """Gas in the lungs, and the blood that carries it."""

    alveolar_oxygen_left: Scalar = port("alveolar_oxygen_left", rest=101.0)
    alveolar_oxygen_right: Scalar = port("alveolar_oxygen_right", rest=101.0)
    alveolar_carbon_dioxide_left: Scalar = port("alveolar_carbon_dioxide_left", rest=40.0)
    alveolar_carbon_dioxide_right: Scalar = port("alveolar_carbon_dioxide_right", rest=40.0)
    ambient_pressure: Scalar = port("ambient_pressure", rest=760.0)
    shunt_left: Scalar = port("shunt_left", rest=0.025)
    shunt_right: Scalar = port("shunt_right", rest=0.025)
    lung_blood_flow_share_left: Scalar = port("lung_blood_flow_share_left", rest=0.45)
    cerebral_blood_flow: Scalar = port("cerebral_blood_flow", rest=0.7)
    coronary_blood_flow: Scalar = port("coronary_blood_flow", rest=0.23)
    muscle_blood_flow: Scalar = port("muscle_blood_flow", rest=1.4)
    splanchnic_blood_flow: Scalar = port("splanchnic_blood_flow", rest=1.8)
    extrasplanchnic_blood_flow: Scalar = port("extrasplanchnic_blood_flow", rest=1.7)


class Outputs(eqx.Module):
    """What the lungs get, and what is dissolved."""

    nitrogen_output_left: Scalar = port("nitrogen_output_left")
    nitrogen_output_right: Scalar = port("nitrogen_output_right")
    nitrogen_dissolved: Scalar = port("nitrogen_dissolved")


class Nitrogen(AbstractHybridModel[State, Inputs, Outputs]):
    """The dissolved nitrogen of one patient."""

    seconds_per_time_unit: ClassVar[float] = 60.0
    step_s: float = eqx.field(static=True, default=1.0)

    blood: Scalar = param(
        0.0170, "mL/L/mm[Hg]", "nitrogen that blood dissolves", bounds=(0.005, 0.05),
        source=f"{_SOLUBILITY}: 0.0147 litres in a litre",
    )  # fmt: skip
    tissue: Scalar = param(
        0.0170, "mL/L/mm[Hg]", "nitrogen that lean tissue dissolves", bounds=(0.005, 0.05),
        source=f"{_SOLUBILITY}: as blood within a tenth",
    )  # fmt: skip
    lipid: Scalar = param(
        0.0815, "mL/L/mm[Hg]", "nitrogen that fat dissolves", bounds=(0.02, 0.2),
        source=f"{_SOLUBILITY}: 0.0704 litres in a litre; five to six times water, Vernon 1907",
    )  # fmt: skip
    organs_volume: Scalar = param(
        25.0, "L", "volume of organs and blood", bounds=(2.0, 200.0),
        source=f"{_ICRP}: 73 kg without 29 of muscle, 14.5 of fat and 4.5 of minerals",
    )  # fmt: skip
    muscle_volume: Scalar = param(28.0, "L", "volume of muscle", bounds=(2.0, 200.0), source=f"{_ICRP}: 29 kg")
    fat_volume: Scalar = param(15.8, "L", "volume of fat", bounds=(0.5, 300.0), source=f"{_ICRP}: 14.5 kg at 0.92 kg/L")
    fat_flow: Scalar = param(
        0.17, "1", "share of extrasplanchnic flow that is that of fat", bounds=(0.0, 0.9),
        source=f"{_ICRP}: 5 % of the cardiac output",
    )  # fmt: skip
    at_rest: Scalar = param(
        571.0, "mm[Hg]", "nitrogen in the lungs at rest", bounds=(0.0, 3000.0),
        source="760 mmHg without 47 of vapour, 102 of oxygen and 40 of carbon dioxide",
    )  # fmt: skip
    vapour: Scalar = param(47.0, "mm[Hg]", "pressure of water vapour at 37 degrees", source="steam table")

    def initial(self) -> State:
        none = 0.0 * self.at_rest * self.blood * self.fat_volume / self.fat_volume
        return State(self.at_rest, self.at_rest, self.at_rest, none, none)

    def resting(self) -> Inputs:
        one = self.fat_flow / self.fat_flow
        mmhg = self.at_rest / 571.0
        return Inputs(
            alveolar_oxygen_left=102.0 * mmhg,
            alveolar_oxygen_right=102.0 * mmhg,
            alveolar_carbon_dioxide_left=40.0 * mmhg,
            alveolar_carbon_dioxide_right=40.0 * mmhg,
            ambient_pressure=760.0 * mmhg,
            shunt_left=0.025 * one,
            shunt_right=0.025 * one,
            lung_blood_flow_share_left=0.45 * one,
            cerebral_blood_flow=0.7 * one,
            coronary_blood_flow=0.23 * one,
            muscle_blood_flow=1.4 * one,
            splanchnic_blood_flow=1.8 * one,
            extrasplanchnic_blood_flow=1.7 * one,
        )

    def flows(self, u: Inputs) -> tuple[Scalar, Scalar, Scalar]:
        """Blood flow of organs, muscle and fat, L/min; never backwards."""
        forward = lambda q: jnp.maximum(q, 0.0)
        fat = self.fat_flow * forward(u.extrasplanchnic_blood_flow)
        organs = (
            forward(u.cerebral_blood_flow)
            + forward(u.coronary_blood_flow)
            + forward(u.splanchnic_blood_flow)
            + forward(u.extrasplanchnic_blood_flow)
        )
        return organs - fat, forward(u.muscle_blood_flow), fat

    def carries(self, x: State, u: Inputs) -> Scalar:
        """Nitrogen that blood brings from tissue, mmHg.L/min."""
        return jnp.asarray(sum(q * p for q, p in zip(self.flows(u), (x.organs, x.muscle, x.fat), strict=True)))

    def jump(self, t: Time, dt: Time, x: State, u: Inputs) -> State:
        """What crosses each lung until the next step."""
        del t, dt
        dry = u.ambient_pressure - self.vapour
        total, share = jnp.asarray(sum(self.flows(u))), u.lung_blood_flow_share_left
        brought = self.carries(x, u)
        meets = lambda part, shunt, oxygen, carbon: (
            self.blood * part * (1.0 - shunt) * (brought - total * (dry - oxygen - carbon))
        )
        left = meets(share, u.shunt_left, u.alveolar_oxygen_left, u.alveolar_carbon_dioxide_left)
        right = meets(1.0 - share, u.shunt_right, u.alveolar_oxygen_right, u.alveolar_carbon_dioxide_right)
        return eqx.tree_at(lambda s: (s.output_left, s.output_right), x, (left, right))

    def rhs(self, t: Time, x: State, u: Inputs) -> State:
        del t
        flows = self.flows(u)
        total = jnp.asarray(sum(flows))
        flowing = total > 0.0
        lost = (x.output_left + x.output_right) / self.blood
        brought = self.carries(x, u)
        arterial = (brought - lost) / jnp.where(flowing, total, 1.0)
        holds = (self.tissue * self.organs_volume, self.tissue * self.muscle_volume, self.lipid * self.fat_volume)
        none = 0.0 * x.output_left
        organs, muscle, fat = (
            jnp.where(flowing, self.blood * q * (arterial - p) / c, 0.0)
            for q, p, c in zip(flows, (x.organs, x.muscle, x.fat), holds, strict=True)
        )
        return State(organs, muscle, fat, none, none)

    def outputs(self, t: Time, x: State, u: Inputs) -> Outputs:
        del t, u
        lean = self.tissue * (self.organs_volume * x.organs + self.muscle_volume * x.muscle)
        return Outputs(
            nitrogen_output_left=x.output_left,
            nitrogen_output_right=x.output_right,
            nitrogen_dissolved=lean + self.lipid * self.fat_volume * x.fat,
        )
