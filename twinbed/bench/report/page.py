"""The page of a run: the verdict of each clause first, then what is to be seen, the worst cases, and how it was tested.

Blocks, template and style are those of a study's report, with the marks of this page added.
"""

import collections
import functools
import hashlib
import importlib.resources
import math
import pathlib
import re
import tomllib
from collections.abc import Mapping, Sequence

from markupsafe import Markup, escape

from twinbed.bench.charts import Chart, Figure, Listing, Matrix
from twinbed.bench.log import Log, Played, read_before, read_figures
from twinbed.bench.report import again, changed, chosen, draw, fingerprint, picture, verdicts
from twinbed.bench.report.verdicts import Say, shown
from twinbed.bench.settings import shown as shown_setting
from twinbed.bench.texts import translator
from twinbed.bench.trace.changes import Changes, since
from twinbed.bench.verdict import Verdict
from twinbed.bench.worst import largest
from twinbed.connect.files import write_bytes
from twinbed.core.errors import NotFound
from twinbed.studies.report import page
from twinbed.studies.report.text import Words
from twinbed.vocab.units import label

FILES: Mapping[str, str] = {"en": "report.html", "ko": "report.ko.html"}
"""The page of a run in each language; they lead to each other."""
_NAMES = {"en": "English", "ko": "한국어"}
_SHOWN_FAILURES = 12
_ROUNDING = 1e-9
"""Part of a size by which sizes differ that are alike but for rounding."""
_NEGATIVE = re.compile(r"^-(?=\d)")


def write_page(folder: pathlib.Path, *, lang: str = "en") -> pathlib.Path:
    """Writes the page of a run in every language beside its log and returns the path of that in `lang`.

    Raises:
        ReadError: the folder holds no log.
        NotFound: no report in that language.
    """
    if lang not in FILES:
        raise NotFound(f"no report in {lang!r}; choose one of {', '.join(FILES)}")
    log, before, drawings = Log.read(folder), read_before(folder), read_figures(folder)
    for language, name in FILES.items():
        write_bytes(folder / name, render(log, *drawings, lang=language, before=before).encode())
    return folder / FILES[lang]


def render(
    log: Log,
    figures: Sequence[Figure],
    worst: Sequence[tuple[str, Figure]],
    *,
    lang: str = "en",
    before: Log | None = None,
) -> str:
    """The page as text.

    Args:
        log: of the run.
        figures: of all cases.
        worst: pictures of the worst cases by case.
        lang: of the page.
        before: log of the run before, where there was one; what changed is said if it is of the same device.
    """
    words, say = sentences(lang), translator(str(log.protocol["id"]), lang)
    sections = [
        verdicts.section(log, words, say),
        _changed(since(before, log) if before else None, words, say),
        _seen(log, figures, words, say),
        _worst(log, worst, words, say),
        _failures(log, words, say),
        _marks(log, words, say),
        _how(log, words, say),
    ]
    others = [(code, _NAMES[code], name) for code, name in FILES.items() if code != lang]
    return page.printed(words, _headline(log, words, say), sections, style=_style(), others=others)


def sentences(lang: str) -> Words:
    """The words of a page of the bench.

    Raises:
        NotFound: no page in that language.
    """
    return Words(lang, own=_sentences(lang))


@functools.cache
def _sentences(lang: str) -> dict[str, str]:
    folder = importlib.resources.files(__name__.rpartition(".")[0])
    path = folder.joinpath(f"{lang}.toml")
    return tomllib.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


def _style() -> str:
    return importlib.resources.files(__name__.rpartition(".")[0]).joinpath("style.css").read_text(encoding="utf-8")


def device_name(log: Log) -> str:
    """What the device is called in sentences."""
    known = log.device
    name = known.get("name") or known.get("command") or known.get("folder") or known["kind"]
    return f"{name} {known['version']}" if known.get("version") else str(name)


def _limited(log: Log) -> list[Verdict]:
    return [v for v in log.verdicts if v.limit is not None]


