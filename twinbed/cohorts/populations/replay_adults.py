"""Adults with type 1 diabetes on the twin model, drawn from the priors of ReplayBG.

Before a twin has seen data it is one of these people. The priors are those of ReplayBG's
blueprint for a single meal: insulin sensitivity, absorption and delay are the same at
breakfast, lunch and dinner. ReplayBG takes the basal infusion from the person's own pump;
here it is a share of 45 % of a daily dose that is distributed as in a trial of automated
insulin delivery. Demographics are of that trial.

*Known limits*: the priors are independent, and so is the basal infusion, although people
who need more basal insulin are less sensitive to it; nothing changes over the day; the
delay of a meal, which in twins also takes up late entries in a diary, is left out.

**References:**

- Cappon et al. (2023), IEEE Trans Biomed Eng 70(11), doi:10.1109/TBME.2023.3286856
- py_replay_bg 1.4 (logpriors_t1d.py), where the numbers of the priors were read
- Brown et al. (2021), Diabetes Care 44(7), doi:10.2337/dc21-0172 (daily dose, demographics)
- PMC4960276 (basal insulin is traditionally 50 %, in newer studies 30 to 40 % of the daily dose)
"""

import math
from typing import ClassVar

import numpy as np

from twinbed.cohorts.demographics import ADULTS
from twinbed.cohorts.population import AbstractPopulation, Candidates, cohort_of
from twinbed.cohorts.populations._rules import HOURS_PER_DAY, rules
from twinbed.cohorts.sampling import (
    AbstractMarginal,
    Distribution,
    Drawn,
    Gamma,
    LogNormal,
    Mapped,
    Normal,
    Rule,
    Truncated,
    lognormal_by_moments,
)
from twinbed.physiology.glucose.replay import Replay

BASAL_SHARE = 0.45
VG_DL_KG = 1.45
MU_PER_IU = 1000.0
MIN_PER_H = 60.0

PRIORS: dict[str, AbstractMarginal] = {
    "si_vg": Gamma(3.3, 5e-4),
    "gb": Truncated(Normal(119.13, 7.11), 70.0, 180.0),
    "sg": LogNormal(math.exp(-3.8), 0.5),
    "p2": Mapped(Truncated(Normal(0.11, 0.004), 0.0, 1.0), np.square, np.sqrt),
    "ka2": LogNormal(math.exp(-4.2875), 0.4274),
    "kd": LogNormal(math.exp(-3.5090), 0.6187),
    "kempt": Truncated(LogNormal(math.exp(-1.9646), 0.7069), 0.01, 1.0),
    "kabs": Truncated(LogNormal(math.exp(-5.4591), 1.4396), 1e-4, 0.5),
}
_ORDER = "ReplayBG's prior orders the rates"
_RULES = (
    Rule("kd_over_ka2", 1.0, math.inf, "1", _ORDER),
    Rule("kempt_over_kabs", 1.0, math.inf, "1", _ORDER),
)


class ReplayAdults(AbstractPopulation):
    """Adults of 18 to 70 years on the twin model, before any data."""

    title: ClassVar[str] = "Twin model, prior"
    model_id: ClassVar[str] = "physiology/glucose/replay"
    source: ClassVar[str] = "priors of ReplayBG (Cappon 2023), Brown 2021 (daily dose, demographics)"
    rules: ClassVar[tuple[Rule, ...]] = (*_RULES, *rules(total_daily_insulin_per_kg=(0.16, 1.31)))

    @property
    def distribution(self) -> Distribution:
        dose = {"daily_dose_per_kg": Truncated(lognormal_by_moments(0.61, 0.22), 0.16, 1.31)}
        return Distribution({**PRIORS, **dose, **ADULTS.marginals()})

    def build(self, draws: dict[str, Drawn]) -> Candidates:
        people = ADULTS.people(draws)
        basal_per_kg = BASAL_SHARE * draws["daily_dose_per_kg"]
        sensitivity = draws["si_vg"] / VG_DL_KG
        values = {name: draws[name] for name in ("gb", "sg", "p2", "ka2", "kd", "kempt")}
        values |= {name: sensitivity for name in ("si_b", "si_l", "si_d")}
        values |= {name: draws["kabs"] for name in ("kabs_b", "kabs_l", "kabs_d")}
        values |= {
            "body_weight": people["body_weight_kg"],
            "u2ss": basal_per_kg * MU_PER_IU / (HOURS_PER_DAY * MIN_PER_H),
        }
        at_rest = {
            "kd_over_ka2": draws["kd"] / draws["ka2"],
            "kempt_over_kabs": draws["kempt"] / draws["kabs"],
            "basal_per_kg": basal_per_kg,
            "bmi_kg_m2": people["bmi_kg_m2"],
        }
        return Candidates(cohort_of(Replay(), len(basal_per_kg), values), people, at_rest)
