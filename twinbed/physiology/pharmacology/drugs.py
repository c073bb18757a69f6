"""Every drug of `vocab/drugs` in one patient: how it spreads, and what it does to the body.

A file describes a drug; a new file is a new drug here, with its signals. A rate of a drug is what reaches the vein; a
bolus is an event without duration. Plasma is arterial and holds what is not bound to another drug.

What drugs do is told in signals that the organs read: factors (`drug_resistance`), shares taken away (`vagal_block`) or
amounts added (`drug_heart_rate`), by the curves of `_parts/surface`. Hypnotics and opioids lower pressure by what they
take of sympathetic tone, reflexes and contraction, and the vessels follow. What the body makes itself acts only above
what it is at rest.

The brain's electrical activity, and with it the bispectral index, fades when its veins hold little oxygen, and is away
as long as lack of oxygen silences the brainstem.

Blood carries them: below half of the resting flow all goes slower in proportion, and where nothing flows a drug lies
in the vein that it was given into, and shows as plasma there. Naloxone, succinylcholine and sugammadex reach plasma
after the blood on their way has been pumped on, 20 s at rest, and stand there, not in plasma, where nothing flows;
other published kinetics count from the injection and follow the early effect with that (rocuronium's hand begins to
fade after 40 s, and in people after 34 to 45).

*Known limits*: no change of kinetics with lesser changes of flow but for that way, with blood volume, temperature or
disease of the liver; no metabolites, no tolerance, no inhaled anaesthetics; the depth of hypnosis does not answer to
pain. A depolarising block has no fade: its `train_of_four` is the height of the twitch. What vasoactive drugs and
hypnotics do to vessels and heart was calibrated in a whole circulation with its reflexes, not measured apart from
them. Midazolam, etomidate and ketamine leave the airway its tone.

**References:**

- the files of the drugs name theirs
- Bouillon et al. (2004), Anesthesiology 100(6):1353, doi:10.1097/00000542-200406000-00006 (pain that gets through)
- Kuipers, Boer, Olofsen, Bovill & Burm (2001), Anesthesiology 94(1):47 (times from vein to artery go with the output)
- The role of bolus injection of saline with arm elevation on rocuronium onset time (2018), Anesth Essays Res,
  doi:10.4103/aer.AER_212_17 (when the hand begins to fade)
- Johnson, Egan, Kern, White, McJames, Syroid, Whiddon & Church (2003), Anesthesiology 99(2):409
  (propofol in haemorrhagic shock, pigs)
- Robinson, Ebert, O'Brien, Colinco & Muzi (1997), Anesthesiology 86(1):64 (propofol in an artery of the arm does not
  widen its vessels; given to the whole body it widens them by loss of sympathetic tone)
"""

from collections.abc import Mapping
from typing import ClassVar

import equinox as eqx
import jax.numpy as jnp

from twinbed.core.model import AbstractModel, Scalar, Time
from twinbed.core.quantities import param, port
from twinbed.physiology.pharmacology._parts.action import effects, exposure, potency
from twinbed.physiology.pharmacology._parts.binding import Binding
from twinbed.physiology.pharmacology._parts.disposition import Whereabouts, at_rest, moves, names, plasma
from twinbed.physiology.pharmacology._parts.ports import with_ports
from twinbed.physiology.pharmacology._parts.substance import Slowing, Substance, bindings, slowings, substance
from twinbed.physiology.pharmacology._parts.surface import sigmoid
from twinbed.vocab.drugs import DRUGS, Person, drug

_UNIT = "definition of the unit"
_BOUILLON = "Bouillon 2004, laryngoscopy, Bayesian estimates (AnaSim 1.7)"
_FADES = "where the brain counts as deprived (autoregulation), and twice that; silent 10 to 30 s after an arrest"
_CARRIED = "half of the resting flow: kinetics were measured above it; in bled pigs all is slower (Johnson 2003)"
_EVERY = tuple(DRUGS.values())


class State(eqx.Module):
    """Where the drugs are."""

    where: Whereabouts


