"""The page of a run: the verdict of each clause first, then what is to be seen, the worst cases, and how it was tested.

Blocks, template and style are those of a study's report, with the marks of this page added.
"""

import functools
import hashlib
import importlib.resources
import pathlib
import tomllib
from collections.abc import Callable, Sequence

from markupsafe import Markup, escape

from twinbed.bench.charts import Chart, Figure, Listing, Matrix
from twinbed.bench.log import Log, Played, read_figures
from twinbed.bench.report import draw
from twinbed.bench.texts import translations
from twinbed.bench.verdict import Verdict
from twinbed.connect.files import write_bytes
from twinbed.studies.report import page
from twinbed.studies.report.text import Words

_SHOWN_FAILURES = 12
Say = Callable[[str], str]


def write_page(folder: pathlib.Path, *, lang: str = "en") -> pathlib.Path:
    """Writes `report.html` beside the log of a folder and returns its path.

    Raises:
        ReadError: the folder holds no log.
        NotFound: no report in that language.
    """
    path = folder / "report.html"
    write_bytes(path, render(Log.read(folder), *read_figures(folder), lang=lang).encode())
    return path


def render(log: Log, figures: Sequence[Figure], worst: Sequence[tuple[str, Figure]], *, lang: str = "en") -> str:
    """The page as text."""
    words = Words(lang, own=_sentences(lang))
    known = translations(str(log.protocol["id"]), lang)
    say = lambda text: known.get(text, text)
    sections = [
        _verdicts(log, words, say),
        _seen(figures, words, say),
        _worst(worst, words, say),
        _failures(log, words),
        _marks(log, words),
        _how(log, words, say),
    ]
    return page.printed(words, _headline(log, words, say), sections, style=_style())


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
    undecided = [v for v in limited if v.outcome == "not tested"]
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
    statements: list[page.Cell] = [Markup(said)]
    unusable = sum(bool(c.failure) for c in log.cases)
    if unusable:
        statements.append(words("said.unusable", n=unusable, all=len(log.cases)))
    met = sum(v.outcome == "pass" for v in limited)
    facts = [
        (words("device"), device_name(log)),
        (words("criteria"), words("of", n=met, all=len(limited))),
        (words("cases"), words.count(len(log.cases))),
        (words("when"), log.started[:10]),
    ]
    title = say(str(log.protocol["title"]))
    return page.Headline(title, str(log.protocol["standard"]), words("verdict"), statements, tone, facts)


def _means(log: Log) -> dict[str, str]:
    return {c["name"]: c["means"] for c in log.protocol["criteria"]}


def shown(value: float | None, unit: str, words: Words) -> str:
    """A number with four significant digits and its unit."""
    if value is None:
        return "–"
    small = abs(value) < 1e-3 and value != 0.0
    text = words.count(value) if abs(value) >= 1e4 else f"{value:.2e}" if small else f"{value:.4g}"
    label = words.unit(unit) if unit != "1" else ""
    return f"{text}\N{NO-BREAK SPACE}{label}".replace("-", "−") if label else text.replace("-", "−")


def outcome_of(verdict: Verdict, words: Words) -> Markup:
    """The verdict as a coloured word; one without a limit is disclosed."""
    disclosed = verdict.limit is None and verdict.outcome == "pass"
    key = "disclosed" if disclosed else verdict.outcome.replace(" ", "_")
    kind = verdict.outcome if verdict.outcome in ("pass", "fail") and not disclosed else "open"
    return Markup('<span class="outcome {}">{}</span>').format(kind, words(f"outcome.{key}"))


def _verdicts(log: Log, words: Words, say: Say) -> page.Section:
    declared = {c["name"]: c for c in log.protocol["criteria"]}
    columns = [page.Column(words(key), "text") for key in ("criterion", "clause")]
    columns += [page.Column(words(key)) for key in ("value", "interval", "limit", "n")]
    columns.append(page.Column(words("outcome"), "text"))
    order = sorted(log.verdicts, key=lambda v: (v.limit is None, v.outcome != "fail"))
    rows = [_row(v, declared[v.criterion], words, say) for v in order]
    methods = ", ".join(dict.fromkeys(v.method for v in log.verdicts if v.method and v.low is not None))
    note = words("method", methods=methods) if methods else ""
    return page.Section(
        "verdicts", words("verdicts"), [page.Table(words("verdicts"), columns, rows, note=note, style="wide")]
    )


def _row(verdict: Verdict, declared: dict, words: Words, say: Say) -> list[page.Cell]:
    limit = "–"
    if verdict.limit is not None:
        limit = words(declared["sense"].replace(" ", "_"), value=shown(verdict.limit, verdict.unit, words))
    ends = "–"
    if verdict.low is not None or verdict.high is not None:
        ends = f"{shown(verdict.low, '1', words)} – {shown(verdict.high, '1', words)}"
    tells = verdict.outcome == "fail" and verdict.value is None or verdict.outcome in ("not tested", "not applicable")
    named = say(declared["means"])
    first = page.stacked(named, verdict.reason) if tells else named
    return [
        first, verdict.clause, shown(verdict.value, verdict.unit, words), ends, limit,
        words.count(verdict.n), outcome_of(verdict, words),
    ]  # fmt: skip


