"""Parts that several documents share."""

import collections
from collections.abc import Iterable, Mapping, Sequence

from markupsafe import Markup

from twinbed.bench.dossier.device_file import KNOWN
from twinbed.bench.dossier.material import Judged, Material, judged_in
from twinbed.bench.dossier.text import Text
from twinbed.bench.log import read_figures
from twinbed.bench.report import again, fingerprint
from twinbed.bench.report import chosen as chosen_in_run
from twinbed.bench.report.page import amiss, drawn, sentences, worst_figure
from twinbed.bench.report.verdicts import shown_limit
from twinbed.bench.texts import translator
from twinbed.bench.trace import Run, standing_of
from twinbed.core.errors import ReadError
from twinbed.studies.report.page import Block, Callout, Cell, Column, Figures, Prose, Section, Table, stacked

_UNSURE = ("secondary", "remembered", "project")


def columns(text: Text, *names: str, numbers: Sequence[str] = ()) -> list[Column]:
    """Columns by the keys of their headings; all hold text but those named."""
    return [Column(text(f"column.{name}"), "number" if name in numbers else "text") for name in names]


def facts(text: Text, table: str, names: Iterable[str], caption: str) -> Table:
    """What people state, one row each, with a marked place where they do not."""
    rows = [[text(f"{table}.{name}"), text.said(table, name)] for name in names]
    return Table(text(caption), columns(text, "item", "content"), rows)


def results(run: Run, text: Text) -> Table:
    """Every criterion of a run: what, result, how many, limit, verdict."""
    rows: list[list[Cell]] = [
        [
            stacked(text.of(run.protocol, j.criterion.get("means", j.verdict.criterion)),
                    text("clause", clause=text.plain(run.protocol, j.verdict.clause))),
            text.result(run.protocol, j.verdict), text.words.count(j.verdict.n), text.limit(j), text.outcome(j.verdict),
        ]
        for j in judged_in(run)
    ]  # fmt: skip
    heads = columns(text, "criterion", "result", "n", "limit", "verdict")
    return Table(text("table.results"), heads, rows, style="stacking")


def judged_again(run: Run, text: Text) -> list[Block]:
    """That the verdicts of a run are not those of its day, and what changed by judging it again."""
    said = again.sentences(run.log, sentences(text.lang), translator(run.protocol, text.lang))
    return [Callout(text("results.again"), " ".join(said), "warning")] if said else []


def chosen(run: Run, text: Text) -> list[Block]:
    """Which settings of a run are not the usual ones, so that a test of a part is not read as one of the whole."""
    said = _chosen(run, text)
    return [Callout(text("set.chosen"), Markup(" ").join(said), "warning")] if said else []


def otherwise(material: Material, text: Text) -> list[Markup]:
    """A sentence for each run with settings that are not the usual ones."""
    return [
        Markup("{} {}").format(text("set.otherwise", protocol=run.protocol), Markup(" ").join(said))
        for run in material.runs
        if (said := _chosen(run, text))
    ]


def _chosen(run: Run, text: Text) -> list[Markup]:
    return chosen_in_run.sentences(run.log, sentences(text.lang), translator(run.protocol, text.lang))


def tested(material: Material, text: Text) -> Table:
    """The runs: protocol, standard, cases, subjects, when, and the fingerprint of the log."""
    rows: list[list[Cell]] = []
    for run in material.runs:
        p, cases = run.log.protocol, run.log.cases
        rows.append([
            text.of(run.protocol, p["title"]), f"{p['standard']} ({p['edition']})", text.words.count(len(cases)),
            text.words.count(len({c.subject for c in cases})), text.words.count(sum(bool(c.failure) for c in cases)),
            when(run), _standing(run, text),
        ])  # fmt: skip
    heads = columns(text, "protocol", "standard", "cases", "subjects", "failed", "when", "standing",
                    numbers=("cases", "subjects", "failed"))  # fmt: skip
    return Table(text("table.tested"), heads, rows, style="stacking")


def fingerprints(material: Material, text: Text) -> Table:
    """Where each log is, and its SHA-256."""
    rows: list[list[Cell]] = [
        [run.name, f"{run.protocol}", Markup("<code>{}</code>").format(run.sha256)] for run in material.runs
    ]
    return Table(text("table.fingerprints"), columns(text, "log", "protocol", "sha256"), rows, style="stacking")


def devices(material: Material, text: Text) -> Table:
    """What each log knows of the device that it is of: what it was given as, and fingerprints of its files."""
    words = sentences(text.lang)
    rows: list[list[Cell]] = [
        [run.name, run.device, fingerprint.of_device(run.log.device, words)] for run in material.runs
    ]
    return Table(text("table.devices"), columns(text, "log", "device", "sha256"), rows, style="stacking")


def port(run: Run, text: Text) -> list[Block]:
    """That nothing shows what answered, where it was behind a port."""
    if not fingerprint.behind_port(run.log.device):
        return []
    return [Callout(text("results.port"), sentences(text.lang)("said.port"), "warning")]


def when(run: Run) -> str:
    """Date of a run, which does not break over lines."""
    return _unbroken(run.log.started)


def _unbroken(iso: str) -> str:
    return iso[:10].replace("-", "\N{NON-BREAKING HYPHEN}")


def _standing(run: Run, text: Text) -> Cell:
    """The verdict of a run, when it was judged again, and whether its settings are not the usual ones."""
    return standing_in(overall(standing_of(v) for v in run.log.verdicts), [run], text)


