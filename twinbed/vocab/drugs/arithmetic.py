"""Arithmetic written in a file: numbers, names, the four operations, powers and a few functions, and nothing else.

An expression is parsed, never executed: what is not arithmetic is refused with the place and what may stand there.
"""

import ast
import math
from collections.abc import Callable, Mapping

from twinbed.vocab.names import meant

_LONGEST = 400


class ExpressionError(ValueError):
    """An expression that is no arithmetic, or has no value."""


def sigmoid(x: float, half: float, steep: float = 1.0) -> float:
    """x^steep / (half^steep + x^steep): how far `x` is on the way from nothing to all."""
    return x**steep / (half**steep + x**steep)


FUNCTIONS: dict[str, Callable[..., float]] = {
    "exp": math.exp,
    "log": math.log,
    "sqrt": math.sqrt,
    "min": min,
    "max": max,
    "sigmoid": sigmoid,
}
_BINARY: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: a - b,
    ast.Mult: lambda a, b: a * b,
    ast.Div: lambda a, b: a / b,
    ast.Pow: math.pow,
}
_UNARY: dict[type[ast.unaryop], Callable[[float], float]] = {ast.UAdd: lambda a: a, ast.USub: lambda a: -a}


def evaluate(expression: str | float, names: Mapping[str, float]) -> float:
    """The value of an expression.

    Args:
        expression: a number, or arithmetic over `names` with `+ - * / **`, brackets and `FUNCTIONS`.
        names: what the names in it are worth.

    Raises:
        ExpressionError: it is no arithmetic, names something unknown, or has no finite value.
    """
    if not isinstance(expression, str):
        return float(expression)
    if len(expression) > _LONGEST:
        raise ExpressionError(f"an expression has at most {_LONGEST} characters; split {expression[:40]!r}...")
    try:
        tree = ast.parse(" ".join(expression.split()), mode="eval")
    except (SyntaxError, ValueError, RecursionError) as error:
        raise ExpressionError(f"cannot read {expression!r} as arithmetic: {error}") from None
    try:
        value = _value(tree.body, names, expression)
    except (ArithmeticError, ValueError, TypeError) as error:
        if isinstance(error, ExpressionError):
            raise
        raise ExpressionError(f"{expression!r} has no value: {error}") from None
    if not math.isfinite(value):
        raise ExpressionError(f"{expression!r} is {value}")
    return value


def _value(node: ast.expr, names: Mapping[str, float], whole: str) -> float:
    match node:
        case ast.Constant(value=int() | float() as number) if not isinstance(number, bool):
            return float(number)
        case ast.Name(id=name):
            return _named(name, names, whole)
        case ast.UnaryOp(op=op, operand=inner) if type(op) in _UNARY:
            return _UNARY[type(op)](_value(inner, names, whole))
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _BINARY:
            return _BINARY[type(op)](_value(left, names, whole), _value(right, names, whole))
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]) if name in FUNCTIONS:
            return float(FUNCTIONS[name](*(_value(a, names, whole) for a in args)))
        case _:
            raise ExpressionError(
                f"{ast.unparse(node)!r} in {whole!r} is no arithmetic: write numbers, names, + - * / **, brackets and "
                + ", ".join(FUNCTIONS)
            )


def _named(name: str, names: Mapping[str, float], whole: str) -> float:
    if name in names:
        return float(names[name])
    hint = meant(name, names, otherwise=f"there is {', '.join(sorted(names))}")
    raise ExpressionError(f"unknown name {name!r} in {whole!r}; {hint}")
