"""The parts of the page, each made from the evidence."""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

from markupsafe import Markup

from twinbed.studies.acute.report.figures import (
    Lane,
    Mark,
    Shown,
    course,
    difference,
    is_light,
    least_span,
    sign,
    strip,
    timeline,
)
from twinbed.studies.acute.report.provenance import provenance
from twinbed.studies.acute.report.told import cautions
from twinbed.studies.acute.report.words import Saying, drug_name, state
from twinbed.studies.report.figures import svg
from twinbed.studies.report.page import (
    Block,
    Callout,
    Cell,
    Column,
    Figure,
    Figures,
    Folded,
    Headline,
    Items,
    Prose,
    Section,
    Table,
    foreign,
    stacked,
)
from twinbed.vocab.signals import signal as signal_of

Record = Mapping[str, Any]
_LISTED = 12
"""How many of those who were left out are named."""
Tone = Literal["favours", "against", "neither"]


def headline(record: Record, say: Saying) -> Headline:
    """What was asked and what came out."""
    primary, arms = record["primary"], record["arms"]
    factor, unit = _scale(_signal_of(record, primary["outcome"]), primary["unit"])
    rows = [r for r in record["comparisons"] if r["outcome"] == primary["outcome"]]
    tones = {tone_of(r) for r in rows}
    tone = {"favours": "good", "against": "bad"}.get(tones.pop(), "open") if len(tones) == 1 else "open"
    statements = [_sentence(record, row, say) for row in rows] or [
        say("head.describe", outcome=say.own(primary, "label"), arm=say.own(arm, "title"),
            value=say.quantity(_times(arm["outcomes"][primary["outcome"]]["mean"]["value"], factor), unit))
        for arm in arms.values()
    ]  # fmt: skip
    patients = record["patients"]
    analysed = say("head.analysed", n=say.words.count(patients["analysed"]), all=say.words.count(patients["declared"]))
    return Headline(
        title=say.own(record, "title"),
        question=say.own(record, "question"),
        label=say("head.answer") if rows else say("head.single"),
        statements=list(statements),
        tone=tone,  # pyright: ignore[reportArgumentType]
        facts=[
            (say("head.patients"), analysed),
            (say("head.arms"), say.words.count(len(arms))),
            (say("head.length"), say("head.minutes", n=say.minutes(record["study"]["duration"]))),
        ],
    )


def tone_of(row: Record) -> Tone:
    """Whom the whole interval of a difference favours."""
    low, high = row["difference"]["low"], row["difference"]["high"]
    if row["better"] is None or not (svg.known(low) and svg.known(high)) or low <= 0.0 <= high:
        return "neither"
    return "favours" if (low > 0.0) == (row["better"] == "higher") else "against"


def _sentence(record: Record, row: Record, say: Saying) -> Cell:
    arms, name = record["arms"], row["outcome"]
    factor, unit = _scale(_signal_of(record, name), row["unit"])
    d = {k: _times(v, factor) for k, v in row["difference"].items()}
    mean = lambda arm: say.quantity(_times(arms[arm]["outcomes"][name]["mean"]["value"], factor), unit)
    value, low, high = d["value"], *say.alike(d["low"], d["high"], d["value"])[:2]
    said = say(
        "head.sentence", outcome=say.own(record["primary"], "label"), arm=say.own(arms[row["arm"]], "title"),
        value=mean(row["arm"]), reference=say.own(arms[row["reference"]], "title"),
        reference_value=mean(row["reference"]), low=low, high=high,
        difference=f"{say.signed(value, d['low'], d['high'])}\N{NO-BREAK SPACE}{say.unit(unit)}".strip(),
    )  # fmt: skip
    return f"{said} {say('head.open')}" if _holds_zero(d) else said


def _holds_zero(interval: Record) -> bool:
    low, high = interval["low"], interval["high"]
    return svg.known(low) and svg.known(high) and low <= 0.0 <= high


