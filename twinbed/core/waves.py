"""Waves that were sampled together, as a recorder or a monitor writes them."""

import dataclasses

import numpy as np
from jaxtyping import Float


@dataclasses.dataclass(frozen=True, eq=False)
class Waves:
    """Samples by time and lead; NaN where there is none."""

    samples: Float[np.ndarray, "sample lead"]
    names: tuple[str, ...]
    units: tuple[str, ...]
    sampling_frequency_hz: float

    def __post_init__(self) -> None:
        if not self.samples.shape[1] == len(self.names) == len(self.units):
            raise ValueError(f"{self.samples.shape[1]} leads, {len(self.names)} names, {len(self.units)} units")
        if not 0 < self.sampling_frequency_hz < np.inf:
            raise ValueError(f"expected a sampling frequency above 0 Hz, found {self.sampling_frequency_hz}")

    def __len__(self) -> int:
        return len(self.samples)

    def __getitem__(self, name: str) -> Float[np.ndarray, " sample"]:
        if name not in self.names:
            raise KeyError(f"no lead {name!r}; there are {', '.join(self.names)}")
        return self.samples[:, self.names.index(name)]
