"""A module's docstring in its parts: what it says, its known limits, and its references."""

import dataclasses
import inspect
import re

_LIMITS = re.compile(r"\*?Known limits\*?: *(.*?)(?=\n\n|\Z)", re.S)
_REFERENCES = re.compile(r"\*\*References:\*\*\s*(.*)\Z", re.S)


@dataclasses.dataclass(frozen=True)
class Prose:
    """A module's docstring in its parts."""

    about: str
    limits: str
    references: str


def prose(docstring: str) -> Prose:
    """Splits a module's docstring into what it says, its known limits and its references."""
    text = inspect.cleandoc(docstring)
    limits, references = _LIMITS.search(text), _REFERENCES.search(text)
    about = _REFERENCES.sub("", _LIMITS.sub("", text)).strip()
    part = lambda found: found.group(1).strip() if found else ""
    return Prose(re.sub(r"\n{3,}", "\n\n", about), part(limits), part(references))


def first_paragraph(docstring: str | None) -> str:
    """What a docstring says first, in one line."""
    return inspect.cleandoc(docstring or "").split("\n\n")[0].replace("\n", " ")
