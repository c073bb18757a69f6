"""Paired differences between arms: a forest plot whose rows are also a table."""

from markupsafe import Markup

from twinbed.studies.report import arms
from twinbed.studies.report.figures import forest, svg
from twinbed.studies.report.headline import endpoint_name, verdict_name
from twinbed.studies.report.page import Block, Cell, Column, Prose, Section, Table, stacked
from twinbed.studies.report.schema import Comparison, Evidence
from twinbed.studies.report.text import Words, decimals


def section(evidence: Evidence, words: Words) -> Section | None:
    """One table a unit, so that rows share a scale."""
    rows = evidence.get("comparisons")
    if not rows:
        return None
    groups: dict[tuple[str, str], list[Comparison]] = {}
    primary = arms.primary(evidence)
    for row in sorted(rows, key=lambda r: r not in primary):
        groups.setdefault((row.get("unit", ""), ""), []).append(row)
    blocks: list[Block] = [Prose(words("differences.lead"))]
    blocks += [_table(evidence, group, i, words) for i, group in enumerate(groups.values())]
    return Section("differences", words("differences.title"), blocks)


def _table(evidence: Evidence, rows: list[Comparison], index: int, words: Words) -> Table:
    x, unit = forest.axis(rows), words.difference_unit(rows[0].get("unit"))
    columns = [
        Column(words("differences.endpoint"), "text"),
        Column(words("differences.scale", unit=unit) if unit else words("differences.scale_plain"), "figure"),
        Column(words("differences.estimate"), "number"),
        Column(words("differences.p"), "number"),
        Column(words("differences.verdict"), "text"),
    ]
    scale = words("forest.scale", unit=unit)
    foot: list[Cell] = ["", forest.foot(x, svg.Caption(f"forest-{index}-scale", scale, scale), words), "", "", ""]
    cells = [_row(evidence, row, x, f"forest-{index}-{i}", words) for i, row in enumerate(rows)]
    caption = words("differences.caption", unit=unit) if unit else words("differences.caption_plain")
    return Table(caption, columns, cells, foot=[foot], style="stacking forest")


def _row(evidence: Evidence, row: Comparison, x: svg.Axis, key: str, words: Words) -> list[Cell]:
    names = arms.titles(evidence)
    arm, reference = (names.get(row.get(k, ""), row.get(k, "")) for k in ("arm", "reference"))
    cohorts = {c.get("id", ""): c.get("title", "") for c in evidence.get("cohorts", [])}
    cohort = cohorts.get(row.get("cohort", ""), row.get("cohort", ""))
    name = endpoint_name(row, words)
    compared = f"{arm} − {reference}" + (f" · {cohort}" if cohort else "")
    if row.get("n"):
        compared += f" · n = {words.count(row['n'])}"
    said = words("forest.strip_description")
    unit = row.get("unit")
    places = decimals(unit, row.get("estimate"))
    estimate = row.get("estimate")
    sign = "+" if estimate is not None and estimate > 0 else ""
    ends = words.interval(row.get("ci_low"), row.get("ci_high"), places)
    return [
        stacked(_marked(name, row, evidence, words), compared),
        forest.strip(row, x, svg.Caption(key, f"{name}: {compared}", said)),
        stacked(sign + words.number(estimate, places), words("number.bracket", interval=ends)),
        words.p_value(row.get("p")),
        _verdict(row, words),
    ]


def _marked(name: str, row: Comparison, evidence: Evidence, words: Words) -> Markup:
    mark = Markup(' <span class="tag">{}</span>').format(words("differences.primary"))
    return Markup("{}{}").format(name, mark if row in arms.primary(evidence) else "")


def _verdict(row: Comparison, words: Words) -> Cell:
    """The verdict and the test it belongs to."""
    shown = verdict_name(row, words)
    if not shown:
        return words("differences.descriptive")
    margin = row.get("margin") or 0.0
    test = words.known("test", row.get("test", "superiority"))
    if margin:
        test = words("differences.with_margin", test=test, margin=words.size(abs(margin), row.get("unit")))
    return stacked(shown, test)
