"""The sections of the page: counts by system, then each system with its runs, their courses and their rows."""

from collections.abc import Mapping

from markupsafe import Markup

from twinbed.credibility.validation.page import marks
from twinbed.credibility.validation.page.text import Text
from twinbed.credibility.validation.report import GRADES, Chapter, Counts, Course, Graded, Report
from twinbed.credibility.validation.table import STANDINGS, Run
from twinbed.credibility.validation.table import measures as all_measures
from twinbed.studies.report import page
from twinbed.studies.report.figures import svg
from twinbed.vocab.units import label

_CLASS = {"good": "good", "fair": "fair", "bad": "bad", "not expressed": "missing"}


def headline(report: Report, text: Text) -> page.Headline:
    """What was asked and what came out."""
    counts, bodies, measured = report.counts(), report.counts(physiology=True), report.counts("measured")
    said: list[page.Cell] = [text("statement", rows=counts.rows, **_graded(counts))]
    if measured.rows:
        said.append(text("statement_measured", rows=measured.rows, **_graded(measured)))
    if bodies.rows:
        null = f"{100 * bodies.null_good / bodies.rows:.0f}"
        said.append(text("statement_physiology", rows=bodies.rows, null=null, **_percent(_graded(bodies))))
    if counts["not expressed"]:
        said.append(text("statement_missing", n=counts["not expressed"]))
    if report.whom.count:
        said.append(text("statement_adults" if report.whom.adults else "statement_cohort", n=report.whom.count))
        said.append(text("statement_people", **_percent(report.of_people())))
    if report.whom.adults and report.whom.around:
        said.append(text("statement_around", runs=", ".join(report.whom.around)))
    facts = [(text("rows"), str(counts.rows)), *((text(g), str(n)) for g, n in _graded(counts).items())]
    facts.append((text("null_good"), str(counts.null_good)))
    figure = marks.bar([(_CLASS[g], counts[g]) for g in GRADES], svg.Caption("all", text("counts"), str(said[0])))
    return page.Headline(text("title"), text("question"), text("label"), said, "plain", facts, figure)


def _graded(counts: Counts) -> dict[str, int]:
    return {grade: counts[grade] for grade in GRADES[:3]}


def _percent(graded: Mapping[str, int]) -> dict[str, str]:
    """Shares of what got a grade, in percent."""
    whole = max(sum(graded.values()), 1)
    return {grade: f"{100 * n / whole:.0f}" for grade, n in graded.items()}


def overview(report: Report, text: Text) -> page.Section:
    """Counts by system, counts by what references are, and the rules."""
    columns = [
        page.Column(text("system"), "text"),
        page.Column(text("rows")),
        *(page.Column(text(g.replace(" ", "_"))) for g in GRADES),
        page.Column(text("null_good")),
        page.Column(text("counts"), "figure"),
    ]
    rows: list[list[page.Cell]] = []
    for c in report.chapters:
        counts = [c.counts[g] for g in GRADES]
        caption = svg.Caption(f"bar-{c.system.name}", text.title(c.system), ", ".join(map(str, counts)))
        name = Markup('<a href="#{}">{}</a>').format(c.system.name, text.title(c.system))
        drawn = marks.bar([(_CLASS[g], n) for g, n in zip(GRADES, counts, strict=True)], caption)
        rows.append([name, *_numbers(c.counts), drawn])
    table = page.Table(text("overview_caption"), columns, rows)
    kinds = {physiology: _standings(report, text, columns, physiology=physiology) for physiology in (False, True)}
    rules = page.Callout(text("rules_title"), f"{text('rules')} {text('rules_null')} {text('standing')}")
    return page.Section("systems", text("overview"), [table, *kinds.values(), rules])


def _numbers(counts: Counts) -> list[page.Cell]:
    return [str(counts.rows), *(str(counts[g]) for g in GRADES), str(counts.null_good)]


def _standings(report: Report, text: Text, columns: list[page.Column], *, physiology: bool) -> page.Table:
    """Counts by what references are; of physiology alone, the last line is their sum."""
    kinds = {f"standing_{name}": report.counts(name, physiology=physiology) for name in STANDINGS}
    if physiology:
        kinds["standing_all"] = report.counts(physiology=True)
    return page.Table(
        text("standings_physiology" if physiology else "standings_caption"),
        [page.Column(text("reference"), "text"), *columns[1:-1]],
        [[text(name), *_numbers(n)] for name, n in kinds.items() if n.rows or n["not expressed"]],
    )


def failures(report: Report, text: Text) -> page.Section | None:
    """Every bad row with its cause, by system; nothing if there is none."""
    bad = {c.system.name: [g for g in c.rows if g.verdict.grade == "bad"] for c in report.chapters}
    rows = [g for found in bad.values() for g in found]
    if not rows:
        return None
    n = sum(bool(g.row.known) for g in rows)
    columns = [
        page.Column(text("measure"), "text"),
        page.Column(text("reference")),
        page.Column(text("ours")),
        page.Column(text("cause"), "text"),
    ]
    tables = [
        page.Table(
            f"{text.title(c.system)} ({len(bad[c.system.name])})",
            columns,
            [_failure(g, c.system.runs[g.row.run], text) for g in bad[c.system.name]],
            style="stacking",
        )
        for c in report.chapters
        if bad[c.system.name]
    ]
    lead = text("failures_lead", n=len(rows), known=n, rest=len(rows) - n)
    return page.Section("failures", text("failures"), [page.Prose(lead), *tables])


