"""What was recorded of a bed as one Parquet file, computed again piece by piece."""

from collections.abc import Callable

import numpy as np

import twinbed
from twinbed.connect.files import ParquetBytes
from twinbed.vocab.signals import signal as signal_of
from twinbed.ward.session import Page, Session

_PIECE = 60
"""Pages of a row group: no more are held at once."""


def recorded(session: Session, first: int, last: int, *, title: str, go_on: Callable[[], None]) -> bytes:
    """Pages of the branch of a session from one to before another; nothing where there are none.

    Args:
        session: it stands afterwards where it stood.
        first: page.
        last: page.
        title: of the bed.
        go_on: is called page by page; what it raises ends that.
    """
    made = session.made
    about = {
        "title": title, "twinbed": twinbed.__version__, "seed": f"{made.bedside.seed}", "branch": f"{session.branch}",
        "period_s": f"{made.period_s:g}",
    }  # fmt: skip
    units = {source: signal_of(source.partition(".")[2]).unit for source in made.view.record}
    file = ParquetBytes({"t_s": "s", **units}, about)
    held: list[Page] = []

    def write() -> None:
        if held:
            columns = {name: np.concatenate([p.recorded[name] for p in held]) for name in held[0].recorded}
            n = len(next(iter(columns.values())))
            file.add({"t_s": np.round(held[0].t_s + np.arange(n) * made.period_s, 6), **columns})
            held.clear()

    def see(page: Page) -> None:
        go_on()
        held.append(page)
        if len(held) >= _PIECE:
            write()

    session.replay(first, last, see)
    write()
    return file.finish()
