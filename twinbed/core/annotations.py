"""What an annotator wrote about a recording: beats, rhythms, noise, each at a sample.

Symbols are those of the MIT annotation format: `N` a normal beat, `V` a premature ventricular
one, `+` a change of rhythm (its name in the text, as `(AFIB`), `~` a change of signal quality
(in the subtype), `[` and `]` begin and end of ventricular flutter or fibrillation.
"""

import dataclasses
from collections.abc import Iterable
from typing import Any

import numpy as np
from jaxtyping import Int, Shaped


@dataclasses.dataclass(frozen=True, eq=False)
class Annotations:
    """Annotations in the order of time. `length` is the number of samples of the record, if known."""

    sample: Int[np.ndarray, " annotation"]
    symbol: Shaped[np.ndarray, " annotation"]
    subtype: Int[np.ndarray, " annotation"]
    text: tuple[str, ...]
    sampling_frequency_hz: float
    length: int | None = None

    def __post_init__(self) -> None:
        n = len(self.sample)
        if not n == len(self.symbol) == len(self.subtype) == len(self.text):
            raise ValueError("annotations need as many symbols, subtypes and texts as samples")
        if np.any(np.diff(self.sample) < 0):
            raise ValueError("annotations must be in the order of time")
        if not 0 < self.sampling_frequency_hz < np.inf:
            raise ValueError(f"expected a sampling frequency above 0 Hz, found {self.sampling_frequency_hz}")

    @classmethod
    def of(
        cls, rows: Iterable[tuple[Any, ...]], sampling_frequency_hz: float, length: int | None = None
    ) -> "Annotations":
        """From rows of sample and symbol, and where needed subtype and text."""
        full = [(*row, *(0, "")[len(row) - 2 :]) for row in rows]
        sample, symbol, subtype, text = zip(*full, strict=True) if full else ((), (), (), ())
        return cls(
            sample=np.array(sample, dtype=np.int64),
            symbol=np.array(symbol, dtype=np.str_),
            subtype=np.array(subtype, dtype=np.int64),
            text=text,
            sampling_frequency_hz=float(sampling_frequency_hz),
            length=length,
        )

    def __len__(self) -> int:
        return len(self.sample)
