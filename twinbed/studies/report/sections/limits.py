"""What this is not."""

from twinbed.studies.report.page import Cell, Items, Prose, Section
from twinbed.studies.report.schema import Evidence
from twinbed.studies.report.text import Words


def section(evidence: Evidence, words: Words) -> Section:
    """The limits of any simulation, those of what is shown here, and those the study names."""
    twins = evidence.get("twins", {})
    virtual = any(c.get("kind") == "population" for c in evidence.get("cohorts", []))
    said: list[Cell] = [words("limits.simulation")]
    said += [words("limits.virtual")] if virtual else []
    said += [words("limits.comparisons")] if evidence.get("comparisons") else []
    said += [words("limits.twins")] if twins else []
    said += [words("limits.fit_only")] if twins and not twins.get("pooled") else []
    said += [words("limits.what_if")] if twins.get("what_if") else []
    said += list(evidence.get("limits", []))
    return Section("limits", words("limits.title"), [Prose(words("limits.lead")), Items(said)])
