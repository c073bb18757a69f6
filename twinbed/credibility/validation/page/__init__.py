"""The page of a validation: one self-contained HTML file made from the report alone.

Blocks, template and style are those of a study's report, with the marks of this page added.
"""

import functools
import importlib.resources
import pathlib

import jinja2
from markupsafe import Markup

from twinbed.credibility.validation.page.sections import chapter, headline, overview, sources
from twinbed.credibility.validation.page.text import Text
from twinbed.credibility.validation.report import Report

_STUDY_REPORT = "twinbed.studies.report"


def write_page(report: Report, folder: pathlib.Path, *, lang: str = "en") -> pathlib.Path:
    """Writes `index.html` into a folder, which is made if it is not there, and returns its path.

    Raises:
        NotFound: no page in that language.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "index.html"
    path.write_text(render(report, lang=lang), encoding="utf-8")
    return path


def render(report: Report, *, lang: str = "en") -> str:
    """The page as text."""
    text = Text(lang)
    style = _resource(_STUDY_REPORT, "style.css") + _resource(__name__, "style.css")
    page = _template().render(
        words=text.words,
        head=headline(report, text),
        sections=[overview(report, text), *(chapter(c, text) for c in report.chapters), sources(report, text)],
        style=Markup(style),
    )
    return page.lstrip()


def _resource(package: str, name: str) -> str:
    return importlib.resources.files(package).joinpath(name).read_text(encoding="utf-8")


@functools.cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.from_string(_resource(_STUDY_REPORT, "template.html.j2"))
