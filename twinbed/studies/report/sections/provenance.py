"""What is needed to make the same numbers again, and whose data were used."""

import re

from markupsafe import Markup

from twinbed.studies.report.page import Block, Cell, Column, Items, Prose, Section, Table
from twinbed.studies.report.schema import DataSource, Evidence, Provenance
from twinbed.studies.report.text import Words

_LISTED = ("versions", "files", "data")
_DOI = re.compile(r"10\.\d{4,9}/[A-Za-z0-9._;()/:-]+")


def section(evidence: Evidence, words: Words) -> Section | None:
    """The table of provenance and the citations of data."""
    record = evidence.get("provenance")
    if not record:
        return None
    blocks: list[Block] = []
    rows = _rows(evidence, record, words)
    if rows:
        columns = [Column(words("provenance.item"), "text"), Column(words("provenance.value"), "text")]
        blocks.append(Table(words("provenance.caption"), columns, rows))
    if record.get("data"):
        blocks.append(Prose(words("provenance.data"), "note"))
        blocks.append(Items([_source(source, words) for source in record["data"]]))
    return Section("provenance", words("provenance.title"), blocks) if blocks else None


def _rows(evidence: Evidence, record: Provenance, words: Words) -> list[list[Cell]]:
    rows: list[list[Cell]] = []
    if "seed" in evidence.get("study", {}) and "seed" not in record:
        rows.append([words("record.seed"), str(evidence["study"]["seed"])])
    for name, value in record.items():
        if name not in _LISTED and isinstance(value, str | int | float):
            rows.append([words.known("record", name), _scalar(name, value, words)])
    versions = record.get("versions", {})
    if versions:
        said = ", ".join(f"{name}\N{NO-BREAK SPACE}{version}" for name, version in versions.items())
        rows.append([words("record.versions"), said])
    for file in record.get("files", []):
        code = Markup('<code class="hash">{}</code>').format(f"sha256:{file.get('sha256', '')}")
        rows.append([file.get("name", ""), code])
    if evidence.get("format"):
        rows.append([words("record.format"), str(evidence["format"])])
    return rows


def _scalar(name: str, value: str | int | float, words: Words) -> Cell:
    if name == "command":
        return Markup("<code>{}</code>").format(value)
    if name == "cpu_s":
        return words.quantity(float(value), "s")
    return str(value)


def _source(source: DataSource, words: Words) -> Cell:
    """Title, citation, identifier and licence of one data set."""
    said = Markup("<strong>{}</strong>").format(source.get("title", ""))
    if source.get("citation"):
        said += Markup(" {}").format(source["citation"])
    doi = source.get("doi", "")
    if doi:
        link = Markup('<a href="https://doi.org/{0}">doi:{0}</a>').format(doi)
        said += Markup(" {}").format(link if _DOI.fullmatch(doi) else f"doi:{doi}")
    if source.get("licence"):
        said += Markup(" {}").format(words("provenance.licence", licence=source["licence"]))
    return said
