"""Glucose in each arm: profiles over the day, time in ranges, endpoints.

**References:**

- Battelino et al. (2019), Diabetes Care 42(8):1593-1603, doi:10.2337/dci19-0028
"""

import dataclasses

from markupsafe import Markup

from twinbed.studies.report import arms
from twinbed.studies.report.figures import agp, days, ranges, svg
from twinbed.studies.report.page import (
    Block,
    Cell,
    Column,
    Figure,
    Figures,
    Pair,
    Prose,
    Section,
    Table,
    fitting,
    stacked,
)
from twinbed.studies.report.schema import Comparison, Endpoint, Ranges, Record
from twinbed.studies.report.text import Words, decimals


@dataclasses.dataclass(frozen=True)
class _Target:
    """A consensus target: the sum of these ranges is above or below a limit, per cent of time."""

    key: str
    ranges: tuple[str, ...]
    limit: float
    above: bool

    def met(self, share: float) -> bool:
        return share > self.limit if self.above else share < self.limit

    def sign(self) -> str:
        return f"{'>' if self.above else '<'}{self.limit:g}%"


_MOST_CURVES, _MOST_SAMPLES, _MOST_BESIDE = 4, 4, 3
_ORDER = ("glucose_control.", "glucose_events.", "insulin_delivery.", "low_treatment.")

TARGETS = (
    _Target("above_250", ("very_high",), 5.0, above=False),
    _Target("above_180", ("high", "very_high"), 25.0, above=False),
    _Target("in_range", ("target",), 70.0, above=True),
    _Target("below_70", ("very_low", "low"), 4.0, above=False),
    _Target("below_54", ("very_low",), 1.0, above=False),
)
"""Targets for most adults with type 1 or type 2 diabetes."""


def section(record: Record, words: Words) -> Section | None:
    """Profiles, ranges and endpoints, each where there is record of it."""
    parts = (_profiles, _samples, _ranges, _endpoints)
    blocks = [block for part in parts for block in part(record, words)]
    return Section("glucose", words("glucose.title"), blocks) if blocks else None


def _profiles(record: Record, words: Words) -> list[Block]:
    profiles = record.get("agp", {})
    shown = [name for name in arms.ordered(record, profiles) if profiles[name].get("time_h")]
    if not shown:
        return []
    names = arms.titles(record)
    edges = [profiles[name].get(edge, []) for name in shown for edge in ("p05", "p50", "p95")]
    ends = agp.bounds(value for edge in edges for value in edge)
    figures = []
    for i, name in enumerate(shown):
        said = words("agp.description", arm=names[name], **_landmarks(profiles[name]["p50"], words))
        caption = svg.Caption(f"agp-{i}", words("agp.of", arm=names[name]), said)
        figures.append(Figure(names[name], agp.draw(profiles[name], caption, words, ends=ends)))
    legend = [
        ("swatch-median", words("agp.median")),
        ("swatch-inner", words("agp.inner")),
        ("swatch-outer", words("agp.outer")),
        ("swatch-limit", words("agp.target")),
    ]
    return [Prose(words("agp.title"), "note"), Figures(figures, legend)]


def _landmarks(median: svg.Values, words: Words) -> dict[str, str]:
    """The lowest and highest median, for the description."""
    values = [v for v in median if v is not None and svg.known(v)] or [float("nan")]
    return {"low": words.quantity(min(values), "mg/dL"), "high": words.quantity(max(values), "mg/dL")}


def _samples(record: Record, words: Words) -> list[Block]:
    """The same days of the same virtual patient in every arm."""
    names, figures = arms.titles(record), []
    shown = [name for name in names if any(name in s["glucose"] for s in record.get("samples", []))][:_MOST_CURVES]
    for i, sample in enumerate(record.get("samples", [])[:_MOST_SAMPLES]):
        caption = svg.Caption(f"sample-{i}", sample["id"], words("samples.description"))
        figures.append(Figure(sample["id"], days.in_arms(sample, shown, caption, words)))
    if not figures:
        return []
    legend = [(f"swatch-arm-{i}", names[name]) for i, name in enumerate(shown)]
    return [Prose(words("samples.title"), "note"), Figures(figures, legend)]


