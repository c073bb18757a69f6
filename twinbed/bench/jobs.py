"""Plays the cases of a run in several processes; `run_bench` then finds them kept and asks for none again.

Every process makes all cases and plays its share, so that what takes time should be the device and not the making.
"""

import concurrent.futures
import dataclasses
import multiprocessing
import pathlib
from collections.abc import Callable, Mapping
from typing import Any

from twinbed.bench import find
from twinbed.bench.kept import Kept
from twinbed.bench.live import LivePort
from twinbed.bench.protocol import Protocol
from twinbed.bench.run import Progress, begin, play_share
from twinbed.core.errors import StudyError

_LOOKS_EVERY_S = 0.5


def play_ahead(
    protocol: Protocol,
    device: str,
    folder: pathlib.Path,
    *,
    jobs: int,
    limits: pathlib.Path | None = None,
    on_progress: Progress | None = None,
    on_begun: Callable[[Kept], None] | None = None,
) -> None:
    """Plays what is missing of a run, each process every so many-th case.

    What goes wrong in a process is left to `run_bench`, which plays what is still missing and says so.

    Args:
        protocol: as `find.protocol` made it.
        device: the name that `find.device` knows.
        folder: of the run.
        jobs: processes, at least 1.
        limits: the laboratory's own, with which the protocol was made.
        on_progress: is told how many cases are played.
        on_begun: is told what an interrupted run left.

    Raises:
        StudyError: no process, or a protocol or a device of which there can be only one.
    """
    if jobs < 1:
        raise StudyError(f"{jobs} jobs: give 1 or more")
    under_test = find.device(device, protocol)
    if isinstance(under_test, LivePort):
        under_test.close()
        raise StudyError(f"{device} answers one case after another: run it with one job")
    if protocol.one_process:
        raise StudyError(f"{protocol.id} counts every time its cases are made: run it with one job")
    kept = begin(protocol, under_test, folder)
    under_test.close()
    if on_begun:
        on_begun(kept)
    share = (protocol.id, limits, dict(protocol.settings), protocol.seconds_a_case, device, folder, jobs)
    with concurrent.futures.ProcessPoolExecutor(jobs, mp_context=multiprocessing.get_context("spawn")) as pool:
        left = {pool.submit(_share, part, *share) for part in range(jobs)}
        while left:
            _, left = concurrent.futures.wait(left, timeout=_LOOKS_EVERY_S)
            if on_progress:
                on_progress(kept.count(), "")


def _share(
    part: int,
    id_: str,
    limits: pathlib.Path | None,
    settings: Mapping[str, Any],
    seconds_a_case: float,
    device: str,
    folder: pathlib.Path,
    parts: int,
) -> None:
    protocol = dataclasses.replace(find.protocol(id_, limits, **settings), seconds_a_case=seconds_a_case)
    parent = multiprocessing.parent_process()
    play_share(
        protocol, find.device(device, protocol), folder, (part, parts), lambda: parent is None or parent.is_alive()
    )
