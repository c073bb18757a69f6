"""Looks at what might come: what was asked, how far it is, what came of it, and how all that is kept as plain JSON."""

import dataclasses
import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from twinbed.ward.controls import Refused, Wish
from twinbed.ward.ensemble import Change, Futures
from twinbed.ward.posterior import Spread

MOST_FORKS = 4
"""That are computed or wait for it, at all beds together; of one person only one is."""
MOST_KEPT = 50
"""Forks of a bed that are at hand after a start, the latest; the others stay in the store."""
UNSAID = Spread("people", "before")
"""Of futures that were played by a version that asked no past."""
_ENDED = "the server ended before it was computed; play it again"
_ENDED_KO = "계산이 끝나기 전에 서버가 멈췄습니다; 다시 계산해 주십시오"


@dataclasses.dataclass
class Fork:
    """A look at what might come, while it is computed and after."""

    id: int
    bed: str
    who: str
    at_s: float
    horizon_s: float
    members: int
    changes: tuple[Change, ...]
    share: float = 0.0
    futures: Futures | None = None
    why: str = ""
    """Why it failed or was stopped."""
    why_ko: str = ""
    stopped: bool = False

    @property
    def state(self) -> str:
        """`running`, `done`, `stopped` by somebody or with its bed, or `failed`."""
        if self.why:
            return "stopped" if self.stopped else "failed"
        return "running" if self.futures is None else "done"


def running(forks: Mapping[str, Iterable[Fork]]) -> Iterator[Fork]:
    """Those, by bed, that are computed or wait for it; another thread may add some."""
    return (fork for own in tuple(forks.values()) for fork in tuple(own) if fork.state == "running")


def room(forks: Mapping[str, Iterable[Fork]], who: str) -> None:
    """Whether somebody may begin another one.

    Raises:
        Refused: not as long as others are computed.
    """
    now = [*running(forks)]
    if any(fork.who == who for fork in now):
        raise Refused(
            "futures that you asked for are being computed; wait until they are there, or stop them",
            "요청하신 미래를 이미 계산하고 있습니다; 끝날 때까지 기다리거나 중지해 주십시오",
        )
    if len(now) >= MOST_FORKS:
        raise Refused(
            f"{MOST_FORKS} forks are being computed; wait until one is done",
            f"미래 {MOST_FORKS}개를 계산하고 있습니다; 하나가 끝날 때까지 기다려 주십시오",
        )


def as_kept(fork: Fork) -> dict[str, Any]:
    """A fork as plain JSON: nothing stands for what is no number."""
    changes = [
        {"control": c.control, "value": c.wish.value, "lasts_s": c.wish.lasts_s, "after_s": c.after_s}
        for c in fork.changes
    ]
    futures = None if fork.futures is None else _futures_as_kept(fork.futures)
    return {
        "who": fork.who, "at_s": fork.at_s, "horizon_s": fork.horizon_s, "members": fork.members, "changes": changes,
        "why": fork.why, "why_ko": fork.why_ko, "stopped": fork.stopped, "futures": futures,
    }  # fmt: skip


def _futures_as_kept(futures: Futures) -> dict[str, Any]:
    plain = lambda levels: [[float(v) if math.isfinite(v) else None for v in row] for row in levels]
    return {
        "t_s": [float(t) for t in futures.t_s],
        "as_is": {name: plain(levels) for name, levels in futures.as_is.items()},
        "changed": {name: plain(levels) for name, levels in futures.changed.items()},
        "members": futures.members,
        "implausible": list(futures.implausible),
        "spread": dataclasses.asdict(futures.spread),
    }


def from_kept(bed: str, number: int, kept: Mapping[str, Any]) -> Fork:
    """A fork as it was kept. One that was never done has failed: who computed it is gone."""
    changes = tuple(Change(c["control"], Wish(c["value"], c["lasts_s"]), c["after_s"]) for c in kept["changes"])
    futures = None if kept["futures"] is None else _futures(kept["futures"])
    why, why_ko = kept["why"], kept.get("why_ko", "")
    if not why and not futures:
        why, why_ko = _ENDED, _ENDED_KO
    share = 1.0 if futures else 0.0
    return Fork(
        number,
        bed,
        kept["who"],
        kept["at_s"],
        kept["horizon_s"],
        kept["members"],
        changes,
        share,
        futures,
        why,
        why_ko,
        kept.get("stopped", False),
    )


def _futures(kept: Mapping[str, Any]) -> Futures:
    levels = lambda rows: np.asarray(rows, float)
    return Futures(
        np.asarray(kept["t_s"], float),
        {name: levels(rows) for name, rows in kept["as_is"].items()},
        {name: levels(rows) for name, rows in kept["changed"].items()},
        kept["members"],
        (kept["implausible"][0], kept["implausible"][1]),
        Spread(**kept["spread"]) if "spread" in kept else UNSAID,
    )
