"""Sympathetic lines: what drives them, by how much, and what is on its way.

**References:**

- Ursino & Magosso (2000), Am J Physiol 279(1):H149, doi:10.1152/ajpheart.2000.279.1.H149
- Magosso & Ursino (2002), Med Biol Eng Comput 40(6):660
- Albanese, Cheng, Ursino & Chbat (2016), Am J Physiol 310(7):H899, doi:10.1152/ajpheart.00230.2014
- Schadt & Ludbrook (1991), Am J Physiol 260(2):H305, doi:10.1152/ajpheart.1991.260.2.H305 (two phases of haemorrhage)
- Richardson, Wasserman & Patterson (1961), J Clin Invest 40:31 (a forearm whose nerves are blocked)
- Perini et al. (1989), Eur J Appl Physiol 58(8):879, doi:10.1007/BF02332222 (noradrenaline after exercise; abstract)
- Orri et al. (2004), J Exerc Physiol Online 7(2):45 (arterial pressure after maximal exercise; abstract)
- Cullen & Eger (1974), Anesthesiology 41(4):345, doi:10.1097/00000542-197410000-00006 (flow and resistance)
"""

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from twinbed.core.model import Scalar
from twinbed.core.quantities import param, var

_ALBANESE = "Albanese 2016, table of the reflexes"
_BARO = (
    "1 in Ursino 1998, 1.14 (vessels) and 1.75 (heart) in Albanese 2016; the vessels' is calibrated to losses of blood"
    " (ATLS classes)"
)
_MAGOSSO = "Magosso & Ursino 2002, table of exercise"
_COMMAND = "calibrated to splanchnic flow in exercise (Rowell 1974) with what muscle's afferents add; Magosso has 5.5"
_LASTING = (
    "heart: Perini 1989, after a minute its rate follows noradrenaline; none elsewhere: pressure falls by 31 mmHg in"
    " 10 s (Orri 2004)"
)
_UM = "Ursino & Magosso 2000"
_WIDEST = "calibrated: with 0.3 septic shock under a ventilator at 50 to 90 mmHg no longer answers to a vasopressor"
_CARBON = "calibrated: flow rises and resistance falls in hypercapnia (Cullen & Eger 1974), as pressure under propofol"
_DISTRESS = "calibrated with the weights of pain and hunger: intubation without opioid, severe asthma"
_FAINT = "calibrated to pressure and flow halved after a loss of a third (Pulse's tables); Schadt & Ludbrook 1991"
_FILLING = "calibrated to losses of blood (ATLS classes); of the order of BXS-Lab's CVModel: 0.5 and 1.5"


class Line(eqx.Module):
    """One sympathetic line: what is added up, and what is on its way."""

    added: Scalar = var("1", "drive added up since the last sample")
    sent: Float[Array, " sample"] = var("1", "samples of drive, newest first")


class Distress(eqx.Module):
    """What pain and air hunger do to the nerves; both count up to what an intubation and threefold hunger do."""

    pain: Scalar = param(
        28.0, "/s", "what an intubation's stimulus of 1.64 adds to sympathetic lines", bounds=(0.0, 100.0),
        source="calibrated: heart rate +36/min after intubation without opioid",
    )  # fmt: skip
    lag: Scalar = param(
        8.0, "s", "time in which the answer to pain builds up", bounds=(0.5, 60.0),
        source="calibrated: heart rate and pressure are highest 15 to 60 s after an intubation",
    )  # fmt: skip
    hunger: Scalar = param(
        13.0, "/s", "what air hunger adds to sympathetic lines", bounds=(0.0, 100.0),
        source="calibrated: heart rate above 110 in severe asthma",
    )  # fmt: skip
    vagal: Scalar = param(0.08, "1", "weight of distress for the vagus", bounds=(0.0, 1.0), source=_DISTRESS)
    reset: Scalar = param(
        25.0,
        "mm[Hg]",
        "rise of the set point with pain and air hunger",
        bounds=(0.0, 80.0),
        source=_DISTRESS,
    )
    hunger_resets: Scalar = param(
        0.1, "1", "weight of air hunger in that, against an intubation's pain", bounds=(0.0, 1.0),
        source="calibrated: pressure rises by less than a third in severe asthma, and hardly while a relaxant acts",
    )  # fmt: skip

    def excites(self, pain: Scalar, hunger: Scalar, weight: Scalar | float) -> Scalar:
        """What is added to a sympathetic line that weighs hunger so."""
        return self.pain * pain / 1.64 + weight * self.hunger * jnp.minimum(hunger, 3.0)

    def calms_not(self, pain: Scalar, hunger: Scalar) -> Scalar:
        """What is taken from the vagus."""
        return self.vagal * self.excites(pain, hunger, 1.0)

    def resets(self, pain: Scalar, hunger: Scalar) -> Scalar:
        """How far the set point of the baroreflex rises."""
        return self.reset * (pain / 1.64 + self.hunger_resets * jnp.minimum(hunger, 3.0))


