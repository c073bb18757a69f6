"""The words of the ward in Korean; English stands where things are declared."""

import functools
import importlib.resources
import tomllib
from collections.abc import Mapping


@functools.cache
def _catalogue() -> Mapping[str, str]:
    return tomllib.loads(importlib.resources.files("twinbed.ward").joinpath("ko.toml").read_text("utf-8"))["texts"]


def korean(text: str) -> str:
    """A text in Korean. What stands before a colon is the name of a device and stays; unknown text stays too."""
    known = _catalogue()
    if text in known:
        return known[text]
    device, colon, what = text.partition(": ")
    return f"{device}: {known[what]}" if colon and what in known else text


def is_known(text: str) -> bool:
    """Whether there is Korean for a text."""
    return text in _catalogue()
