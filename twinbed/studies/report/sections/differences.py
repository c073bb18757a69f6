"""Paired differences between arms: a forest plot whose rows are also a table."""

import re

from markupsafe import Markup

from twinbed.studies.report import arms
from twinbed.studies.report.figures import forest, paired, svg
from twinbed.studies.report.headline import endpoint_name, verdict_name
from twinbed.studies.report.page import Block, Cell, Column, Figure, Figures, Prose, Section, Table, stacked
from twinbed.studies.report.schema import Comparison, Record
from twinbed.studies.report.text import Words, decimals

_PARTS = {
    "below": re.compile(r"below (?P<high>\S+)"),
    "above": re.compile(r"(?P<low>\S+) and above"),
    "between": re.compile(r"(?P<low>\S+) to (?P<high>\S+)"),
}
"""How the parts of a division at cuts are called in evidence."""


def section(record: Record, words: Words) -> Section | None:
    """What was tested, the patients behind it, its robustness, and what was only described."""
    rows = record.get("comparisons")
    if not rows:
        return None
    tested = [row for row in rows if row.get("role") in ("primary", "secondary")]
    tested.sort(key=lambda row: row.get("role") != "primary")
    drawn = _of_time if tested else _measured
    others = [row for row in rows if row not in tested and drawn(row)]
    blocks: list[Block] = [Prose(words("differences.lead"))]
    blocks += _tables(record, tested, "tested", words)
    blocks += _points(record, words)
    robust = [*record.get("sensitivity", []), *record.get("subgroups", [])]
    blocks += _tables(record, robust, "parts", words)
    blocks += _tables(record, others, "others", words)
    return Section("differences", words("differences.title"), blocks)


def _measured(row: Comparison) -> bool:
    return svg.known(row.get("estimate"))


def _of_time(row: Comparison) -> bool:
    """Shares of time in a range, drawn beside what was tested; the rest is in the table of endpoints."""
    part, _, name = row.get("endpoint", "").rpartition(".")
    return part == "glucose_control" and name.startswith("time_") and _measured(row)


def _tables(record: Record, rows: list[Comparison], key: str, words: Words) -> list[Block]:
    """One table a unit, so that its rows share a scale."""
    groups: dict[str, list[Comparison]] = {}
    for row in rows:
        groups.setdefault(row.get("unit", ""), []).append(row)
    tables = [_table(record, group, f"{key}-{i}", words) for i, group in enumerate(groups.values())]
    judged = any(verdict_name(row, words) for row in rows)
    return [*tables, Prose(words("differences.adjusted"), "small")] if judged else [*tables]


def _table(record: Record, rows: list[Comparison], key: str, words: Words) -> Table:
    x, unit = forest.axis(rows), words.difference_unit(rows[0].get("unit"))
    judged = any(verdict_name(row, words) for row in rows)
    scale = words("differences.scale", unit=unit) if unit else words("differences.scale_plain")
    columns = [
        Column(words("differences.endpoint"), "text"),
        Column(scale, "figure"),
        Column(words("differences.estimate"), "number"),
    ]
    columns += (
        [Column(words("differences.p"), "number"), Column(words("differences.verdict"), "text")] if judged else []
    )
    foot: list[Cell] = ["", forest.foot(x, svg.Caption(f"{key}-scale", scale, scale), words)]
    cells = [_row(record, row, x, f"{key}-{i}", words)[: len(columns)] for i, row in enumerate(rows)]
    caption = words(f"differences.{key.partition('-')[0]}")
    return Table(
        f"{caption}, {unit}" if unit else caption,
        columns,
        cells,
        foot=[[*foot, *[""] * (len(columns) - 2)]],
        style="stacking forest",
    )


def _row(record: Record, row: Comparison, x: svg.Axis, key: str, words: Words) -> list[Cell]:
    names = arms.titles(record)
    arm, reference = (names.get(row.get(k, ""), row.get(k, "")) for k in ("arm", "reference"))
    name, compared = endpoint_name(row, words), f"{arm} − {reference}"
    name = _part(row, words) or name
    if n := row.get("n"):
        compared += f" · n = {words.count(n)}"
    places = decimals(row.get("unit"), row.get("estimate"))
    ends = words.interval(row.get("ci_low"), row.get("ci_high"), places)
    caption = svg.Caption(key, f"{name}: {compared}", words("forest.strip_description"))
    return [
        stacked(_marked(name, row, words), compared),
        forest.strip(row, x, caption),
        stacked(words.signed(row.get("estimate"), places), words("number.bracket", interval=ends)),
        words.p_value(row.get("p")),
        _verdict(row, words),
    ]


def _part(row: Comparison, words: Words) -> str:
    """The patients that a comparison is restricted to."""
    by, part = row.get("by"), row.get("part", "")
    if by is None:
        return words.known("part", part) if part else ""
    if by == "group":
        return words.known("group", part)
    name = words.known("demographic", by)
    for key, form in _PARTS.items():
        if found := form.fullmatch(part):
            return words(f"part.{key}", name=name, **found.groupdict())
    category = {"0.0": "male", "1.0": "female"}.get(part, part) if by == "female" else part
    label = words.known("demographic", "sex") if by == "female" else name
    return f"{label}: {words.known('category', category)}"


def _marked(name: str, row: Comparison, words: Words) -> Markup:
    mark = Markup(' <span class="tag">{}</span>').format(words("differences.primary"))
    return Markup("{}{}").format(name, mark if row.get("role") == "primary" else "")


def _verdict(row: Comparison, words: Words) -> Cell:
    """The verdict and the test it belongs to."""
    shown = verdict_name(row, words)
    if not shown:
        return words("differences.descriptive")
    margin = row.get("margin") or 0.0
    test = words.known("test", row.get("test", "superiority"))
    if margin:
        test = words("differences.with_margin", test=test, margin=words.size(abs(margin), row.get("unit")))
    if row.get("verdict") == "adjusted":
        test = words("differences.gated" if row.get("role") == "secondary" else "differences.not_counted", test=test)
    return stacked(shown, test)


def _points(record: Record, words: Words) -> list[Block]:
    """The primary endpoint patient by patient, each arm against the reference."""
    points, usual = record.get("points", {}), arms.reference(record)
    values, names = points.get("values", {}), arms.titles(record)
    if usual not in values:
        return []
    unit, figures = words.unit(points.get("unit")), list[Figure]()
    for i, arm in enumerate(name for name in arms.ordered(record, values) if name != usual):
        label = words.endpoint(points.get("endpoint", ""))
        said = words("paired.description", n=words.count(points.get("shown")))
        caption = svg.Caption(f"paired-{i}", f"{label}, {names[arm]}", said)
        axes = tuple(f"{title}, {unit}" if unit else title for title in (names[usual], names[arm]))
        drawing = paired.draw((values[usual], values[arm]), axes, caption)
        note = words("paired.note", shown=words.count(points.get("shown")), of=words.count(points.get("of")))
        figures.append(Figure(label, drawing, note))
    return [Prose(words("paired.title"), "note"), Figures(figures, size="third")]