class CarotidBody(eqx.Module):
    """The peripheral chemoreceptors: lack of oxygen times carbon dioxide."""

    slope: Scalar = param(
        600.0, "1", "what desaturation does in the carotid body", bounds=(0.0, 2000.0), source=_ALBANESE
    )
    zero: Scalar = param(10.18, "1", "what is there without it", bounds=(0.0, 100.0), source=_ALBANESE)
    limit: Scalar = param(200.0, "1", "where that saturates", bounds=(20.0, 1000.0), source=_ALBANESE)
    carbon: Scalar = param(
        0.0045, "/mm[Hg]", "change of carbon dioxide content, mL/mL, for each mmHg", bounds=(0.0, 0.02),
        source="slope of Kelman's content at 40 mmHg",
    )  # fmt: skip
    threshold: Scalar = param(
        0.118, "1", "carbon dioxide content above the threshold at rest, mL/mL", bounds=(0.01, 0.5),
        source="Albanese 2016: 0.478 - 0.36",
    )  # fmt: skip
    max: Scalar = param(20.0, "/s", "highest frequency of the chemoreceptors", bounds=(2.0, 60.0), source=_ALBANESE)
    lag: Scalar = param(7.0, "s", "lag of the chemoreceptors", bounds=(0.5, 60.0), source=_ALBANESE)
    saturation_at_rest: Scalar = param(
        0.97, "1", "arterial saturation at rest", bounds=(0.5, 1.0), source="textbook adult"
    )
    carbon_dioxide_at_rest: Scalar = param(
        40.0, "mm[Hg]", "arterial carbon dioxide at rest", bounds=(20.0, 80.0), source="textbook adult"
    )
    one_per_second: Scalar = param(1.0, "/s", "the unit of frequency", source="definition of the unit")

    def frequency(self, saturation: Scalar, carbon_dioxide: Scalar) -> Scalar:
        """Frequency above rest at a steady state."""
        return self._whole(saturation, carbon_dioxide) - self._whole(
            self.saturation_at_rest, self.carbon_dioxide_at_rest
        )

    def _whole(self, saturation: Scalar, carbon_dioxide: Scalar) -> Scalar:
        felt = self.slope * (1.0 - saturation) + self.zero
        lack = self.limit * saturating(felt / self.limit)
        above = self.threshold + self.carbon * (carbon_dioxide - self.carbon_dioxide_at_rest)
        together = lack * jnp.maximum(above, 0.0) * self.one_per_second
        return self.max * saturating(together / self.max)


class Carbon(eqx.Module):
    """What carbon dioxide does by itself: it excites nerves through the brain, and widens the vessels they narrow."""

    lack: Scalar = param(
        0.2, "1", "weight of a lack of carbon dioxide against a surplus", bounds=(0.0, 1.0), source="assumed"
    )
    widening: Scalar = param(
        0.035, "/mm[Hg]", "conductance of small arteries that the first mmHg above rest adds, share of rest",
        bounds=(0.0, 0.1), source=_CARBON,
    )  # fmt: skip

    widest: Scalar = param(
        0.2, "1", "most that it adds to their conductance, share of rest", bounds=(0.01, 2.0), source=_WIDEST
    )

    def excites(self, above: Scalar) -> Scalar:
        """Carbon dioxide above rest as nerves count it."""
        return jnp.maximum(above, self.lack * above)

    def widens(self, above: Scalar) -> Scalar:
        """Resistance of small arteries, share of rest; it is not known that a lack narrows them."""
        return 1.0 / (1.0 + self.widest * saturating(self.widening * above / self.widest))


