"""What the will to work and the work itself do to nerves and veins, by the share of maximal effort.

The baroreflex is set to a higher pressure when exercise begins, and to little more as it gets harder. Working muscle
presses blood out of its veins from the first turn of the pedals on.

When work is over, the set point and the vessels are as at rest at once. The vagus and contraction take the longer the
harder the work was; the heart's sympathetic line is kept up by catecholamines, which have a time constant of their own.
What the line sends is the exponential of what excites it, so that an exponential fall of what it sends is a straight
fall of what excites it, until little of that is left.

**References:**

- Raven, Fadel & Ogoh (2006), Exp Physiol 91(1):37, doi:10.1113/expphysiol.2005.032250 (resetting)
- Ichinose et al. (2008), J Physiol 586(11):2753, doi:10.1113/jphysiol.2007.150060 (pressures from 10 to 190 W)
- Perini et al. (1989), Eur J Appl Physiol 58(8):879, doi:10.1007/BF02332222 (heart rate and noradrenaline after
  exercise; abstract)
- Kannankeril, Le, Kadish & Goldberger (2004), J Investig Med 52(6):394 (what the vagus does to the heart rate grows
  until four minutes after maximal exercise; abstract)
- Flamm et al. (1990), Circulation 81(5):1550, doi:10.1161/01.cir.81.5.1550 (blood of legs and belly; from its abstract)
"""

import equinox as eqx
import jax.numpy as jnp

from twinbed.core.model import Scalar
from twinbed.core.quantities import param
from twinbed.physiology.cardiovascular._parts.nerves import saturating

_RAVEN = "Raven 2006: it rises with effort; calibrated to the mean pressure of exercise"
_ONSET = (
    "Ichinose 2008: mean pressure is 6 mmHg higher at 10 W, 14 at 82, 27 at 190; calibrated to it and to diastolic"
    " pressure"
)
_FADES = (
    "calibrated: heart rate falls with time constants of 14, 33 and 56 s after 21, 43 and 65 % of the greatest uptake"
    " (Perini 1989)"
)
_CALMS = "Perini 1989: noradrenaline falls with 87 and 101 s; that it stays for a minute first is left out"
_FLAMM = "Flamm 1990: legs lose 32 % of their blood once they cycle without a load, and no more in hard work"


class Effort(eqx.Module):
    """What effort does beside central command."""

    reset: Scalar = param(17.0, "mm[Hg]", "rise of the set point in hard exercise", bounds=(0.0, 100.0), source=_RAVEN)
    reset_scale: Scalar = param(
        0.2, "1", "share of maximal effort that brings all but 1/e of it", bounds=(0.02, 10.0), source=_ONSET
    )
    contraction: Scalar = param(
        1.0, "1", "most that exercise adds to contractility besides, by adrenaline and the rate itself",
        bounds=(0.0, 3.0), source="calibrated to an ejection fraction of 80 % (Najjar 2004) and systolic pressure",
    )  # fmt: skip
    contraction_scale: Scalar = param(
        0.45, "1", "share of maximal effort that adds all but 1/e of it", bounds=(0.05, 2.0),
        source="stroke volume rises up to 40 to 50 % of the greatest uptake (Astrand 1964)",
    )  # fmt: skip
    pump: Scalar = param(
        150.0, "mL", "blood that rhythmic work presses out of the veins of muscle", bounds=(0.0, 600.0), source=_FLAMM
    )
    pump_scale: Scalar = param(
        0.1, "1", "share of maximal effort that presses out all but 1/e of it", bounds=(0.01, 1.0), source=_FLAMM
    )

    pace: Scalar = param(
        0.01, "/s", "effort that vagus and contraction recover from, or get used to, in a second", bounds=(0.001, 1.0),
        source=_FADES,
    )  # fmt: skip
    pace_ends: Scalar = param(
        5.0, "s", "time constant with which the last of it fades", bounds=(0.1, 60.0), source="chosen: soon"
    )
    calming: Scalar = param(
        100.0, "s", "time constant of catecholamines that work has left behind", bounds=(1.0, 1000.0), source=_CALMS
    )

    def fades(self, felt: Scalar, effort: Scalar) -> Scalar:
        """Change of the effort that is still felt, /s."""
        return jnp.clip((effort - felt) / self.pace_ends, -self.pace, self.pace)

    def calms(self, aroused: Scalar, command: Scalar, fold: Scalar) -> Scalar:
        """Change of what catecholamines keep up; a fold is how much less of it makes a line send 1/e."""
        return jnp.maximum(command - aroused, -fold) / self.calming

    def resets(self, effort: Scalar) -> Scalar:
        """How far the set point of the baroreflex rises."""
        return self.reset * saturating(effort / self.reset_scale)

    def strengthens(self, effort: Scalar) -> Scalar:
        """What is added to contractility."""
        return self.contraction * saturating(effort / self.contraction_scale)

    def presses_out(self, effort: Scalar) -> Scalar:
        """Blood that leaves the veins of muscle."""
        return self.pump * saturating(effort / self.pump_scale)