def _scale(signal: str, unit: str) -> tuple[float, str]:
    """What values are multiplied with to be shown, and their unit then: saturations are read in per cent."""
    return (100.0, "%") if unit == "1" and signal.endswith("saturation") else (1.0, unit)


def _times(value: float | None, factor: float) -> float | None:
    return None if value is None else factor * value


def _signal_of(record: Record, outcome: str) -> str:
    return next(o["signal"] for o in record["study"]["outcomes"] if o["name"] == outcome).rsplit(".", 1)[-1]


def _shown(signal: str, say: Saying) -> tuple[float, Shown]:
    """The factor of a signal, and how it is drawn."""
    known = signal_of(signal.rsplit(".", 1)[-1])
    factor, unit = _scale(known.name, known.unit)
    possible = (0.0, 100.0) if unit == "%" else known.plausible
    return factor, Shown(say.unit(unit), least_span(unit), possible)


def who(record: Record, say: Saying) -> Section:
    """Who took part, and who was refused."""
    cohort = record["cohort"]
    blocks: list[Block] = []
    if cohort["refused_by_rule"]:
        counts = [f"{say.of('who', n, n)} {say.words.count(c)}" for n, c in cohort["refused_by_rule"].items() if c]
        n = say.words.count(record["patients"]["declared"])
        blocks.append(Prose(say("who.drawn", n=n, refused=", ".join(counts) or say("who.nobody"))))
    if record["study"]["patient"] is not None:
        blocks.append(Prose(say("who.one")))
    if cohort["conditions"]:
        blocks.append(Prose(say("who.conditions", list=_listed(cohort["conditions"], say))))
    rows = [_characteristic(name, s, say) for name, s in cohort["people"].items()]
    columns = [Column(say("who.name"), "text"), Column(say("who.mean")), Column(say("who.range"))]
    return Section("who", say("who.title"), [*blocks, Table(say("who.caption"), columns, rows)])


def _characteristic(name: str, spread: Record, say: Saying) -> list[Cell]:
    label = say.of("who", name, name)
    if name in ("female", "opioid"):
        return [label, say.words.share(100.0 * spread["mean"]), ""]
    mean, sd, low, high = say.alike(*(spread[key] for key in ("mean", "sd", "min", "max")))
    return [label, f"{mean} ± {sd}", f"{low} – {high}"]


def _listed(conditions: Mapping[str, float], say: Saying) -> str:
    return ", ".join(f"{say.of('condition', name, name)} {severity:g}" for name, severity in conditions.items())


def arms(record: Record, say: Saying) -> Section:
    """The devices and events of every arm."""
    rows: list[list[Cell]] = []
    for arm in record["arms"].values():
        own = [_event(e, say) for e in arm["events"] if not e["everybody"]]
        devices = [_device(d, say) for d in arm["devices"]]
        extra = {k: v for k, v in arm["conditions"].items() if k not in record["cohort"]["conditions"]}
        own += [say("arms.conditions", list=_listed(extra, say))] if extra else []
        nothing = say("arms.nothing")
        rows.append([say.own(arm, "title"), _lines(devices) or nothing, _lines(own) or nothing])
    columns = [
        Column(say("arms.arm"), "text"), Column(say("arms.devices"), "text"), Column(say("arms.events"), "text"),
    ]  # fmt: skip
    blocks: list[Block] = [Table(say("arms.caption"), columns, rows)]
    common = [_event(e, say) for e in next(iter(record["arms"].values()))["events"] if e["everybody"]]
    if common:
        blocks += [Prose(say("arms.everybody"), "note"), Items(list(common))]
    return Section("arms", say("arms.title"), blocks)


def _lines(items: list[str]) -> Cell:
    return Markup("<br>").join(items) if items else ""


def _device(device: Record, say: Saying) -> str:
    settings = ", ".join(_setting(k, v, device.get("units", {}), say) for k, v in device["parameters"].items())
    what = say.name("part", device["device"].rsplit("/", 1)[-1].rsplit(":", 1)[-1])
    return f"{device['name']}: {what}{settings and f' ({settings})'}"