def _headline(log: Log, words: Words, say: Say) -> page.Headline:
    limited = _limited(log)
    failed = [v for v in limited if v.outcome == "fail"]
    undecided = [v for v in limited if v.outcome != "pass"]
    name = escape(device_name(log))
    if failed:
        means = _means(log)
        names = ", ".join(str(escape(say(means[v.criterion]))) for v in failed[:4])
        names += f", {words('more', n=len(failed) - 4)}" if len(failed) > 4 else ""
        said, tone = words("said.fail", device=name, n=len(failed), all=len(limited), names=names), "bad"
    elif undecided:
        said, tone = words("said.open", device=name, n=len(undecided), all=len(limited)), "open"
    elif limited:
        said, tone = words("said.pass", device=name, n=len(limited)), "good"
    else:
        said, tone = words("said.none"), "plain"
    statements: list[page.Cell] = [*again.sentences(log, words, say), Markup(said), *chosen.sentences(log, words, say)]
    unusable = sum(bool(c.failure) for c in log.cases)
    if unusable:
        statements.append(words("said.unusable", n=unusable, all=len(log.cases)))
    statements += [f"{say(note)}." for note in log.notes]
    if fingerprint.behind_port(log.device):
        statements.append(words("said.port"))
    if log.protocol.get("recorded_by_tester"):
        statements.append(words("said.recorded"))
    if unsure := len(verdicts.remembered(log)):
        statements.append(words("said.remembered", n=unsure, all=len(limited)))
    met = sum(v.outcome == "pass" for v in limited)
    facts = [
        (words("device"), device_name(log)),
        (words("criteria"), words("of", n=met, all=len(limited))),
        (words("cases"), words.count(len(log.cases))),
        (words("when"), log.started[:10]),
        *([(words("again.when"), log.judged.at[:10])] if log.judged else []),
    ]
    title = say(str(log.protocol["title"]))
    return page.Headline(title, str(log.protocol["standard"]), words("verdict"), statements, tone, facts)


def _means(log: Log) -> dict[str, str]:
    return {c["name"]: c["means"] for c in log.protocol["criteria"]}


def drawn(figure: Figure, key: str, say: Say, words: Words) -> page.Block:
    """A figure as a block of the page."""
    if isinstance(figure, Listing):
        cells = lambda row: [_cell(value, words, say) for value in row]
        columns = [page.Column(say(figure.columns[0]), "text"), *(page.Column(say(c)) for c in figure.columns[1:])]
        rows = [cells(row) for row in figure.rows]
        return page.Table(say(figure.title), columns, rows, note=say(figure.says), style="wide")
    drawing = draw.matrix(figure, key, say) if isinstance(figure, Matrix) else draw.chart(figure, key, say)
    legend = draw.labels(figure) if isinstance(figure, Chart) else []
    note = Markup("{} {}").format(say(figure.says), _legend(legend, say))
    made = functools.partial(picture.png, figure, say, words.lang)
    return page.Figures([page.Figure(say(figure.title), drawing, note, made)])


def _legend(legend: Sequence[tuple[str, str]], say: Say) -> Markup:
    parts = [Markup('<span class="key"><span class="swatch {}"></span> {}</span>').format(c, say(t)) for c, t in legend]
    return Markup('<span class="keys">{}</span>').format(Markup(" ").join(parts)) if parts else Markup("")


def _cell(value: str | float | None, words: Words, say: Say) -> str:
    return _NEGATIVE.sub("\N{MINUS SIGN}", say(value)) if isinstance(value, str) else shown(value, "1", words)


def _changed(found: Changes | None, words: Words, say: Say) -> page.Section | None:
    """What is not as it was in the run before; none where there was none of this device."""
    if found is None:
        return None
    judged = found.after.log.judged is not None and found.before.log.started == found.after.log.started
    title = words("changed.by_judging" if judged else "changed")
    said = words("changed.judged" if judged else "changed.since", when=again.moment(found.before.log.started))
    rows = changed.rows(found, words, say)
    blocks: list[page.Block] = [
        page.Prose(
            " ".join([said, *changed.lead(found, words, say), words("changed.lead" if rows else "changed.none")])
        )
    ]
    if rows:
        columns = [page.Column(words(f"changed.{key}"), "text") for key in ("what", "before", "after")]
        blocks.append(page.Table(title, columns, rows))
    return page.Section("changed", title, blocks)


def _seen(log: Log, figures: Sequence[Figure], words: Words, say: Say) -> page.Section | None:
    blocks = _joined([drawn(figure, f"figure-{k}", say, words) for k, figure in enumerate(figures)])
    partial = next((v for v in log.verdicts if not v.evident), None)
    some = partial and partial.answered
    note = [page.Prose(words("seen.partial", n=partial.answered, all=partial.asked))] if partial and some else []
    return page.Section("seen", words("seen"), [*note, *blocks]) if blocks else None


