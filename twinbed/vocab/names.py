"""What may be meant by a name that is none of those there are."""

import difflib
from collections.abc import Iterable

_NEAR = 0.5


def near(name: str, valid: Iterable[str], *, most: int = 3, cutoff: float = _NEAR) -> list[str]:
    """The names that may be meant, the nearest first; capital letters make no difference."""
    by_small = {other.lower(): other for other in reversed(list(valid))}
    return [by_small[one] for one in difflib.get_close_matches(name.lower(), by_small, n=most, cutoff=cutoff)]


def meant(name: str, valid: Iterable[str], *, otherwise: str = "", most: int = 3) -> str:
    """The question whether the nearest names are meant; where none is near, `otherwise`."""
    found = near(name, valid, most=most)
    return f"did you mean {', '.join(found)}?" if found else otherwise