def standing_in(outcome: str, runs: Sequence[Run], text: Text) -> Cell:
    """An outcome with when its runs were judged again, and whether their settings are not the usual ones."""
    verdict = text.verdict(outcome)
    below = [text("results.again_at", at=_unbroken(run.log.judged.at)) for run in runs if run.log.judged]
    below += [text("set.other") for run in runs if _chosen(run, text)]
    return stacked(verdict, Markup("<br>").join(dict.fromkeys(below))) if below else verdict


def overall(outcomes: Iterable[str]) -> str:
    """The worst of several outcomes."""
    found = set(outcomes)
    return next((o for o in ("fail", "not tested", "pass", "disclosed") if o in found), "not applicable")


def counted(material: Material) -> Mapping[str, int]:
    """How many verdicts of each outcome; `disclosed` counts apart."""
    return collections.Counter(standing_of(j.verdict) for j in material.judged)


def summed(counts: Mapping[str, int], text: Text) -> str:
    """How verdicts stand, in a sentence whose numbers add up to all of them."""
    return text(
        "headline.result", passed=counts.get("pass", 0), failed=counts.get("fail", 0), open=counts.get("not tested", 0),
        aside=counts.get("not applicable", 0), disclosed=counts.get("disclosed", 0),
    )  # fmt: skip


def notes(run: Run, text: Text) -> list[Block]:
    """What somebody who reads the verdicts of a run should know of how they came about."""
    return [Callout(text("results.note"), f"{text.plain(run.protocol, note)}.", "warning") for note in run.log.notes]


def figures(run: Run, text: Text) -> list[Block]:
    """The figures of a run, its worst case drawn, and which the next ones are; a note where none were kept."""
    try:
        kept, worst = read_figures(run.folder)
    except ReadError:
        return [Prose(text("figures.none"), "small")]
    say = translator(run.protocol, text.lang)
    blocks = [drawn(figure, f"{slug(run)}-{k}", say, text.words) for k, figure in enumerate(kept)]
    out: list[Block] = [Prose(text("figures.kept", log=run.name), "note"), *_beside(blocks)] if blocks else []
    partial = next((v for v in run.log.verdicts if not v.evident), None)
    if partial and partial.answered and blocks:
        out.insert(1, Prose(text("figures.partial", n=partial.answered, all=partial.asked), "note"))
    if worst:
        case, figure = worst[0]
        played, words = next((c for c in run.log.cases if c.id == case), None), sentences(text.lang)
        out.append(Prose(text("figures.worst", case=case), "note"))
        out += [Prose(said, "note") for said in amiss(played, words, say)] if played else []
        out.append(worst_figure(case, figure, f"{slug(run)}-worst", say, words))
    if len(worst) > 1:
        out.append(Prose(text("figures.next", cases=", ".join(case for case, _ in worst[1:])), "small"))
    return out


def slug(run: Run) -> str:
    """The protocol of a run as part of an id of the page."""
    return run.protocol.replace("/", "-").replace("_", "-")


def _beside(blocks: Sequence[Block]) -> list[Block]:
    """Drawings that follow each other stand side by side."""
    out: list[Block] = []
    for block in blocks:
        last = out[-1] if out else None
        if isinstance(block, Figures) and isinstance(last, Figures):
            out[-1] = Figures([*last.figures, *block.figures])
        else:
            out.append(block)
    return out


def limits(material: Material, text: Text) -> Section:
    """Every limit with its source and how it is known; those that nobody here read are to be checked."""
    rows: list[list[Cell]] = []
    unsure = 0
    for run in material.runs:
        for limit in run.log.limits.values():
            unsure += limit["mark"] in _UNSURE
            where = f"{run.log.protocol['standard']}, {text.plain(run.protocol, limit['clause'])}"
            rows.append([
                stacked(text.of(run.protocol, limit["means"]), where),
                shown_limit(limit["value"], limit["unit"], text.words), text(f"mark.{limit['mark']}"),
                text.of(run.protocol, limit["source"]) or "–",
            ])  # fmt: skip
    heads = columns(text, "limit", "value", "mark", "source")
    blocks: list[Block] = [Table(text("table.limits"), heads, rows, style="stacking")]
    if unsure:
        blocks.insert(0, Callout(text("limits.check"), text.human("check_limits", n=unsure), "warning"))
    return Section("limits", text("section.limits"), blocks)


def anomalies(material: Material) -> list[list[Judged]]:
    """Criteria that failed or were not decided; those that fail for want of an answer are one anomaly of their run."""
    found: dict[tuple[str, str], list[Judged]] = {}
    for judged in material.judged:
        if standing_of(judged.verdict) in ("fail", "not tested"):
            unmeasured = judged.verdict.value is None or not judged.verdict.evident
            unanswered = unmeasured and any(case.failure for case in judged.run.log.cases)
            key = "" if unanswered else judged.verdict.criterion
            found.setdefault((judged.run.protocol, key), []).append(judged)
    return list(found.values())


def signatures(text: Text, *roles: str) -> Table:
    """Places to sign."""
    rows: list[list[Cell]] = [
        [text(f"role.{role}"), text.human("name"), text.human("sign"), text.human("date")] for role in roles
    ]
    return Table(text("table.signatures"), columns(text, "role", "name", "signature", "date"), rows, style="stacking")


def signed(text: Text, *roles: str) -> Section:
    """The last section: who answers for it."""
    return Section("signatures", text("section.signatures"), [Prose(text("signatures.why")), signatures(text, *roles)])


def device(text: Text) -> Section:
    """What the device is, as people state it: what every file needs, and what else is stated."""
    asked = ("name", "model", "version", "maker", "intended_use", "patients", "users", "environment")
    others = [name for name in KNOWN["device"] if name not in asked and text.stated.said("device", name, text.lang)]
    names = [*asked, *others]
    return Section("device", text("section.device"), [facts(text, "device", names, "table.device")])
