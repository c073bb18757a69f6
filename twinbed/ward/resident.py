"""A bed of the ward: on its way, living, or failed."""

import dataclasses
import math

from twinbed.ward.checkpoints import Left
from twinbed.ward.definition import Made
from twinbed.ward.pace import Pace
from twinbed.ward.session import Page, Session
from twinbed.ward.starts import Start


@dataclasses.dataclass
class Resident:
    """A bed of the ward: on its way, living, or failed. The thread of the ward alone changes what lives."""

    id: str
    title: str
    title_ko: str
    toml: str
    pace: Pace
    session: Session | None = None
    made: Made | None = None
    why: str = ""
    """Why it failed."""
    implausible: str = ""
    """What left its range, once something did."""
    last: Page | None = None
    """The page before where it stands."""
    told_late: float = -math.inf
    """When on the wall it was told last that the machine is too slow for it."""
    start: Start | None = None
    """How far it is on its way."""
    left: Left | None = None
    """What was shown last before the ward was closed, as long as the bed is on its way."""

    @property
    def state(self) -> str:
        """`starting`, `running`, `paused` or `failed`."""
        if self.why:
            return "failed"
        if self.session is None:
            return "starting"
        return "running" if self.pace.running else "paused"
