"""The table of primitives: how each is written, and what it is of constants.

Elementwise primitives are a form of C++ and a NumPy function that folds constants; primitives that only
move elements are NumPy functions on arrays of atoms.
"""

import dataclasses
import functools
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from twinbed.engine.native.emit import DTYPES, Atom, Emitter, Name, is_uniform, kind

Atoms = np.ndarray
"""An array of atoms (dtype object) of the shape of the value."""


@dataclasses.dataclass(frozen=True)
class Elementwise:
    """`form` by kind of the first operand, the NumPy function, and whether the result is a truth value.

    `special` may know a cheaper way for certain operands; it returns None where it does not.
    """

    form: str | Callable[[str], str]
    fold: Callable[..., Any]
    truth: bool = False
    special: Callable[..., Atom | None] | None = None


def _by_kind(**forms: str) -> Callable[[str], str]:
    return lambda kind: forms.get(kind, forms["other"])


def _erf_inv(x: Any) -> Any:
    from scipy.special import erfinv

    return erfinv(x)


def _math(function: Callable[[float], float]) -> Callable[[Any], Any]:
    return lambda x: function(float(x))


def _by_constant(form: str) -> Callable[..., Atom | None]:
    """An extreme of which one operand is a constant."""

    def special(e: Emitter, a: Atom, b: Atom) -> Atom | None:
        if isinstance(a, np.generic):
            a, b = b, a
        fits = isinstance(b, np.generic) and b == b and kind(a) != "b"
        return e.assign(kind(a), form, (a, b)) if fits else None

    return special


def _nothing_added(e: Emitter, a: Atom, b: Atom) -> Atom | None:
    """A sum with zero."""
    for x, y in ((a, b), (b, a)):
        if isinstance(y, np.floating) and y == 0:
            return x
    return None


