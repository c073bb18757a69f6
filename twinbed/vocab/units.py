"""UCUM unit strings: how they multiply, how they convert, how people read them.

Only what the signals need is known here: products and integer powers of atoms with
metric prefixes. `[IU]` is UCUM's international unit, shown as "U" for insulin.

**References:**

- The Unified Code for Units of Measure, version 2.1
"""

import dataclasses
import difflib
import re


class UnitError(ValueError):
    """A unit that cannot be read, or two units that measure different things."""


GLUCOSE_MG_PER_MMOL = 180.156
"""Molar mass of glucose (C6H12O6), mg/mmol; 18.0156 mg/dL per mmol/L."""

INSULIN_PMOL_PER_IU = 6000.0
"""Pharmacological convention for human insulin, pmol per international unit."""

MOLAR_MASS_MG_PER_MMOL = {"glucose": GLUCOSE_MG_PER_MMOL}

_ATOMS: dict[str, tuple[float, tuple[str, int] | None]] = {
    # atom: (size in the base of its dimension, (dimension, power)); None: a pure number
    "g": (1.0, ("mass", 1)),
    "mol": (1.0, ("amount", 1)),
    "L": (1e-3, ("length", 3)),
    "m": (1.0, ("length", 1)),
    "s": (1.0, ("time", 1)),
    "min": (60.0, ("time", 1)),
    "h": (3600.0, ("time", 1)),
    "d": (86400.0, ("time", 1)),
    "[IU]": (1.0, ("insulin", 1)),
    "Pa": (1.0, ("pressure", 1)),
    "mm[Hg]": (133.322387415, ("pressure", 1)),
    "cm[H2O]": (98.0665, ("pressure", 1)),
    "Cel": (1.0, ("temperature", 1)),
    "J": (1.0, ("energy", 1)),
    "W": (1.0, ("power", 1)),
    "V": (1.0, ("voltage", 1)),
    "A": (1.0, ("current", 1)),
    "deg": (1.0, ("angle", 1)),
    "Hz": (1.0, ("time", -1)),
    "B": (1.0, ("level", 1)),  # the logarithm of a ratio, which converts to no ratio
    "%": (0.01, None),
    "1": (1.0, None),
    "{beat}": (1.0, None),
    "{step}": (1.0, None),
}
_PREFIXES = {"k": 1e3, "h": 1e2, "d": 1e-1, "c": 1e-2, "m": 1e-3, "u": 1e-6, "n": 1e-9, "p": 1e-12}
_LABELS = {"[IU]": "U", "mm[Hg]": "mmHg", "cm[H2O]": "cmH₂O", "Cel": "°C", "deg": "°"}
_WHOLE = {"1": "", "{beat}/min": "bpm", "1/s": "/s", "1/min": "/min", "1/h": "/h"}
_POWERS = str.maketrans("-23", "⁻²³")
_MEANT = {
    "mmhg": "mm[Hg]", "torr": "mm[Hg]", "cmh2o": "cm[H2O]", "cmh₂o": "cm[H2O]", "kpa": "kPa", "degc": "Cel",
    "°c": "Cel", "celsius": "Cel", "c": "Cel", "bpm": "{beat}/min", "beats": "{beat}", "breaths": "1", "percent": "%",
    "l": "L", "ml": "mL", "dl": "dL", "sec": "s", "hr": "h", "hour": "h", "hz": "Hz",
    "mcg": "ug", "µg": "ug", "μg": "ug", "u": "[IU]", "iu": "[IU]",
    "unit": "[IU]", "units": "[IU]", "miu": "m[IU]", "mu": "m[IU]",
}  # fmt: skip
"""Units as people write them, in small letters, and as UCUM does."""
_FACTOR = re.compile(r"^(?P<symbol>(?:[A-Za-z%{}]|\[[A-Za-z0-9]+\])+|1)(?P<power>-?\d*)$")


@dataclasses.dataclass(frozen=True)
class Unit:
    """A parsed unit: its size in base units and its dimension."""

    size: float
    dimension: tuple[tuple[str, int], ...]