@with_ports({f"{name}_rate": 0.0 for name in DRUGS})
class Inputs(eqx.Module):
    """What is given, what carries it, what hurts, what the brain lives on, and how vessels answer."""

    stimulus: Scalar = port("stimulus", rest=0.0)
    cardiac_output: Scalar = port("cardiac_output", rest=5.6)
    venous_content_cerebral: Scalar = port("venous_content_cerebral", rest=12.9)
    brainstem_function: Scalar = port("brainstem_function", rest=1.0)
    vascular_response: Scalar = port("vascular_response", rest=1.0)


@with_ports({f"{name}_{where}": None for name in DRUGS for where in ("plasma", "effect")})
class Outputs(eqx.Module):
    """What drugs do, and where they are."""

    drug_resistance: Scalar = port("drug_resistance")
    drug_contractility: Scalar = port("drug_contractility")
    drug_venous_shift: Scalar = port("drug_venous_shift")
    drug_heart_rate: Scalar = port("drug_heart_rate")
    vagal_block: Scalar = port("vagal_block")
    sympathetic_tone: Scalar = port("sympathetic_tone")
    reflex_depression: Scalar = port("reflex_depression")
    dyspnoea_relief: Scalar = port("dyspnoea_relief")
    bronchodilation: Scalar = port("bronchodilation")
    nociception: Scalar = port("nociception")
    bispectral_index: Scalar = port("bispectral_index")
    ventilatory_drive: Scalar = port("ventilatory_drive")
    hypoxic_drive: Scalar = port("hypoxic_drive")
    drive_threshold: Scalar = port("drive_threshold")
    breathing_pace: Scalar = port("breathing_pace")
    airway_patency: Scalar = port("airway_patency")
    diaphragm_strength: Scalar = port("diaphragm_strength")
    train_of_four: Scalar = port("train_of_four")
    metabolic_depression: Scalar = port("metabolic_depression")
    drug_diuresis: Scalar = port("drug_diuresis")


def _typical() -> dict[str, Substance]:
    return {d.name: substance(d, Person()) for d in _EVERY}


