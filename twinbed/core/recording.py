"""Time × named channels with units: what a run returns and what real data are read into.

A channel is samples (a sensor's readings), a held rate (a pump's basal), or doses (boluses,
meals). Every channel has its own times, so that nothing is moved to a grid on reading.
Imports no JAX.
"""

import dataclasses
import datetime
import hashlib
import typing
from collections.abc import Mapping

import numpy as np
from jaxtyping import Float

from twinbed.vocab.signals import signal as signal_of

if typing.TYPE_CHECKING:
    import matplotlib.figure


_HOURS_FROM_S = 3.0 * 3600.0
"""Recordings longer than this are drawn over hours, others over minutes."""


@dataclasses.dataclass(frozen=True)
class Channel:
    """One signal over time.

    `time_s` counts from the start of the recording and does not decrease. For a signal with
    a dose unit, `value` is the dose and `duration_s` how long it takes; for others `value`
    is in the signal's unit and holds (a rate) or stands (a sample) at its time.
    """

    signal: str
    time_s: Float[np.ndarray, " sample"]
    value: Float[np.ndarray, " sample"]
    duration_s: Float[np.ndarray, " sample"] | None = None

    def __post_init__(self) -> None:
        signal_of(self.signal)
        if self.time_s.shape != self.value.shape:
            raise ValueError(f"channel {self.signal!r}: {self.time_s.shape} times, {self.value.shape} values")
        if np.any(np.diff(self.time_s) < 0):
            raise ValueError(f"channel {self.signal!r}: times must not decrease")

    @property
    def is_dose(self) -> bool:
        """Whether the values are doses given over a time."""
        return self.duration_s is not None

    @property
    def unit(self) -> str:
        """UCUM unit of `value`."""
        known = signal_of(self.signal)
        return known.dose_unit if self.is_dose and known.dose_unit else known.unit

    def between(self, start_s: float, end_s: float) -> "Channel":
        """The part with start_s <= time < end_s, its times counted from `start_s`."""
        keep = (self.time_s >= start_s) & (self.time_s < end_s)
        duration = None if self.duration_s is None else self.duration_s[keep]
        return Channel(self.signal, self.time_s[keep] - start_s, self.value[keep], duration)

    def held(self, at_s: Float[np.ndarray, " t"], *, before: float = np.nan) -> Float[np.ndarray, " t"]:
        """The last value at or before each time; `before` where there is none yet."""
        place = np.searchsorted(self.time_s, at_s, side="right") - 1
        values = np.append(self.value, before)
        return values[np.where(place < 0, len(self.value), place)]

    def binned(self, period_s: float, n: int) -> Float[np.ndarray, " bin"]:
        """The sum of doses in each of `n` bins, or the mean of samples (NaN where none)."""
        bins = np.floor(self.time_s / period_s).astype(int)
        inside = (bins >= 0) & (bins < n) & np.isfinite(self.value)
        total = np.bincount(bins[inside], self.value[inside], minlength=n).astype(float)
        if self.is_dose:
            return total
        count = np.bincount(bins[inside], minlength=n)
        return np.divide(total, count, out=np.full(n, np.nan), where=count > 0)


@dataclasses.dataclass(frozen=True)
class Recording:
    """What was recorded of one person or bed.

    `start` is local wall-clock time; `notes` says what a reader left out or repaired.
    """

    subject: str
    start: datetime.datetime
    channels: Mapping[str, Channel]
    attributes: Mapping[str, str | float] = dataclasses.field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def __getitem__(self, signal: str) -> Channel:
        if signal not in self.channels:
            raise KeyError(f"{self.subject} has no channel {signal!r}; it has {', '.join(self.channels)}")
        return self.channels[signal]

    @property
    def duration_s(self) -> float:
        """Time of the last sample of any channel."""
        return max((float(c.time_s[-1]) for c in self.channels.values() if len(c.time_s)), default=0.0)

    def between(self, start_s: float, end_s: float) -> "Recording":
        """The part with start_s <= time < end_s; its clock starts at `start_s`."""
        return dataclasses.replace(
            self,
            start=self.start + datetime.timedelta(seconds=start_s),
            channels={name: c.between(start_s, end_s) for name, c in self.channels.items()},
        )

    def digest(self) -> str:
        """SHA-256 of everything that was recorded and is known of the person."""
        hashed = hashlib.sha256(f"{self.subject} {self.start} {sorted(self.attributes.items())}".encode())
        for name, channel in sorted(self.channels.items()):
            hashed.update(name.encode())
            for values in (channel.time_s, channel.value, channel.duration_s):
                if values is not None:
                    hashed.update(np.ascontiguousarray(values, float).tobytes())
        return hashed.hexdigest()

    def plot(self) -> "matplotlib.figure.Figure":
        """One panel per channel; needs matplotlib."""
        import matplotlib.pyplot as plt

        from twinbed.vocab.units import label

        figure, axes = plt.subplots(
            len(self.channels), 1, sharex=True, squeeze=False,
            figsize=(8, 1.2 + 1.5 * len(self.channels)), layout="constrained",
        )  # fmt: skip
        longest_s = max((c.time_s[-1] for c in self.channels.values() if len(c.time_s)), default=0.0)
        unit, second = ("hours", 3600.0) if longest_s > _HOURS_FROM_S else ("minutes", 60.0)
        for axis, channel in zip(axes[:, 0], self.channels.values(), strict=True):
            time = channel.time_s / second
            if channel.is_dose:
                axis.vlines(time, 0, channel.value)
            else:
                axis.plot(time, channel.value, linewidth=1)
            axis.set_title(signal_of(channel.signal).label, loc="left", fontsize=9)
            axis.set_ylabel(label(channel.unit))
        axes[-1, 0].set_xlabel(unit)
        figure.suptitle(self.subject)
        return figure
