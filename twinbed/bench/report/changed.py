"""What changed since the run before, as rows of a table."""

import re
from collections.abc import Sequence
from typing import Any

from markupsafe import Markup

from twinbed.bench import settings
from twinbed.bench.numbers import readable
from twinbed.bench.report import chosen
from twinbed.bench.report.verdicts import Say, mark_of, shown, shown_limit, told
from twinbed.bench.trace import Run
from twinbed.bench.trace.changes import SETTING, Changes, Moved
from twinbed.studies.report.page import Cell, stacked
from twinbed.studies.report.text import Words

_MOST = 20
_SHA256 = re.compile(r"[0-9a-f]{64}")
_KINDS = ("outcomes", "values", "limits", "cases", "failures", "setting")


def lead(found: Changes, words: Words, say: Say) -> list[str]:
    """What makes the runs another test: other cases, or other settings; none where both are the same.

    Args:
        found: the changes.
        words: with the sentences of a report of the bench.
        say: what says texts of the protocol in the language of the page.
    """
    before, after = ({c.id for c in run.log.cases} for run in (found.before, found.after))
    out = []
    if before != after:
        out.append(words("changed.other_cases", before=len(before), after=len(after), both=len(before & after)))
    other = [m for m in found.setting if m.name.startswith(SETTING)]
    named = [(m, chosen.plain_name(m.name.removeprefix(SETTING), say)) for m in other]
    values = lambda m: {"before": _chosen(m, m.before, found, say), "after": _chosen(m, m.after, found, say)}
    said = [words("changed.from_to", name=name, **values(m)) for m, name in named]
    return [*out, *([words("changed.other_settings", settings="; ".join(said))] if said else [])]


def _chosen(moved: Moved, value: Any, found: Changes, say: Say) -> str:
    """A setting in words; the usual one where it was left out."""
    name = moved.name.removeprefix(SETTING)
    if value is None:
        known = [log.protocol.get("usual", {}) for log in (found.before.log, found.after.log)]
        value = next((of[name] for of in known if name in of), None)
    stand = next((log.protocol.get("stand", {}) for log in (found.after.log, found.before.log)), {})
    return settings.shown(name, value, stand.get(name, {}), say)


def rows(found: Changes, words: Words, say: Say) -> list[list[Cell]]:
    """What, before, after: verdicts first, then values, limits, cases, answers and settings; `lead` stands before it.

    Args:
        found: the changes.
        words: with the sentences of a report of the bench.
        say: what says texts of the protocol in the language of the page.
    """
    out: list[list[Cell]] = []
    for kind in _KINDS:
        moved: Sequence[Moved] = getattr(found, kind)
        for m in moved[:_MOST]:
            both = ((m.before, found.before), (m.after, found.after))
            cells = [_cell(kind, m, value, found, run, words, say) for value, run in both]
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
    if kind == "setting" and name.startswith(SETTING):
        return chosen.plain_name(name.removeprefix(SETTING), say)
    return say(name)


def _cell(kind: str, moved: Moved, value: Any, found: Changes, run: Run, words: Words, say: Say) -> Cell:
    if kind == "failures":
        return say(str(value)) if value else words("changed.answered")
    if kind == "setting" and moved.name.startswith(SETTING):
        return _chosen(moved, value, found, say)
    if value is None:
        return "–"
    match kind:
        case "outcomes":
            return told(value, words)
        case "values":
            said = readable(next(v for v in run.log.verdicts if v.criterion == moved.name))
            return shown(said.value, said.unit, words, said.limit)
        case "limits":
            number = shown_limit(value["value"], value["unit"], words)
            return Markup("{} {}").format(number, mark_of(value["mark"], words))
        case "cases":
            return Markup("<code>{}</code>").format(value[:12])
        case _:
            return _other(str(value), say)


def _other(value: str, say: Say) -> Cell:
    """Any other text; of a fingerprint its beginning."""
    return Markup("<code>{}</code>").format(value[:12]) if _SHA256.fullmatch(value) else say(value)