def _failure(graded: Graded, run: Run, text: Text) -> list[page.Cell]:
    row = graded.row
    name = Markup('<a href="#{}">{}</a><span class="second">{}</span>').format(
        _place(row.id),
        text.measure(row.measure),
        page.foreign(", ".join(part for part in (run.label, row.phase) if part), text.lang),
    )
    cause = page.foreign(row.known or graded.verdict.reason, text.lang)
    return [name, text.reference(row), text.amount(graded.ours, row), cause]


def _place(id_: str) -> str:
    return f"row-{id_.replace('/', '-')}"


def chapter(found: Chapter, text: Text) -> page.Section:
    """A system: for every run what happens, its course and its rows."""
    blocks: list[page.Block] = []
    if found.system.about:
        blocks.append(page.Prose(page.foreign(found.system.about, text.lang)))
    courses = {c.run.name: c for c in found.courses}
    if not courses:
        blocks.append(page.Prose(text("no_runs"), "small"))
    for run in found.system.runs.values():
        rows = [g for g in found.rows if g.row.run == run.name]
        if rows or run.name in courses:
            blocks += _run(run, courses.get(run.name), rows, text)
    return page.Section(found.system.name, text.title(found.system), blocks)


def sources(report: Report, text: Text) -> page.Section:
    """Every source that a row cites."""
    cited = {g.row.citation.key: g.row.citation for c in report.chapters for g in c.rows}
    items: list[page.Cell] = [
        Markup('<span id="source-{}"><strong>{}</strong>: {}{}</span>').format(
            c.key, c.short, page.foreign(c.text, text.lang), f", doi:{c.doi}" if c.doi else ""
        )
        for c in sorted(cited.values(), key=lambda c: c.short)
    ]
    return page.Section("sources", text("sources"), [page.Items(items)])


def _run(run: Run, course: Course | None, rows: list[Graded], text: Text) -> list[page.Block]:
    blocks: list[page.Block] = [page.Prose(page.foreign(run.label, text.lang), "note")]
    said = "; ".join(text.event(e) for e in run.events[:8]) + ("; …" if len(run.events) > 8 else "")
    said = "; ".join(part for part in (said, course.flaw if course else "") if part)
    if said:
        blocks.append(page.Prose(page.foreign(said, text.lang), "small"))
    if course and course.panels:
        figures = [_figure(run, course, k, text) for k in range(len(course.panels))]
        blocks.append(page.Figures(figures, size="third"))
    phases = dict.fromkeys(g.row.phase for g in rows)
    return blocks + [_rows(phase, [g for g in rows if g.row.phase == phase], text) for phase in phases]


def _figure(run: Run, course: Course, k: int, text: Text) -> page.Figure:
    panel = course.panels[k]
    name, unit = text.measure(all_measures()[panel.measure]), label(panel.unit)
    title = f"{name}, {unit}" if unit else name
    said = text("curve", measure=name, time=text.time(run.lasts_s))
    caption = svg.Caption(f"{run.system}-{run.name}-{panel.measure}", title, said)
    return page.Figure(title, marks.course(panel, run.events, text.time, caption))


def _rows(phase: str, rows: list[Graded], text: Text) -> page.Table:
    columns = [
        page.Column(text("measure"), "text"),
        page.Column(text("reference")),
        page.Column(text("ours")),
        page.Column(text("mark"), "figure"),
        page.Column(text("verdict"), "text"),
        page.Column(text("source"), "text"),
    ]
    return page.Table(phase, columns, [_cells(g, text) for g in rows], style="stacking")


def _cells(graded: Graded, text: Text) -> list[page.Cell]:
    row = graded.row
    ours: page.Cell = text.amount(graded.ours, row)
    if graded.before is not None and row.against != "value":
        before = f"{text.number(graded.before)} {label(row.measure.unit)}".rstrip()
        ours = page.stacked(text.amount(graded.ours, row), text("before", value=before))
    caption = svg.Caption(
        f"mark-{row.id.replace('/', '-')}",
        text.measure(row.measure),
        text("mark_range", ours=text.amount(graded.ours, row), reference=text.reference(row)),
    )
    reference = text.reference(row)
    more = "; ".join(part for part in (text.kind(row), row.note) if part)
    return [
        Markup('<span id="{}">{}</span>').format(_place(row.id), text.measure(row.measure)),
        page.stacked(reference, more) if more else reference,
        ours,
        marks.mark(graded, caption),
        _verdict(graded, text),
        Markup('<a href="#source-{}">{}</a><span class="second">{}</span>').format(
            row.citation.key, row.citation.short, text(f"standing_{row.citation.standing}")
        ),
    ]


def _verdict(graded: Graded, text: Text) -> page.Cell:
    grade = graded.verdict.grade
    said = Markup('<span class="verdict {}">{}</span>').format(_CLASS[grade], text(grade.replace(" ", "_")))
    details: list[page.Cell] = [page.foreign(text.reason(graded), text.lang)] if text.reason(graded) else []
    if graded.null == "good" and grade != "not expressed":
        details.append(text("null_too"))
    if graded.in_range is not None:
        share = f"{100 * graded.in_range:.0f} %"
        details.append(text("in_range", share=share, n=len(graded.people)))
    detail = Markup("; ").join(details)
    return said + Markup('<span class="second">{}</span>').format(detail) if detail else said
