"""Adults with type 1 diabetes on the UVA/Padova model.

Drawn: 24 parameters, age, sex, height, body-mass index and daily carbohydrate. Insulin works
harder at low glucose as in the 2013 version; there is no change over the day. Parameters
are lognormal (the two shares of gastric emptying and basal glucose normal), cut at 2.5
standard deviations. The clearance of insulin grows with weight to the power 0.75.

*Known limits*: this is not the licensed population. The covariances its authors drew from
are not published; but for three strong correlations the parameters are independent here,
so the spread of responses is wider or narrower than there in ways nobody can state. Centres
of most parameters are those of an average healthy person. The basal rate is about two
thirds of the daily dose in adults, where clinics see half or less: the carbohydrate that is
eaten and the clearance of insulin come from different sources.

**References:**

- Dalla Man, Rizza & Cobelli (2007), IEEE Trans Biomed Eng 54(10), doi:10.1109/TBME.2007.893506
- Dalla Man, Raimondo, Rizza & Cobelli (2007), J Diabetes Sci Technol 1(3), doi:10.1177/193229680700100303
- Kovatchev et al. (2009), J Diabetes Sci Technol 3(1), doi:10.1177/193229680900300106
- Cappon et al. (2023), IEEE Trans Biomed Eng 70(11), doi:10.1109/TBME.2023.3286856
- Holford (1996), Clin Pharmacokinet 30(5), doi:10.2165/00003088-199630050-00001 (allometry)
"""

from typing import ClassVar

from twinbed.cohorts.demographics import ADULTS
from twinbed.cohorts.population import AbstractPopulation, Candidates
from twinbed.cohorts.populations._rules import rules
from twinbed.cohorts.populations._uva_padova import REST_RULE, Group, spread
from twinbed.cohorts.sampling import Distribution, Drawn, Rule

_GROUP = Group(
    people=ADULTS,
    clearance_l_min=1.16,
    at_weight_kg=84.6,
    marginals={"egpb": spread(2.49, 0.16)},
)


class UvaPadovaAdults(AbstractPopulation):
    """Adults of 18 to 70 years on the UVA/Padova model."""

    title: ClassVar[str] = "UVA/Padova adults"
    model_id: ClassVar[str] = "physiology/glucose/uva_padova"
    source: ClassVar[str] = (
        "Dalla Man 2007 (centres), summary of public S2008 subjects (spreads), Brown 2021 (demographics)"
    )
    rules: ClassVar[tuple[Rule, ...]] = (REST_RULE, *rules(total_daily_insulin_per_kg=(0.16, 1.31)))

    @property
    def distribution(self) -> Distribution:
        return _GROUP.distribution()

    def build(self, draws: dict[str, Drawn]) -> Candidates:
        return _GROUP.build(draws)
