"""The photoplethysmogram: red and infrared light through a finger.

Arteries of the finger follow the arterial pressure behind four lags, which delay and smooth it, along a curve that
stiffens; vasoconstriction makes them smaller. Their saturation follows that of arterial blood behind four lags of
the circulation time, which vasoconstriction makes longer. Light is lost in arterial and venous blood and in the skin's
pigment as Beer and Lambert say, so that without stray light the ratio of the relative pulsations at the two wavelengths
is the ratio of the extinctions of arterial blood. Motion moves venous blood. Stray light reaches the detector past the
blood: the darker the finger at a wavelength, the more it dilutes the pulsation, and that is how pigment biases a
pulse oximeter here. Where a cuff is on the same arm (`cuff_over_oximeter`), arteries follow the pressure beyond the
cuff, and veins that it congests take light; vessels that no blood flows to change their size by tone in seconds, not
within a beat.

Intensities are shares of what a bloodless finger without pigment lets through; they fall while the pulse rises.

*Known limits*: no scattering, so the relation to saturation is that of Beer and Lambert and not the empirical one of
real oximeters; the diodes have one wavelength each; no abnormal haemoglobins; circulation time does not depend on flow.

**References:**

- Prahl, Tabulated molar extinction coefficient for hemoglobin in water, Oregon Medical Laser Center (1998)
- Jacques, Melanosome absorption coefficient, Oregon Medical Laser Center (1998)
- Bickler, Feiner & Severinghaus (2005), Anesthesiology 102(4):715, doi:10.1097/00000542-200504000-00004 (bias of 3.56 %
  in dark and 0.37 % in light skin at saturations of 60 to 70 %)
- Goldman, Petterson, Kopotic & Barker (2000), J Clin Monit Comput 16:475, doi:10.1023/A:1011493521730 (venous blood in
  motion)
"""

import math
from typing import ClassVar, Literal

import equinox as eqx
import jax.numpy as jnp

from twinbed.core.model import AbstractHybridModel, Scalar, Time
from twinbed.core.quantities import param, port, var
from twinbed.physiology.waveforms._motion import Motion, Phases

_ASSUMED = "assumption"
_PRAHL = "Prahl 1998, tetramer of 64,500 g/mol, natural logarithm"
_JACQUES = "Jacques 1998"
_PULSE = "assumption: a pulsation of 2 % of infrared light at rest"
_STAGES = 4


def _per_gram(molar: float) -> float:
    """Decadic extinction in L/mol/cm as natural extinction in dL/g/cm."""
    return math.log(10.0) * molar * 10.0 / 64500.0


def _melanosome(nanometres: float) -> float:
    """Absorption of melanosomes, 1/cm."""
    return 1.70e12 * nanometres**-3.48


class State(eqx.Module):
    """What has reached the finger."""

    first_pressure: Scalar = var("mm[Hg]", "pressure behind one lag")
    second_pressure: Scalar = var("mm[Hg]", "pressure behind two lags")
    third_pressure: Scalar = var("mm[Hg]", "pressure behind three lags")
    pressure: Scalar = var("mm[Hg]", "pressure in the finger's arteries")
    first_saturation: Scalar = var("1", "saturation behind one lag")
    second_saturation: Scalar = var("1", "saturation behind two lags")
    third_saturation: Scalar = var("1", "saturation behind three lags")
    saturation: Scalar = var("1", "saturation in the finger's arteries")
    motion: Phases
    tone: Scalar = var("1", "tone of the vessels beyond a cuff")


class Inputs(eqx.Module):
    """Blood that comes to the finger, and what moves it."""

    arterial_pressure: Scalar = port("arterial_pressure")
    arterial_saturation: Scalar = port("arterial_saturation", rest=0.975)
    venous_saturation: Scalar = port("venous_saturation", rest=0.75)
    haemoglobin: Scalar = port("haemoglobin", rest=15.0)
    resistance_extrasplanchnic: Scalar = port("resistance_extrasplanchnic", rest=1.0)
    motion: Scalar = port("motion", rest=0.0)
    vibration: Scalar = port("vibration", rest=0.0)
    arm_pressure: Scalar = port("arm_pressure", rest=90.0)
    arm_venous_pressure: Scalar = port("arm_venous_pressure", rest=10.0)
    cuffed: Scalar = port("cuff_over_oximeter", rest=0.0)