class Drugs(AbstractModel[State, Inputs, Outputs]):
    """All drugs in one patient; `of` makes those of anybody."""

    seconds_per_time_unit: ClassVar[float] = 60.0
    step_s: float = eqx.field(static=True, default=1.0)
    substances: dict[str, Substance] = eqx.field(default_factory=_typical)
    bindings: tuple[Binding, ...] = eqx.field(default_factory=lambda: bindings(_EVERY, Person()))
    slowings: tuple[Slowing, ...] = eqx.field(default_factory=lambda: slowings(_EVERY, Person()))
    awake_index: Scalar = param(
        93.0, "1", "bispectral index of the awake", bounds=(80.0, 100.0), source="Eleveld 2018; 97.4 in Bouillon 2004"
    )
    slowed_content: Scalar = param(
        4.0, "mL/dL", "oxygen content of the brain's veins below which its electrical activity fades",
        bounds=(1.0, 10.0), source=_FADES,
    )  # fmt: skip
    silent_content: Scalar = param(
        2.0, "mL/dL", "oxygen content of the brain's veins at which it is silent", bounds=(0.0, 8.0), source=_FADES
    )
    analgesia_steep: Scalar = param(
        0.72, "1", "how steeply pain falls with opioid", bounds=(0.3, 5.0), source=_BOUILLON
    )
    carrying_flow: Scalar = param(
        3.0, "L/min", "cardiac output below which drugs spread, act and are cleared more slowly, in proportion",
        bounds=(0.05, 6.0), source=_CARRIED,
    )  # fmt: skip
    per_minute: Scalar = param(1.0, "/min", "the unit of rates that effects add", source=_UNIT)
    millilitre: Scalar = param(1.0, "mL", "the unit of volumes that effects add", source=_UNIT)
    millimetre: Scalar = param(1.0, "mm[Hg]", "the unit of pressures that effects add", source=_UNIT)

    @staticmethod
    def of(
        person: Person,
        *,
        models: Mapping[str, str] | None = None,
        draws: Mapping[str, Mapping[str, float]] | None = None,
    ) -> "Drugs":
        """All drugs in a person. People who are to stand side by side in a cohort need the same kinetics.

        Args:
            person: who gets them.
            models: kinetics by drug, such as `{"propofol": "schnider"}`; the default of the file for others.
            draws: standard normal numbers by drug and by what varies between people (`varying`).

        Raises:
            UnknownDrug: `models` or `draws` name something that is no drug; the message lists the nearest.
            DrugError: a drug has no such kinetics, or what is drawn does not vary.
        """
        models, draws = models or {}, draws or {}
        for name in (*models, *draws):
            drug(name)
        return Drugs(
            substances={d.name: substance(d, person, models.get(d.name), draws.get(d.name)) for d in _EVERY},
            bindings=bindings(_EVERY, person),
            slowings=slowings(_EVERY, person),
        )

    def initial(self) -> State:
        return State(at_rest(self.substances, self.bindings))

    def resting(self) -> Inputs:
        zero = jnp.zeros_like(self.awake_index)
        given = {f"{name}_rate": zero for name in names(self.substances)}
        brain = {"venous_content_cerebral": 12.9 + zero, "brainstem_function": 1.0 + zero}
        heart = {"cardiac_output": 5.6 + zero, "vascular_response": 1.0 + zero}
        return Inputs(stimulus=zero, **heart, **brain, **given)  # pyright: ignore

    def rhs(self, t: Time, x: State, u: Inputs) -> State:
        del t
        given = jnp.stack([getattr(u, f"{name}_rate") for name in names(self.substances)])
        flow = jnp.maximum(u.cardiac_output, 0.0)
        flowing = jnp.minimum(flow / self.carrying_flow, 1.0)
        return State(where=moves(self.substances, self.bindings, self.slowings, x.where, given, flow, flowing))

    def outputs(self, t: Time, x: State, u: Inputs) -> Outputs:
        del t
        drugs, here = self.substances, plasma(self.substances, x.where)
        potent = potency(drugs, x.where, here)
        did = effects(drugs, x.where, here, potent, u.vascular_response)
        known = {f"{name}_plasma": here[k] for k, name in enumerate(names(drugs))}
        known |= {f"{name}_effect": x.where.sites[0].concentration[k] for k, name in enumerate(names(drugs))}
        return Outputs(
            drug_resistance=did["resistance"],
            drug_contractility=did["contractility"],
            drug_venous_shift=did["venous_shift"] * self.millilitre,
            drug_heart_rate=did["heart_rate"] * self.per_minute,
            vagal_block=did["vagal_block"],
            sympathetic_tone=did["sympathetic_tone"],
            reflex_depression=did["reflex_depression"],
            dyspnoea_relief=did["dyspnoea_relief"],
            bronchodilation=did["bronchodilation"],
            nociception=self._felt(u.stimulus, exposure(drugs, x.where, here, potent, "analgesia")),
            bispectral_index=self.awake_index * did["bispectral_index"] * self._lives(u),
            ventilatory_drive=did["ventilatory_drive"],
            hypoxic_drive=did["hypoxic_drive"],
            drive_threshold=did["drive_threshold"] * self.millimetre,
            breathing_pace=did["breathing_pace"],
            airway_patency=did["airway_patency"],
            diaphragm_strength=did["diaphragm_strength"],
            train_of_four=did["train_of_four"],
            metabolic_depression=did["metabolic_depression"],
            drug_diuresis=did["diuresis"],
            **known,  # pyright: ignore
        )

    def _lives(self, u: Inputs) -> Scalar:
        """Share of its electrical activity that its oxygen leaves the brain."""
        left = (u.venous_content_cerebral - self.silent_content) / (self.slowed_content - self.silent_content)
        return jnp.clip(left, 0.0, 1.0) * u.brainstem_function

    def _felt(self, stimulus: Scalar, opioid: Scalar) -> Scalar:
        """The stimulus that an opioid leaves: the stronger it is, the more it takes."""
        some = stimulus > 0.0
        return stimulus * (1.0 - sigmoid(opioid / jnp.where(some, stimulus, 1.0), self.analgesia_steep))
