"""A bed of the ward: on its way, living, or failed."""

import collections
import dataclasses
import math

from twinbed.ward.checkpoints import Left
from twinbed.ward.definition import Made
from twinbed.ward.pace import Pace
from twinbed.ward.session import Page, Session
from twinbed.ward.starts import Start
from twinbed.ward.twins import KEPT_PAGES, Seen


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
    recent: collections.deque[Seen] = dataclasses.field(default_factory=lambda: collections.deque(maxlen=KEPT_PAGES))
    """What the last pages told, that one at the end."""
    told_late: float = -math.inf
    """When on the wall it was told last that the machine is too slow for it."""
    start: Start | None = None
    """How far it is on its way."""
    left: Left | None = None
    """What was shown last before the ward was closed, as long as the bed is on its way."""

    def stands_after(self, page: Page | None) -> None:
        """It stands after a page; what was before is forgotten where that does not follow."""
        if page is None or not self.recent or not math.isclose(page.t_s, self.recent[-1].t_s):
            self.recent.clear()
        if page is not None:
            self.recent.append(Seen(page.t_s + page.lasts_s, page.devices, page.body))
        self.last = page

    @property
    def state(self) -> str:
        """`starting`, `running`, `paused` or `failed`."""
        if self.why:
            return "failed"
        if self.session is None:
            return "starting"
        return "running" if self.pace.running else "paused"