def _joined(blocks: Sequence[page.Block]) -> list[page.Block]:
    """Figures that follow each other stand side by side."""
    out: list[page.Block] = []
    for block in blocks:
        last = out[-1] if out else None
        if isinstance(block, page.Figures) and isinstance(last, page.Figures):
            out[-1] = page.Figures([*last.figures, *block.figures])
        else:
            out.append(block)
    return out


def _worst(log: Log, worst: Sequence[tuple[str, Figure]], words: Words, say: Say) -> page.Section | None:
    if not worst:
        return None
    known, failed = {c.id: c for c in log.cases}, log.failed_in()
    blocks: list[page.Block] = []
    for k, (case, figure) in enumerate(worst):
        blocks += [page.Prose(said, "note") for said in amiss(known[case], words, say)] if case in known else []
        if case in failed:
            blocks.append(page.Prose(_found(log, case, failed[case], words, say)))
        blocks.append(worst_figure(case, figure, f"worst-{k}", say, words))
    drawn_cases = [known[case] for case, _ in worst if case in known]
    lead = page.Prose(" ".join(_chosen_by(log, drawn_cases, words)))
    title = words("worst.some" if _alike(log, drawn_cases) else "worst")
    return page.Section("worst", title, [lead, *_gaps(log, words, say), *blocks])


def _chosen_by(log: Log, cases: Sequence[Played], words: Words) -> list[str]:
    """By what the drawn cases were chosen, in sentences."""
    before = any(case.failure or case.gaps for case in cases)
    said = [words("worst.before")] if before else []
    column = log.protocol.get("badness")
    if not column:  # a log from before that was noted
        return [words("worst.say"), *said]
    if _alike(log, cases):
        return [words("worst.alike", column=column)]
    failed = log.failed_in()
    if any(case.id in failed for case in cases):
        said.append(words("worst.found"))
    if any(not (case.failure or case.gaps or case.id in failed) for case in cases):
        said.append(words("worst.by", column=column))
    return said


def _alike(log: Log, cases: Sequence[Played]) -> bool:
    """Whether nothing tells which case is the worst: all have a usable answer, none failed, and all measure alike."""
    failed, column = log.failed_in(), log.protocol.get("badness")
    if not column or len(log.cases) < 2 or any(case.failure or case.gaps or case.id in failed for case in cases):
        return False
    sizes = [size for size, _ in (largest(case, column) for case in log.cases) if not math.isnan(size)]
    return max(sizes, default=0.0) - min(sizes, default=0.0) <= _ROUNDING * max(sizes, default=0.0)


def _found(log: Log, case: str, failed: Sequence[Verdict], words: Words, say: Say) -> str:
    """Which failed criteria have their value from a case."""
    means = _means(log)
    found = "; ".join(f"{say(means[v.criterion])}: {shown(v.value, v.unit, words, v.limit)}" for v in failed)
    return words("worst.here", case=case, found=found)


def amiss(case: Played, words: Words, say: Say) -> list[str]:
    """Why a case has no usable answer, or where numbers are missing from it."""
    if case.failure:
        return [words("worst.failure", case=case.named, why=say(case.failure))]
    return [words("worst.gap", case=case.named, where=say(gap)) for gap in case.gaps]


def _gaps(log: Log, words: Words, say: Say) -> list[page.Block]:
    """In how many answers numbers are missing, and where in the first."""
    found = [c for c in log.cases if c.gaps]
    if not found:
        return []
    where = f"{found[0].named}: {say(found[0].gaps[0])}"
    return [page.Prose(words("worst.gaps", n=len(found), all=len(log.cases), where=where))]


def worst_figure(case: str, figure: Figure, key: str, say: Say, words: Words) -> page.Block:
    """One case over the whole width of the page."""
    if not isinstance(figure, Chart):
        return drawn(figure, key, say, words)
    named = Markup("") if figure.title == case else Markup(": {}").format(say(figure.title))
    title = Markup("{} <code>{}</code>{}").format(words("case"), case, named)
    note = Markup("{} {}").format(say(figure.says), _legend(draw.labels(figure), say))
    made = functools.partial(picture.png, figure, say, words.lang, wide=True)
    return page.Figures([page.Figure(title, draw.chart(figure, key, say, draw.WIDE), note, made)], [], "single")


