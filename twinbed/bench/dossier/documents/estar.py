"""Checklist for the performance testing of an FDA eSTAR submission.

The order of the template (bench, animal, clinical testing) and the elements of a test report summary (test, objective,
method and sample, pass/fail criteria, results, discussion, location of the report) are those of the FDA guidances
"Electronic Submission Template for Medical Device 510(k) Submissions" (2022-09-22) and "Recommended Content and Format
of Non-Clinical Bench Performance Testing Information in Premarket Submissions" (2019-12-20), known here from summaries
of others; the page says so.
"""

import collections

from markupsafe import Markup

from twinbed.bench.dossier import parts
from twinbed.bench.dossier.document import Document
from twinbed.bench.dossier.material import Material, judged_in
from twinbed.bench.dossier.text import Text
from twinbed.bench.trace import Run, standing_of
from twinbed.studies.report.page import Block, Callout, Cell, Prose, Section, Table, stacked

_OTHERS = ("software", "cybersecurity", "interoperability", "emc", "biocompatibility", "sterility", "labelling")


def made(material: Material, text: Text) -> Document:
    """Standards used, bench testing test by test, the checklist of clauses, animal and clinical testing, the rest."""
    sections = [
        Section("order", text("section.order"), [Callout(text("estar.order"), text("estar.order_why"))]),
        _standards(material, text),
        Section("bench", text("section.bench"), [Prose(text("estar.bench")), *_summaries(material, text)]),
        _checklist(material, text),
        _stated(text, "animal"),
        _stated(text, "clinical"),
        _others(text),
        parts.signed(text, "submitter"),
    ]
    return Document("estar", text("estar.title"), text("estar.says"), sections, judges=True)


def _standards(material: Material, text: Text) -> Section:
    used: dict[tuple[str, str], list[str]] = {}
    for run in material.runs:
        p = run.log.protocol
        clauses = used.setdefault((p["standard"], p["edition"]), [])
        clauses += [text.plain(run.protocol, v.clause) for v in run.log.verdicts]
    rows: list[list[Cell]] = [
        [standard, edition, ", ".join(dict.fromkeys(clauses)), text.said("statements", "conformity")]
        for (standard, edition), clauses in sorted(used.items())
    ]
    heads = parts.columns(text, "standard", "edition", "clauses", "declaration")
    return Section(
        "standards",
        text("section.standards"),
        [
            Prose(text("estar.standards")),
            Table(text("table.standards"), heads, rows, style="stacking"),
        ],
    )


def _summaries(material: Material, text: Text) -> list[Block]:
    return [_summary(k, run, text) for k, run in enumerate(material.runs, start=1)]


def _summary(k: int, run: Run, text: Text) -> Table:
    p, judged = run.log.protocol, judged_in(run)
    of = lambda english: text.plain(run.protocol, english)
    held = [j for j in judged if j.verdict.limit is not None]
    limits = [f"{of(j.criterion.get('means', j.verdict.criterion))}: {text.compared(j)}" for j in held]
    told = sum(j.criterion.get("sense", "disclosed") == "disclosed" for j in judged)
    limits += [text("estar.disclosed", n=told)] if told else []
    counts = collections.Counter(standing_of(v) for v in run.log.verdicts)
    outcomes = [f"{text('verdict.' + name.replace(' ', '_'))} {n}" for name, n in counts.items()]
    subjects = len({c.subject for c in run.log.cases})
    rows: list[list[Cell]] = [
        [text("estar.test"), f"{of(p['title'])} ({p['standard']}, {p['edition']})"],
        [text("estar.objective"), text.human("objective")],
        [text("estar.method"), text("estar.method_of", stimulus=of(p["stimulus"]), reference=of(p["reference"]))],
        [
            text("estar.sample"),
            text(
                "estar.sample_of",
                subjects_of=of(p["subjects"]),
                cases=text.words.number_of("estar.cases", len(run.log.cases)),
                subjects=text.words.number_of("estar.subjects", subjects),
            ),
        ],
        [text("estar.final"), text.human("final_device")],
        [text("estar.criteria"), Markup("<br>").join(limits)],
        [text("estar.results"), stacked(", ".join(outcomes), text("estar.results_where"))],
        [text("estar.discussion"), text.said("statements", "discussion")],
        [text("estar.location"), text("estar.location_of", log=run.name)],
    ]
    return Table(text("estar.summary", k=k, protocol=run.protocol), parts.columns(text, "item", "content"), rows)


def _checklist(material: Material, text: Text) -> Section:
    rows: list[list[Cell]] = []
    for j in sorted(material.judged, key=lambda j: (j.run.log.protocol["standard"], j.verdict.clause)):
        means = text.of(j.run.protocol, j.criterion.get("means", j.verdict.criterion))
        rows.append(
            [
                stacked(text.plain(j.run.protocol, j.verdict.clause) or "–", j.run.log.protocol["standard"]),
                means,
                text.result(j.run.protocol, j.verdict),
                text.limit(j),
                text.outcome(j.verdict),
                j.run.name,
            ]
        )
    heads = parts.columns(text, "clause", "criterion", "result", "limit", "verdict", "log")
    return Section(
        "checklist",
        text("section.checklist"),
        [
            Table(text("table.checklist"), heads, rows, style="stacking"),
        ],
    )


def _stated(text: Text, name: str) -> Section:
    said = text.stated.said("statements", name, text.lang) or text.human(name)
    return Section(name, text(f"section.{name}"), [Prose(said)])


def _others(text: Text) -> Section:
    rows: list[list[Cell]] = [[text(f"estar.other.{name}"), text.human("elsewhere")] for name in _OTHERS]
    heads = parts.columns(text, "item", "content")
    return Section(
        "others",
        text("section.others"),
        [
            Prose(text("estar.others")),
            Table(text("table.others"), heads, rows),
        ],
    )
