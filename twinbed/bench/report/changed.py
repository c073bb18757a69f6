"""What changed since the run before, as rows of a table."""

from collections.abc import Sequence
from typing import Any

from markupsafe import Markup

from twinbed.bench.report.verdicts import Say, mark_of, shown, shown_limit
from twinbed.bench.trace.changes import Changes, Moved
from twinbed.studies.report.page import Cell, stacked
from twinbed.studies.report.text import Words

_MOST = 20
_KINDS = ("outcomes", "values", "limits", "cases", "failures", "setting")


def rows(found: Changes, words: Words, say: Say) -> list[list[Cell]]:
    """What, before, after: verdicts first, then values, limits, cases, answers and settings.

    Args:
        found: the changes.
        words: with the sentences of a report of the bench.
        say: what says texts of the protocol in the language of the page.
    """
    out: list[list[Cell]] = []
    for kind in _KINDS:
        moved: Sequence[Moved] = getattr(found, kind)
        for m in moved[:_MOST]:
            cells = [_cell(kind, m.name, value, found, words, say) for value in (m.before, m.after)]
            out.append([stacked(_name(kind, m.name, found, say), words(f"changed.{kind}")), *cells])
        if len(moved) > _MOST:
            out.append([words(f"changed.{kind}"), words("more", n=len(moved) - _MOST), ""])
    return out


def _name(kind: str, name: str, found: Changes, say: Say) -> str:
    """What a reader calls it: the meaning of a criterion or limit, else its name."""
    logs = (found.after.log, found.before.log)
    if kind == "limits":
        return say(next(str(log.limits[name]["means"]) for log in logs if name in log.limits))
    if kind in ("outcomes", "values"):
        means = [c["means"] for log in logs for c in log.protocol.get("criteria", ()) if c["name"] == name]
        return say(str(means[0])) if means else name
    return say(name)


def _cell(kind: str, name: str, value: Any, found: Changes, words: Words, say: Say) -> Cell:
    if kind == "failures":
        return say(str(value)) if value else words("changed.answered")
    if value is None:
        return "–"
    match kind:
        case "outcomes":
            tone = value if value in ("pass", "fail") else "open"
            key = f"outcome.{value.replace(' ', '_')}"
            return Markup('<span class="outcome {}">{}</span>').format(tone, words(key))
        case "values":
            units = {v.criterion: v.unit for v in found.after.log.verdicts}
            return shown(value, units.get(name, "1"), words)
        case "limits":
            number = shown_limit(value["value"], value["unit"], words)
            return Markup("{} {}").format(number, mark_of(value["mark"], words))
        case "cases":
            return Markup("<code>{}</code>").format(value[:12])
        case _:
            return say(str(value))
