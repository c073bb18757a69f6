"""The top of the report: the question and the answer in a sentence, whatever the record holds."""

from typing import Literal

from markupsafe import Markup

from twinbed.studies.report import arms
from twinbed.studies.report.figures import forest, svg
from twinbed.studies.report.page import Cell, Headline
from twinbed.studies.report.schema import Accuracy, Comparison, Record
from twinbed.studies.report.text import Words, decimals

Tone = Literal["good", "bad", "open", "plain"]
_TONES: dict[str, Tone] = {
    "superior": "good",
    "non_inferior": "good",
    "inferior": "bad",
    "open": "open",
    "adjusted": "open",
}


def headline(record: Record, words: Words) -> Headline:
    """What the page opens with: the primary comparison, else the arms, else the twins."""
    study = record.get("study", {})
    main = arms.primary(record)
    twins_only = not record.get("endpoints") and bool(record.get("twins"))
    default = words("title.twins") if twins_only else words("title.study")
    title = study.get("title") or (study.get("name") or default)
    label, statements, tone = _answer(record, main, words)
    return Headline(
        title=title,
        question=study.get("question", ""),
        label=label,
        statements=statements,
        tone=tone,
        facts=_facts(record, words),
        figure=_strip(main, words),
    )


def _answer(record: Record, main: list[Comparison], words: Words) -> tuple[str, list[Cell], Tone]:
    """Heading, sentences and tone of the answer."""
    if main:
        tones: set[Tone] = {_TONES.get(_code(row.get("verdict")), "plain") for row in main}
        label = words("headline.primary") if len(main) == 1 else words("headline.primaries")
        tone: Tone = tones.pop() if len(tones) == 1 else "open"
        return label, [_sentence(record, row, words) for row in main], tone
    if record.get("endpoints"):
        return words("headline.found"), _described(record, words), "plain"
    if record.get("twins"):
        return words("headline.twins"), _of_twins(record, words), "plain"
    return words("headline.found"), [words("headline.nothing")], "open"


def _code(verdict: str | None) -> str:
    return (verdict or "").replace("-", "_")


def verdict_name(row: Comparison, words: Words) -> str:
    """The verdict in a word or two, empty where nothing was tested."""
    code = _code(row.get("verdict"))
    if not code or row.get("test") == "descriptive":
        return ""
    if code in ("open", "adjusted"):
        return words(f"verdict.not_shown.{_code(row.get('test') or 'superiority')}")
    return words(f"verdict.{code}")


def endpoint_name(row: Comparison, words: Words) -> str:
    """What an endpoint is called on the page."""
    return words.endpoint(row.get("endpoint", ""), row.get("label"))


def _sentence(record: Record, row: Comparison, words: Words) -> Cell:
    """One comparison as a sentence: direction, size, interval, and what follows from it."""
    names, estimate = arms.titles(record), row.get("estimate")
    unit = row.get("unit")
    way = "same" if not estimate else ("higher" if estimate > 0 else "lower")
    places = {
        "endpoint": endpoint_name(row, words),
        "arm": names.get(row.get("arm", ""), row.get("arm", "")),
        "reference": names.get(row.get("reference", ""), row.get("reference", "")),
        "size": words.size(abs(estimate) if estimate is not None else None, unit),
        "difference": words.difference(estimate, unit),
        "interval": words.interval(row.get("ci_low"), row.get("ci_high"), decimals(unit, estimate)),
    }
    said = words(f"sentence.{way}", **places)
    concluded = _conclusion(row, words)
    return Markup("{} <strong>{}</strong>").format(said, concluded) if concluded else said


def _conclusion(row: Comparison, words: Words) -> str:
    """What the interval shows, in the words of the test."""
    code, test = _code(row.get("verdict")), _code(row.get("test") or "superiority")
    if not code or test == "descriptive":
        return ""
    margin = row.get("margin") or 0.0
    beside = "margin" if margin else "zero"
    key = {
        "superior": f"conclusion.superior_{beside}",
        "non_inferior": f"conclusion.non_inferior_{beside}",
        "inferior": "conclusion.inferior",
        "adjusted": f"conclusion.adjusted_{test}",
    }.get(code, f"conclusion.open_{test}_{beside}")
    return words(key, margin=words.size(abs(margin), row.get("unit")))


