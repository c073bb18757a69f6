"""What native execution refuses, and why."""

import pathlib
from collections.abc import Sequence
from typing import Any

from twinbed.core.errors import TwinbedError

_NOT_OURS = ("jax", "equinox", "jaxtyping", "beartype")


class Unsupported(Exception):
    """What a rule cannot do; who walks the program adds where."""


class CannotLower(TwinbedError):
    """A model uses what the native executor cannot express; run it with the backend `xla`."""

    @classmethod
    def at(cls, equations: Sequence[Any], reason: str = "") -> "CannotLower":
        """The error for the last of the equations that contain each other, with the line that wrote it."""
        line = next(filter(None, map(_line, reversed(equations))), "an unknown line")
        which = f", which {reason}" if reason else ""
        return cls(f"native code cannot express {equations[-1].primitive.name}{which} (written at {line})")


class NoCompiler(TwinbedError):
    """There is no C++ compiler, or it failed."""


class NoDevice(TwinbedError):
    """There is no GPU, what CUDA needs is not installed, or it failed."""


def _line(equation: Any) -> str | None:
    trace = equation.source_info.traceback
    frames = trace.frames if trace is not None else []
    for frame in frames:
        parts = pathlib.Path(frame.file_name).parts
        library = "site-packages" in parts and parts[parts.index("site-packages") + 1] in _NOT_OURS
        if not library and frame.file_name != "<string>":
            return f"{frame.file_name}:{frame.line_num}, {frame.function_name}"
    return None


class Abandoned(TwinbedError):
    """The compiler was ended because nobody waits for its work any more."""


class NotDescribed(Exception):
    """What decides a trace is not all known, so that it cannot be kept; who wanted to keep it traces anew."""
