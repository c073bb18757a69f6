"""Numbers of verdicts with their units as people read them: the same digits in a terminal, on a page, in a document."""

import dataclasses
import math
from collections.abc import Callable

from twinbed.bench.verdict import Verdict
from twinbed.vocab import units

_DIGITS, _MOST_DIGITS = 4, 17
_LEAST, _MOST = 1e-4, 1e9
"""Sizes between which a number is written out; others have a power of ten."""
_POWERS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_LONGER = {"ms": ("s", 1e3), "s": ("min", 60.0), "min": ("h", 60.0)}
_MANY = 1000.0
"""Of a unit of time, from where on the next longer one is read more easily."""


def number(value: float | None, limit: float | None = None) -> str:
    """A number with four digits, all that stand before the point, and as many as show on which side of a limit it is.

    Args:
        value: what is shown; a dash where there is none.
        limit: what it is held against.
    """
    if value is None or math.isnan(value):
        return "–"
    if math.isinf(value):
        return "∞" if value > 0.0 else "-∞"
    if not value:
        return "0"
    plain = _LEAST <= abs(value) < _MOST
    digits = max(_DIGITS, len(str(abs(round(value))))) if plain else _DIGITS
    while limit is not None and digits < _MOST_DIGITS and not _same_side(value, limit, digits):
        digits += 1
    return f"{value:,.{digits}g}" if plain else _with_power(value, digits)


def _with_power(value: float, digits: int) -> str:
    mantissa, _, power = f"{value:.{digits - 1}e}".partition("e")
    mantissa = mantissa.rstrip("0").rstrip(".")
    return f"{mantissa} × 10{str(int(power)).translate(_POWERS)}"


def written(value: float | None) -> str:
    """A number as somebody set it, such as a limit: with so many digits that no rounding moves it."""
    return number(value, value)


def with_unit(shown: str, unit: str, label: Callable[[str], str] = units.label) -> str:
    """A number with its unit as people read it; nothing behind one that counts."""
    said = "" if unit == "1" else label(unit)
    return f"{shown} {said}" if said else shown


def readable(verdict: Verdict) -> Verdict:
    """The verdict in a unit in which its value is short: 6778 ms as 6.778 s.

    Where a limit is set the unit stays that of the limit, so that both can be compared, and with what a standard says.
    """
    while verdict.limit is None and verdict.value is not None and verdict.unit in _LONGER:
        unit, many = _LONGER[verdict.unit]
        if not _MANY <= abs(verdict.value) < math.inf:
            break
        less = lambda v, many=many: None if v is None else v / many
        verdict = dataclasses.replace(
            verdict, unit=unit, value=less(verdict.value), low=less(verdict.low), high=less(verdict.high)
        )
    return verdict


def _same_side(value: float, limit: float, digits: int) -> bool:
    shown = float(f"{value:.{digits}g}")
    return (shown > limit, shown < limit) == (value > limit, value < limit)
