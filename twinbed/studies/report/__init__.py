"""The report of a study or of twins: one self-contained HTML page made from evidence alone."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from twinbed.connect.files import write_bytes
from twinbed.studies.report.headline import headline
from twinbed.studies.report.page import printed
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
    write_bytes(path, render(evidence, lang=lang).encode())


def render(evidence: Mapping[str, Any], *, lang: str = "en") -> str:
    """The page as text."""
    record = read(evidence)
    words = Words(lang, confidence=record.get("study", {}).get("confidence", 0.95))
    return printed(words, headline(record, words), (module.section(record, words) for module in _SECTIONS))
