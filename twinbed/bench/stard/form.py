"""A form with an answer for each item of STARD-AI.

    form = filled(Log.read(folder))       # what the log can say
    write_form(form, path)                # a person writes the rest into the TOML file
    problems = incomplete(read_form(path), Log.read(folder))

An item is answered by a `text`, or is `not_applicable` with the reason as its text. What the bench filled in carries
`by = "log"`; whoever changes such a text sets `by = "person"`, or the check says that it differs from the log.

**References:**

- Sounderajah et al. (2025), The STARD-AI reporting guideline for diagnostic accuracy studies using artificial
  intelligence, Nat Med 31:3283, doi:10.1038/s41591-025-03953-8 (items in our own words)
- Bossuyt et al. (2015), STARD 2015: an updated list of essential items for reporting diagnostic accuracy studies,
  BMJ 351:h5527, doi:10.1136/bmj.h5527
"""

import collections
import dataclasses
import functools
import json
import pathlib
import tomllib
from collections.abc import Callable, Mapping
from typing import Literal

from twinbed.bench.log import Log
from twinbed.bench.numbers import number, readable, with_unit
from twinbed.connect.files import write_bytes
from twinbed.core.errors import ReadError

By = Literal["log", "person", ""]


@dataclasses.dataclass(frozen=True)
class Item:
    """One item of the guideline.

    Attributes:
        number: as published.
        section: of the report.
        change: "same" as in STARD 2015, "modified" or "new".
        asks: in our own words.
        filled: what of a log answers it; empty where only a person can.
    """

    number: str
    section: str
    change: str
    asks: str
    filled: str


@dataclasses.dataclass(frozen=True)
class Entry:
    """The answer to an item.

    Attributes:
        text: the answer, or why it does not apply.
        by: "log" as filled from a log, "person", or empty where nobody has answered.
        not_applicable: the text says why.
    """

    text: str = ""
    by: By = ""
    not_applicable: bool = False


Form = Mapping[str, Entry]


@functools.cache
def items() -> tuple[Item, ...]:
    """All items in their order."""
    path = pathlib.Path(__file__).with_name("items.toml")
    return tuple(Item(**row) for row in tomllib.loads(path.read_text(encoding="utf-8"))["item"])


def filled(log: Log) -> dict[str, Entry]:
    """The form as far as a log can fill it; all other items are empty."""
    said = {item.number: _FILL[item.filled](log) if item.filled else "" for item in items()}
    return {number: Entry(text, "log" if text else "") for number, text in said.items()}


def incomplete(form: Form, log: Log | None = None) -> list[str]:
    """What is still wrong with a form, one line each; nothing where it is complete.

    Args:
        form: as read.
        log: of the run that it reports; texts "by the log" must agree with it.
    """
    own = filled(log) if log else {}
    out = []
    for item in items():
        entry = form.get(item.number, Entry())
        if not entry.text.strip():
            why = "say why it does not apply" if entry.not_applicable else "nothing is written"
            out.append(f"{item.number} ({item.section}): {why}. {item.asks}.")
        elif entry.by not in ("log", "person"):
            out.append(f'{item.number} ({item.section}): set by = "person" once you have written it.')
        elif entry.by == "log" and log and entry.text != own[item.number].text:
            out.append(f'{item.number} ({item.section}): it differs from the log; fill it again or set by = "person".')
    return out


def write_form(form: Form, path: pathlib.Path) -> None:
    """Writes the form as TOML, each item under what it asks."""
    lines = ['# STARD-AI. Write text for each item and set by = "person"; or not_applicable = true, and why.', ""]
    for item in items():
        entry = form.get(item.number, Entry())
        lines += [
            f"# {item.section}: {item.asks}.",
            f'["{item.number}"]',
            f"text = {json.dumps(entry.text, ensure_ascii=False)}",
            f'by = "{entry.by}"',
            f"not_applicable = {str(entry.not_applicable).lower()}",
            "",
        ]
    write_bytes(path, "\n".join(lines).encode())


