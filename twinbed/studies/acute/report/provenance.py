"""The last part of the page: what is needed to make the same numbers again."""

from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

from twinbed.studies.acute.report.told import methods, population
from twinbed.studies.acute.report.words import Saying
from twinbed.studies.report.page import Block, Cell, Column, Section, Table

Record = Mapping[str, Any]


def provenance(record: Record, say: Saying) -> Section:
    """What is needed to make the same numbers again."""
    code = lambda text: Markup("<code>{}</code>").format(text)
    versions, run = record["versions"], record["run"]
    named = ", ".join(f"{k} {v}" for k, v in versions.items() if k not in ("source", "git") and v)
    ran = say("provenance.ran", started=run["started"], wall=_span_of(run["wall_s"], say),
              processors=run["processors"], backend=", ".join(run["backends"]))  # fmt: skip
    if "commands" in run:
        busy = _span_of(run["processor_s"], say)
        ran += say("provenance.commands", n=len(run["commands"]), busy=busy)
    facts: list[list[Cell]] = [
        [say("provenance.study_hash"), code(record["study_hash"])],
        [say("provenance.source"), code(versions["source"])],
        [say("provenance.seed"), str(record["seeds"]["seed"])],
        [say("provenance.population"), population(record, say)],
        [say("provenance.versions"), named],
        [say("provenance.run"), ran],
    ]
    how: list[list[Cell]] = [[say(f"provenance.{name}"), text] for name, text in methods(record, say).items()]
    columns = [Column(say("provenance.item"), "text"), Column(say("provenance.value"), "text")]
    tables: list[Block] = [
        Table(say("provenance.caption"), columns, facts), Table(say("provenance.methods"), columns, how),
    ]  # fmt: skip
    return Section("provenance", say("provenance.title"), tables)


def _span_of(seconds: float, say: Saying) -> str:
    """How long something took, no finer than tells anything."""
    return say.moment(round(seconds) if seconds < 60.0 else 6.0 * round(seconds / 6.0))
