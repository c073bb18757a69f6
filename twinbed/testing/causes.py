"""What went wrong in somebody's component, in a sentence: the line of the file, the cause, what to write."""

import dataclasses
import difflib
import pathlib
import sys
import traceback
from collections.abc import Iterator

import jax

from twinbed.testing.checks import Check, checks_for, native_code
from twinbed.testing.examples import example
from twinbed.testing.returns import check_returns

_REMEDIES: tuple[tuple[type[Exception], str], ...] = (
    (
        jax.errors.TracerBoolConversionError,
        "if, and, or, not, while, min and max of Python cannot go by a number that is known only while the bed runs; "
        "write jnp.where(condition, this, otherwise), jnp.logical_and, jnp.logical_or, jnp.minimum, jnp.maximum",
    ),
    (
        jax.errors.TracerArrayConversionError,
        "numpy cannot compute with a number that is known only while the bed runs; write the same with jax.numpy (jnp)",
    ),
    (
        jax.errors.TracerIntegerConversionError,
        "Python cannot count or index by a number that is known only while the bed runs; "
        "index an array of jnp, or choose with jnp.where",
    ),
    (
        jax.errors.ConcretizationTypeError,
        "float(), int(), round() and math cannot take a number that is known only while the bed runs; "
        "write the same with jax.numpy (jnp)",
    ),
    (
        jax.errors.UnexpectedTracerError,
        "a number of one tick was kept somewhere outside; what is to be remembered belongs into the state that is "
        "returned",
    ),
    (
        dataclasses.FrozenInstanceError,
        "a component cannot be changed; what is to be remembered belongs into the state that is returned",
    ),
)
"""Mistakes that Python or JAX tell in words that lead elsewhere; the first that fits is said."""
NOT_RUN = "not run: first what is said above"


def outcomes(cls: type) -> Iterator[tuple[str, str]]:
    """Every check of a component with "passed" or what is wrong, then whether it can be native code.

    Where a check finds that the component cannot be made or run, those after it would say nothing new and are not run.

    Raises:
        NotFound: the class is no model, device or endpoint.
    """
    runs = True
    for check in checks_for(cls):
        told = _outcome(check, cls) if runs else NOT_RUN
        runs = runs and (told == "passed" or (check is not check_returns and _can_be_made(cls)))
        yield check.__name__, told
    yield "native code", _native(cls) if runs else NOT_RUN


def _outcome(check: Check, cls: type) -> str:
    try:
        check(cls)
    except Exception as error:  # a component under test may fail in any way; all are told
        return said(error, cls)
    return "passed"


def _can_be_made(cls: type) -> bool:
    try:
        example(cls)
    except Exception:  # which the check that failed says
        return False
    return True


def _native(cls: type) -> str:
    try:
        return native_code(cls)
    except Exception as error:
        return f"no: {said(error, cls)}"


def said(error: Exception, cls: type) -> str:
    """An error of a component in one line: where in its file, the cause, what to write."""
    missing = _missing(cls)
    if missing and isinstance(error, TypeError):
        return "; ".join(missing)
    remedy = next((remedy for kind, remedy in _REMEDIES if isinstance(error, kind)), None)
    words = remedy or " ".join(str(error).split())
    named = words if remedy or isinstance(error, AssertionError) else f"{type(error).__name__}: {words}"
    return f"{_place(error, cls)}{named}"


def _missing(cls: type) -> list[str]:
    """What a class must have and has not, each with the member that may be meant."""
    methods = sorted(getattr(cls, "__abstractmethods__", ()))
    fields = sorted({*getattr(cls, "__abstractvars__", ()), *getattr(cls, "__abstractclassvars__", ())})
    own = [name for name in vars(cls) if not name.startswith("_")]
    told = []
    for kind, names in (("method", methods), ("field", fields)):
        for name in names:
            near = difflib.get_close_matches(name, own, n=1, cutoff=0.6)
            told.append(
                f"{cls.__name__} has no {kind} {name!r}" + (f"; is {near[0]!r} meant to be it?" if near else "")
            )
    return told


def _place(error: Exception, cls: type) -> str:
    """The last line of the component's own file that an error passed through."""
    file = getattr(sys.modules.get(cls.__module__), "__file__", None)
    own = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == file]
    if not file or not own:
        return ""
    line = own[-1]
    return f"{pathlib.Path(file).name}, line {line.lineno}, {line.line}: "
