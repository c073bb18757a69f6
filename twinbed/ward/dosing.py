"""How much of a drug a pump gives at most: as an infusion that stays, at once, and as a target of a TCI pump.

An infusion that stays is limited by the drug's label; what has an end, by the largest single dose (`controls.toml`). A
target is limited by the label where a label names targets; else it is what the largest labelled infusion reaches in
the end (rate over clearance), and where no label names an infusion what the largest single dose reaches at first (dose
over central volume), both in the default model of the drug's file for this person.
"""

import dataclasses
from collections.abc import Mapping
from typing import Any

from twinbed.vocab.drugs import DRUGS
from twinbed.vocab.drugs.person import Person, covariates
from twinbed.ward.spoken import spoken


@dataclasses.dataclass(frozen=True)
class Most:
    """A limit, and where it is from."""

    value: float
    why: str
    why_ko: str

    @property
    def words(self) -> dict[str, str]:
        """Where it is from, as a control says it."""
        return {"why": self.why, "why_ko": self.why_ko}


def infusion(said: Mapping[str, Any], person: Person) -> Most:
    """The largest rate of a drug that may stay, mg/min; 0 where no label names one.

    Args:
        said: what `controls.toml` says of the drug: `infusion_mg_min` or `infusion_mg_kg_min`, `source`.
        person: who gets it.
    """
    rate = said.get("infusion_mg_min", _rounded(said.get("infusion_mg_kg_min", 0.0) * person.weight_kg))
    if rate == 0.0:
        return Most(0.0, "no label names a largest infusion of it", "허가사항에 최대 지속 주입 속도가 없습니다")
    return Most(rate, said["source"], said["source_ko"])


def target(drug: str, said: Mapping[str, Any], person: Person) -> Most:
    """The highest target of a TCI pump of a drug, mg/L.

    Args:
        drug: which.
        said: as of `infusion`, with `target_mg_l` and `target_source` where a label names targets, `default`, a usual
            dose, and `high`, the largest single one, in mg.
        person: who gets it.
    """
    if "target_mg_l" in said:
        return Most(said["target_mg_l"], said["target_source"], said["target_source_ko"])
    said_in = lambda unit, value: spoken(unit, drug, said["default"]).said(value)
    values = DRUGS[drug].model(None).values(covariates(person))
    rate = infusion(said, person)
    if rate.value > 0.0:
        return Most(
            _rounded(rate.value / values["clearance"]),
            f"what {said_in('mg/min', rate.value)} reaches, the largest infusion ({rate.why})",
            f"최대 주입 속도 {said_in('mg/min', rate.value)}에서 이르는 농도({rate.why_ko})",
        )
    return Most(
        _rounded(said["high"] / values["v1"]),
        f"what the largest single dose reaches, {said_in('mg', said['high'])}",
        f"1회 최대 용량 {said_in('mg', said['high'])}에서 이르는 농도",
    )


def _rounded(value: float) -> float:
    return float(f"{value:.3g}")
