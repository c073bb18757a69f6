"""Every drug of `vocab/drugs` in one patient: how it spreads, and what it does to the body.

A file describes a drug; a new file is a new drug here, with its signals. A rate of a drug is what reaches the vein; a
bolus is an event without duration. Plasma is arterial and holds what is not bound to another drug.

What drugs do is told in signals that the organs read: factors (`drug_resistance`), shares taken away (`vagal_block`) or
amounts added (`drug_heart_rate`). Hypnotics and opioids act slowly on vessels and heart by the turnover model of
`_parts/anaesthetic_circulation`; what they take of sympathetic tone, reflexes and air hunger, and everything else, is
by the curves of `_parts/surface`. What the body makes itself acts only above what it is at rest.

*Known limits*: no change of kinetics with blood loss, blood flow, temperature or disease of the liver; no time of
circulation, no metabolites, no tolerance, no inhaled anaesthetics; the depth of hypnosis does not answer to pain. A
depolarising block has no fade: its `train_of_four` is the height of the twitch.
What vasoactive drugs do, and what propofol takes of sympathetic tone beside the turnover, was calibrated in a whole
circulation with its reflexes, not measured apart from them. Breathing depends on consciousness no further than air
hunger; opioids slow breaths no more than they flatten them.

**References:**

- the files of the drugs name theirs
- Bouillon et al. (2004), Anesthesiology 100(6):1353, doi:10.1097/00000542-200406000-00006 (pain that gets through)
- Sunagawa, Maughan, Burkhoff & Sagawa (1983), Am J Physiol 245(5):H773, doi:10.1152/ajpheart.1983.245.5.H773
  (stroke volume by the elastances of ventricle and arteries)
"""

from collections.abc import Mapping
from typing import ClassVar

import equinox as eqx
import jax.numpy as jnp

from twinbed.core.model import AbstractModel, Scalar, Time
from twinbed.core.quantities import param, port
from twinbed.physiology.pharmacology._parts.action import effects, exposure, potency
from twinbed.physiology.pharmacology._parts.anaesthetic_circulation import AnaestheticCirculation, Tone
from twinbed.physiology.pharmacology._parts.binding import Binding
from twinbed.physiology.pharmacology._parts.disposition import Whereabouts, at_rest, moves, names, plasma
from twinbed.physiology.pharmacology._parts.ports import with_ports
from twinbed.physiology.pharmacology._parts.substance import Slowing, Substance, bindings, slowings, substance
from twinbed.physiology.pharmacology._parts.surface import sigmoid
from twinbed.vocab.drugs import DRUGS, Person, drug

_UNIT = "definition of the unit"
_BOUILLON = "Bouillon 2004, laryngoscopy, Bayesian estimates (AnaSim 1.7)"
_EVERY = tuple(DRUGS.values())


class State(eqx.Module):
    """Where the drugs are, and what has come of them."""

    where: Whereabouts
    tone: Tone


@with_ports({f"{name}_rate": 0.0 for name in DRUGS})
class Inputs(eqx.Module):
    """What is given, and what hurts."""

    stimulus: Scalar = port("stimulus", rest=0.0)


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
    nociception: Scalar = port("nociception")
    bispectral_index: Scalar = port("bispectral_index")
    ventilatory_drive: Scalar = port("ventilatory_drive")
    hypoxic_drive: Scalar = port("hypoxic_drive")
    drive_threshold: Scalar = port("drive_threshold")
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
    anaesthetics: AnaestheticCirculation = eqx.field(default_factory=AnaestheticCirculation)
    awake_index: Scalar = param(
        93.0, "1", "bispectral index of the awake", bounds=(80.0, 100.0), source="Eleveld 2018; 97.4 in Bouillon 2004"
    )
    resting_rate: Scalar = param(
        70.0, "/min", "heart rate that opioids change a share of", bounds=(30.0, 220.0), source="a resting adult"
    )
    coupling: Scalar = param(
        0.7, "1", "elastance of the arteries by that of the left ventricle", bounds=(0.1, 5.0), source="a resting adult"
    )
    analgesia_steep: Scalar = param(
        0.72, "1", "how steeply pain falls with opioid", bounds=(0.3, 5.0), source=_BOUILLON
    )
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
            anaesthetics=AnaestheticCirculation.of(person.age),
        )

    def initial(self) -> State:
        return State(at_rest(self.substances, self.bindings), self.anaesthetics.initial())

    def resting(self) -> Inputs:
        zero = jnp.zeros_like(self.resting_rate)
        return Inputs(stimulus=zero, **{f"{name}_rate": zero for name in names(self.substances)})  # pyright: ignore

    def rhs(self, t: Time, x: State, u: Inputs) -> State:
        del t
        drugs, here = self.substances, plasma(self.substances, x.where)
        given = jnp.stack([getattr(u, f"{name}_rate") for name in names(drugs)])
        potent = potency(drugs, x.where, here)
        hypnotic, opioid = (
            exposure(drugs, x.where, here, potent, on) for on in ("hypnotic_exposure", "opioid_exposure")
        )
        return State(
            where=moves(drugs, self.bindings, self.slowings, x.where, given),
            tone=self.anaesthetics.rhs(x.tone, hypnotic, opioid),
        )

    def outputs(self, t: Time, x: State, u: Inputs) -> Outputs:
        del t
        drugs, here = self.substances, plasma(self.substances, x.where)
        potent = potency(drugs, x.where, here)
        did = effects(drugs, x.where, here, potent)
        known = {f"{name}_plasma": here[k] for k, name in enumerate(names(drugs))}
        known |= {f"{name}_effect": x.where.sites[0].concentration[k] for k, name in enumerate(names(drugs))}
        return Outputs(
            drug_resistance=x.tone.resistance * did["resistance"],
            drug_contractility=self._elastance(x.tone.stroke) * did["contractility"],
            drug_venous_shift=did["venous_shift"] * self.millilitre,
            drug_heart_rate=did["heart_rate"] * self.per_minute + (x.tone.rate - 1.0) * self.resting_rate,
            vagal_block=did["vagal_block"],
            sympathetic_tone=did["sympathetic_tone"],
            reflex_depression=did["reflex_depression"],
            dyspnoea_relief=did["dyspnoea_relief"],
            nociception=self._felt(u.stimulus, exposure(drugs, x.where, here, potent, "analgesia")),
            bispectral_index=self.awake_index * did["bispectral_index"],
            ventilatory_drive=did["ventilatory_drive"],
            hypoxic_drive=did["hypoxic_drive"],
            drive_threshold=did["drive_threshold"] * self.millimetre,
            airway_patency=did["airway_patency"],
            diaphragm_strength=did["diaphragm_strength"],
            train_of_four=did["train_of_four"],
            metabolic_depression=did["metabolic_depression"],
            drug_diuresis=did["diuresis"],
            **known,  # pyright: ignore
        )

    def _elastance(self, stroke: Scalar) -> Scalar:
        """What contraction changes by when stroke volume does at unchanged filling and arterial elastance."""
        possible = jnp.minimum(stroke, 1.0 + 0.9 * self.coupling)
        return self.coupling * possible / (1.0 + self.coupling - possible)

    def _felt(self, stimulus: Scalar, opioid: Scalar) -> Scalar:
        """The stimulus that an opioid leaves: the stronger it is, the more it takes."""
        some = stimulus > 0.0
        return stimulus * (1.0 - sigmoid(opioid / jnp.where(some, stimulus, 1.0), self.analgesia_steep))
