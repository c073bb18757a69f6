"""Components by id, looked up once: finding one walks the installed packages."""

import functools

from twinbed.core import discover


@functools.cache
def component(id_: str) -> type:
    """The class of an id. Raises `NotFound` as `core.discover.load`."""
    return discover.load(id_)
