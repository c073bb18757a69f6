"""Beds that stand at their first moment until somebody watches, so that nobody misses what their guide speaks of."""

import threading
from typing import Any

from twinbed.ward.ward import OURSELVES, Ward


class Waiting:
    """Beds that nobody has watched yet. It is told once that somebody does, by the live socket."""

    def __init__(self, ward: Ward):
        self._ward = ward
        self._beds: set[str] = set()
        self._watched = False
        self._door = threading.Lock()
        ward.watch(self._told)

    def add(self, bed: str) -> None:
        """A bed that is to go on when somebody watches; it was opened paused."""
        with self._door:
            self._beds.add(bed)
        self._wake()

    def somebody_watches(self) -> None:
        """Lets them go on: those that live at once, the others when they do."""
        self._watched = True
        self._wake()

    def _told(self, what: str, bed: str, news: Any) -> None:
        if what == "state":
            self._wake()

    def _wake(self) -> None:
        with self._door:
            residents = {bed: self._ward.beds.get(bed) for bed in self._beds} if self._watched else {}
            ready = {bed for bed, resident in residents.items() if resident is None or resident.session is not None}
            self._beds -= ready
        for bed in ready:
            self._ward.do(lambda bed=bed: self._goes_on(bed))

    def _goes_on(self, bed: str) -> None:
        """In the ward's thread. Who said meanwhile how the clock is to go is right."""
        resident = self._ward.beds.get(bed)
        session = resident.session if resident else None
        if session is not None and not any(entry.kind == "clock" for entry in session.entries):
            self._ward.clock(bed, OURSELVES, "resume")