class Weights(eqx.Module):
    """How much each influence counts for one sympathetic line."""

    baro: Scalar = param(1.0, "1", "weight of the arterial baroreceptors", bounds=(0.0, 5.0), source=_BARO)
    chemical: Scalar = param(1.716, "1", "weight of the chemoreceptors", bounds=(0.0, 10.0), source=_ALBANESE)
    stretch: Scalar = param(-0.3997, "1", "weight of the lungs' stretch", bounds=(-2.0, 2.0), source=_ALBANESE)
    filling: Scalar = param(
        -1.0, "/s/mm[Hg]", "weight of the filling of the right atrium", bounds=(-10.0, 0.0),
        source=_FILLING,
    )  # fmt: skip
    empty: Scalar = param(
        -14.0, "/s", "what a nearly empty heart adds: it withdraws the drive", bounds=(-60.0, 0.0), source=_FAINT
    )
    hypoxia: Scalar = param(6.0, "/s", "most that the brain's lack of oxygen adds", bounds=(0.0, 100.0), source=_UM)
    hypoxia_middle: Scalar = param(
        30.0, "mm[Hg]", "arterial oxygen at which half of that is there", bounds=(5.0, 90.0), source=_UM
    )
    hypoxia_width: Scalar = param(2.0, "mm[Hg]", "width of that", bounds=(0.5, 20.0), source=_UM)
    hypercapnia: Scalar = param(
        1.5, "/s/mm[Hg]", "what carbon dioxide of the brain adds", bounds=(0.0, 10.0), source=_UM
    )
    hunger: Scalar = param(
        0.1, "1", "weight of air hunger", bounds=(0.0, 2.0), source="assumed: the heart feels it more than the vessels"
    )
    cold: Scalar = param(
        45.0, "/s", "most that cold skin adds", bounds=(0.0, 60.0),
        source="calibrated: diastolic pressure rises in cold water in spite of shivering",
    )  # fmt: skip
    command: Scalar = param(40.0, "/s", "most that central command adds", bounds=(0.0, 100.0), source=_COMMAND)
    command_middle: Scalar = param(
        0.5, "1", "share of maximal effort at which half of that is there", bounds=(0.0, 1.0), source=_COMMAND
    )
    command_width: Scalar = param(0.13, "1", "width of that", bounds=(0.01, 1.0), source=_MAGOSSO)
    lasting: Scalar = param(
        0.0, "1", "share of it that catecholamines keep up when work is over", bounds=(0.0, 1.0), source=_LASTING
    )

    def commands(self, effort: Scalar) -> Scalar:
        """What central command adds at a share of maximal effort."""
        return self.command * from_rest(effort, self.command_middle, self.command_width)


class Filling(eqx.Module):
    """How the nerves answer to the filling of the heart: the transmural pressure of the right atrium."""

    at_rest: Scalar = param(
        6.5, "mm[Hg]", "transmural pressure of the right atrium at rest", bounds=(0.0, 30.0),
        source="the resting adult of docs/decisions/0007-resting-adult.md",
    )  # fmt: skip
    scale: Scalar = param(
        0.75, "mm[Hg]", "rise of it that counts; a fuller heart calms hardly more", bounds=(0.1, 50.0), source="assumed"
    )
    lag: Scalar = param(
        2.076, "s", "lag of the right atrium's receptors", bounds=(0.1, 60.0), source="as the carotid sinus"
    )
    empty: Scalar = param(
        2.5, "mm[Hg]", "transmural pressure at which the heart is nearly empty", bounds=(-5.0, 7.0), source=_FAINT
    )
    empty_width: Scalar = param(0.25, "mm[Hg]", "width of that", bounds=(0.05, 3.0), source=_FAINT)

    def answer(self, line: Weights, pressure: Scalar) -> Scalar:
        """Drive that a line sends for it: more when less returns, until a nearly empty heart withdraws some."""
        reflex = line.filling * levelling(pressure - self.at_rest, self.scale)
        return reflex + line.empty * jax.nn.sigmoid((self.empty - pressure) / self.empty_width)


def weights(**values: float) -> Weights:
    """Weights of a line; those that are not named are those to arterioles."""
    return Weights(**{name: jnp.asarray(value) for name, value in values.items()})


def saturating(place: Scalar) -> Scalar:
    """Rises from zero towards one."""
    return 1.0 - jnp.exp(-jnp.clip(place, 0.0, 40.0))


def levelling(above: Scalar, scale: Scalar) -> Scalar:
    """Itself below zero; above, it levels off at a scale."""
    return jnp.where(above > 0.0, scale * saturating(above / scale), above)


def hungry(hunger: Scalar, relief: Scalar) -> Scalar:
    """Air hunger that is felt."""
    return hunger * (1.0 - relief)


def from_rest(effort: Scalar, middle: Scalar, width: Scalar) -> Scalar:
    """The logistic curve, zero without effort."""
    return jax.nn.sigmoid((effort - middle) / width) - jax.nn.sigmoid(-middle / width)


def between(low: Scalar, high: Scalar, place: Scalar) -> Scalar:
    """From one to the other along a logistic curve."""
    return low + (high - low) * jax.nn.sigmoid(place)
