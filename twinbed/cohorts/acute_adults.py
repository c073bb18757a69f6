"""Adults of 18 to 90 years for acute studies: any habitus, and hearts, vessels, lungs and drug kinetics that differ.

A person is drawn, the organs are scaled to age, sex, height and weight (`physiology.whole_body`), and what differs
between people of the same size is drawn around that. A patient is then left alone for some minutes; who is not
plausible at rest is refused, counted by rule, and drawn again. Patient `i` depends on the seed and `i` alone: draws
come from a counter, and examinations run in blocks of one size. Who is wanted (`Wanted`) is drawn as these people are
in the population: ages and body-mass indices are kept within the range, and who has another weight is drawn again.

Spreads (the standard deviation of the logarithm, unless a unit is given):

- resistance 0.23, heart rate 0.156, with correlations of -0.59 and -0.65 between resistance and the strength and the
  rate of the heart: covariance of total resistance, stroke volume and rate in Su 2023
- strength of the ventricles 0.24, compliance of arteries 0.24 and of veins 0.15, gain of the baroreflex 0.2: Heldt 2004
- set point of the baroreflex 8.1 mmHg: mean pressure 91 +- 8.7 (Heldt 2004, table 4.1), less what age makes of it
- blood volume at a given size 0.1: 98 % of people lie within 25 % of their norm (Pearson 1995)
- haemoglobin 1.1 g/dL around 15.0 in men and 13.5 in women: reference ranges
- carbon dioxide at rest 2.5 mmHg: reference range of 35 to 45
- answer to carbon dioxide 0.18 and to lack of oxygen 0.19: coefficients of variation of repeated measurements
- compliance of lungs and chest 0.2: assumed
- pigment of the skin 0.013 to 0.43 of the epidermis: from the lightest to the darkest skin (Jacques 1998), every factor
  between them alike, as the steps of the Monk scale; by choice, so that all skins take part, and of no country
- kinetics of drugs: what their files say

*Known limits*: one height for all ages above 19; age is uniform by choice, so that the old are many; habitus of one
country and time; spreads are of single sources, and those of organs do not depend on age; everybody is free of disease
(a study adds chronic conditions afterwards) and as fit as is typical of age, sex and size; creatinine is that of the
young; cardiac index is that of magnetic resonance (3.2 at 20 to 2.8 at 90, Carlsson 2012), and Heldt's table has 3.5.

**References:**

- NHANES 1999-2000, ages 20 to 74, table 1 of Diabetes Care 27(12):2806, doi:10.2337/diacare.27.12.2806 (body-mass
  index: 36.3 % below 25, 13.4 % from 35; its mean of 28.0 is met)
- de Onis et al. (2007), Bull World Health Organ 85(9), doi:10.2471/BLT.07.043497 (height at age 19)
- Heldt (2004), Computational models of cardiovascular response to orthostatic stress, PhD thesis, MIT
- Su et al. (2023), Br J Anaesth, haemodynamics of propofol and remifentanil (covariance)
- Jacques, Melanosome absorption coefficient, Oregon Medical Laser Center (1998)
- Pearson et al. (1995), Br J Haematol 89(4):748, doi:10.1111/j.1365-2141.1995.tb05403.x (blood volume)
"""

import dataclasses
import itertools
from collections import Counter
from collections.abc import Mapping
from typing import Any, cast

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from twinbed.cohorts.demographics import CM_PER_M, height_cm
from twinbed.cohorts.population import MOST_ATTEMPTS
from twinbed.cohorts.sampling import (
    AbstractMarginal,
    Distribution,
    Drawn,
    LogNormal,
    Mapped,
    Normal,
    Rule,
    Truncated,
    Uniform,
    first_broken,
)
from twinbed.core.errors import StudyError
from twinbed.core.model import AbstractModel
from twinbed.core.scenario import Scenario
from twinbed.engine.batch import simulate
from twinbed.engine.bed import Bed
from twinbed.physiology.body.fluids import Fluids
from twinbed.physiology.cardiovascular.mean_pressure import MeanPressure
from twinbed.physiology.pharmacology import varying
from twinbed.physiology.respiratory.gas_exchange import GasExchange
from twinbed.physiology.whole_body import Person, adult
from twinbed.vocab.drugs import DRUGS