def exponents(unit: str) -> dict[str, int]:
    """The symbols of a unit with their powers: `mg/kg/min` is mg 1, kg -1, min -1.

    As UCUM says, `.` and `/` are read from left to right: `a/b.c` is (a/b)·c.

    Raises:
        UnitError: the string is not a product of symbols with integer powers.
    """
    out: dict[str, int] = {}
    for sign, factor in re.findall(r"([./]?)([^./]*)", f".{unit}".replace("./", "/", 1))[:-1]:
        match = _FACTOR.match(factor)
        if match is None:
            hint = _meant(factor) or "; write UCUM, such as mg/dL"
            raise UnitError(f"cannot read {factor!r} in the unit {unit!r}{hint}")
        symbol, power = match["symbol"], int(match["power"] or 1)
        if symbol != "1":
            out[symbol] = out.get(symbol, 0) + (-power if sign == "/" else power)
    return {symbol: power for symbol, power in out.items() if power}


def _atom(symbol: str, unit: str) -> tuple[float, tuple[str, int] | None]:
    if symbol in _ATOMS:
        return _ATOMS[symbol]
    prefix, rest = symbol[:1], symbol[1:]
    if prefix in _PREFIXES and rest in _ATOMS:
        size, dimension = _ATOMS[rest]
        return _PREFIXES[prefix] * size, dimension
    raise UnitError(f"unknown symbol {symbol!r} in the unit {unit!r}{_meant(symbol) or '; units are those of UCUM'}")


def _meant(symbol: str) -> str:
    """What may be meant by a symbol that UCUM has not, or writes differently."""
    if ucum := _MEANT.get(symbol.lower()):
        return f"; did you mean {ucum}?"
    known = [*_ATOMS, *(f"{prefix}{atom}" for prefix in _PREFIXES for atom in _ATOMS)]
    near = difflib.get_close_matches(symbol, known, n=1, cutoff=0.8)
    return f"; did you mean {near[0]}?" if near else ""


def parse(unit: str) -> Unit:
    """The size and dimension of a unit. Raises `UnitError` for what it cannot read."""
    size, dimension = 1.0, dict[str, int]()
    for symbol, power in exponents(unit).items():
        atom_size, atom_dimension = _atom(symbol, unit)
        size *= atom_size**power
        if atom_dimension is not None:
            name, atom_power = atom_dimension
            dimension[name] = dimension.get(name, 0) + atom_power * power
    return Unit(size, tuple(sorted((k, v) for k, v in dimension.items() if v)))


def factor(source: str, target: str, *, substance: str | None = None) -> float:
    """What a value in `source` is multiplied by to be in `target`.

    `substance` (for example "glucose") lets mass and amount convert into each other.

    Raises:
        UnitError: the two units measure different things.
    """
    a, b = parse(source), parse(target)
    if a.dimension == b.dimension:
        return a.size / b.size
    moles_a, moles_b = dict(a.dimension).get("amount", 0), dict(b.dimension).get("amount", 0)
    if substance in MOLAR_MASS_MG_PER_MMOL and moles_a != moles_b:
        g_per_mol = MOLAR_MASS_MG_PER_MMOL[substance]
        as_mass = dict(a.dimension)
        as_mass["mass"] = as_mass.get("mass", 0) + (moles_a - moles_b)
        as_mass["amount"] = moles_b
        if {k: v for k, v in as_mass.items() if v} == dict(b.dimension):
            return a.size * g_per_mol ** (moles_a - moles_b) / b.size
    raise UnitError(f"{source!r} cannot be converted to {target!r}: they measure different things")


def ranged(low: float, high: float, unit: str) -> str:
    """A range in words: "0 to 1", "-20 to 150 mm[Hg]"; a pure number has no unit to be written."""
    return f"{low:g} to {high:g} {'' if unit == '1' else unit}".rstrip()


def label(unit: str) -> str:
    """The unit as people read it: `mm[Hg]` is "mmHg", `[IU]/h` is "U/h"."""
    if unit in _WHOLE:
        return _WHOLE[unit]
    text = unit
    for code, shown in _LABELS.items():
        text = text.replace(code, shown)
    text = re.sub(r"\bu(?=[gmLs])", "µ", re.sub(r"\{[a-z]+\}", "", text))
    text = re.sub(r"(?<=[A-Za-z])-?[23]\b", lambda power: power[0].translate(_POWERS), text)
    return text.replace(".", "·")
