"""The twins of real people: how they were fitted and how they predict days they never saw."""

from collections.abc import Mapping

from markupsafe import Markup

from twinbed.studies.report.figures import clarke, days, svg
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
from twinbed.studies.report.schema import Accuracy, Example, Person, Record, Twins
from twinbed.studies.report.text import Words

_SCORES = (("rmse", "mg/dL"), ("mard", "%"), ("bias", "mg/dL"), ("clarke_ab", "%"), ("coverage", "%"))


def section(record: Record, words: Words) -> Section | None:
    """Example days, the table of people, the error grid and the baselines."""
    twins = record.get("twins")
    if not twins:
        return None
    blocks: list[Block] = [Prose(words("twins.lead"))]
    blocks += _examples(twins, words)
    blocks += _people(twins, words)
    blocks += _grid(twins, words)
    return Section("twins", words("twins.title"), blocks) if len(blocks) > 1 else None


def _examples(twins: Twins, words: Words) -> list[Block]:
    figures: list[Figure] = []
    for i, day in enumerate(twins.get("examples", [])):
        if not day.get("time_h"):
            continue
        name = _day_name(day, words)
        kind = words(f"twins.{'predicted' if 'predicted' in day else 'fitted'}_day")
        said = words("twins.day_description", readings=sum(map(svg.known, day.get("measured", []))))
        drawing = days.example(day, svg.Caption(f"day-{i}", f"{name}, {kind}", said), words)
        figures.append(Figure(Markup('{} <span class="tag">{}</span>').format(name, kind), drawing))
    if not figures:
        return []
    shown = twins.get("examples", [])
    lines = [name for name in ("predicted", "fitted") if any(day.get(name) for day in shown)]
    legend = [
        ("swatch-reading", words("twins.reading")),
        *((f"swatch-{name}", words(f"twins.line_{name}")) for name in lines),
        ("swatch-band", words("twins.band")),
        ("swatch-meal", words("twins.meal")),
        ("swatch-bolus", words("twins.bolus")),
    ]
    return [Figures(figures, legend)]


def _day_name(day: Example, words: Words) -> str:
    return " · ".join(part for part in (day.get("subject", ""), str(day.get("day", ""))) if part)


def _people(twins: Twins, words: Words) -> list[Block]:
    people = twins.get("people", {})
    if not people:
        return []
    fitted = _scores(people, "fit")
    predicted = _scores(people, "prediction")
    observed = [key for key in ("tir", "tbr") if any(_has(p, f"{key}_observed") for p in people.values())]
    timed = any("cpu_s" in person for person in people.values())
    columns = [Column(words("twins.person"), "text"), Column(words("twins.days"))]
    for scores in (fitted, predicted):
        columns += [Column(stacked(words(f"score.{name}"), words.unit(unit))) for name, unit in scores]
    columns += [Column(stacked(words(f"twins.{key}"), words("twins.both"))) for key in observed]
    columns += [Column(stacked(words("twins.cpu"), words("twins.per_day")))] if timed else []
    rows: list[list[Cell]] = []
    for name, person in people.items():
        row: list[Cell] = [_who(name, person), words.count(person.get("days"))]
        row += [_score(person.get("fit"), key, words) for key, _ in fitted]
        row += [_score(person.get("prediction"), key, words) for key, _ in predicted]
        row += [_both(person.get("prediction"), key, words) for key in observed]
        row += [words.quantity(person.get("cpu_s"), "s")] if timed else []
        rows.append(row)
    groups = [("", 2), (words("twins.on_fit"), len(fitted)),
              (words("twins.on_held_out"), len(predicted) + len(observed)), ("", int(timed))]  # fmt: skip
    foot = _pooled(twins, fitted, predicted, observed, words)
    if foot and timed:
        foot[0].append("")
    table = Table(words("twins.caption"), columns, rows, [g for g in groups if g[1]], foot,
                  words("twins.note"), "wide")  # fmt: skip
    return [table]


def _who(name: str, person: Person) -> Cell:
    extra = person.get("data", "")
    return stacked(person.get("title") or name, extra) if extra else person.get("title") or name


def _scores(people: Mapping[str, Person], which: str) -> list[tuple[str, str]]:
    """The scores that at least one person has; of the fit only the two that are usual."""
    wanted = _SCORES if which == "prediction" else _SCORES[:2]
    return [s for s in wanted if any(s[0] in person.get(which, {}) for person in people.values())]


def _has(person: Person, key: str) -> bool:
    return key in person.get("prediction", {})


def _score(accuracy: Accuracy | None, key: str, words: Words) -> Cell:
    value = (accuracy or {}).get(key)
    return words.signed(value, 1) if key == "bias" else words.number(value, 1)


def _both(accuracy: Accuracy | None, key: str, words: Words) -> Cell:
    """Predicted and observed share of time."""
    found = accuracy or {}
    return f"{words.number(found.get(f'{key}_predicted'), 1)} / {words.number(found.get(f'{key}_observed'), 1)}"


def _pooled(
    twins: Twins,
    fitted: list[tuple[str, str]],
    predicted: list[tuple[str, str]],
    observed: list[str],
    words: Words,
) -> list[list[Cell]]:
    """The last row: all readings together."""
    pooled, fit = twins.get("pooled"), twins.get("pooled_fit")
    if not pooled and not fit:
        return []
    row: list[Cell] = [words("twins.pooled"), ""]
    row += [_score(fit, key, words) if fit else "" for key, _ in fitted]
    row += [_score(pooled, key, words) for key, _ in predicted]
    row += [_both(pooled, key, words) for key in observed]
    return [row]


def _grid(twins: Twins, words: Words) -> list[Block]:
    pairs = [pair for pair in twins.get("grid_pairs", []) if all(map(svg.known, pair))]
    baselines = _baselines(twins, words)
    if not pairs:
        return [baselines] if baselines else []
    shown, total = len(clarke.drawn(pairs)), len(pairs)
    zones = twins.get("pooled", {}).get("clarke", {})
    shares = ", ".join(f"{zone} {words.share(share)}" for zone, share in zones.items())
    said = words("clarke.description", n=words.count(total), shares=shares or "–")
    drawing = clarke.draw(pairs, svg.Caption("clarke", words("clarke.title"), said), words)
    note = [words("clarke.n", n=words.count(total))]
    note += [words("clarke.shares", shares=shares)] if shares else []
    note += [words("clarke.some", shown=words.count(shown))] if shown < total else []
    figures = Figures([Figure(words("clarke.title"), drawing, " ".join(note))], size="single")
    return [Pair(figures, baselines)] if baselines else [figures]


def _baselines(twins: Twins, words: Words) -> Table | None:
    """Other ways to predict the same days, beside the twins."""
    others = twins.get("baselines", {})
    if not others:
        return None
    scores = [s for s in _SCORES if any(s[0] in row for row in others.values())]
    columns = [Column(words("baselines.method"), "text")]
    columns += [Column(stacked(words(f"score.{name}"), words.unit(unit))) for name, unit in scores]
    rows: list[list[Cell]] = []
    if pooled := twins.get("pooled"):
        rows.append([words("baselines.twin"), *(_score(pooled, key, words) for key, _ in scores)])
    for name, row in others.items():
        title = words.known("baseline", name, row.get("title"))
        rows.append([title, *(words.number(row.get(key), 1) for key, _ in scores)])
    return Table(words("baselines.caption"), columns, rows, note=words("baselines.note"), style=fitting(columns))