def _setting(name: str, value: Any, units: Mapping[str, str], say: Saying) -> str:
    """A setting with its value and unit; one by weight says so."""
    plain = name.removesuffix("_per_kg_predicted")
    what = say.name("setting", plain.removesuffix("_per_kg"))
    if isinstance(value, str):
        return f"{what} {drug_name(value, say.lang)}"
    number = f"{value:g}".replace("-", "−") if isinstance(value, int | float) else str(value)
    shown = f"{what} {number}\N{NO-BREAK SPACE}{say.unit(units.get(name, '1'))}".rstrip("\N{NO-BREAK SPACE}")
    return shown if plain == name else say("arms.predicted", setting=shown)


def _event(event: Record, say: Saying) -> str:
    start = event["at_s"]
    if event["lasts_s"] is None and signal_of(event["signal"]).dose_unit is None:
        when = say("arms.from", **{"from": say.moment(start)})
    elif not event["lasts_s"]:
        when = say("arms.at_once", **{"from": say.moment(start)})
    else:
        when = say.span(start, start + event["lasts_s"])
    name = event["signal"].rsplit(".", 1)[-1]
    known = state(name, event["amount"], say.lang)
    label, unit = known or say.signal(name), say.unit(event["unit"])
    if known or (event["unit"] == "1" and event["amount"] == 1.0):
        return f"{label}, {when}"
    amount = f"{event['amount']:g}\N{NO-BREAK SPACE}{unit}".replace("-", "−").strip("\N{NO-BREAK SPACE}")
    return say("arms.event", label=label, amount=amount, when=when)


def _marks(record: Record) -> tuple[list[Mark], list[Record]]:
    """The events that lie within the study, each once, and what they are."""
    seen: dict[tuple, Record] = {}
    length = record["study"]["duration"]
    for arm in record["arms"].values():
        for event in arm["events"]:
            start, end = _span(event, length)
            if end >= 0.0 and start < length and not (start <= 0.0 and end >= length):
                seen.setdefault(tuple(event[k] for k in ("signal", "at_s", "lasts_s", "amount")), event)
    events = sorted(seen.values(), key=lambda e: e["at_s"])
    spans = [_span(e, length) for e in events]
    marks = [Mark(sign(i), start / 60.0, end / 60.0) for i, (start, end) in enumerate(spans)]
    return marks, events


def _span(event: Record, duration_s: float) -> tuple[float, float]:
    """When an event begins and ends, within the study where it never does."""
    if event["lasts_s"] is not None:
        return event["at_s"], event["at_s"] + event["lasts_s"]
    if signal_of(event["signal"]).dose_unit is not None:
        return event["at_s"], event["at_s"]
    return event["at_s"], duration_s


def trends(record: Record, say: Saying) -> Section | None:
    """Courses of the cohort in every arm."""
    marks, events = _marks(record)
    names = list(dict.fromkeys(n for arm in record["arms"].values() for n in arm["trends"]))
    few = any("each" in band for arm in record["arms"].values() for band in arm["trends"].values())
    figures = []
    for name in names:
        bands = [(i, arm["trends"][name]) for i, arm in enumerate(record["arms"].values()) if name in arm["trends"]]
        label = say.signal(name)
        said = say("trends.of_each" if few else "trends.of", signal=label)
        factor, shown = _shown(name, say)
        bands = [(i, _multiplied(b, factor)) for i, b in bands]
        caption = svg.Caption(f"trend-{len(figures)}", label, said)
        drawing = course(caption, bands, marks, shown, say("trends.minutes"))
        figures.append(Figure(label, drawing))
    if not figures:
        return None
    legend = [(f"swatch-arm-{i % 6}", say.own(arm, "title")) for i, arm in enumerate(record["arms"].values())]
    lead = say("trends.lead_each" if few else "trends.lead")
    blocks: list[Block] = [
        Prose(lead),
        *([Prose(say("trends.made", n=f"{every:g}"), "small")] if (every := record.get("trends_every_s")) else []),
        Figures([], legend=legend),
        Figures(figures, legend=legend),
    ]
    whose = {id(e): [say.own(a, "title") for a in record["arms"].values() if e in a["events"]] for e in events}
    if events:
        own = lambda e: "" if e["everybody"] else f" ({', '.join(whose[id(e)])})"
        items = [
            Markup("<strong>{}</strong> {}{}").format(sign(i), _event(e, say), own(e)) for i, e in enumerate(events)
        ]
        last = record["study"]["duration"] / 60.0
        caption = svg.Caption("events", say("trends.events"), say("trends.events_of"))
        drawing = timeline(caption, marks, last, say("trends.minutes"))
        blocks += [Figures([Figure(say("trends.events"), drawing)]), Items(list(items))]
    return Section("course", say("trends.title"), blocks)


