"""How people say amounts and lengths of time: one unit for a drug wherever it is told, and times as of a clock."""

import dataclasses

from twinbed.vocab.drugs import DRUGS
from twinbed.vocab.units import factor, label

LEVEL_S = 1.0
"""What is over sooner is an event: how long it lasts is not said."""
_NO_END_S = 1e8
_SMALL_MG = 0.5
_MINUTE_S, _HOUR_S = 60.0, 3600.0
_SHORT_S, _LONG_S = 120.0, 7200.0
_UNITS = {"s": ("s", "초"), "min": ("min", "분"), "h": ("h", "시간")}


@dataclasses.dataclass(frozen=True)
class Spoken:
    """A unit in which people say something."""

    unit: str
    """UCUM."""
    factor: float = 1.0
    """How many of the declared unit one is."""

    def said(self, value: float) -> str:
        """A value of the declared unit as people say it, such as `100 µg`."""
        return f"{float(f'{value / self.factor:.4g}'):g} {label(self.unit)}".strip()


def spoken(unit: str, drug: str, usual_mg: float | None) -> Spoken:
    """The unit in which people say what has to do with a drug: units of a drug that is prescribed in them, else
    micrograms where a usual dose is less than 0.5 mg.

    Args:
        unit: the declared one, UCUM.
        drug: its name; anything else is said in the declared unit.
        usual_mg: a usual dose of an adult; nothing where none is known.
    """
    if drug not in DRUGS or unit.partition("/")[0] != "mg":
        return Spoken(unit)
    if units := DRUGS[drug].units_per_mg:
        return Spoken(unit.replace("mg", "[IU]", 1), 1.0 / units)
    if usual_mg is not None and usual_mg < _SMALL_MG:
        small = unit.replace("mg", "ug", 1)
        return Spoken(small, factor(small, unit))
    return Spoken(unit)


def per_kg(unit: str, drug: str, weight_kg: float) -> Spoken | None:
    """The unit for rates of a drug by weight, micrograms per kilogram and minute, for somebody of a weight; nothing for
    what is no such rate, or of a drug that is prescribed in units.

    Args:
        unit: the declared one, UCUM.
        drug: its name.
        weight_kg: of the patient.
    """
    if unit != "mg/min" or drug not in DRUGS or DRUGS[drug].units_per_mg:
        return None
    return Spoken("ug/kg/min", factor("ug/min", unit) * weight_kg)


def span(seconds: float, lang: str | None = None) -> str:
    """A length of time as the pages say it (`web/src/text/text.ts`): 20 s, 5 min, 2.5 min, 12 h."""
    if seconds < _SHORT_S and seconds % _MINUTE_S != 0.0:
        unit, value = "s", seconds
    elif seconds < _LONG_S:
        unit, value = "min", seconds / _MINUTE_S
    else:
        unit, value = "h", seconds / _HOUR_S
    number = f"{float(f'{value:.3g}'):g}"
    return f"{number}{_UNITS[unit][1]}" if lang else f"{number} {_UNITS[unit][0]}"


def moment(seconds: float, lang: str | None = None) -> str:
    """How long after its beginning a bed is, in words: 3 d 10 h 56 min, 2 min 5 s, 0 s."""
    left, parts = round(seconds), []
    for length, unit, unit_ko in ((86400, "d", "일"), (3600, "h", "시간"), (60, "min", "분"), (1, "s", "초")):
        whole, left = divmod(left, length)
        parts += [f"{whole}{unit_ko}" if lang else f"{whole} {unit}"] if whole else []
    return " ".join(parts[:3]) or ("0초" if lang else "0 s")


def lasting(what: str, seconds: float | None, lang: str | None = None, *, dose: bool) -> str:
    """Something with how long it lasts, where it has an end that is worth saying: a dose is given over it."""
    if seconds is None or not LEVEL_S <= seconds < _NO_END_S:
        return what
    told = span(seconds, lang)
    return f"{what}, {told} 동안" if lang else f"{what} {'over' if dose else 'for'} {told}"
