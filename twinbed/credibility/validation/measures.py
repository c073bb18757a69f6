"""What is measured on a run: expressions over signals, and traces of signals by the second.

A measure is written as arithmetic over the signals of the vocabulary, such as `(mean(arterial_pressure) -
mean(central_venous_pressure)) / mean(aortic_flow)`. `mean`, `min`, `max` and `amplitude` are taken over each span
(two seconds for a heart, ten for a breath), and a bare name is the mean. A quantity in quotes is a constant with a
unit, such as `"1.83 m2"`. Units are carried through the arithmetic, so that a table cannot compare what measures
different things.
"""

import ast
import dataclasses
import operator
from collections.abc import Callable, Iterator, Mapping

import numpy as np
from jaxtyping import Float

from twinbed.core.errors import TwinbedError
from twinbed.vocab.signals import signal as signal_of
from twinbed.vocab.units import parse

BIN_S = 1.0
_OPERATORS: dict[type[ast.operator], Callable] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
_REDUCTIONS = ("mean", "min", "max", "amplitude")
Dimension = tuple[tuple[str, int], ...]


class TableError(TwinbedError):
    """A table of references that cannot be read; the message names the place."""


@dataclasses.dataclass(frozen=True)
class Trace:
    """One signal of many people by the second: its mean and its extremes in each."""

    mean: Float[np.ndarray, "patient second"]
    low: Float[np.ndarray, "patient second"]
    high: Float[np.ndarray, "patient second"]

    @classmethod
    def of(cls, samples: Float[np.ndarray, "patient sample"], period_s: float) -> "Trace":
        """A trace of samples taken every `period_s`; what does not fill the last second is left out."""
        per_bin = round(BIN_S / period_s)
        count = samples.shape[1] // per_bin
        binned = samples[:, : count * per_bin].reshape(len(samples), count, per_bin)
        return cls(binned.mean(axis=2), binned.min(axis=2), binned.max(axis=2))

    def spans(self, kind: str, window_s: tuple[float, float], span_s: float) -> Float[np.ndarray, "patient span"]:
        """`mean`, `min`, `max` or `amplitude` of each whole span in a window."""
        per_span = max(1, round(span_s / BIN_S))
        first, last = round(window_s[0] / BIN_S), round(window_s[1] / BIN_S)
        count = (last - first) // per_span
        cut = lambda bins: bins[:, first : first + count * per_span].reshape(len(bins), count, per_span)
        if kind == "mean":
            return cut(self.mean).mean(axis=2)
        low, high = cut(self.low).min(axis=2), cut(self.high).max(axis=2)
        return {"min": low, "max": high, "amplitude": high - low}[kind]


@dataclasses.dataclass(frozen=True)
class Amount:
    """A number, or an array of them, with its dimension; `value` is in the base units of `vocab.units`."""

    value: Float[np.ndarray, "*shape"]
    dimension: Dimension

    @classmethod
    def of(cls, value: np.ndarray | float, unit: str) -> "Amount":
        """An amount in a unit."""
        known = parse(unit)
        return cls(np.asarray(np.asarray(value, float) * known.size), known.dimension)

    def within(self, unit: str) -> np.ndarray:
        """The value in a unit. Raises `TableError` where that measures something else."""
        known = parse(unit)
        if known.dimension != self.dimension:
            raise TableError(
                f"{_named(self.dimension)} cannot be given in {unit!r}, which is {_named(known.dimension)}"
            )
        return np.asarray(self.value / known.size)

    def _sum(self, other: "Amount", how: Callable) -> "Amount":
        if self.dimension != other.dimension:
            raise TableError(f"{_named(self.dimension)} and {_named(other.dimension)} cannot be added")
        return Amount(np.asarray(how(self.value, other.value)), self.dimension)

    def _product(self, other: "Amount", how: Callable, sign: int) -> "Amount":
        powers = dict(self.dimension)
        for name, power in other.dimension:
            powers[name] = powers.get(name, 0) + sign * power
        with np.errstate(divide="ignore", invalid="ignore"):
            value = np.asarray(how(self.value, other.value))
        return Amount(value, tuple(sorted((k, v) for k, v in powers.items() if v)))

    def __add__(self, other: "Amount") -> "Amount":
        return self._sum(other, operator.add)

    def __sub__(self, other: "Amount") -> "Amount":
        return self._sum(other, operator.sub)

    def __mul__(self, other: "Amount") -> "Amount":
        return self._product(other, operator.mul, 1)

    def __truediv__(self, other: "Amount") -> "Amount":
        return self._product(other, operator.truediv, -1)