def _multiplied(band: Record, factor: float) -> Record:
    """The curves of an arm in the unit they are drawn in."""
    curve = lambda values: [_times(v, factor) for v in values]
    each = {"each": [curve(c) for c in band["each"]]} if "each" in band else {}
    return {**band, **{k: curve(band[k]) for k in ("p05", "p50", "p95")}, **each}


def waves(record: Record, say: Saying) -> Section | None:
    """Monitor strips of the first patient."""
    figures = []
    windows = [(n, a, w) for i in range(len(record["study"]["waves"]["at"])) for n, a in record["arms"].items()
               for w in a["waves"][i : i + 1]]  # fmt: skip
    drawn: list[Record] = []
    for name, arm, window in windows:
        if not any(_alike(window, other) for other in drawn):
            drawn.append(window)
            now = [w["signals"] for _, _, w in windows if w["from_s"] == window["from_s"]]
            lanes = [_lane(s, v, [other.get(s, []) for other in now], say) for s, v in window["signals"].items()]
            at = say.moment(window["from_s"])
            signals = ", ".join(lane.name for lane in lanes)
            title = say("waves.figure", arm=say.own(arm, "title"), at=at)
            said = say("waves.of", id=window["id"], at=at, signals=signals)
            caption = svg.Caption(f"waves-{name}-{len(figures)}", title, said)
            figures.append(Figure(title, strip(caption, lanes, window["period_s"])))
    if not figures:
        return None
    whose = drawn[0]
    lead = say("waves.lead")
    if "age_years" in whose:
        age = f"{whose['age_years']:.0f}"
        lead += " " + say("waves.woman" if whose["female"] else "waves.man", age=age)
    return Section("waves", say("waves.title"), [Prose(lead), Figures(figures)])


def _lane(signal: str, values: list[float | None], alike: Sequence[list[float | None]], say: Saying) -> Lane:
    """A row of a strip, with the ends of what all arms show at that time, so that they have one scale."""
    factor, shown = _shown(signal, say)
    if is_light(signal):
        shown = dataclasses.replace(shown, unit=say("waves.arbitrary"))
    every = [factor * v for one in alike for v in one if v is not None and svg.known(v)]
    ends = (min(every), max(every)) if every else None
    return Lane(signal, say.signal(signal), shown, [_times(v, factor) for v in values], ends)


def _alike(window: Record, other: Record) -> bool:
    """Whether two windows of the same time look the same: nowhere apart by more than a twentieth of the height."""
    if window["from_s"] != other["from_s"] or window["signals"].keys() != other["signals"].keys():
        return False
    return all(_close(v, other["signals"][s]) for s, v in window["signals"].items())


def _close(values: list[float | None], others: list[float | None]) -> bool:
    pairs = [(a, b) for a, b in zip(values, others, strict=True) if a is not None and b is not None]
    height = max((a for a, _ in pairs), default=0.0) - min((a for a, _ in pairs), default=0.0)
    return all(abs(a - b) <= 0.05 * height for a, b in pairs)