def _ranges(record: Record, words: Words) -> list[Block]:
    shares = record.get("time_in_range", {})
    shown = arms.ordered(record, shares)
    if not shown:
        return []
    names = arms.titles(record)
    bars = [(names[name], shares[name]) for name in shown]
    said = "; ".join(words("ranges.said", arm=title, share=words.share(r.get("target"))) for title, r in bars)
    drawing = ranges.draw(bars, svg.Caption("ranges", words("ranges.title"), said), words)
    legend = [(f"swatch-{name}", words(f"range.{name}")) for name in reversed(ranges.NAMES)]
    figures = Figures([Figure(words("ranges.title"), drawing)], legend, "single")
    columns = [Column(words("ranges.range"), "text"), Column(words("ranges.target"), "number")]
    columns += [Column(title, "number") for title, _ in bars]
    rows: list[list[Cell]] = [
        [words(f"target.{target.key}"), target.sign(), *(_against(target, r, words) for _, r in bars)]
        for target in TARGETS
    ]
    table = Table(words("ranges.caption"), columns, rows, note=words("ranges.note"), style=fitting(columns))
    return [Pair(figures, table)] if len(bars) <= _MOST_BESIDE else [figures, table]


def _against(target: _Target, shares: Ranges, words: Words) -> Cell:
    """The share of time and whether it meets the target."""
    known = [shares[name] for name in target.ranges if svg.known(shares.get(name))]
    if not known:
        return "–"
    met = target.met(sum(known))
    mark = Markup('<span class="{}">{}</span>').format(
        "met" if met else "unmet", words("ranges.met") if met else words("ranges.unmet")
    )
    return Markup("{} {}").format(words.share(sum(known)), mark)


def _endpoints(record: Record, words: Words) -> list[Block]:
    table = record.get("endpoints", {})
    shown = arms.ordered(record, table)
    known = {name for arm in shown for name, e in table[arm].items() if svg.known(e.get("mean"))}
    every = [name for name in dict.fromkeys(name for arm in shown for name in table[arm]) if name in known]
    if not every:
        return []
    names, usual = arms.titles(record), arms.reference(record)
    differences = {(row.get("endpoint"), row.get("arm")): row for row in record.get("comparisons", [])}
    compared = [arm for arm in shown if any(arm == other for _, other in differences)]
    if len(shown) > _MOST_BESIDE:
        compared = []  # they have their own section
    columns = [Column(words("endpoints.endpoint"), "text"), *(Column(names[arm], "number") for arm in shown)]
    for arm in compared:
        title = words("endpoints.difference", arm=names[arm], reference=names.get(usual or "", ""))
        columns.append(Column(title if len(compared) > 1 else words("endpoints.difference_only"), "number"))
    rows: list[list[Cell]] = []
    for name in sorted(every, key=lambda name: _place(record, name)):
        found = [table[arm].get(name) for arm in shown]
        first = next(e for e in found if e is not None)
        label, unit = words.endpoint(name, first.get("label")), words.unit(first.get("unit"))
        cells = [_endpoint(e, words) for e in found]
        cells += [_difference(differences.get((name, arm)), words) for arm in compared]
        rows.append([stacked(label, unit) if unit else label, *cells])
    return [Table(words("endpoints.caption"), columns, rows, note=words("endpoints.note"), style="wide")]


def _place(record: Record, name: str) -> int:
    """Where an endpoint stands: the primary first, then glucose, then insulin, then the rest."""
    if name == record.get("study", {}).get("primary_endpoint"):
        return -1
    return next((i for i, part in enumerate(_ORDER) if name.startswith(part)), len(_ORDER))


def _difference(row: Comparison | None, words: Words) -> Cell:
    """A mean paired difference over its confidence interval."""
    if row is None or not svg.known(row.get("estimate")):
        return "–"
    places = decimals(row.get("unit"), row.get("estimate"))
    ends = words.interval(row.get("ci_low"), row.get("ci_high"), places)
    return stacked(words.signed(row.get("estimate"), places), words("number.ci", interval=ends))


def _endpoint(endpoint: Endpoint | None, words: Words) -> Cell:
    """Mean and standard deviation over the confidence interval of the mean."""
    if endpoint is None:
        return "–"
    unit, mean, sd = endpoint.get("unit"), endpoint.get("mean"), endpoint.get("sd")
    places = decimals(unit, mean)
    said = words.number(mean, places)
    if svg.known(sd):
        said = f"{said} ± {words.number(sd, places)}"
    second = []
    if ends := endpoint.get("ci"):
        second.append(words("number.ci", interval=words.interval(ends[0], ends[1], places)))
    if svg.known(median := endpoint.get("median")):
        second.append(words("endpoints.median", value=words.number(median, places)))
    return stacked(said, Markup("<br>").join(second)) if second else said
