"""The elements as one file of JavaScript, which widgets load."""

import pathlib

from twinbed.core.errors import NotFound
from twinbed.server.replay import PROGRAM
from twinbed.server.settings import STATIC


def program(static: pathlib.Path = STATIC) -> str:
    """The text of the file.

    Raises:
        NotFound: the pages of this twinbed were not built.
    """
    try:
        return (static / PROGRAM).read_text("utf-8")
    except OSError:
        raise NotFound(
            "the program of the widgets is not in this twinbed: build it with `make pages` (it needs Node)"
        ) from None
