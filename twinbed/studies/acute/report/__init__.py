"""The report of an acute study: one self-contained HTML page made from its evidence alone."""

import importlib.resources
import pathlib
from collections.abc import Mapping
from typing import Any

from twinbed.connect.files import write_bytes
from twinbed.studies.acute.report import sections
from twinbed.studies.acute.report.words import Saying, sentences
from twinbed.studies.report.page import printed


def write_report(evidence: Mapping[str, Any], path: pathlib.Path, *, lang: str = "en") -> None:
    """Writes the page to `path`.

    Raises:
        NotFound: no report in that language.
    """
    write_bytes(path, render(evidence, lang=lang).encode())


def render(evidence: Mapping[str, Any], *, lang: str = "en") -> str:
    """The page as text."""
    say = Saying(lang, sentences(lang), confidence=evidence["primary"]["confidence"])
    found = (make(evidence, say) for make in sections.SECTIONS)
    return printed(say.words, sections.headline(evidence, say), found, style=_file("style.css"))


def _file(name: str) -> str:
    return importlib.resources.files(__name__).joinpath(name).read_text(encoding="utf-8")