def read_form(path: pathlib.Path) -> dict[str, Entry]:
    """The form in a file.

    Raises:
        ReadError: it is no TOML, or a table is none of an item.
    """
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ReadError(path, str(error)) from None
    known = {one.number for one in items()}
    out = {}
    for item, table in tables.items():
        if item not in known:
            raise ReadError(path, f"no item {item!r}; items go from 1 to 40, some with a and b")
        strange = sorted(set(table) - {field.name for field in dataclasses.fields(Entry)})
        if strange:
            raise ReadError(path, f"[{item}] has {strange[0]!r}; known are text, by and not_applicable")
        text, by, none = table.get("text", ""), table.get("by", ""), table.get("not_applicable", False)
        if not isinstance(text, str) or by not in ("log", "person", "") or not isinstance(none, bool):
            raise ReadError(
                path, f'[{item}]: text is a text, by is "log", "person" or "", not_applicable true or false'
            )
        out[item] = Entry(text, by, none)
    return out


def _cases(log: Log) -> str:
    failed, subjects = sum(bool(c.failure) for c in log.cases), len({c.subject for c in log.cases})
    return f"{len(log.cases)} cases of {subjects} subjects, {failed} without a usable answer"


def _flow(log: Log) -> str:
    failed = collections.Counter(c.failure for c in log.cases if c.failure)
    reasons = "; ".join(f"{n} × {why}" for why, n in failed.most_common(5))
    used = sum(bool(c.rows) for c in log.cases)
    return f"{_cases(log)}; {used} analysed{'; ' + reasons if reasons else ''}. None was left out for its result."


def _failures(log: Log) -> str:
    fails = "A case without a usable answer fails every criterion that judges the device"
    return f"{_cases(log)}. {fails} and is never left out."


def _groups(log: Log) -> str:
    names = sorted({name for c in log.cases for name in c.groups})
    parts = []
    for name in names:
        counts = collections.Counter(c.groups.get(name, "not given") for c in log.cases)
        parts.append(f"{name}: " + ", ".join(f"{group} {n}" for group, n in sorted(counts.items())))
    return ("Test set, cases. " + "; ".join(parts) + ".") if parts else ""


def _estimates(log: Log) -> str:
    lines = []
    for v in map(readable, log.verdicts):
        if v.value is None or not v.evident:
            continue
        shown = functools.partial(number, limit=v.limit)
        ends = f" ({v.level:.0%} {shown(v.low)} to {shown(v.high)})" if v.low is not None and v.level else ""
        lines.append(f"{v.criterion} {with_unit(shown(v.value), v.unit)}{ends}, n = {v.n}: {v.outcome}")
    return "; ".join(lines)


def _methods(log: Log) -> str:
    used = collections.defaultdict(list)
    for v in log.verdicts:
        if v.method and v.evident:
            used[v.method.split(",")[0].split(";")[-1].strip()].append(v.criterion)
    return "; ".join(f"{method}: {', '.join(names)}" for method, names in used.items())


def _cross_table(log: Log) -> str:
    """Rows that hold a truth and a result, counted; nothing where the protocol measures something else."""
    rows = [r for c in log.cases for r in c.rows if "truth" in r and "result" in r]
    counts = collections.Counter((r["truth"], r["result"]) for r in rows)
    names: dict[float | None, str] = {1.0: "positive", 0.0: "negative"}
    lines = [
        f"reference {names.get(truth, truth)}, test {names.get(result, 'without a result')}: {n}"
        for (truth, result), n in sorted(counts.items(), key=str)
    ]
    return "; ".join(lines)


def _device(log: Log) -> str:
    software = ", ".join(f"{name} {version}" for name, version in log.software.items())
    return f"Device under test: {', '.join(f'{k} {v}' for k, v in log.device.items() if v)}. Bench: {software}."


_FILL: Mapping[str, Callable[[Log], str]] = {
    "subjects": lambda log: f"{log.protocol['subjects']}.",
    "stimulus": lambda log: f"{log.protocol['stimulus']}.",
    "reference": lambda log: f"{log.protocol['reference']}.",
    "device": _device,
    "blinded": lambda log: (
        "The bench gives the device the stimulus of a case and nothing else; the reference stays with it."
    ),
    "methods": _methods,
    "failures": _failures,
    "flow": _flow,
    "groups": _groups,
    "cross_table": _cross_table,
    "estimates": _estimates,
    "kept": lambda log: (
        "The log and every answer are kept with a hash of each case, and can be judged again without the device."
    ),
}