Organs = dict[str, AbstractModel]
SOURCE = "NHANES 1999-2000 and WHO 2007 (habitus), Heldt 2004 and Su 2023 (circulation), the files of the drugs"
_TAIL = 3.0
_BLOCK = 64
REST_S, _COUNTED_S = 240.0, 30.0
"""How long a patient is left alone, and the time at its end that counts."""

RULES = (
    Rule("mean_arterial_pressure", 65.0, 115.0, "mm[Hg]", "neither shock nor a crisis of pressure"),
    Rule("heart_rate", 45.0, 105.0, "/min", "neither slow nor fast at rest"),
    Rule("arterial_saturation", 0.93, 1.0, "1", "no lack of oxygen in air"),
    Rule("arterial_carbon_dioxide", 33.0, 48.0, "mm[Hg]", "breathing meets metabolism"),
    Rule("lactate", 0.3, 2.0, "mmol/L", "tissue gets the oxygen that it asks for"),
    Rule("base_excess", -3.0, 3.0, "mmol/L", "neither acid nor base of metabolism"),
    Rule("arterial_ph", 7.35, 7.45, "1", "neither acidosis nor alkalosis"),
    Rule("cardiac_index", 2.0, 4.5, "L/min/m2", "an output that fits the body"),
)


def _factor(log_sd: float) -> AbstractMarginal:
    return Truncated(LogNormal(1.0, log_sd), float(np.exp(-_TAIL * log_sd)), float(np.exp(_TAIL * log_sd)))


def _score(sd: float = 1.0) -> AbstractMarginal:
    return Truncated(Normal(0.0, sd), -_TAIL * sd, _TAIL * sd)


def _even_factors(low: float, high: float) -> AbstractMarginal:
    """As many people in every factor between two ends."""
    return Mapped(Uniform(float(np.log(low)), float(np.log(high))), forward=np.exp, backward=np.log)


_PIGMENT = (0.013, 0.43)
_AGES, _BMIS = (18.0, 90.0), (17.0, 50.0)
_BMI = LogNormal(27.1, 0.2306)
_WOMEN = 0.5
"""Share of women."""
_KINETICS = tuple((name, what) for name, drug in DRUGS.items() for what in varying(drug))
MARGINALS: dict[str, AbstractMarginal] = {
    "age_years": Uniform(*_AGES),
    "sex": Uniform(0.0, 1.0),
    "height_z": _score(),
    "bmi_kg_m2": Truncated(_BMI, *_BMIS),
    "resistance": _factor(0.23),
    "contractility": _factor(0.24),
    "heart_rate": _factor(0.156),
    "arterial_compliance": _factor(0.24),
    "venous_compliance": _factor(0.15),
    "baroreflex": _factor(0.2),
    "set_point": _score(8.1),
    "blood_volume": _factor(0.1),
    "haemoglobin_z": _score(),
    "carbon_dioxide": _score(2.5),
    "carbon_dioxide_response": _factor(0.18),
    "oxygen_response": _factor(0.19),
    "lung_compliance": _factor(0.2),
    "chest_compliance": _factor(0.2),
    "skin_pigment": _even_factors(*_PIGMENT),
    **{f"{drug}.{what}": _score() for drug, what in _KINETICS},
}
DISTRIBUTION = Distribution(
    MARGINALS,
    {("resistance", "contractility"): -0.586, ("resistance", "heart_rate"): -0.652},
)
_OXYGEN_FOR_CARBON_DIOXIDE = 1.17
"""Alveolar oxygen that goes for carbon dioxide in air at a quotient of 0.82: the alveolar gas equation."""
_HAEMOGLOBIN_MEN, _HAEMOGLOBIN_WOMEN, _HAEMOGLOBIN_SD = 15.0, 13.5, 1.1
_BEDS = ("splanchnic", "extrasplanchnic", "muscle", "cerebral", "coronary")
_FLOW_POWERS = {
    "resistance": -0.50, "contractility": 0.29, "heart_rate": 0.42, "blood_volume": 0.42, "venous_compliance": -0.10,
    "arterial_compliance": -0.02,
}  # fmt: skip
_FLOW_FOR_BLOOD, _FLOW_FOR_PRESSURE = 0.26, 0.0043
"""What the resting flow of other tissue follows, as powers and 1/mmHg: least squares over 256 people of seed 11, of
whom it leaves a standard deviation of 4 % (around 5 % less, for it is no straight line). Without it, whose flow is
small by nature would lack oxygen at rest."""
_GAINS = (
    "contraction_left", "contraction_right", "splanchnic_gain", "extrasplanchnic_gain", "muscle_gain",
    "splanchnic_veins", "extrasplanchnic_veins", "muscle_veins",
)  # fmt: skip


