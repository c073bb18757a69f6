"""The report of a study or of twins: one self-contained HTML page made from evidence alone."""

import functools
import importlib.resources
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from twinbed.studies.report.headline import headline
from twinbed.studies.report.reading import read
from twinbed.studies.report.sections import (
    differences,
    glucose,
    limits,
    provenance,
    safety,
    therapies,
    twins,
    what_if,
    who,
)
from twinbed.studies.report.text import Words

_SECTIONS = (who, therapies, glucose, differences, twins, what_if, safety, limits, provenance)


def write_report(evidence: Mapping[str, Any], path: Path, *, lang: str = "en") -> None:
    """Writes the page to `path`; sections without evidence are left out.

    Raises:
        NotFound: no report in that language.
    """
    path.write_text(render(evidence, lang=lang), encoding="utf-8")


def render(evidence: Mapping[str, Any], *, lang: str = "en") -> str:
    """The page as text."""
    record = read(evidence)
    words = Words(lang, confidence=record.get("study", {}).get("confidence", 0.95))
    found = [module.section(record, words) for module in _SECTIONS]
    page = _template().render(
        words=words,
        head=headline(record, words),
        sections=[section for section in found if section is not None],
        style=Markup(_resource("style.css")),
    )
    return page.lstrip()


def _resource(name: str) -> str:
    return importlib.resources.files(__name__).joinpath(name).read_text(encoding="utf-8")


@functools.cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.from_string(_resource("template.html.j2"))
