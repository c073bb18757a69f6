"""Chambers of the heart as elastances that change with time.

A ventricle is Ursino's: exponential when relaxed, linear when fully active; it ejects through a resistance that grows
with the pressure it could reach. In between it stiffens along half a cosine nearly until the aortic valve shuts, and
begins to relax along another, which goes on as an exponential with the slope that it has reached. Rate alone shortens
systole less than it differs between resting people, whose fast hearts are driven too; what strengthens the heart
shortens it besides. However weak, a ventricle bears no less when active than when relaxed. An atrium is a linear
elastance that rises while it contracts. A chamber that is empty folds and gives no more than comes, whatever presses
on it.

*Known limits*: relaxation takes a share of systole, whatever the load and whatever drives the heart.

**References:**

- Ursino (1998), Am J Physiol 275(5):H1733, doi:10.1152/ajpheart.1998.275.5.H1733
- Regazzoni et al. (2022), J Comput Phys 457:111083, doi:10.1016/j.jcp.2022.111083 (atria)
- Weissler, Harris & Schoenfeld (1968), Circulation 37(2):149, doi:10.1161/01.CIR.37.2.149 (systole of resting people)
- Ahnve & Vallin (1982), Circulation 65(3):435 (paced at 130 a minute people's QT is 10 % shorter than at 90)
- Johnson, Meeran, Frank & Taylor (1981), Br Heart J 46(5):513, doi:10.1136/hrt.46.5.513 (paced hearts' systole shortens
  less than resting people's differs; what strengthens the heart shortens it)
- Nagueh et al. (2009), J Am Soc Echocardiogr 22(2):107 (isovolumic relaxation)
- PMID 1339812 (1992; abstract): pressure falls with a time constant of 38.5 +- 4.9 ms at rest, of 28.9 +- 5.6 with the
  atria paced at 140 to 150 a minute; ten people with healthy hearts
- Thompson et al. (1983), Br Heart J 49:250 (it falls exponentially, in all of 60 beats)
"""

import equinox as eqx
import jax.numpy as jnp

from twinbed.core.model import Scalar
from twinbed.core.quantities import param

URSINO = "Ursino 1998, tables 1 and 2 (two implementations agree)"
_STIFFER = "Ursino 1998: 1.5, as the right one has; the left one's is calibrated to a left atrium of 8 mmHg at 145 mL"
_STRENGTH = (
    "left: calibrated to 140 to 143 mL at the end of diastole (Ursino 1998: 2.95, Heldt 2004: 2.5 +- 0.6); right: near"
    " Regazzoni 2022 (0.493) and Pulse 4.2 (0.523)"
)
_REGAZZONI = "Regazzoni 2022, as in svZeroDSolver"

_HELDT = "Heldt 2004, table of the heart"
_OPEN = "Heldt 2004: 0.010 and 0.005, +- 0.001 each; Ursino 1998 has 0.0025"
_WEISSLER = "calibrated: with the slope 0.397 s at 71 beats a minute (Weissler 1968: 546 less 2.1 ms for each)"
_PACED = (
    "1.7 ms for each beat a minute, between 0.9 to 1.2 of paced people's QT interval (Ahnve & Vallin 1982, Milne 1982)"
    " and 2.1 between resting people (Weissler 1968)"
)
_PEAK = "calibrated: ejection of 0.285 s at 71 beats a minute (Weissler 1968: 413 less 1.7 ms for each)"
_RELAXES = (
    "calibrated: time constant of 31 ms, 0.078 s from ejection to filling (PMID 1339812: 38.5 +- 4.9; Nagueh 2009:"
    " 74 +- 7 ms at 41 to 60 years); as a share of systole it shortens with rate as in people"
)
_JOHNSON = "calibrated: stroke volume and systolic pressure in exercise; that strength shortens it: Johnson 1981"
_FOLDS = "assumed: short against a beat, long against a step; acts on chambers of a few millilitres alone"


