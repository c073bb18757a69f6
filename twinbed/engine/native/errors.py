"""What native execution refuses, and why."""

from collections.abc import Sequence
from typing import Any

from twinbed.core.errors import TwinbedError

_NOT_OURS = ("/jax/", "/equinox/", "/jaxtyping/", "<string>", "/beartype/")


class CannotLower(TwinbedError):
    """A model uses what the native executor cannot express; run it with the backend `xla`."""

    @classmethod
    def at(cls, equations: Sequence[Any], reason: str) -> "CannotLower":
        """The error for the last of the equations that contain each other, with the line that wrote it."""
        line = next(filter(None, map(_line, reversed(equations))), "an unknown line")
        return cls(f"{equations[-1].primitive.name} {reason} (written at {line}); use the backend xla")


class NoCompiler(TwinbedError):
    """There is no C++ compiler, or it failed."""


class NoDevice(TwinbedError):
    """There is no GPU, what CUDA needs is not installed, or it failed."""


def _line(equation: Any) -> str | None:
    trace = equation.source_info.traceback
    frames = trace.frames if trace is not None else []
    for frame in frames:
        if not any(part in frame.file_name.replace("\\", "/") for part in _NOT_OURS):
            return f"{frame.file_name}:{frame.line_num}, {frame.function_name}"
    return None
