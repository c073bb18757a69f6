"""How a body governs its heat: the skin's vessels, sweat and shivering, awake and under anaesthesia.

**References:**

- Gagge, Fobelets & Berglund (1986), ASHRAE Trans 92(2B):709; ASHRAE Handbook Fundamentals, chapter 9
- Matsukawa et al. (1995), Anesthesiology 82(5):1169, doi:10.1097/00000542-199505000-00012 (thresholds under propofol)
- Eyolfson et al. (2001), Eur J Appl Physiol 84:100, doi:10.1007/s004210000329 (the most one can shiver)
"""

import equinox as eqx
import jax.numpy as jnp

from twinbed.core.model import Scalar
from twinbed.core.quantities import param

GAGGE = "Gagge 1986 as in pythermalcomfort 2.10"
_NEUTRAL = "ICRP 89: 37 in the core, a tenth of the body as the skin; Gagge has 36.8 and 36.49"
_PROPOFOL = "Matsukawa 1995: linear in propofol; 4 mg/L at this depth"


class Responses(eqx.Module):
    """What the body does."""

    blood_flow: Scalar
    """Through the skin, L/h/m2."""
    shell: Scalar
    """Share of the body that is as cool as the skin."""
    sweat: Scalar
    """Heat that it would take away, W/m2."""
    shivering: Scalar
    """Heat that it makes, W/m2."""


class Regulation(eqx.Module):
    """Thresholds and gains of one person."""

    flow_at_rest: Scalar = param(6.3, "L/h/m2", "blood flow of neutral skin", bounds=(1.0, 30.0), source=GAGGE)
    flow_least: Scalar = param(0.5, "L/h/m2", "least blood flow of skin", bounds=(0.05, 5.0), source=GAGGE)
    flow_most: Scalar = param(90.0, "L/h/m2", "most blood flow of skin", bounds=(20.0, 200.0), source=GAGGE)
    dilation: Scalar = param(
        120.0, "L/h/m2/Cel", "opening of vessels by a warm core", bounds=(0.0, 500.0), source=GAGGE
    )
    constriction: Scalar = param(0.5, "1/Cel", "closing of vessels by cold skin", bounds=(0.0, 5.0), source=GAGGE)
    shell_least: Scalar = param(0.0417737, "1", "shell where blood flow is high", bounds=(0.0, 0.2), source=GAGGE)
    shell_scale: Scalar = param(0.7451833, "L/h/m2", "growth of the shell", bounds=(0.0, 2.0), source=GAGGE)
    shell_offset: Scalar = param(0.585417, "L/h/m2", "blood flow in that growth", bounds=(0.1, 2.0), source=GAGGE)
    shell_most: Scalar = param(
        0.18, "1", "thickest shell: little more than at rest, since limbs cool on their own", bounds=(0.02, 1.0),
        source="Gagge has 0.15 at rest; his shell grows to 0.7 in the cold in place of limbs",
    )  # fmt: skip
    core_neutral: Scalar = param(37.0, "Cel", "neutral temperature of the core", bounds=(35.0, 42.0), source=_NEUTRAL)
    skin_neutral: Scalar = param(33.7, "Cel", "neutral temperature of the skin", bounds=(28.0, 37.0), source=GAGGE)
    body_neutral: Scalar = param(36.67, "Cel", "neutral temperature of the body", bounds=(34.0, 42.0), source=_NEUTRAL)
    sweating: Scalar = param(
        170.0 * 0.68, "W/m2/Cel", "sweat by a warm body: 170 g/h of 0.68 W.h/g", bounds=(0.0, 500.0), source=GAGGE
    )
    sweat_most: Scalar = param(500.0 * 0.68, "W/m2", "most sweat: 500 g/h", bounds=(0.0, 1000.0), source=GAGGE)
    sweat_skin: Scalar = param(10.7, "Cel", "warmth of skin that adds to it e-fold", bounds=(2.0, 50.0), source=GAGGE)
    shiver_gain: Scalar = param(
        19.4, "W/m2/Cel2", "shivering by cold of skin and core", bounds=(0.0, 100.0), source=GAGGE
    )
    shiver_most: Scalar = param(
        156.0,
        "W/m2",
        "most shivering, 3.3 times rest",
        bounds=(0.0, 500.0),
        source="Eyolfson 2001: in water of 8 Cel 15.1 mL/kg/min of oxygen in all",
    )
    constriction_drop: Scalar = param(
        2.4, "Cel", "fall of the core's threshold of closing under anaesthesia", bounds=(0.0, 6.0), source=_PROPOFOL
    )
    shiver_drop: Scalar = param(
        2.8, "Cel", "fall of the core's threshold of shivering under anaesthesia", bounds=(0.0, 6.0), source=_PROPOFOL
    )
    core_weight: Scalar = param(
        4.0,
        "1",
        "weight of the core for that of the skin in closing",
        bounds=(1.0, 20.0),
        source="Matsukawa 1995: 80 and 20 %",
    )

    def responses(self, core: Scalar, skin: Scalar, depth: Scalar, strength: Scalar) -> Responses:
        """What the body does.

        Args:
            core: its temperature, Cel.
            skin: its mean temperature, Cel.
            depth: of anaesthesia, 0 awake to 1.
            strength: of muscle, share of full.
        """
        cold_core, cold_skin = self.core_neutral - core, self.skin_neutral - skin
        blocked = self.core_weight * depth * (self.constriction_drop - jnp.maximum(cold_core, 0.0))
        closing = 1.0 + self.constriction * jnp.maximum(cold_skin - blocked, 0.0)
        opening = self.flow_at_rest + self.dilation * jnp.maximum(-cold_core, 0.0)
        flow = jnp.minimum(jnp.maximum(opening / closing, self.flow_least), self.flow_most)
        shell = jnp.minimum(self.shell_least + self.shell_scale / (flow + self.shell_offset), self.shell_most)
        warm = jnp.maximum(shell * skin + (1.0 - shell) * core - self.body_neutral, 0.0)
        sweat = self.sweating * warm * jnp.exp(jnp.maximum(-cold_skin, 0.0) / self.sweat_skin)
        cold = jnp.maximum(cold_core - depth * self.shiver_drop, 0.0) * jnp.maximum(cold_skin, 0.0)
        return Responses(
            blood_flow=flow,
            shell=shell,
            sweat=jnp.minimum(sweat, self.sweat_most),
            shivering=strength * jnp.minimum(self.shiver_gain * cold, self.shiver_most),
        )