Range = tuple[float, float]


@dataclasses.dataclass(frozen=True)
class Wanted:
    """Who is drawn: from lowest to highest, both included, as in the population if left out.

    In years, kg/m2, kg, and share of melanosomes in the epidermis.
    """

    age: Range | None = None
    bmi: Range | None = None
    weight: Range | None = None
    sex: str = ""
    pigment: Range | None = None

    @property
    def title(self) -> str:
        """Who they are, in words."""
        low, high = self.age or _AGES
        said = [f"{_SEXES[self.sex]} of {low:g} to {high:g} years"]
        for what, span, unit in (("body-mass index", self.bmi, "kg/m²"), ("weight", self.weight, "kg"),
                                 ("pigment of the skin", self.pigment, "")):  # fmt: skip
            said += [f"{what} {span[0]:g} to {span[1]:g} {unit}".rstrip()] if span else []
        return ", ".join(said)

    @property
    def whole(self) -> "Wanted":
        """The same with the ages that it leaves open."""
        return dataclasses.replace(self, age=self.age or _AGES)

    @property
    def impossible(self) -> str:
        """Why there is nobody of this weight, in words; empty where there is."""
        if not self.weight:
            return ""
        women = {"": (0.0, 1.0), "female": (1.0,), "male": (0.0,)}[self.sex]
        each = itertools.product(self.age or _AGES, women, (-_TAIL, _TAIL))
        heights = height_cm(*np.asarray(list(each)).T)
        bmis = self.bmi or _BMIS
        low, high = bmis[0] * (heights.min() / CM_PER_M) ** 2, bmis[1] * (heights.max() / CM_PER_M) ** 2
        if low <= self.weight[1] and self.weight[0] <= high:
            return ""
        return (
            f"nobody weighs {self.weight[0]:g} to {self.weight[1]:g} kg with a body-mass index of {bmis[0]:g} to "
            f"{bmis[1]:g} kg/m²: at heights of {heights.min():.0f} to {heights.max():.0f} cm "
            f"that is {low:.0f} to {high:.0f} kg"
        )

    def distribution(self) -> Distribution:
        """How they are drawn, but for their weight."""
        marginals = dict(MARGINALS)
        if self.age:
            marginals["age_years"] = Uniform(*self.age)
        if self.bmi:
            marginals["bmi_kg_m2"] = Truncated(_BMI, *self.bmi)
        if self.pigment:
            marginals["skin_pigment"] = _even_factors(*self.pigment)
        if self.sex:
            marginals["sex"] = Uniform(0.0, _WOMEN) if self.sex == "female" else Uniform(_WOMEN, 1.0)
        return dataclasses.replace(DISTRIBUTION, marginals=marginals)

    def weighed(self, people: Mapping[str, Drawn]) -> np.ndarray:
        """Which of the drawn people have the weight that is wanted."""
        low, high = self.weight or (-np.inf, np.inf)
        return (people["body_weight_kg"] >= low) & (people["body_weight_kg"] <= high)


