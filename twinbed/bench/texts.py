"""What protocols say, in the language of a report.

Protocols are written in English. `ko.toml` beside the protocols of a standard holds one table, `texts`, of English
sentences and what they are in Korean.
"""

import functools
import importlib.util
import pathlib
import tomllib
from collections.abc import Mapping

from twinbed.core import discover

_KIND = "bench/protocols"


@functools.cache
def translations(protocol_id: str, lang: str) -> Mapping[str, str]:
    """English texts of a protocol's standard and what they are in a language; none in English."""
    module = discover.files(_KIND).get(f"{_KIND}/{protocol_id}")
    spec = importlib.util.find_spec(module) if module and lang != "en" else None
    if spec is None or spec.origin is None:
        return {}
    path = pathlib.Path(spec.origin).with_name(f"{lang}.toml")
    return tomllib.loads(path.read_text(encoding="utf-8"))["texts"] if path.is_file() else {}