def _failures(log: Log, words: Words, say: Say) -> page.Section | None:
    failed = [c for c in log.cases if c.failure]
    if not failed:
        return None
    rows = [[c.named, _happened(c, say)] for c in failed[:_SHOWN_FAILURES]]
    columns = [page.Column(words("case"), "text"), page.Column(words("what"), "text")]
    more = words("more", n=len(failed) - _SHOWN_FAILURES) if len(failed) > _SHOWN_FAILURES else ""
    table = page.Table(words("failures"), columns, rows, note=more)
    kept = [page.Prose(words("failures.kept", file=c.refused)) for c in failed if c.refused][:1]
    return page.Section("failures", words("failures"), [*_expected(log, words, say), *kept, table])


def _expected(log: Log, words: Words, say: Say) -> list[page.Block]:
    """What a usable answer would have been, and what most cases have in its place."""
    asked = [a for a in log.protocol.get("answers", ()) if not a["optional"]]
    if not asked:
        return []
    names = "; ".join(f"{a['name']} ({', '.join([say(a['means']), *_unit_of(a)])})" for a in asked)
    counts = collections.Counter(c.failure for c in log.cases if c.failure)
    most, often = counts.most_common(1)[0]
    said = words("failures.expected", answers=names), words("failures.came", n=often, what=say(most))
    return [page.Prose(" ".join(said))]


def _unit_of(answer: Mapping[str, str]) -> list[str]:
    return [] if answer["unit"] == "1" else [label(answer["unit"])]


def _happened(case: Played, say: Say) -> page.Cell:
    if not case.output:
        return say(case.failure)
    return Markup('{}<pre class="output">{}</pre>').format(say(case.failure), case.output[-1500:])


def _marks(log: Log, words: Words, say: Say) -> page.Section | None:
    if not log.limits:
        return None
    columns = [page.Column(words("means"), "text"), page.Column(words("clause"), "text"), page.Column(words("limit"))]
    columns += [page.Column(words("mark"), "text"), page.Column(words("source"), "text")]
    rows: list[list[page.Cell]] = [
        [
            say(limit["means"]), say(limit["clause"]), verdicts.shown_limit(limit["value"], limit["unit"], words),
            verdicts.mark_of(limit["mark"], words), say(limit["source"]) or "–",
        ]
        for limit in log.limits.values()
    ]  # fmt: skip
    used = [mark for mark in verdicts.MARKS if any(limit["mark"] == mark for limit in log.limits.values())]
    meanings: list[page.Cell] = [
        Markup("{} – {}").format(verdicts.mark_of(mark, words), words(f"mark.{mark}")) for mark in used
    ]
    table = page.Table(words("marks"), columns, rows, style="stacking")
    blocks: list[page.Block] = [page.Prose(verdicts.unbroken(words("marks.say"))), page.Items(meanings), table]
    return page.Section("marks", words("marks"), blocks)


def _how(log: Log, words: Words, say: Say) -> page.Section:
    digest = hashlib.sha256("".join(c.sha256 for c in log.cases).encode()).hexdigest()
    software = ", ".join(f"{name} {version}" for name, version in log.software.items())
    rows: list[list[page.Cell]] = [
        [words(key), say(str(log.protocol[key]))] for key in ("subjects", "stimulus", "reference", "edition")
    ]
    stand = log.protocol.get("stand", {})
    settings = [
        Markup("{}: {}").format(chosen.name(name, say), shown_setting(name, value, stand.get(name, {}), say))
        for name, value in log.protocol.get("settings", {}).items()
    ]
    named = Markup("; ").join([Markup("<code>{}</code>").format(log.protocol["id"]), *settings])
    rows += [
        [words("protocol"), named],
        [words("software"), software],
        [words("seconds"), shown(sum(c.seconds for c in log.cases), "s", words)],
        [words("fingerprint"), Markup("<code>{}</code>").format(digest)],
        [words("device.sha256"), fingerprint.of_device(log.device, words)],
    ]
    columns = [page.Column("", "text"), page.Column("", "text")]
    return page.Section("how", words("how"), [page.Table(words("how"), columns, rows)])