EVERYBODY = Wanted()
_SEXES = {"": "Adults", "female": "Women", "male": "Men"}


@dataclasses.dataclass(frozen=True)
class AcuteCohort:
    """Patients whose organs carry a leading axis, who they are, and who was refused."""

    organs: Organs
    people: dict[str, Drawn]
    ids: tuple[str, ...]
    refused: dict[str, int]

    def person(self, place: int) -> Person:
        """One of them as drugs and machines know people; who is drawn has the creatinine of the young."""
        known = {name: float(values[place]) for name, values in self.people.items()}
        return Person(
            known["age_years"],
            known["body_weight_kg"],
            known["height_cm"],
            "female" if known["female"] > 0.5 else "male",
            known.get("creatinine_mg_dl", Person.creatinine_mg_dl),
            known.get("opioid", 1.0) > 0.5,
            known["skin_pigment"],
        )


def sample(
    n: int,
    seed: int,
    *,
    first: int = 0,
    backend: str = "auto",
    examine: bool = True,
    wanted: Wanted = EVERYBODY,
) -> AcuteCohort:
    """Patients `first` to `first + n - 1`.

    Args:
        n: how many.
        seed: any integer.
        first: number of the first; a shard has the same bits as the whole.
        backend: what computes the examination, as in `simulate`.
        examine: whether patients are left alone and examined; without it nobody is refused.
        wanted: who is drawn.

    Raises:
        StudyError: somebody wanted was not found in a thousand attempts.
    """
    numbers, attempts = np.arange(first, first + n), np.zeros(n, np.int64)
    kept: dict[int, tuple[Organs, dict[str, float]]] = {}
    refused: Counter[str] = Counter()
    waiting, distribution = np.arange(n), wanted.distribution()
    while len(waiting):
        draws = distribution.draw(seed, numbers[waiting], attempts[waiting])
        people = people_of(draws)
        right = np.flatnonzero(wanted.weighed(people))
        built = [build(draws, people, int(i)) for i in right]
        whom = {name: v[right] for name, v in people.items()}
        broken = _broken(built, whom, backend) if examine and built else np.full(len(right), -1)
        for place in np.flatnonzero(broken < 0):
            kept[int(waiting[right[place]])] = built[place], {name: float(v[place]) for name, v in whom.items()}
        refused.update(RULES[place].quantity for place in broken[broken >= 0])
        waiting = np.delete(waiting, right[broken < 0])
        attempts[waiting] += 1
        if attempts.max(initial=0) >= MOST_ATTEMPTS:
            raise StudyError(_nobody(wanted, refused))
    chosen = [kept[i] for i in range(n)]
    return AcuteCohort(
        organs=together([organs for organs, _ in chosen]),
        people={name: np.asarray([known[name] for _, known in chosen]) for name in chosen[0][1]},
        ids=tuple(f"acute_adults-{i:06d}" for i in numbers),
        refused={rule.quantity: refused[rule.quantity] for rule in RULES},
    )


def _nobody(wanted: Wanted, refused: Mapping[str, int]) -> str:
    """That nobody was found, and for what they were refused."""
    counts = [f"{rule.quantity.replace('_', ' ')} of {n}" for rule in RULES if (n := refused[rule.quantity])]
    why = (
        f"who was drawn was not plausible at rest, by {', '.join(counts)}"
        if counts
        else "none of them had that weight, which is too rare at this body-mass index and age; widen weight_kg or bmi"
    )
    return f"{MOST_ATTEMPTS} draws in a row gave nobody wanted ({wanted.title}): {why}"


def together(patients: list[Any]) -> Any:
    """Patients of one kind as one with a leading axis, by way of NumPy."""
    return jax.tree.map(lambda *leaves: jnp.asarray(np.stack([np.asarray(a) for a in leaves])), *patients)


