"""What the vagus sends to the sinus node.

**References:**

- Ursino (1998), Am J Physiol 275(5):H1733, doi:10.1152/ajpheart.1998.275.5.H1733
- Albanese, Cheng, Ursino & Chbat (2016), Am J Physiol 310(7):H899, doi:10.1152/ajpheart.00230.2014 (weights)
- Daly & Scott (1958), J Physiol 144(1):148 (carotid bodies slow the heart only where breathing does not rise)
- Eckberg (2003), J Physiol 548(2):339, doi:10.1113/jphysiol.2002.037192 (inspiration closes the vagus' gate)
"""

import equinox as eqx
import jax.numpy as jnp

from twinbed.core.model import Scalar
from twinbed.core.quantities import param
from twinbed.physiology.cardiovascular._parts.nerves import between, from_rest, saturating

_URSINO = "Ursino 1998, tables 3 and 4 (two implementations agree)"
_ALBANESE = "Albanese 2016, table of the reflexes"
_SWAIN = "calibrated to Swain 1994: share of the greatest heart rate 0.37 + 0.64 of the share of the greatest uptake"
_ASSUMED = "assumed"


class Vagus(eqx.Module):
    """How the vagus answers, as deviations from its frequency at rest."""

    zero: Scalar = param(3.2, "/s", "vagal frequency at low pressure", bounds=(0.0, 20.0), source=_URSINO)
    end: Scalar = param(6.3, "/s", "vagal frequency at high pressure", bounds=(0.0, 20.0), source=_URSINO)
    middle: Scalar = param(
        25.0, "/s", "frequency of the receptors in the middle of the vagus' range", bounds=(5.0, 60.0), source=_URSINO
    )
    width: Scalar = param(
        5.0, "/s", "width of that range", bounds=(1.0, 30.0),
        source="calibrated to beats under phenylephrine, 10 to 16 ms longer for each mmHg; 7.06 in Ursino 1998",
    )  # fmt: skip
    resetting: Scalar = param(
        250.0, "s", "time in which it gets used to a pressure above that of rest", bounds=(10.0, 7200.0),
        source="calibrated to the heart rate under phenylephrine for a quarter of an hour (Martinsson 1986)",
    )  # fmt: skip
    at_rest: Scalar = param(
        4.5, "/s", "vagal frequency at rest", bounds=(0.5, 10.0), source="72 /min with the gains of Ursino 1998"
    )
    chemical: Scalar = param(
        0.2, "1", "weight of the chemoreceptors for the vagus", bounds=(0.0, 2.0), source=_ALBANESE
    )
    stretch: Scalar = param(-0.103, "1", "weight of the lungs' stretch for it", bounds=(-2.0, 0.0), source=_ALBANESE)
    breathing: Scalar = param(
        6.2, "/s", "stretch frequency of quiet breaths, without which chemoreceptors act on it in full",
        bounds=(0.5, 50.0), source="Albanese 2016: 0.01176 /s/mL of 530 mL; that breaths hide their effect: Daly 1958",
    )  # fmt: skip
    gate: Scalar = param(
        2.4, "/s", "what an inspiration holds back of it", bounds=(0.0, 10.0),
        source="calibrated to a respiratory arrhythmia of 10 to 15 %; Eckberg 2003: inspiration silences the vagus",
    )  # fmt: skip
    gate_effort: Scalar = param(
        3.0, "cm[H2O]", "effort that holds back all but 1/e of that", bounds=(0.2, 30.0), source=_ASSUMED
    )
    gate_lag: Scalar = param(
        10.0, "s", "time over which it gets used to the mean of that", bounds=(1.0, 120.0),
        source="assumed: a few breaths, so that breathing shifts no mean rate",
    )  # fmt: skip
    gate_at_rest: Scalar = param(
        0.34, "1", "share that quiet breathing holds back on average", bounds=(0.0, 1.0),
        source="the resting adult of docs/decisions/0007-resting-adult.md",
    )  # fmt: skip
    command: Scalar = param(1.8, "/s", "most that central command takes from it", bounds=(0.0, 10.0), source=_SWAIN)
    command_middle: Scalar = param(
        0.22, "1", "share of maximal effort at which half of that is gone", bounds=(0.0, 1.0), source=_SWAIN
    )
    command_width: Scalar = param(0.1, "1", "width of that", bounds=(0.001, 1.0), source=_SWAIN)

    def reflexes(self, receptors: Scalar, chemical: Scalar, stretch: Scalar) -> Scalar:
        """What baroreceptors, chemoreceptors and the lungs' stretch add.

        Chemoreceptors slow the heart of those who do not breathe; breaths hide it, and less of them takes nothing.
        """
        silent = jnp.clip(-stretch / self.breathing, 0.0, 1.0)
        baro = between(self.zero, self.end, (receptors - self.middle) / self.width) - self.at_rest
        return baro + self.chemical * silent * jnp.maximum(chemical, 0.0) + self.stretch * stretch

    def command_of(self, effort: Scalar) -> Scalar:
        """What central command takes at a share of maximal effort."""
        return self.command * from_rest(effort, self.command_middle, self.command_width)

    def shut(self, muscle_pressure: Scalar) -> Scalar:
        """Share that an inspiration of this effort holds back."""
        return saturating(-muscle_pressure / self.gate_effort)