def _named(dimension: Dimension) -> str:
    return "·".join(name if power == 1 else f"{name}^{power}" for name, power in dimension) or "a pure number"


@dataclasses.dataclass(frozen=True)
class Measure:
    """Something that is measured on a run.

    `of` is the expression, `span_s` what each mean and extreme is taken over, `unit` what tables give it in. `scale`,
    in that unit, is what errors are a share of where a share of the value would say nothing: of a pH, a saturation, a
    temperature. `least`, in that unit, is the least change that counts, up, down or none, where 5 % of the value before
    would say nothing, and `least_from` says where it is from.
    """

    name: str
    of: str
    unit: str
    label: str
    label_ko: str
    span_s: float = 1.0
    scale: float | None = None
    least: float | None = None
    least_from: str = ""

    def signals(self) -> frozenset[str]:
        """The signals of the expression."""
        return frozenset(name for name, _ in _terms(self._tree()))

    def dimension(self) -> Dimension:
        """What the expression measures. Raises `TableError` where it is none, `UnknownSignal` for a wrong name."""
        one = Trace(*(np.ones((1, 1)) for _ in range(3)))
        return self.spans({name: one for name in self.signals()}, (0.0, BIN_S), span_s=BIN_S).dimension

    def spans(self, traces: Mapping[str, Trace], window_s: tuple[float, float], span_s: float | None = None) -> Amount:
        """The measure in each whole span of a window, `(patient, span)`."""
        read = lambda name, kind: Amount.of(
            traces[name].spans(kind, window_s, span_s or self.span_s), signal_of(name).unit
        )
        return _evaluate(self._tree(), read)

    def _tree(self) -> ast.expr:
        try:
            return ast.parse(self.of, mode="eval").body
        except SyntaxError as error:
            raise TableError(f"the measure {self.name!r} cannot be read: {self.of!r}") from error


def _evaluate(node: ast.expr, read: Callable[[str, str], Amount]) -> Amount:
    match node:
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
            return _OPERATORS[type(op)](_evaluate(left, read), _evaluate(right, read))
        case ast.Constant(value=float() | int() as number):
            return Amount(np.asarray(float(number)), ())
        case ast.Constant(value=str() as text):
            number, _, unit = text.partition(" ")
            return Amount.of(float(number), unit or "1")
        case ast.Name() | ast.Call():
            return read(*_term(node))
    raise TableError(f'{ast.unparse(node)!r} is not allowed: write + - * / over signals, numbers and "1.83 m2"')


def _term(node: ast.Name | ast.Call) -> tuple[str, str]:
    match node:
        case ast.Name(id=name):
            return name, "mean"
        case ast.Call(func=ast.Name(id=kind), args=[ast.Name(id=name)], keywords=[]) if kind in _REDUCTIONS:
            return name, kind
    raise TableError(f"{ast.unparse(node)!r}: write {', '.join(_REDUCTIONS)} of one signal")


def _terms(node: ast.expr) -> Iterator[tuple[str, str]]:
    match node:
        case ast.BinOp(left=left, right=right):
            yield from _terms(left)
            yield from _terms(right)
        case ast.Name() | ast.Call():
            yield _term(node)