def people_of(draws: Mapping[str, Drawn]) -> dict[str, Drawn]:
    """Who the drawn people are."""
    female = (draws["sex"] < _WOMEN).astype(float)
    height = height_cm(draws["age_years"], female, draws["height_z"])
    middle = np.where(female > 0.5, _HAEMOGLOBIN_WOMEN, _HAEMOGLOBIN_MEN)
    return {
        "age_years": draws["age_years"],
        "female": female,
        "height_cm": height,
        "body_weight_kg": draws["bmi_kg_m2"] * (height / CM_PER_M) ** 2,
        "bmi_kg_m2": draws["bmi_kg_m2"],
        "skin_pigment": draws["skin_pigment"],
        "haemoglobin_g_dl": middle + _HAEMOGLOBIN_SD * draws["haemoglobin_z"],
    }


def build(draws: Mapping[str, Drawn], people: Mapping[str, Drawn], i: int) -> Organs:
    """The organs of one of the drawn people, without waveforms."""
    d = {name: float(values[i]) for name, values in draws.items()}
    person = Person(
        d["age_years"],
        float(people["body_weight_kg"][i]),
        float(people["height_cm"][i]),
        "female" if people["female"][i] > 0.5 else "male",
    )
    kinetics: dict[str, dict[str, float]] = {}
    for drug, what in _KINETICS:
        kinetics.setdefault(drug, {})[what] = d[f"{drug}.{what}"]
    organs = adult(person, waveforms=False, kinetics=kinetics) | {"mean_pressure": MeanPressure()}
    typical = float(cast("Fluids", organs["fluids"]).haemoglobin)
    return varied(organs, d, float(people["haemoglobin_g_dl"][i]) / typical)


def varied(organs: Organs, d: Mapping[str, float], haemoglobin: float) -> Organs:
    """Organs of a size with what differs between people of that size.

    Args:
        organs: by name.
        d: draws by the names of `MARGINALS`.
        haemoglobin: factor on the haemoglobin of the organs.
    """
    lungs: Any = organs["lungs"]
    stiff = lambda lung, chest: 1.0 / lung / float(lungs.lung.compliance) + 1.0 / chest / float(lungs.chest_compliance)
    effort = stiff(d["lung_compliance"], d["chest_compliance"]) / stiff(1.0, 1.0)
    flow = _flow_at_rest(d, haemoglobin)
    times: dict[str, dict[str, float]] = {
        "circulation": {
            **{f"{bed}.resistance": d["resistance"] for bed in _BEDS},
            **{f"{bed}.venous_compliance": d["venous_compliance"] for bed in _BEDS[:3]},
            **{f"{bed}.venous_volume_unstressed": d["blood_volume"] for bed in _BEDS},
            **{f"{bed}.volume_unstressed": d["blood_volume"] for bed in _BEDS},
            "blood_volume": d["blood_volume"],
            "left_ventricle.elastance_max": d["contractility"],
            "right_ventricle.elastance_max": d["contractility"],
            "arterial_compliance": d["arterial_compliance"],
        },
        "fluids": {"blood_volume": d["blood_volume"], "haemoglobin": haemoglobin, "haematocrit": haemoglobin},
        "gas_exchange": {"blood.haemoglobin": haemoglobin, "rest.other_flow": flow, "lactate.liver_flow": flow},
        "autonomic": {
            **dict.fromkeys(_GAINS, d["baroreflex"]),
            **dict.fromkeys(("period_intrinsic", "period_sympathetic", "period_vagal"), 1.0 / d["heart_rate"]),
        },
        "lungs": {"lung.compliance": d["lung_compliance"], "chest_compliance": d["chest_compliance"]},
        "breathing": {
            "effort": effort,
            "threshold": 1.0 / d["carbon_dioxide_response"],
            "oxygen_scale": 1.0 / d["oxygen_response"],
        },
    }
    plus: dict[str, dict[str, float]] = {
        "autonomic": {"set_point": d["set_point"], "carotid_body.carbon_dioxide_at_rest": d["carbon_dioxide"]},
        "breathing": {"rest_carbon_dioxide": d["carbon_dioxide"]},
        "lungs": {"rest_carbon_dioxide": d["carbon_dioxide"]},
        "gas_exchange": {
            "rest.alveolar_carbon_dioxide": d["carbon_dioxide"],
            "rest.alveolar_oxygen": -_OXYGEN_FOR_CARBON_DIOXIDE * d["carbon_dioxide"],
        },
    }
    changed = {name: _changed(organs[name], by, plus.get(name, {})) for name, by in times.items()}
    return organs | changed | {"gas_exchange": cast("GasExchange", changed["gas_exchange"]).at_own_rest()}