class Systole(eqx.Module):
    """How long contractions last."""

    longest: Scalar = param(
        0.515, "s", "duration of systole, extrapolated to a heart rate of zero", bounds=(0.2, 0.8), source=_WEISSLER
    )
    slope: Scalar = param(0.1, "s2", "how much it shortens with the heart rate", bounds=(0.0, 0.2), source=_PACED)
    rising: Scalar = param(0.965, "1", "share of it in which ventricles stiffen", bounds=(0.3, 1.2), source=_PEAK)
    falling: Scalar = param(
        0.145, "1", "time of the half cosine along which they begin to relax then, as a share of it",
        bounds=(0.05, 0.7), source=_RELAXES,
    )  # fmt: skip
    tail: Scalar = param(
        0.75, "1", "share of activation from which they relax exponentially", bounds=(0.0, 0.99), source=_RELAXES
    )
    shortening: Scalar = param(
        0.05, "s", "how much twice the contractility of rest shortens it", bounds=(0.0, 0.2), source=_JOHNSON
    )
    least: Scalar = param(
        0.12, "s", "shortest systole", bounds=(0.05, 0.3), source="assumed: what fast re-entry leaves"
    )
    briefest: Scalar = param(
        0.004, "s", "shortest time constant of relaxation", bounds=(0.002, 0.05), source="two steps; 31 ms at rest"
    )
    atrial: Scalar = param(
        0.25, "s", "duration of atrial contraction at a period of a second", bounds=(0.05, 0.5), source=_HELDT
    )
    slowest: Scalar = param(
        20.0, "/min", "heart rate below which contractions last no longer", bounds=(5.0, 60.0), source="chosen"
    )
    second: Scalar = param(1.0, "s", "a second", source="definition of the unit")

    def of_ventricles(self, period: Scalar, contractility: Scalar) -> Scalar:
        """Duration at a period of the heart, s; less in a heart that contracts more strongly than at rest."""
        stronger = jnp.maximum(contractility - 1.0, 0.0)
        return jnp.maximum(self.longest - self.slope / period - self.shortening * stronger, self.least)

    def activates(self, since: Scalar, period: Scalar, contractility: Scalar) -> Scalar:
        """Activation of ventricles that began `since` ago."""
        lasts = self.of_ventricles(period, contractility)
        rise, fall = self.rising * lasts, self.falling * lasts
        stiffens = jnp.sin(0.5 * jnp.pi * jnp.clip(since / rise, 0.0, 1.0)) ** 2
        return stiffens * self._left((since - rise) / fall)

    def fades(self, period: Scalar, contractility: Scalar) -> Scalar:
        """Time constant with which activation ends, s."""
        return jnp.maximum(self.falling * self.of_ventricles(period, contractility) / self._steep(), self.briefest)

    def _steep(self) -> Scalar:
        return jnp.pi * jnp.sqrt((1.0 - self.tail) / jnp.maximum(self.tail, 1e-6))

    def _left(self, share: Scalar) -> Scalar:
        """Activation that is left after a share of relaxation: half a cosine that goes on as an exponential."""
        knee = jnp.arccos(jnp.sqrt(self.tail)) * (2.0 / jnp.pi)
        ebbs = self.tail * jnp.exp(-self._steep() * jnp.maximum(share - knee, 0.0))
        return jnp.where(share < knee, jnp.cos(0.5 * jnp.pi * jnp.clip(share, 0.0, knee)) ** 2, ebbs)

    def of_atria(self, period: Scalar) -> Scalar:
        """Duration at a period of the heart, s."""
        return self.atrial * jnp.sqrt(period / self.second)


