"""Reads what the Korean notice says of its items beside code, name and class: the English name and a description.

The notice is given away as PDF; its text has columns that run into each other. An item is read only where its code,
the Korean name with the class, the English name and the description follow each other; elsewhere nothing is said of it.
"""

import io
import pathlib
import re
import tarfile
import unicodedata
from collections.abc import Mapping

from twinbed.bench.regulatory.files import content
from twinbed.core.errors import ReadError

_CODE = re.compile(r"^([A-Z][0-9]{5}(?:\.[0-9]{2})?)\b", re.M)
_ITEM = re.compile(
    r"\s*(?P<name>[^\n\[]*[가-힣][^\n\[]*?)\s*\[[1-4]\]\s*\n"
    r"\s*(?P<english>[A-Z][^가-힣\[]*?)\s*\n"
    r"\s*(?P<text>[가-힣].*)",
    re.S,
)
_TWO = re.compile(r"\n\s*\n\s*[A-Z]")
"""A second English name after a blank line: that of another item."""
_ENGLISH = re.compile(r"[A-Za-z]{5}")
_LEAST = 100
"""Codes that a text has at least if it is the notice: others mention some."""


def read_notice(path: pathlib.Path) -> Mapping[str, tuple[str, str, str]]:
    """Korean name, English name and description by code, of the items that can be read without doubt.

    Args:
        path: the text of the notice, or a tar archive (packed or not) with the notice among its texts.

    Raises:
        ReadError: it cannot be read.
    """
    texts = _texts(path, content(path))
    most = max(texts, key=lambda text: len(_CODE.findall(text)), default="")
    return _items(most) if len(_CODE.findall(most)) >= _LEAST else {}


def _texts(path: pathlib.Path, found: bytes) -> list[str]:
    if ".tar" not in path.suffixes:
        return [_decoded(found)]
    try:
        with tarfile.open(fileobj=io.BytesIO(found)) as archive:
            inside = [archive.extractfile(member) for member in archive if member.isfile()]
            return [_decoded(file.read()) for file in inside if file]
    except tarfile.TarError as error:
        raise ReadError(path, str(error)) from None


def _decoded(found: bytes) -> str:
    pages = found.decode("utf-8-sig", errors="replace").replace("\f", "\n")
    return unicodedata.normalize("NFC", pages)


def _items(text: str) -> dict[str, tuple[str, str, str]]:
    pieces = _CODE.split(text)
    out = {}
    for code, about in zip(pieces[1::2], pieces[2::2], strict=True):
        found = _ITEM.match(about)
        if found and "." in code and not _TWO.search(found["english"]):
            # Lines break within Korean words; where English comes again, the text of another column begins.
            said = _ENGLISH.split(re.sub(r"\s*\n\s*", "", found["text"]))[0]
            out[code] = (" ".join(found["name"].split()), " ".join(found["english"].split()), said)
    return out