def drawn(figure: Figure, key: str, say: Say, words: Words) -> page.Block:
    """A figure as a block of the page."""
    if isinstance(figure, Listing):
        cells = lambda row: [_cell(value, words) for value in row]
        columns = [page.Column(say(figure.columns[0]), "text"), *(page.Column(say(c)) for c in figure.columns[1:])]
        rows = [cells(row) for row in figure.rows]
        return page.Table(say(figure.title), columns, rows, note=say(figure.says), style="wide")
    drawing = draw.matrix(figure, key, say) if isinstance(figure, Matrix) else draw.chart(figure, key, say)
    legend = draw.labels(figure) if isinstance(figure, Chart) else []
    note = Markup("{} {}").format(say(figure.says), _legend(legend, say))
    return page.Figures([page.Figure(say(figure.title), drawing, note)])


def _legend(legend: Sequence[tuple[str, str]], say: Say) -> Markup:
    parts = [Markup('<span class="key"><span class="swatch {}"></span> {}</span>').format(c, say(t)) for c, t in legend]
    return Markup(" ").join(parts)


def _cell(value: str | float | None, words: Words) -> str:
    return value if isinstance(value, str) else shown(value, "1", words)


def _seen(figures: Sequence[Figure], words: Words, say: Say) -> page.Section | None:
    blocks = [drawn(figure, f"figure-{k}", say, words) for k, figure in enumerate(figures)]
    return page.Section("seen", words("seen"), _joined(blocks)) if blocks else None


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


def _worst(worst: Sequence[tuple[str, Figure]], words: Words, say: Say) -> page.Section | None:
    if not worst:
        return None
    figures, legend = [], []
    for k, (case, figure) in enumerate(worst):
        if isinstance(figure, Chart):
            title = Markup("{} <code>{}</code>: {}").format(words("case"), case, say(figure.title))
            figures.append(
                page.Figure(
                    title, draw.chart(figure, f"worst-{k}", say, width=900.0), say(figure.says) if not k else ""
                )
            )
            legend += [(c, say(t)) for c, t in draw.labels(figure)]
    drawings = page.Figures(figures, list(dict.fromkeys(legend)), "single")
    return page.Section("worst", words("worst"), [page.Prose(words("worst.say")), drawings])


def _failures(log: Log, words: Words) -> page.Section | None:
    failed = [c for c in log.cases if c.failure]
    if not failed:
        return None
    rows = [[c.id, _happened(c)] for c in failed[:_SHOWN_FAILURES]]
    columns = [page.Column(words("case"), "text"), page.Column(words("what"), "text")]
    more = words("more", n=len(failed) - _SHOWN_FAILURES) if len(failed) > _SHOWN_FAILURES else ""
    return page.Section("failures", words("failures"), [page.Table(words("failures"), columns, rows, note=more)])


def _happened(case: Played) -> page.Cell:
    if not case.output:
        return case.failure
    return Markup('{}<pre class="output">{}</pre>').format(case.failure, case.output[-1500:])


def _marks(log: Log, words: Words) -> page.Section | None:
    if not log.limits:
        return None
    columns = [page.Column(words("means"), "text"), page.Column(words("clause"), "text"), page.Column(words("limit"))]
    columns += [page.Column(words("mark"), "text"), page.Column(words("source"), "text")]
    rows: list[list[page.Cell]] = [
        [
            page.foreign(limit["means"], words.lang), limit["clause"], shown(limit["value"], limit["unit"], words),
            words(f"mark.{limit['mark']}"), page.foreign(limit["source"], words.lang),
        ]
        for limit in log.limits.values()
    ]  # fmt: skip
    table = page.Table(words("marks"), columns, rows, style="wide")
    return page.Section("marks", words("marks"), [page.Prose(words("marks.say")), table])


def _how(log: Log, words: Words, say: Say) -> page.Section:
    digest = hashlib.sha256("".join(c.sha256 for c in log.cases).encode()).hexdigest()
    software = ", ".join(f"{name} {version}" for name, version in log.software.items())
    rows: list[list[page.Cell]] = [
        [words(key), say(str(log.protocol[key]))] for key in ("subjects", "stimulus", "reference", "edition")
    ]
    rows += [
        [words("software"), software],
        [words("seconds"), shown(sum(c.seconds for c in log.cases), "s", words)],
        [words("fingerprint"), Markup("<code>{}</code>").format(digest)],
    ]
    columns = [page.Column("", "text"), page.Column("", "text")]
    return page.Section("how", words("how"), [page.Table(words("how"), columns, rows)])
