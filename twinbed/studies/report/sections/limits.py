"""What this is not."""

from twinbed.studies.report.page import Block, Cell, Items, Prose, Section, foreign
from twinbed.studies.report.schema import Record
from twinbed.studies.report.text import Words


def section(record: Record, words: Words) -> Section:
    """The limits of any simulation, those of what is shown here, and the cautions of the record."""
    twins = record.get("twins", {})
    virtual = any(c.get("kind") == "population" for c in record.get("cohorts", []))
    said: list[Cell] = [words("limits.simulation")]
    said += [words("limits.virtual")] if virtual else []
    said += [words("limits.comparisons")] if record.get("comparisons") else []
    said += [words("limits.twins")] if twins else []
    said += [words("limits.fit_only")] if twins and not twins.get("pooled") else []
    said += [words("limits.what_if")] if twins.get("what_if") else []
    blocks: list[Block] = [Prose(words("limits.lead")), Items(said)]
    cautions = [foreign(caution, words.lang) for caution in record.get("cautions", [])]
    blocks += [Prose(words("limits.cautions"), "note"), Items(cautions)] if cautions else []
    return Section("limits", words("limits.title"), blocks)