def _described(record: Record, words: Words) -> list[Cell]:
    """The first endpoint of every arm, where nothing was compared."""
    names, table = arms.titles(record), record.get("endpoints", {})
    wanted = record.get("study", {}).get("primary_endpoint")
    out: list[Cell] = []
    for arm in arms.ordered(record, table):
        shown = table[arm]
        name = wanted if wanted in shown else next(iter(shown), None)
        if name is None:
            continue
        endpoint = shown[name]
        said = words(
            "headline.described",
            endpoint=words.endpoint(name, endpoint.get("label")),
            arm=names[arm],
            mean=words.quantity(endpoint.get("mean"), endpoint.get("unit")),
            sd=words.quantity(endpoint.get("sd"), endpoint.get("unit")),
        )
        out.append(said)
    return out or [words("headline.nothing")]


def _of_twins(record: Record, words: Words) -> list[Cell]:
    """How well the twins did, on held-out days where there are any."""
    twins = record.get("twins", {})
    people = twins.get("people", {})
    held_out = twins.get("pooled") or _single(people, "prediction")
    if held_out:
        return [_accuracy("headline.predicted", held_out, len(people), words)]
    fitted = twins.get("pooled_fit") or _single(people, "fit")
    if fitted:
        return [_accuracy("headline.fitted", fitted, len(people), words), words("headline.not_predicted")]
    return [words("headline.people", people=len(people))]


def _single(people, which: str) -> Accuracy | None:
    """The one person's numbers; several people are never averaged here."""
    found = [person[which] for person in people.values() if person.get(which)]
    return found[0] if len(found) == 1 else None


def _accuracy(key: str, found: Accuracy, people: int, words: Words) -> str:
    said = []
    for name, unit in (("rmse", "mg/dL"), ("mard", "%"), ("clarke_ab", "%"), ("coverage", "%")):
        if svg.known(found.get(name)):
            said.append(words(f"headline.{name}", value=words.quantity(found[name], unit)))
    return words(key, scores=", ".join(said), people=people)


def _facts(record: Record, words: Words) -> list[tuple[str, str]]:
    """The numbers a reader looks for first."""
    study, people = record.get("study", {}), record.get("twins", {}).get("people", {})
    cohorts = record.get("cohorts", [])
    virtual = sum(c.get("n", 0) for c in cohorts if c.get("kind") == "population")
    real = sum(c.get("persons", c.get("n", 0)) for c in cohorts if c.get("kind") == "twins")
    facts = [
        ("fact.virtual", virtual),
        ("fact.twins", real or len(people)),
        ("fact.patients", 0 if virtual + real else study.get("declared", 0)),
        ("fact.days", study.get("days", 0) - study.get("warm_up_days", 0)),
        ("fact.arms", len(record.get("arms", []))),
    ]
    out = [(words(key), words.count(value)) for key, value in facts if value]
    if "declared" in study and "analysed" in study:
        out.append((words("fact.excluded"), words.count(study["declared"] - study["analysed"])))
    return out


def _strip(main: list[Comparison], words: Words) -> Cell:
    """The primary differences drawn, where they share a unit."""
    rows = [row for row in main if svg.known(row.get("estimate"))]
    if not rows or len({row.get("unit") for row in rows}) > 1:
        return ""
    x = forest.axis(rows)
    said = words("forest.strip_description")
    strips = [
        forest.strip(row, x, svg.Caption(f"primary-{i}", endpoint_name(row, words), said)) for i, row in enumerate(rows)
    ]
    label = words("forest.scale", unit=words.difference_unit(rows[0].get("unit")))
    foot = forest.foot(x, svg.Caption("primary-scale", label, label), words)
    return Markup("").join([*strips, foot, Markup('<p class="scale-name">{}</p>').format(label)])