def outcomes(record: Record, say: Saying) -> Section:
    """Every outcome of every arm with its difference from the reference."""
    found = {(r["outcome"], r["arm"]): r for r in record["comparisons"]}
    reference = record["study"]["analysis"]["reference"]
    few = any("min" in o["quantiles"] for o in record["arms"][reference]["outcomes"].values())
    head = lambda first, second: Markup('{} <span class="second">{}</span>').format(first, second)
    level = say("outcomes.interval")
    columns = [
        Column(say("outcomes.arm"), "text"),
        Column(head(say("outcomes.mean"), level)),
        Column(head(say("outcomes.median"), say("outcomes.extremes" if few else "outcomes.spread"))),
        Column(head(say("outcomes.difference", reference=say.own(record["arms"][reference], "title")), level)),
        Column("", "figure"),
    ]
    blocks: list[Block] = []
    for name, known in record["arms"][reference]["outcomes"].items():
        factor, unit = _scale(_signal_of(record, name), known["unit"])
        ends = [factor * abs(r["difference"][k]) for r in record["comparisons"] if r["outcome"] == name
                for k in ("low", "high", "value") if svg.known(r["difference"][k])]  # fmt: skip
        means = [factor * abs(a["outcomes"][name]["mean"]["value"] or 0.0) for a in record["arms"].values()]
        every = [v for a in record["arms"].values() for part in ("mean", "quantiles")
                 for v in a["outcomes"][name][part].values() if svg.known(v)]  # fmt: skip
        reach = max([*ends, 0.2 * least_span(unit), 0.005 * max(means)])
        scale = _Scale(factor, reach, factor * max(map(abs, every), default=0.0), max(ends, default=0.0))
        rows = [_outcome(arm, key, name, found.get((name, key)), scale, say) for key, arm in record["arms"].items()]
        name_of = say.own(known, "label")
        caption = say("outcomes.caption", label=name_of, unit=say.unit_in_full(unit)) if say.unit(unit) else ""
        blocks.append(Table(caption or name_of, columns, rows, style="stacking"))
    notes = [Prose(say("outcomes.note"), "small"), *([Prose(say("outcomes.few"), "small")] if few else [])]
    return Section("outcomes", say("outcomes.title"), [*blocks, *notes])


@dataclasses.dataclass(frozen=True)
class _Scale:
    """What the rows of an outcome share: the factor of its values, the reach of drawings, and what decides decimals."""

    factor: float
    reach: float
    largest: float
    largest_difference: float


def _outcome(arm: Record, key: str, name: str, row: Record | None, scale: _Scale, say: Saying) -> list[Cell]:
    """An arm's row."""
    o, factor = arm["outcomes"][name], scale.factor
    mean, q = ({k: _times(v, factor) for k, v in o[part].items()} for part in ("mean", "quantiles"))
    low, high = ("min", "max") if "min" in q else ("p05", "p95")
    title = say.own(arm, "title")
    cells: list[Cell] = [
        title,
        _with_ends(say, (mean["value"], mean["low"], mean["high"]), scale.largest),
        _with_ends(say, (q["p50"], q[low], q[high]), scale.largest),
    ]
    if row is None:
        return [*cells, say("outcomes.reference"), ""]
    d = {k: _times(v, factor) for k, v in row["difference"].items()}
    caption = svg.Caption(f"difference-{name}-{key}", say.own(o, "label"), f"{title}: {say.signed(d['value'])}")
    drawn = difference(caption, d, scale.reach, tone_of(row))
    return [*cells, _with_ends(say, (d["value"], d["low"], d["high"]), scale.largest_difference, signed=True), drawn]


def _with_ends(say: Saying, found: Sequence[float | None], largest: float, *, signed: bool = False) -> Markup:
    """A value above the ends of its interval, with the decimals that the largest of its column has."""
    shown, *ends, _ = say.alike(*found, largest)
    first = say.signed(found[0], largest) if signed else shown
    return stacked(first, say.words("number.interval", low=ends[0], high=ends[1]))


