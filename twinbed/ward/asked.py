"""What the ward's thread is asked to do, and who waits for it."""

import concurrent.futures
import dataclasses
from collections.abc import Callable
from typing import Any

from twinbed.core.errors import TwinbedError


class Stopped(TwinbedError):
    """The ward is closed."""


@dataclasses.dataclass(frozen=True)
class Asked:
    """Something that the ward's thread is to do, and who waits for it."""

    future: concurrent.futures.Future[Any]
    what: Callable[[], Any]

    def do(self) -> None:
        if not self.future.set_running_or_notify_cancel():
            return
        try:
            self.future.set_result(self.what())
        except BaseException as error:
            self.future.set_exception(error)

    def refuse(self) -> None:
        if self.future.set_running_or_notify_cancel():
            self.future.set_exception(Stopped("the ward is closed"))