class Outputs(eqx.Module):
    """What the detector sees."""

    ppg_red: Scalar = port("ppg_red")
    ppg_infrared: Scalar = port("ppg_infrared")


class Ppg(AbstractHybridModel[State, Inputs, Outputs]):
    """One patient's finger between diodes of 660 and 940 nm and a detector."""

    seconds_per_time_unit: ClassVar[float] = 1.0
    order: ClassVar[Literal[2, 4]] = 2
    step_s: float = eqx.field(static=True, default=0.01)

    movement: Motion = eqx.field(default_factory=Motion)
    red_oxygenated: Scalar = param(
        _per_gram(319.6), "dL/g/cm", "extinction of oxygenated haemoglobin at 660 nm", source=_PRAHL
    )
    red_reduced: Scalar = param(
        _per_gram(3226.56), "dL/g/cm", "extinction of reduced haemoglobin at 660 nm", source=_PRAHL
    )
    infrared_oxygenated: Scalar = param(
        _per_gram(1214.0), "dL/g/cm", "extinction of oxygenated haemoglobin at 940 nm", source=_PRAHL
    )
    infrared_reduced: Scalar = param(
        _per_gram(693.44), "dL/g/cm", "extinction of reduced haemoglobin at 940 nm", source=_PRAHL
    )
    pulse_delay: Scalar = param(
        0.12, "s", "time of the pulse from the aorta to the finger", bounds=(0.02, 0.4),
        source="0.9 m at 7.5 m/s, usual in adults",
    )  # fmt: skip
    transit: Scalar = param(
        12.0, "s", "time of blood from the lungs to the finger at rest", bounds=(2.0, 90.0), source="10 to 20 s"
    )
    arterial_path: Scalar = param(
        0.03, "cm", "light's path in the finger's arteries when full", bounds=(0.0, 0.5), source=_PULSE
    )
    arterial_scale: Scalar = param(
        60.0, "mm[Hg]", "scale of the pressure that fills them", bounds=(10.0, 300.0), source=_ASSUMED
    )
    venous_path: Scalar = param(0.03, "cm", "light's path in venous blood", bounds=(0.0, 0.5), source=_ASSUMED)
    venous_slosh: Scalar = param(
        0.002, "cm.s2/m", "how much motion changes it", bounds=(0.0, 0.1),
        source="assumption: 5 m/s2 move three times what the pulse does",
    )  # fmt: skip
    venous_stretch: Scalar = param(
        6e-4, "cm/mm[Hg]", "how much pressure beyond a cuff lengthens it", bounds=(0.0, 0.01),
        source="assumption: twice as much blood at 50 mmHg more",
    )  # fmt: skip
    uncongested: Scalar = param(
        10.0, "mm[Hg]", "pressure in the veins at rest", bounds=(0.0, 40.0), source="as of the arm at rest"
    )
    perfusion: Scalar = param(1.0, "1", "factor on the arteries' size", bounds=(0.0, 5.0), source="1 in a warm hand")
    melanin: Scalar = param(
        0.02, "1", "share of melanosomes in the epidermis", bounds=(0.0, 0.45),
        source="0.013 to 0.06 in light, 0.18 to 0.43 in dark skin (Jacques 1998)",
    )  # fmt: skip
    epidermis: Scalar = param(
        0.012, "cm", "light's path in the epidermis", bounds=(0.0, 0.1), source="twice through 60 um"
    )
    red_melanosome: Scalar = param(_melanosome(660.0), "1/cm", "absorption of melanosomes at 660 nm", source=_JACQUES)
    infrared_melanosome: Scalar = param(
        _melanosome(940.0), "1/cm", "absorption of melanosomes at 940 nm", source=_JACQUES
    )
    stray_light: Scalar = param(
        0.045, "1", "light that reaches the detector past the blood, at both wavelengths", bounds=(0.0, 1.0),
        source="calibrated to the bias in dark skin at low saturation (Bickler 2005)",
    )  # fmt: skip
    least_tone: Scalar = param(0.1, "1", "least tone of the finger's vessels", bounds=(0.01, 1.0), source=_ASSUMED)
    tone_lag: Scalar = param(
        6.0, "s", "lag of the vessels beyond a cuff behind their tone", bounds=(0.1, 60.0),
        source="assumption: as resistance behind its nerves (Ursino 1998, doi:10.1152/ajpheart.1998.275.5.H1733)",
    )  # fmt: skip

    def initial(self) -> State:
        pressure = 1.5 * self.arterial_scale
        saturation = jnp.full_like(self.transit, 0.975)
        return State(
            pressure, pressure, pressure, pressure, saturation, saturation, saturation, saturation,
            self.movement.initial(), jnp.ones_like(self.transit),
        )  # fmt: skip

    def resting(self) -> Inputs:
        one, zero = jnp.ones_like(self.transit), jnp.zeros_like(self.transit)
        return Inputs(90.0 * one, 0.975 * one, 0.75 * one, 15.0 * one, one, zero, zero, 90.0 * one, 10.0 * one, zero)

    def jump(self, t: Time, dt: Time, x: State, u: Inputs) -> State:
        del t, dt, u
        return eqx.tree_at(lambda s: s.motion, x, self.movement.wrapped(x.motion))

    def _tone(self, u: Inputs) -> Scalar:
        return jnp.maximum(u.resistance_extrasplanchnic, self.least_tone)

    def rhs(self, t: Time, x: State, u: Inputs) -> State:
        del t
        comes = jnp.where(u.cuffed > 0.5, u.arm_pressure, u.arterial_pressure)
        fast, slow = _STAGES / self.pulse_delay, _STAGES / (self.transit * self._tone(u))
        return State(
            first_pressure=(comes - x.first_pressure) * fast,
            second_pressure=(x.first_pressure - x.second_pressure) * fast,
            third_pressure=(x.second_pressure - x.third_pressure) * fast,
            pressure=(x.third_pressure - x.pressure) * fast,
            first_saturation=(u.arterial_saturation - x.first_saturation) * slow,
            second_saturation=(x.first_saturation - x.second_saturation) * slow,
            third_saturation=(x.second_saturation - x.third_saturation) * slow,
            saturation=(x.third_saturation - x.saturation) * slow,
            motion=self.movement.speed(),
            tone=(self._tone(u) - x.tone) / self.tone_lag,
        )

    def paths(self, x: State, u: Inputs) -> tuple[Scalar, Scalar]:
        """Light's path in arterial and in venous blood, cm."""
        filled = 1.0 - jnp.exp(-jnp.maximum(x.pressure, 0.0) / self.arterial_scale)
        arterial = self.arterial_path * self.perfusion * filled / jnp.where(u.cuffed > 0.5, x.tone, self._tone(u))
        moved = (u.motion + u.vibration) * self.movement.at(x.motion)
        congested = self.venous_stretch * (u.arm_venous_pressure - self.uncongested)
        venous = self.venous_path + self.venous_slosh * moved + jnp.where(u.cuffed > 0.5, congested, 0.0)
        return arterial, jnp.maximum(venous, 0.0)

    def outputs(self, t: Time, x: State, u: Inputs) -> Outputs:
        del t
        arterial, venous = self.paths(x, u)

        def light(oxygenated: Scalar, reduced: Scalar, melanosome: Scalar) -> Scalar:
            blood = lambda s: u.haemoglobin * (s * oxygenated + (1.0 - s) * reduced)
            lost = blood(x.saturation) * arterial + blood(u.venous_saturation) * venous
            return jnp.exp(-lost - melanosome * self.melanin * self.epidermis) + self.stray_light

        return Outputs(
            ppg_red=light(self.red_oxygenated, self.red_reduced, self.red_melanosome),
            ppg_infrared=light(self.infrared_oxygenated, self.infrared_reduced, self.infrared_melanosome),
        )
