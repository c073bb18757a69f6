"""Rules of plausibility that every population of people with type 1 diabetes shares."""

from twinbed.cohorts.sampling import Rule

HOURS_PER_DAY = 24.0

_DPV = "daily basal doses outside are excluded in the DPV registry, doi:10.1089/dia.2023.0283"


def rules(*, total_daily_insulin_per_kg: tuple[float, float]) -> tuple[Rule, ...]:
    """The shared rules; the total daily dose is what was seen at the age of the population."""
    seen = "the range seen in a trial at this age, doi:10.2337/dc21-0172 (table 1)"
    return (
        Rule("basal_per_kg", 0.05, 1.0, "[IU]/kg/d", _DPV),
        Rule("bmi_kg_m2", 12.0, 45.0, "kg/m2", "neither starved nor extremely obese"),
        Rule("drift", 0.0, 0.01, "mg/dL", "the resting state exists and basal insulin keeps it for 8 h"),
        Rule("uncovered_rise", 30.0, 450.0, "mg/dL", "a meal without insulin raises glucose, within limits"),
        Rule("covered_rise", 0.0, 200.0, "mg/dL", "a bolus with the meal holds the rise"),
        Rule("covered_return", 0.8, 1.3, "1", "8 h after a meal with its bolus glucose is back"),
        Rule("effect_peak_min", 45.0, 345.0, "min", "rapid insulin has its greatest effect within hours"),
        Rule("carbohydrate_ratio", 2.0, 80.0, "g/[IU]", "what bolus calculators are set to"),
        Rule("correction_factor", 5.0, 400.0, "mg/dL/[IU]", "what bolus calculators are set to"),
        Rule("total_daily_insulin_per_kg", *total_daily_insulin_per_kg, "[IU]/kg/d", seen),
    )