def _flow_at_rest(d: Mapping[str, float], haemoglobin: float) -> float:
    """Resting flow of tissue other than brain, heart and muscle, against a typical person of that size."""
    logs = sum(power * float(np.log(d[name])) for name, power in _FLOW_POWERS.items())
    return float(np.exp(logs + _FLOW_FOR_BLOOD * float(np.log(haemoglobin)) + _FLOW_FOR_PRESSURE * d["set_point"]))


def _changed(model: AbstractModel, times: Mapping[str, float], plus: Mapping[str, float]) -> AbstractModel:
    places = [name.split(".") for name in (*times, *plus)]
    pick = lambda m: [_within(m, fields) for fields in places]
    before = pick(model)
    after = [a * by for a, by in zip(before, times.values(), strict=False)]
    after += [a + by for a, by in zip(before[len(times) :], plus.values(), strict=True)]
    return eqx.tree_at(pick, model, after)


def _within(model: Any, fields: list[str]) -> Any:
    for name in fields:
        model = getattr(model, name)
    return model


def _broken(built: list[Organs], people: Mapping[str, Drawn], backend: str) -> np.ndarray:
    found = at_rest(built, backend=backend)
    surface = 0.007184 * people["body_weight_kg"] ** 0.425 * people["height_cm"] ** 0.725  # Du Bois
    return first_broken(RULES, {**found, "cardiac_index": found["cardiac_output"] / surface})


def at_rest(built: list[Organs], *, backend: str = "auto") -> dict[str, Drawn]:
    """What patients show when they are left alone, by signal: means of the last half minute.

    Lactate, which takes an hour to settle, is the level towards which its last half minute leads.

    Args:
        built: the organs of each.
        backend: as in `simulate`.
    """
    names = [r.quantity for r in RULES if r.quantity != "cardiac_index"] + ["cardiac_output"]
    parts: list[dict[str, Drawn]] = []
    for start in range(0, len(built), _BLOCK):
        block = built[start : start + _BLOCK]
        filled = block + [block[-1]] * (_BLOCK - len(block))
        result = simulate(
            Bed(together(filled)), Scenario(), duration_s=REST_S, seed=0, record=names, record_period_s=1.0,
            backend=backend,
        )  # fmt: skip
        last = {name: v[: len(block), -round(_COUNTED_S) :] for name, v in result.recorded.items()}
        counted = {name: v.mean(axis=1) for name, v in last.items()}
        counted["lactate"] += (last["lactate"][:, -1] - last["lactate"][:, 0]) / (_COUNTED_S - 1.0) * _settling_s(block)
        fine = np.isinf(result.not_finite_s[: len(block)])
        parts.append({name: np.where(fine, v, np.nan) for name, v in counted.items()})
    return {name: np.concatenate([part[name] for part in parts]) for name in names}


def _settling_s(patients: list[Organs]) -> Drawn:
    """Time constant with which lactate settles in each patient, s."""
    return np.asarray([60.0 / float(cast("GasExchange", p["gas_exchange"]).lactate.clearance) for p in patients])
