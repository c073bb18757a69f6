"""Has XLA compute once, on a processor, what is read several times.

There XLA fuses what computes a value into everything that reads it: what has four readers is computed four times, and
so is all that it follows from. `optimization_barrier` is taken out before fusion on processors; a call that is not to
be inlined stays (docs/decisions/0004-native.md).
"""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import jax
from jax.experimental.xla_metadata import set_xla_metadata
from jax.extend.core import ClosedJaxpr, Jaxpr, JaxprEqn, Literal, Var, jaxpr_as_fun

_ARE_NO_WORK = frozenset(
    {"broadcast_in_dim", "reshape", "squeeze", "slice", "copy", "transpose", "convert_element_type"}
)
_ARE_CALLS = frozenset({"jit", "pjit", "closed_call"})
_LOOPS_AND_BRANCHES = frozenset({"scan", "while", "cond"})
_DEAR = frozenset({"sin", "cos", "tan", "exp", "exp2", "log", "log1p", "pow", "cbrt", "logistic", "tanh", "erf_inv"})
_WORK_OF_DEAR = 10
"""What a function of the mathematical library takes, in additions."""
_WORTH_KEEPING = 16
"""Work saved, in operations a patient, from which on a value is written to memory: a loop of its own costs that."""


def computed_once(function: Callable[..., Any], *like: Any) -> Callable[..., Any]:
    """The same function of arrays, in which XLA on a processor computes once what is read several times.

    Args:
        function: of pytrees of arrays; to be mapped over patients afterwards.
        like: arguments, or their shapes and types.
    """
    closed, made = jax.make_jaxpr(function, return_shape=True)(*like)
    flat = jaxpr_as_fun(_kept_apart(closed))
    return lambda *args: jax.tree.unflatten(jax.tree.structure(made), flat(*jax.tree.leaves(args)))


def _kept_apart(closed: ClosedJaxpr) -> ClosedJaxpr:
    like = [jax.ShapeDtypeStruct(v.aval.shape, v.aval.dtype, weak_type=v.aval.weak_type) for v in closed.jaxpr.invars]
    return jax.make_jaxpr(lambda *args: _values(closed.jaxpr, closed.consts, args))(*like)


def _values(jaxpr: Jaxpr, consts: Sequence[Any], args: Sequence[Any]) -> list[Any]:
    """The outputs of a jaxpr, computed equation by equation."""
    known: dict[Var, Any] = dict(zip((*jaxpr.constvars, *jaxpr.invars), (*consts, *args), strict=True))
    work: dict[Var, int] = {}
    readers = _readers(jaxpr)
    read = lambda v: v.val if isinstance(v, Literal) else known[v]
    for equation in jaxpr.eqns:
        values = _bound(jaxpr, equation, known)
        own = _work(equation)
        # loops and branches write their results to memory anyhow
        again = 0 if own is None else own + sum(work.get(v, 0) for v in _variables(equation.invars))
        for v, value in zip(equation.outvars, values, strict=True):
            keep = own and again * (readers[v] - 1) >= _WORTH_KEEPING
            known[v], work[v] = (_keep(value), 0) if keep else (value, again)
    return [read(v) for v in jaxpr.outvars]


def _variables(atoms: Sequence[Any]) -> dict[Var, None]:
    """The variables among what an equation reads, each once, in order."""
    return dict.fromkeys(v for v in atoms if not isinstance(v, Literal))


def _readers(jaxpr: Jaxpr) -> Counter[Var]:
    """How many equations, or the outside, read each value."""
    return Counter(v for atoms in (*(e.invars for e in jaxpr.eqns), jaxpr.outvars) for v in _variables(atoms))


def _work(equation: JaxprEqn) -> int | None:
    """Operations for one patient; nothing for loops and branches."""
    name = equation.primitive.name
    if name in _LOOPS_AND_BRANCHES:
        return None
    if name in _ARE_CALLS:
        return sum(_work(e) or 0 for e in equation.params["jaxpr" if name != "closed_call" else "call_jaxpr"].eqns)
    return 0 if name in _ARE_NO_WORK else _WORK_OF_DEAR if name in _DEAR else 1


def _bound(jaxpr: Jaxpr, equation: JaxprEqn, known: dict[Var, Any]) -> Sequence[Any]:
    """The values of one equation; the bodies of loops and branches are treated alike."""
    if equation.primitive.name in _LOOPS_AND_BRANCHES:
        params = {name: _with_bodies_apart(value) for name, value in equation.params.items()}
        equation = equation.replace(params=params)
    given = [*_variables(equation.invars)]
    alone = jaxpr.replace(constvars=[], invars=given, outvars=equation.outvars, eqns=[equation])
    return jaxpr_as_fun(ClosedJaxpr(alone, ()))(*(known[v] for v in given))


def _with_bodies_apart(param: Any) -> Any:
    if isinstance(param, tuple):
        return tuple(map(_with_bodies_apart, param))
    return _kept_apart(param) if isinstance(param, ClosedJaxpr) else param


def _keep(value: Any) -> Any:
    with set_xla_metadata(inlineable="false"):
        return _itself(value)


@jax.jit
def _itself(value: Any) -> Any:
    return value
