"""The pace of a bed: when its next page is due by the clock on the wall."""

import contextlib
import dataclasses
import math
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from twinbed.ward.controls import Refused

SLOWEST, FASTEST, FASTEST_SLOW = 0.1, 100.0, 3600.0
"""Times the clock; the last for beds whose pages are a minute, an hour a second."""
_LATE_PAGES = 3.0
"""A bed that is so far behind is not hurried on, but set to the present."""


@dataclasses.dataclass
class Pace:
    """Runs or stands, so many times as fast as the wall. `wall` is a clock in seconds."""

    wall: Callable[[], float] = time.monotonic
    speed: float = 1.0
    running: bool = True
    fastest: float = FASTEST
    slipped: int = 0
    """How often the machine was too slow and the bed was set to the present."""
    _since: tuple[float, float] = (0.0, 0.0)
    """A time on the wall, and where the bed was then."""

    def from_here(self, t_s: float) -> None:
        """Counts from here on."""
        self._since = self.wall(), t_s

    def due(self, t_s: float) -> float:
        """When on the wall a simulated time is to come; never while the bed stands."""
        wall, began = self._since
        return wall + (t_s - began) / self.speed if self.running else math.inf

    def caught_up(self, t_s: float, page_s: float) -> bool:
        """Gives up what cannot be made good; whether there was something."""
        late = self.running and self.wall() - self.due(t_s) > max(_LATE_PAGES * page_s / self.speed, 1.0)
        if late:
            self.slipped += 1
            self.from_here(t_s)
        return late

    def check(self, do: str, value: float | None) -> None:
        """Refuses what cannot be set.

        Raises:
            Refused: there is no such thing to do, or no such speed.
        """
        if do == "speed":
            if value is None or not SLOWEST <= value <= self.fastest:
                raise Refused(
                    f"speed {value}: between {SLOWEST:g} and {self.fastest:g} times the clock",
                    f"속도 {value}: 시계의 {SLOWEST:g}~{self.fastest:g}배 사이여야 합니다",
                )
        elif do not in ("pause", "resume"):
            raise Refused(
                f"there is no {do!r} of a clock: pause, resume, step or speed",
                f"시계에는 {do!r} 조작이 없습니다: pause, resume, step, speed 가운데 하나입니다",
            )

    def set(self, do: str, value: float | None, t_s: float) -> None:
        """Pauses, resumes or changes the speed. Raises as `check`."""
        self.check(do, value)
        if do == "speed" and value is not None:
            self.speed = value
        else:
            self.running = do == "resume"
        self.from_here(t_s)

    def as_left(self, entries: Iterable[Mapping[str, Any]]) -> None:
        """Takes over what the entries of a log said of the pace, in their order; what is no longer possible is not."""
        for said in entries:
            with contextlib.suppress(Refused):
                if said["do"] != "step":
                    self.set(said["do"], said.get("value"), 0.0)
