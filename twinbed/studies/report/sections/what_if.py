"""What would have happened: a twin's day replayed with one thing changed."""

from twinbed.studies.report.figures import days, svg
from twinbed.studies.report.page import Block, Cell, Column, Figure, Figures, Prose, Section, Table
from twinbed.studies.report.schema import Record, WhatIf
from twinbed.studies.report.text import Words, decimals


def section(record: Record, words: Words) -> Section | None:
    """A drawing for each replay and a table of what changed."""
    replays = record.get("twins", {}).get("what_if")
    if not replays:
        return None
    blocks: list[Block] = [Prose(words("what_if.lead"))]
    figures = [_figure(replay, i, words) for i, replay in enumerate(replays) if replay.get("time_h")]
    if figures:
        legend = [
            ("swatch-factual", words("what_if.factual")),
            ("swatch-counterfactual", words("what_if.counterfactual")),
            ("swatch-changed", words("what_if.band")),
        ]
        blocks.append(Figures(figures, legend))
    rows = [row for replay in replays for row in _effects(replay, words)]
    if rows:
        names = ("replay", "endpoint", "factual", "counterfactual", "difference")
        columns = [Column(words(f"what_if.{name}"), "number" if i > 1 else "text") for i, name in enumerate(names)]
        blocks.append(Table(words("what_if.caption"), columns, rows, style="stacking"))
    return Section("what-if", words("what_if.title"), blocks)


def _name(replay: WhatIf) -> str:
    parts = (replay.get("subject", ""), str(replay.get("day", "")), replay.get("title", ""))
    return " · ".join(part for part in parts if part)


def _figure(replay: WhatIf, index: int, words: Words) -> Figure:
    caption = svg.Caption(f"what-if-{index}", _name(replay), words("what_if.description"))
    return Figure(_name(replay), days.what_if(replay, caption, words))


def _effects(replay: WhatIf, words: Words) -> list[list[Cell]]:
    rows: list[list[Cell]] = []
    for effect in replay.get("effects", []):
        unit, before, after = effect.get("unit"), effect.get("factual"), effect.get("counterfactual")
        change = after - before if before is not None and after is not None else None
        said = words.difference(change, unit)
        if "lower" in effect and "upper" in effect:
            ends = words.interval(effect["lower"], effect["upper"], decimals(unit, change))
            said = f"{said} {words('number.bracket', interval=ends)}"
        name = words.endpoint(effect.get("endpoint", ""), effect.get("label"))
        rows.append([_name(replay), name, words.quantity(before, unit), words.quantity(after, unit), said])
    return rows
