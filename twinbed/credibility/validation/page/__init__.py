"""The page of a validation: one self-contained HTML file made from the report alone.

Blocks, template and style are those of a study's report, with the marks of this page added.
"""

import importlib.resources
import pathlib

from twinbed.connect.files import write_bytes
from twinbed.credibility.validation.page.sections import chapter, failures, headline, overview, sources
from twinbed.credibility.validation.page.text import Text
from twinbed.credibility.validation.report import Report
from twinbed.studies.report.page import printed


def write_page(report: Report, folder: pathlib.Path, *, lang: str = "en") -> pathlib.Path:
    """Writes `index.html` into a folder, which is made if it is not there, and returns its path.

    Raises:
        NotFound: no page in that language.
    """
    path = folder / "index.html"
    write_bytes(path, render(report, lang=lang).encode())
    return path


def render(report: Report, *, lang: str = "en") -> str:
    """The page as text."""
    text = Text(lang)
    style = importlib.resources.files(__name__).joinpath("style.css").read_text(encoding="utf-8")
    chapters = (chapter(c, text) for c in report.chapters)
    found = [failures(report, text), overview(report, text), *chapters, sources(report, text)]
    return printed(text.words, headline(report, text), found, style=style)
