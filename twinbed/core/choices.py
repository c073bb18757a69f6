"""What to say of a name that is none of those there are."""

import difflib
from collections.abc import Iterable

_NEAR = 0.5


def near(name: str, valid: Iterable[str], *, most: int = 3) -> list[str]:
    """The names that may be meant, the nearest first; capital letters make no difference."""
    by_small = {other.lower(): other for other in reversed(list(valid))}
    return [by_small[one] for one in difflib.get_close_matches(name.lower(), by_small, n=most, cutoff=_NEAR)]


def none_of(name: object, valid: Iterable[str]) -> str:
    """What is said of a name that is not there: all that are, and the one that may be meant."""
    valid = list(valid)
    meant = near(name, valid, most=1) if isinstance(name, str) else []
    return f"{name!r} is none of {', '.join(valid)}" + (f"; did you mean {meant[0]}?" if meant else "")
