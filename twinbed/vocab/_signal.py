"""One signal of the vocabulary."""

import dataclasses

FLAG = (0.0, 1.0)
ACT = (0.0, 1e6)
"""Of what is done whenever the signal rises: 1 while it is done, or how often it was done."""


@dataclasses.dataclass(frozen=True)
class Signal:
    """A named measurement or flow. `unit` and `dose_unit` are UCUM; `whole`: a number of a list, as of rhythms."""

    name: str
    unit: str
    label: str
    plausible: tuple[float, float]
    loinc: str | None = None
    mdc: tuple[str, int] | None = None
    dose_unit: str | None = None
    substance: str | None = None
    whole: bool = False