def safety(record: Record, say: Saying) -> Section:
    """Alarms, and who was left out by which rule."""
    blocks: list[Block] = []
    rows: list[list[Cell]] = [
        [stacked(say.own(arm, "title"), f"{a['source'].split('.')[0]}: {say.signal(a['source'])}"),
         f"{say.words.count(a['patients_with_alarms'])} / {say.words.count(a['patients'])}",
         say.number(a["times_per_patient"]), say.number(a["minutes_per_patient"])]
        for arm in record["arms"].values() for a in arm["alarms"]
    ]  # fmt: skip
    if rows:
        columns = [
            Column(say("safety.source"), "text"), Column(say("safety.with")), Column(say("safety.times")),
            Column(say("safety.minutes")),
        ]  # fmt: skip
        blocks.append(Table(say("safety.alarms"), columns, rows))
    else:
        blocks.append(Prose(say("safety.none")))
    excluded = record["patients"]["excluded"]
    if not excluded:
        return Section("safety", say("safety.title"), [*blocks, Prose(say("safety.all_sound"))])
    titles = {name: say.own(arm, "title") for name, arm in record["arms"].items()}
    by_arm = record["patients"]["excluded_by_arm"]
    table = Table(
        say("safety.excluded"),
        [Column(say("safety.rule"), "text"), *(Column(titles[a]) for a in by_arm)],
        [[say(f"safety.{rule}"), *(say.words.count(by_arm[a][rule]) for a in by_arm)]
         for rule in record["patients"]["rules"]],
    )  # fmt: skip
    blocks.append(Callout(say("safety.excluded"), say("safety.out_note"), "warning", table))
    return Section("safety", say("safety.title"), [*blocks, _left_out(excluded, titles, say)])


def _left_out(excluded: Sequence[Record], titles: Mapping[str, str], say: Saying) -> Table:
    """The first who were left out: when, by what, and what was on."""
    columns = [Column(say(f"safety.{name}"), "text") for name in ("patient", "arm", "when", "left", "on")]
    rows: list[list[Cell]] = [
        [str(e["patient"]), titles[e["arm"]], say.moment(60.0 * e["minute"]), _what_left(e, say),
         _lines([_event(event, say) for event in e["events"]]) or say("arms.nothing")]
        for e in excluded[:_LISTED]
    ]  # fmt: skip
    caption = say("safety.first" if len(excluded) > _LISTED else "safety.who", n=len(rows), of=len(excluded))
    return Table(caption, columns, rows)


def _what_left(one: Record, say: Saying) -> Cell:
    """The signal that left its range, with its value and the range; or that a number was none."""
    if "signal" not in one:
        return say("safety.not_finite")
    factor, unit = _scale(one["signal"].rsplit(".", 1)[-1], one["unit"])
    low, high = (f"{factor * end:g}".replace("-", "−") for end in one["range"])
    shown = say.quantity(_times(one["value"], factor), unit)
    return stacked(f"{say.signal(one['signal'])} {shown}", say("safety.range", low=low, high=high))


def limits(record: Record, say: Saying) -> Section:
    """What a reader has to know before believing any of it."""
    blocks: list[Block] = [Items(list(cautions(record, say)))]
    known = record.get("limits", [])
    if known:
        blocks.append(Folded(say("limits.models", n=say.words.count(len(known))), [_limit(one, say) for one in known]))
    return Section("limits", say("limits.title"), blocks)


def _limit(one: Record, say: Saying) -> Cell:
    """What one model leaves out, in the words of its file."""
    last = one["component"].rsplit("/", 1)[-1]
    name = say.name("part", last)
    name = name[:1].upper() + name[1:]
    text = foreign(one["limits"][:1].upper() + one["limits"][1:], say.lang)
    return Markup("<strong>{}</strong> <code>{}</code><br>{}").format(name, one["component"], text)


SECTIONS: tuple[Callable[[Record, Saying], Section | None], ...] = (
    who, arms, trends, waves, outcomes, safety, limits, provenance,
)  # fmt: skip
