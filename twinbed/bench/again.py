"""What a log keeps of having been judged again, so that nobody takes its verdicts for those of the run itself."""

import dataclasses
import datetime
import pathlib
from collections.abc import Sequence

from twinbed.bench.log import Judged, Log, log_sha256, read_before
from twinbed.bench.trace.changes import SETTING, Moved, since


def first_of(folder: pathlib.Path) -> tuple[Log, str]:
    """The log of a run as it was judged first, also where it was judged again in its own folder, and its SHA-256.

    Raises:
        ReadError: the folder holds no log.
    """
    log = Log.read(folder)
    kept = read_before(folder) if log.judged else None
    if kept and kept.started == log.started and not kept.judged:
        return kept, log_sha256(folder, before=True)
    return log, log_sha256(folder)


def marked(first: Log, after: Log, sha256: str) -> Log:
    """The log of a judgement with when it was made, of which run, and what is not as it was judged first.

    Args:
        first: as the run was judged first.
        after: as it is judged now.
        sha256: of the file of the first log.
    """
    found = since(first, after)
    assert found is not None
    pairs = lambda moved: {m.name: [m.before, m.after] for m in moved}
    named = lambda moved: [m.name for m in moved]
    chosen: Sequence[Moved] = [m for m in found.setting if m.name.startswith(SETTING)]
    judged = Judged(
        at=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"), software=first.software,
        log_sha256=sha256, outcomes=pairs(found.outcomes), values=named(found.values),
        limits=named(found.limits), settings=[name.removeprefix(SETTING) for name in named(chosen)],
    )  # fmt: skip
    return dataclasses.replace(after, judged=judged)
