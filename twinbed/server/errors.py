"""Errors of the server that a user can put right.

TwinbedError
├── StoreError        a data base that cannot be used
│   ├── Busy          one that others kept busy for too long
│   └── CannotKeep    something that it cannot keep
├── Taken             a name that somebody has
└── Refused           a request that the server answers with a status of HTTP, a code, and advice
"""

from twinbed.core.errors import TwinbedError


class StoreError(TwinbedError):
    """A data base that cannot be used."""


class Busy(StoreError):
    """A data base that others kept busy for too long; nothing was written."""


class CannotKeep(StoreError):
    """Something that the data base cannot keep."""


class ServeError(TwinbedError):
    """An address, a folder or a certificate that cannot be used."""


class Taken(TwinbedError):
    """A name that somebody has."""


class Refused(TwinbedError):
    """A request that is refused.

    Args:
        status: of HTTP.
        code: a word for programs.
        message: what is wrong.
        advice: what to do.
        wait_s: after how many seconds to try again, where that helps.
        korean: message and advice in Korean; people read every refusal on a page.
    """

    def __init__(
        self, status: int, code: str, message: str, advice: str = "", *, wait_s: int | None = None,
        korean: tuple[str, str],
    ):  # fmt: skip
        super().__init__(message)
        self.korean = korean
        self.status, self.code, self.message, self.advice, self.wait_s = status, code, message, advice, wait_s
