"""Reads the lists as the authorities give them away.

- FDA product classification: `foiclass.txt` (the zip of it too), or openFDA's `device-classification` (JSON or zip);
- FDA list of AI-enabled devices, as CSV;
- openFDA's `device-510k` (JSON or zip);
- Korean items: a table with the columns code, name_ko, class and parse_flag, as CSV.

Each may be packed with xz.
"""

import csv
import datetime
import io
import json
import lzma
import pathlib
import re
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any

from twinbed.bench.regulatory.entries import SUBMISSIONS, AiDevice, Clearance, KoreanItem, ProductCode
from twinbed.core.errors import ReadError

_CLASSES = {"1": "1", "2": "2", "3": "3", "U": "unclassified", "N": "not classified", "F": "HDE"}
_KOREAN_CLASSES = {"1", "2", "3", "4"}
_DELETED = re.compile(r"[<\[(]?\s*삭제")


def content(path: pathlib.Path) -> bytes:
    """The bytes of a file, unpacked where it is .xz, or a .zip of one file.

    Raises:
        ReadError: it cannot be read.
    """
    try:
        if path.suffix == ".xz":
            return lzma.decompress(path.read_bytes())
        if path.suffix == ".zip":
            with zipfile.ZipFile(path) as archive:
                inside = [name for name in archive.namelist() if not name.endswith("/")]
                if len(inside) != 1:
                    raise ReadError(path, f"it holds {len(inside)} files; one is expected")
                return archive.read(inside[0])
        return path.read_bytes()
    except (OSError, lzma.LZMAError, zipfile.BadZipFile) as error:
        raise ReadError(path, str(error)) from None


def read_product_codes(path: pathlib.Path) -> list[ProductCode]:
    """The product classification, from the FDA's text file or from openFDA.

    Raises:
        ReadError: the file is neither.
    """
    found = content(path)
    if found.lstrip()[:1] in (b"{", b"["):
        return [_from_openfda(record) for record in _results(path, found, "product_code")]
    # The FDA writes this file on Windows: apostrophes and dashes are those of code page 1252.
    rows = _rows(path, found.decode("cp1252", errors="replace"), "|", ("PRODUCTCODE", "DEVICENAME", "DEVICECLASS"))
    return [_from_text(row) for row in rows]


def read_ai_devices(path: pathlib.Path) -> list[AiDevice]:
    """The FDA's list of AI-enabled devices, newest first as it comes.

    Raises:
        ReadError: the file is no such list.
    """
    text = content(path).decode("utf-8-sig")
    columns = ("submission number", "device", "company", "primary product code", "date of final decision")
    rows = _rows(path, text, ",", columns, fold=str.lower)
    return [
        AiDevice(
            row["submission number"].strip(), row["device"].strip(), row["company"].strip(),
            _date(row["date of final decision"]), row.get("panel (lead)", "").strip(),
            row["primary product code"].strip().upper(),
        )
        for row in rows
        if row["submission number"].strip()
    ]  # fmt: skip


def read_korean_items(path: pathlib.Path) -> list[KoreanItem]:
    """The Korean items that are in force, each name once; a class that is not clearly printed is empty.

    Raises:
        ReadError: the file is no such table.
    """
    rows = _rows(path, content(path).decode("utf-8-sig"), ",", ("code", "name_ko", "class"))
    out = []
    for row in rows:
        name, grade = " ".join(row["name_ko"].split()), row["class"].strip()
        if not name or _DELETED.match(name):
            continue
        certain = row.get("parse_flag", "ok") == "ok" and grade in _KOREAN_CLASSES
        out.append(KoreanItem(row["code"].strip(), name, grade if grade in _KOREAN_CLASSES else "", certain))
    return out


def read_clearances(path: pathlib.Path) -> list[Clearance]:
    """The decisions in openFDA's file of 510(k) submissions.

    Raises:
        ReadError: the file is no such file.
    """
    text = lambda record, name: str(record.get(name) or "")
    return [
        Clearance(
            text(r, "k_number"), text(r, "device_name"), text(r, "applicant"), text(r, "decision_date"),
            text(r, "product_code").upper(),
        )
        for r in _results(path, content(path), "k_number")
    ]  # fmt: skip


def _rows(
    path: pathlib.Path, text: str, delimiter: str, needed: Sequence[str], fold: Any = lambda name: name
) -> list[dict[str, str]]:
    # In the FDA's text file quotation marks are inches, not quotes.
    quoting = csv.QUOTE_NONE if delimiter == "|" else csv.QUOTE_MINIMAL
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, quoting=quoting)
    heads = [fold(name.strip()) for name in next(reader, [])]
    missing = [name for name in needed if name not in heads]
    if missing:
        raise ReadError(path, f"no column {missing[0]!r}; it has {', '.join(heads)[:200] or 'none'}")
    return [dict(zip(heads, row, strict=False)) for row in reader if len(row) >= len(needed)]


def _results(path: pathlib.Path, found: bytes, needed: str) -> list[Mapping[str, Any]]:
    try:
        read = json.loads(found)
    except ValueError as error:
        raise ReadError(path, f"no JSON: {error}") from None
    records = read.get("results") if isinstance(read, dict) else read
    if not isinstance(records, list) or not all(isinstance(r, dict) and needed in r for r in records):
        raise ReadError(path, f"it is no download of openFDA with {needed!r} in every result")
    return records


def _date(american: str) -> str:
    """Month/day/year as ISO 8601; as it is where it is written otherwise."""
    try:
        return datetime.datetime.strptime(american.strip(), "%m/%d/%Y").date().isoformat()
    except ValueError:
        return american.strip()


def _from_text(row: Mapping[str, str]) -> ProductCode:
    get = lambda name: (row.get(name) or "").strip()
    return ProductCode(
        get("PRODUCTCODE").upper(), get("DEVICENAME"), _class(get("DEVICECLASS")), get("REGULATIONNUMBER"),
        get("REVIEW_PANEL"), get("DEFINITION"), get("TECHNICALMETHOD"), get("TARGETAREA"),
        SUBMISSIONS.get(get("SUBMISSION_TYPE_ID"), ""), get("Implant_Flag") == "Y",
        get("Life_Sustain_support_flag") == "Y",
    )  # fmt: skip


def _from_openfda(record: Mapping[str, Any]) -> ProductCode:
    get = lambda name: str(record.get(name) or "").strip()
    return ProductCode(
        get("product_code").upper(), get("device_name"), _class(get("device_class")), get("regulation_number"),
        get("review_panel") or get("medical_specialty"), get("definition"), get("technical_method"),
        get("target_area"), SUBMISSIONS.get(get("submission_type_id"), ""), get("implant_flag") == "Y",
        get("life_sustain_support_flag") == "Y",
    )  # fmt: skip


def _class(letter: str) -> Any:
    return _CLASSES.get(letter.upper(), "")