class Ventricle(eqx.Module):
    """A ventricle; the defaults are the left one."""

    elastance_max: Scalar = param(
        3.0, "mm[Hg]/mL", "end-systolic elastance at rest", bounds=(0.1, 10.0), source=_STRENGTH
    )
    volume_unstressed: Scalar = param(
        16.77, "mL", "volume at which it bears no pressure", bounds=(0.0, 150.0), source=URSINO
    )
    pressure_scale: Scalar = param(
        2.2, "mm[Hg]", "scale of the pressure when relaxed", bounds=(0.1, 10.0), source=_STIFFER
    )
    stiffness: Scalar = param(0.014, "1/mL", "stiffness when relaxed", bounds=(0.001, 0.1), source=URSINO)
    ejection: Scalar = param(
        3.75e-4, "s/mL", "outflow resistance for a unit of pressure", bounds=(0.0, 0.01), source=URSINO
    )

    ejection_least: Scalar = param(
        0.006, "mm[Hg].s/mL", "outflow resistance of a ventricle that hardly contracts", bounds=(0.001, 0.1),
        source="an open valve: Heldt 2004; keeps steps of 2 ms stable",
    )  # fmt: skip

    inflow: Scalar = param(
        0.009, "mm[Hg].s/mL", "resistance of the open valve before it", bounds=(1e-4, 0.5), source=_OPEN
    )

    emptying: Scalar = param(0.01, "s", "shortest time in which it empties", bounds=(0.005, 0.1), source=_FOLDS)

    def potential(self, volume: Scalar, active: Scalar, contractility: Scalar) -> Scalar:
        """The pressure if nothing flowed out."""
        systolic = self.elastance_max * contractility * (volume - self.volume_unstressed)
        relaxed = self.pressure_scale * (jnp.exp(self.stiffness * volume) - 1.0)
        return active * jnp.maximum(systolic, relaxed) + (1.0 - active) * relaxed

    def ejects(self, volume: Scalar, potential: Scalar, around: Scalar, beyond: Scalar) -> tuple[Scalar, Scalar]:
        """Flow out, and the pressure that it costs.

        Args:
            volume: of blood in it.
            potential: the pressure if nothing flowed out.
            around: pressure outside of the heart.
            beyond: pressure behind the valve.
        """
        over = jnp.maximum(potential - beyond, 0.0)
        flow = over / jnp.maximum(self.ejection * (potential - around), self.ejection_least)
        return jnp.minimum(flow, jnp.maximum(volume, 0.0) / self.emptying), over


def right_ventricle() -> Ventricle:
    """The right ventricle: Ursino's, but the elastance is near Regazzoni's (0.493) and Pulse 4.2's (0.523).

    Its muscle loses as great a share of its pressure to a flow as that of the left one does; Ursino's 1.4e-3 s/mL goes
    with his elastance of 1.75 mmHg/mL, and would let it eject no more than 0.5 L/s.
    """
    values = {
        "elastance_max": 0.47,
        "volume_unstressed": 40.8,
        "pressure_scale": 1.5,
        "stiffness": 0.011,
        "inflow": 0.0045,
    }
    return Ventricle(**{name: jnp.asarray(value) for name, value in values.items()})


class Atrium(eqx.Module):
    """An atrium; the defaults are the left one."""

    elastance_min: Scalar = param(0.1534, "mm[Hg]/mL", "elastance when relaxed", bounds=(0.01, 2.0), source=_REGAZZONI)
    elastance_rise: Scalar = param(0.2, "mm[Hg]/mL", "how much contraction adds", bounds=(0.0, 2.0), source=_REGAZZONI)
    volume_unstressed: Scalar = param(
        4.0, "mL", "volume at which it bears no pressure", bounds=(0.1, 100.0), source=_REGAZZONI
    )

    emptying: Scalar = param(0.01, "s", "shortest time in which it empties", bounds=(0.005, 0.1), source=_FOLDS)

    def pressure(self, volume: Scalar, active: Scalar) -> Scalar:
        """The pressure at a volume."""
        return (self.elastance_min + self.elastance_rise * active) * (volume - self.volume_unstressed)

    def gives(self, volume: Scalar) -> Scalar:
        """The greatest flow out of it: none when it is empty."""
        return jnp.maximum(volume, 0.0) / self.emptying

    def shows(self, volume: Scalar, inside: Scalar, before: Scalar) -> Scalar:
        """What a catheter shows: in an atrium that is pressed empty, the pressure of the veins before it."""
        return before + jnp.clip(volume / self.volume_unstressed, 0.0, 1.0) * (inside - before)


def right_atrium() -> Atrium:
    """The right atrium."""
    return Atrium(elastance_min=jnp.asarray(0.037), elastance_rise=jnp.asarray(0.06))


def squared_sine(since: Scalar, lasts: Scalar) -> Scalar:
    """Activation of a contraction that began `since` ago and lasts so long: from 0 to 1 and back."""
    share = jnp.clip(since / lasts, 0.0, 1.0)
    return jnp.sin(jnp.pi * share) ** 2
