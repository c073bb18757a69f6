"""The top of the report: the question and the answer in a sentence, whatever evidence there is."""

from markupsafe import Markup

from twinbed.studies.report import arms
from twinbed.studies.report.figures import forest, svg
from twinbed.studies.report.page import Cell, Headline
from twinbed.studies.report.schema import Accuracy, Comparison, Evidence
from twinbed.studies.report.text import Words, decimals

_TONES = {"superior": "good", "non_inferior": "good", "inferior": "bad", "inconclusive": "open"}


def headline(evidence: Evidence, words: Words) -> Headline:
    """What the page opens with: the primary comparison, else the arms, else the twins."""
    study = evidence.get("study", {})
    main = arms.primary(evidence)
    twins_only = not evidence.get("endpoints") and bool(evidence.get("twins"))
    default = words("title.twins") if twins_only else words("title.study")
    title = study.get("title") or (study.get("name") or default)
    label, statements, tone = _answer(evidence, main, words)
    return Headline(
        title=title,
        question=study.get("question", ""),
        label=label,
        statements=statements,
        tone=tone,
        facts=_facts(evidence, words),
        figure=_strip(main, words),
    )


def _answer(evidence: Evidence, main: list[Comparison], words: Words):
    """Heading, sentences and tone of the answer."""
    if main:
        tones = {_TONES.get(_code(row.get("verdict")), "plain") for row in main}
        tone = tones.pop() if len(tones) == 1 else "open"
        return words("headline.primary"), [_sentence(evidence, row, words) for row in main], tone
    if evidence.get("endpoints"):
        return words("headline.found"), _described(evidence, words), "plain"
    if evidence.get("twins"):
        return words("headline.twins"), _of_twins(evidence, words), "plain"
    return words("headline.found"), [words("headline.nothing")], "open"


def _code(verdict: str | None) -> str:
    return (verdict or "").replace("-", "_")


def verdict_name(row: Comparison, words: Words) -> str:
    """The verdict in a word or two, empty where nothing was tested."""
    code = _code(row.get("verdict"))
    if not code or row.get("test") == "descriptive":
        return ""
    if code == "inconclusive":
        return words(f"verdict.not_shown.{_code(row.get('test') or 'superiority')}")
    return words.known("verdict", code)


def endpoint_name(row: Comparison, words: Words) -> str:
    """What an endpoint is called on the page."""
    return words.known("endpoint", row.get("endpoint", ""), row.get("label"))


def _sentence(evidence: Evidence, row: Comparison, words: Words) -> Cell:
    """One comparison as a sentence: direction, size, interval, and what follows from it."""
    names, estimate = arms.titles(evidence), row.get("estimate")
    unit = row.get("unit")
    way = "same" if not estimate else ("higher" if estimate > 0 else "lower")
    cohorts = {c.get("id", ""): c.get("title", "") for c in evidence.get("cohorts", [])}
    where = cohorts.get(row.get("cohort", ""), row.get("cohort", ""))
    places = {
        "endpoint": endpoint_name(row, words),
        "arm": names.get(row.get("arm", ""), row.get("arm", "")),
        "reference": names.get(row.get("reference", ""), row.get("reference", "")),
        "size": words.size(abs(estimate) if estimate is not None else None, unit),
        "difference": words.difference(estimate, unit),
        "interval": words.interval(row.get("ci_low"), row.get("ci_high"), decimals(unit, estimate)),
    }
    said = words(f"sentence.{way}", **places)
    if where:
        said = words("sentence.within", cohort=where, sentence=said)
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
        "non_inferior": "conclusion.non_inferior",
        "inferior": "conclusion.inferior",
    }.get(code, f"conclusion.open_{test}_{beside}")
    return words(key, margin=words.size(abs(margin), row.get("unit")))


def _described(evidence: Evidence, words: Words) -> list[Cell]:
    """The first endpoint of every arm, where nothing was compared."""
    names, table = arms.titles(evidence), evidence.get("endpoints", {})
    wanted = evidence.get("study", {}).get("primary_endpoint")
    out: list[Cell] = []
    for arm in arms.ordered(evidence, table):
        shown = table[arm]
        name = wanted if wanted in shown else next(iter(shown), None)
        if name is None:
            continue
        endpoint = shown[name]
        said = words(
            "headline.described",
            endpoint=words.known("endpoint", name, endpoint.get("label")),
            arm=names[arm],
            mean=words.quantity(endpoint.get("mean"), endpoint.get("unit")),
            sd=words.quantity(endpoint.get("sd"), endpoint.get("unit")),
        )
        out.append(said)
    return out or [words("headline.nothing")]


def _of_twins(evidence: Evidence, words: Words) -> list[Cell]:
    """How well the twins did, on held-out days where there are any."""
    twins = evidence.get("twins", {})
    people = twins.get("people", {})
    held_out = twins.get("pooled") or _single(people, "prediction")
    if held_out:
        return [_accuracy("headline.predicted", held_out, len(people), words)]
    fitted = _single(people, "fit")
    if fitted:
        return [_accuracy("headline.fitted", fitted, len(people), words), words("headline.not_predicted")]
    return [words("headline.people", people=len(people))]


def _single(people, which: str) -> Accuracy | None:
    """The one person's numbers; several people are never averaged here."""
    found = [person[which] for person in people.values() if person.get(which)]
    return found[0] if len(found) == 1 else None


def _accuracy(key: str, found: Accuracy, people: int, words: Words) -> str:
    said = [words(key, people=people)]
    for name, unit in (("rmse", "mg/dL"), ("mard", "%"), ("clarke_ab", "%"), ("coverage", "%")):
        if svg.known(found.get(name)):
            said.append(words(f"headline.{name}", value=words.quantity(found[name], unit)))
    return words("headline.open") + words("headline.comma").join(said) + words("headline.stop")


def _facts(evidence: Evidence, words: Words) -> list[tuple[str, str]]:
    """The numbers a reader looks for first."""
    study, people = evidence.get("study", {}), evidence.get("twins", {}).get("people", {})
    cohorts = evidence.get("cohorts", [])
    virtual = sum(c.get("n", 0) for c in cohorts if c.get("kind") == "population")
    real = sum(c.get("n", 0) for c in cohorts if c.get("kind") == "twins")
    known = virtual + real
    facts = [
        ("fact.virtual", virtual),
        ("fact.twins", real or len(people)),
        ("fact.patients", None if known else study.get("n_patients")),
        ("fact.days", study.get("days")),
        ("fact.arms", len(evidence.get("arms", []))),
    ]
    out = [(words(key), words.tick(value)) for key, value in facts if value]
    if "excluded" in evidence:
        out.append((words("fact.excluded"), words.count(len(evidence["excluded"]))))
    return out


def _strip(main: list[Comparison], words: Words) -> Cell:
    """The primary differences drawn, where they share a unit."""
    rows = [row for row in main if svg.known(row.get("estimate"))]
    if not rows or len({row.get("unit") for row in rows}) > 1:
        return ""
    x = forest.axis(rows)
    said = words("forest.strip_description")
    strips = [
        forest.strip(row, x, svg.Caption(f"primary-{i}", endpoint_name(row, words), said))
        for i, row in enumerate(rows)
    ]
    label = words("forest.scale", unit=words.difference_unit(rows[0].get("unit")))
    foot = forest.foot(x, svg.Caption("primary-scale", label, label), words)
    return Markup("").join([*strips, foot, Markup('<p class="scale-name">{}</p>').format(label)])
