"""Requirements of a maker, with their risk controls and where they are tested: a table in CSV or TOML.

CSV has the columns id, text, risk, control, protocol, clause, criterion; all but the first two may be empty. TOML has
`[[requirement]]` tables with the same names. A requirement that several protocols test has a row for each.
"""

import csv
import dataclasses
import io
import pathlib
import tomllib
from collections.abc import Mapping
from typing import Any

from twinbed.core.errors import ReadError


@dataclasses.dataclass(frozen=True)
class Requirement:
    """One requirement: its risk and risk control, and the protocol, clause and criterion that show it holds."""

    id: str
    text: str
    risk: str = ""
    control: str = ""
    protocol: str = ""
    clause: str = ""
    """A clause, or the beginning of one: 201.12 stands for 201.12.1 too."""
    criterion: str = ""


_NAMES = tuple(field.name for field in dataclasses.fields(Requirement))


def read_requirements(path: pathlib.Path) -> list[Requirement]:
    """The requirements in a file, in its order.

    Raises:
        ReadError: it is no such table, or a requirement has no id or text; the line is named.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
        rows = tomllib.loads(text).get("requirement", []) if path.suffix == ".toml" else _csv(path, text)
    except (OSError, ValueError) as error:
        raise ReadError(path, str(error)) from None
    if not rows:
        raise ReadError(path, f"no requirement; write a table with {', '.join(_NAMES)}")
    return [_made(path, k, row) for k, row in enumerate(rows, start=1)]


def _csv(path: pathlib.Path, text: str) -> list[dict[str, Any]]:
    reader = csv.DictReader(io.StringIO(text, newline=""))
    heads = [str(name).strip() for name in reader.fieldnames or ()]
    if not {"id", "text"} <= set(heads):
        raise ReadError(path, f"the first line names the columns {', '.join(_NAMES)}; found {', '.join(heads)}")
    reader.fieldnames = heads
    return [row for row in reader if any(row.values())]


def _made(path: pathlib.Path, k: int, row: Mapping[str, Any]) -> Requirement:
    strange = sorted(str(name) for name in row if name not in _NAMES)
    if strange:
        raise ReadError(path, f"requirement {k} has {strange[0]!r}; known are {', '.join(_NAMES)}")
    values = {name: str(row.get(name) or "").strip() for name in _NAMES}
    if not values["id"] or not values["text"]:
        raise ReadError(path, f"requirement {k} has no {'text' if values['id'] else 'id'}")
    return Requirement(**values)
