"""What is needed to make the same numbers again, and whose data were used."""

import re

from markupsafe import Markup

from twinbed.studies.report.page import Block, Cell, Column, Items, Prose, Section, Table, foreign
from twinbed.studies.report.schema import DataSource, Provenance, Record
from twinbed.studies.report.text import Words

_DOI = re.compile(r"10\.\d{4,9}/[A-Za-z0-9._;()/:-]+")
_HASHES = ("study_hash", "source")


def section(record: Record, words: Words) -> Section | None:
    """Tables of facts, methods and hashes, and the citations of data."""
    known = record.get("provenance")
    if not known:
        return None
    tables = [
        _table("caption", _facts(known, words), words),
        _table("methods", _methods(known, words), words),
        _table("files", _files(known), words),
    ]
    blocks: list[Block] = []
    if data := known.get("data"):
        blocks.append(Prose(words("provenance.data"), "note"))
        blocks.append(Items([_source(source, words) for source in data]))
    blocks += [table for table in tables if table is not None]
    return Section("provenance", words("provenance.title"), blocks) if blocks else None


def _table(key: str, rows: list[list[Cell]], words: Words) -> Table | None:
    columns = [Column(words("provenance.item"), "text"), Column(words("provenance.value"), "text")]
    return Table(words(f"provenance.{key}"), columns, rows) if rows else None


def _facts(known: Provenance, words: Words) -> list[list[Cell]]:
    rows: list[list[Cell]] = [
        [words.known("record", name), _scalar(name, value, words)] for name, value in known.get("facts", {}).items()
    ]
    versions = dict(known.get("versions", {}))
    source = versions.pop("source", None)
    if versions:
        said = ", ".join(f"{name}\N{NO-BREAK SPACE}{version}" for name, version in versions.items())
        rows.append([words("record.versions"), said])
    if source:
        rows.append([words("record.source"), _code(source)])
    return rows


def _methods(known: Provenance, words: Words) -> list[list[Cell]]:
    return [
        [words.known("method", name), foreign(value, words.lang) if isinstance(value, str) else f"{value:g}"]
        for name, value in known.get("methods", {}).items()
    ]


def _files(known: Provenance) -> list[list[Cell]]:
    return [[file.get("name", ""), _code(file.get("sha256", ""))] for file in known.get("files", [])]


def _scalar(name: str, value: str | int | float, words: Words) -> Cell:
    if name == "command" or name in _HASHES:
        return _code(str(value))
    if isinstance(value, float):
        return words.quantity(value, "s") if name.endswith("_s") and "per" not in name else f"{value:,.6g}"
    return f"{value:,}" if isinstance(value, int) and name != "seed" else str(value)


def _code(text: str) -> Markup:
    return Markup("<code>{}</code>").format(text)


def _source(source: DataSource, words: Words) -> Cell:
    """Title, citation, identifier and licence of one data set."""
    said = Markup("<strong>{}</strong>").format(source.get("title", ""))
    if citation := source.get("citation"):
        said += Markup(" {}").format(citation)
    if doi := source.get("doi"):
        link = Markup('<a href="https://doi.org/{0}">doi:{0}</a>').format(doi)
        said += Markup(" {}").format(link if _DOI.fullmatch(doi) else f"doi:{doi}")
    if licence := source.get("licence"):
        said += Markup(". {}").format(words("provenance.licence", licence=licence))
    return said