def _divided(a: Any, b: Any) -> Any:
    """A quotient of constants; of integers rounded to zero, and -1 where the divisor is zero."""
    if np.issubdtype(a.dtype, np.floating):
        return np.divide(a, b)
    x, y = int(a), int(b)
    return _wrapped(-1 if y == 0 else abs(x) // abs(y) * (1 if (x < 0) == (y < 0) else -1), a.dtype)


def _remainder(a: Any, b: Any) -> Any:
    """What is left of a division of constants; of integers the dividend where the divisor is zero."""
    if np.issubdtype(a.dtype, np.floating):
        return np.fmod(a, b)
    x, y = int(a), int(b)
    return a if y == 0 else _wrapped((abs(x) % abs(y)) * (-1 if x < 0 else 1), a.dtype)


def _wrapped(number: int, dtype: Any) -> Any:
    """An integer in the width of a type."""
    bits = 8 * np.dtype(dtype).itemsize
    return np.asarray(number % 2**bits, f"u{bits // 8}").astype(dtype)[()]


def _power(e: Emitter, a: Atom, b: Atom) -> Atom | None:
    """A power whose exponent is an integer that is not known before."""
    if kind(b) == "f":
        return None
    return e.assign("f", "pow_({0}, {1})", (a, convert(e, b, e.real)))


def _by_reciprocal(e: Emitter, a: Atom, b: Atom) -> Atom | None:
    """A quotient whose divisor does not change in the loop: its reciprocal is computed before."""
    if kind(a) != "f":
        return None
    if isinstance(b, np.generic):
        if not np.isfinite(b) or b == 0:
            return None
        reciprocal = e.real.type(1) / b
        if np.frexp(b)[0] in (0.5, -0.5):
            return e.assign("f", "({0} * {1})", (a, reciprocal))
        return e.assign("f", "divided_by({0}, {1}, {2})", (a, b, reciprocal)) if not is_uniform(a) else None
    if b.uniform or _depth(b) >= _depth(a):
        return None
    return e.assign("f", "divided_by({0}, {1}, {2})", (a, b, e.assign("f", "({0} / {1})", (e.real.type(1), b))))


ELEMENTWISE: dict[str, Elementwise] = {
    "add": Elementwise("({0} + {1})", np.add, special=_nothing_added),
    "add_any": Elementwise("({0} + {1})", np.add, special=_nothing_added),
    "sub": Elementwise("({0} - {1})", np.subtract),
    "mul": Elementwise("({0} * {1})", np.multiply),
    "div": Elementwise(_by_kind(f="({0} / {1})", other="divided({0}, {1})"), _divided, special=_by_reciprocal),
    "rem": Elementwise("remainder_of({0}, {1})", _remainder),
    "neg": Elementwise("(-{0})", np.negative),
    "sign": Elementwise("sign_of({0})", np.sign),
    "abs": Elementwise("magnitude({0})", np.abs),
    "max": Elementwise(
        _by_kind(b="({0} | {1})", other="larger({0}, {1})"), np.maximum, special=_by_constant("larger_than({0}, {1})")
    ),
    "min": Elementwise(
        _by_kind(b="({0} & {1})", other="smaller({0}, {1})"), np.minimum, special=_by_constant("smaller_than({0}, {1})")
    ),
    "square": Elementwise("({0} * {0})", np.square),
    "sqrt": Elementwise("root({0})", np.sqrt),
    "rsqrt": Elementwise("(one / root({0}))", lambda x: 1 / np.sqrt(x)),
    "cbrt": Elementwise("cube_root({0})", np.cbrt),
    "floor": Elementwise("floor_of({0})", np.floor),
    "ceil": Elementwise("ceil_of({0})", np.ceil),
    "is_finite": Elementwise("is_finite({0})", np.isfinite, truth=True),
    "lt": Elementwise(_by_kind(b="(not_({0}) & {1})", other="lt({0}, {1})"), np.less, truth=True),
    "le": Elementwise(_by_kind(b="(not_({0}) | {1})", other="le({0}, {1})"), np.less_equal, truth=True),
    "gt": Elementwise(_by_kind(b="({0} & not_({1}))", other="lt({1}, {0})"), np.greater, truth=True),
    "ge": Elementwise(_by_kind(b="({0} | not_({1}))", other="le({1}, {0})"), np.greater_equal, truth=True),
    "eq": Elementwise("eq({0}, {1})", np.equal, truth=True),
    "ne": Elementwise(_by_kind(b="({0} ^ {1})", other="ne({0}, {1})"), np.not_equal, truth=True),
    "and": Elementwise("({0} & {1})", np.bitwise_and),
    "or": Elementwise("({0} | {1})", np.bitwise_or),
    "xor": Elementwise("({0} ^ {1})", np.bitwise_xor),
    "not": Elementwise("not_({0})", np.invert),
    "exp": Elementwise("exp_({0})", np.exp),
    "exp2": Elementwise("exp_({0} * ln2)", np.exp2),
    "expm1": Elementwise("expm1_({0})", np.expm1),
    "log": Elementwise("log_({0})", np.log),
    "log1p": Elementwise("log1p_({0})", np.log1p),
    "pow": Elementwise("pow_({0}, {1})", np.power, special=_power),
    "sin": Elementwise("sin_({0})", np.sin),
    "cos": Elementwise("cos_({0})", np.cos),
    "tan": Elementwise("(sin_({0}) / cos_({0}))", np.tan),
    "tanh": Elementwise("tanh_({0})", np.tanh),
    "logistic": Elementwise("(one / (one + exp_(-{0})))", lambda x: 1 / (1 + np.exp(-x))),
    "sinh": Elementwise("sinh_({0})", np.sinh),
    "cosh": Elementwise("cosh_({0})", np.cosh),
    "asin": Elementwise("asin_({0})", np.arcsin),
    "acos": Elementwise("acos_({0})", np.arccos),
    "atan": Elementwise("atan_({0})", np.arctan),
    "atan2": Elementwise("atan2_({0}, {1})", np.arctan2),
    "asinh": Elementwise("asinh_({0})", np.arcsinh),
    "acosh": Elementwise("acosh_({0})", np.arccosh),
    "atanh": Elementwise("atanh_({0})", np.arctanh),
    "erf": Elementwise("erf_({0})", _math(math.erf)),
    "erfc": Elementwise("erfc_({0})", _math(math.erfc)),
    "erf_inv": Elementwise("erf_inv_({0})", _erf_inv),
}


def elementwise(e: Emitter, name: str, dtype: Any, *operands: Atoms) -> Atoms:
    """Applies an elementwise primitive to arrays of atoms."""
    rule = ELEMENTWISE[name]
    return spread(lambda *atoms: apply(e, rule, dtype, *atoms), *operands)


def apply(e: Emitter, rule: Elementwise, dtype: Any, *atoms: Atom) -> Atom:
    """One element: a constant of constants, else a variable."""
    if all(isinstance(a, np.generic) for a in atoms):
        with np.errstate(all="ignore"):
            return np.dtype(dtype).type(rule.fold(*atoms))
    sort = kind(atoms[0])
    if rule.special is not None:
        found = rule.special(e, *atoms)
        if found is not None:
            return found
    form = rule.form if isinstance(rule.form, str) else rule.form(sort)
    return e.assign("b" if rule.truth else sort, form, atoms)


def _depth(atom: Atom) -> int:
    return atom.depth if isinstance(atom, Name) else 0


def spread(function: Callable[..., Atom], *operands: Atoms) -> Atoms:
    """A function of atoms over arrays that broadcast."""
    if all(o.shape == () for o in operands):
        out = np.empty((), object)
        out[()] = function(*(o[()] for o in operands))
        return out
    whole = np.broadcast_arrays(*operands)
    out = np.empty(whole[0].shape, object)
    for place in np.ndindex(*out.shape):
        out[place] = function(*(w[place] for w in whole))
    return out


def only(value: Atoms) -> Atom:
    """The atom of an array without axes."""
    atom: Any = value[()]
    return atom


def array(value: Any, dtype: Any) -> Atoms:
    """Constants as an array of atoms."""
    numbers = np.asarray(value).astype(dtype)
    out = np.empty(numbers.shape, object)
    for place in np.ndindex(*out.shape):
        out[place] = numbers[place]
    return out


def select(e: Emitter, which: Atom, *cases: Atom) -> Atom:
    """The case of that number; of a truth value the second where it holds."""
    if isinstance(which, np.generic):
        return cases[int(which)]
    if all(isinstance(c, Name) and c == cases[0] for c in cases):
        return cases[0]
    out = cases[-1] if which.kind != "b" else cases[1]
    if which.kind == "b":
        return e.assign(kind(cases[0]), "select({0}, {1}, {2})", (which, out, cases[0]))
    for number in range(len(cases) - 2, -1, -1):
        same = e.assign("b", "eq({0}, {1})", (which, np.dtype(DTYPES[which.kind]).type(number)))
        out = e.assign(kind(cases[number]), "select({0}, {1}, {2})", (same, cases[number], out))
    return out


def convert(e: Emitter, atom: Atom, dtype: Any) -> Atom:
    """The atom as another type."""
    if isinstance(atom, np.generic):
        return _converted(atom, np.dtype(dtype))
    made = kind(np.dtype(dtype).type(0))
    return atom if atom.kind == made else e.assign(made, f"{made}_from_{atom.kind}({{0}})", (atom,))


def _converted(atom: np.generic, dtype: np.dtype) -> Atom:
    """A constant as another type: real numbers beyond an integer's range become its ends, and no number zero."""
    if isinstance(atom, np.floating) and np.issubdtype(dtype, np.integer):
        if np.isnan(atom):
            return dtype.type(0)
        ends = np.iinfo(dtype)
        if np.isinf(atom):
            return dtype.type(ends.max if atom > 0 else ends.min)
        return dtype.type(min(max(int(atom), ends.min), ends.max))
    with np.errstate(all="ignore"):
        return dtype.type(np.asarray(atom).astype(dtype))


def integer_power(e: Emitter, x: Atom, exponent: int) -> Atom:
    """By repeated squaring."""
    dtype = np.dtype(DTYPES.get(kind(x), e.real))
    times = functools.partial(apply, e, ELEMENTWISE["mul"], dtype)
    out, square, left = None, x, abs(exponent)
    while left:
        if left & 1:
            out = square if out is None else times(out, square)
        left >>= 1
        square = times(square, square) if left else square
    one = dtype.type(1)
    if out is None:
        return one
    return out if exponent > 0 else apply(e, ELEMENTWISE["div"], dtype, one, out)


def shifted(e: Emitter, direction: str, x: Atom, by: Atom) -> Atom:
    """A shift; where it is by the whole width or more, zero, or the sign."""
    sign = "<<" if direction == "shift_left" else ">>"
    if isinstance(x, np.generic) and isinstance(by, np.generic):
        bits = 8 * x.dtype.itemsize
        number, places = int(x) % 2**bits, int(by) % 2**bits
        if direction == "shift_right_arithmetic":
            return _wrapped((number - 2**bits if number >> (bits - 1) else number) >> min(places, bits), x.dtype)
        return _wrapped((number << places if sign == "<<" else number >> places) if places < bits else 0, x.dtype)
    as_written = sign == "<<" or (direction == "shift_right_logical") == (kind(x) in "uq")
    if isinstance(by, np.generic) and 0 <= int(by) < 32 and as_written:
        return e.assign(kind(x), f"({{0}} {sign} {{1}})", (x, by))
    return e.assign(kind(x), f"{direction}({{0}}, {{1}})", (x, by))


def _lowest(dtype: np.dtype) -> Any:
    if dtype == np.bool_:
        return np.bool_(False)
    return dtype.type(-np.inf) if np.issubdtype(dtype, np.floating) else dtype.type(np.iinfo(dtype).min)


def _highest(dtype: np.dtype) -> Any:
    if dtype == np.bool_:
        return np.bool_(True)
    return dtype.type(np.inf) if np.issubdtype(dtype, np.floating) else dtype.type(np.iinfo(dtype).max)


_NOTHING: dict[str, Callable[[np.dtype], Any]] = {
    "add": lambda d: d.type(0), "mul": lambda d: d.type(1), "max": _lowest, "min": _highest,
    "or": lambda d: np.asarray(0).astype(d)[()], "and": lambda d: np.asarray(-1).astype(d)[()],
}  # fmt: skip


def reduced(e: Emitter, name: str, dtype: Any, x: Atoms, axes: tuple[int, ...]) -> Atoms:
    """Folds axes from first to last; of no elements, what changes nothing."""
    rule, nothing = ELEMENTWISE[name], _NOTHING[name](np.dtype(dtype))
    kept = [a for a in range(x.ndim) if a not in axes]
    number = int(np.prod([x.shape[a] for a in axes]))
    flat = x.transpose(*kept, *axes).reshape(*(x.shape[a] for a in kept), number)
    out = np.empty(flat.shape[:-1], object)
    for place in np.ndindex(*out.shape):
        out[place] = functools.reduce(lambda a, b: apply(e, rule, dtype, a, b), flat[place]) if number else nothing
    return out
