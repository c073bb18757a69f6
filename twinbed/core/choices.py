"""What to say of a name that is none of those there are."""

from collections.abc import Iterable

from twinbed.vocab.names import near


def none_of(name: object, valid: Iterable[str]) -> str:
    """What is said of a name that is not there: all that are, and the one that may be meant."""
    valid = list(valid)
    meant = near(name, valid, most=1) if isinstance(name, str) else []
    return f"{name!r} is none of {', '.join(valid)}" + (f"; did you mean {meant[0]}?" if meant else "")
