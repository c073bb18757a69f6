"""What a run leaves in its folder: files that people may have, what came of it, and how much room it takes."""

import hashlib
import json
import os
import pathlib
from collections.abc import Mapping
from typing import Any

from twinbed.connect.files import write_bytes
from twinbed.server.runs.asked import OUT, STUDY, TEXT
from twinbed.studies import report as study_report
from twinbed.studies.acute import report as acute_report

LOG = "log.txt"
FILES: Mapping[str, tuple[str, str]] = {
    "report.html": (f"{OUT}/report.html", "text/html; charset=utf-8"),
    "report.ko.html": (f"{OUT}/report.ko.html", "text/html; charset=utf-8"),
    "evidence.json": (f"{OUT}/evidence.json", "application/json"),
    "log.json": (f"{OUT}/log.json", "application/json"),
    "junit.xml": (f"{OUT}/junit.xml", "application/xml"),
    "study.toml": (TEXT, "text/plain; charset=utf-8"),
    "log.txt": (LOG, "text/plain; charset=utf-8"),
}
"""By name: where it lies in the folder, and what it is. Nothing else is ever given."""
RECORD = {STUDY: "evidence.json", "bench": "log.json"}
"""The record from which reports are made, by the kind of run."""
_MOST_SENTENCES = 12


def there(folder: pathlib.Path) -> dict[str, int]:
    """The files that people may have and that are there, with their sizes in bytes."""
    paths = {name: folder / inner for name, (inner, _) in FILES.items()}
    return {name: path.stat().st_size for name, path in paths.items() if path.is_file()}


def size(folder: pathlib.Path) -> int:
    """How much room a folder takes, in bytes."""
    total, left = 0, [str(folder)]
    while left:
        try:
            with os.scandir(left.pop()) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        left.append(entry.path)
                    else:
                        total += entry.stat(follow_symlinks=False).st_size
        except OSError:  # what is being written comes and goes
            continue
    return total


def found(folder: pathlib.Path, kind: str) -> dict[str, Any]:
    """What came of a run that ended in order, and the checksum of its record.

    Raises:
        ValueError, KeyError, OSError: it left no record.
    """
    content = (folder / OUT / RECORD[kind]).read_bytes()
    record = json.loads(content)
    said = _of_study(record) if kind == STUDY else _of_bench(record)
    return {**said, "sha256": hashlib.sha256(content).hexdigest()}


def _of_study(evidence: Mapping[str, Any]) -> dict[str, Any]:
    verdicts = evidence["primary"]["verdicts"]
    shown = [v.get("shown", v.get("favours")) for v in verdicts]
    return {
        "shown": sum(v is True for v in shown), "of": len(shown),
        "sentences": [str(v["sentence"])[:500] for v in verdicts[:_MOST_SENTENCES]],
    }  # fmt: skip


def _of_bench(log: Mapping[str, Any]) -> dict[str, Any]:
    """As the report's headline has it: of what has a limit, that which neither passed nor failed is undecided."""
    outcomes = [v["outcome"] for v in log["verdicts"] if v["limit"] is not None or v["outcome"] == "fail"]
    passed, failed = outcomes.count("pass"), outcomes.count("fail")
    undecided = len(outcomes) - passed - failed
    verdict = "fail" if failed else "undecided" if undecided or not passed else "pass"
    return {"verdict": verdict, "passed": passed, "failed": failed, "undecided": undecided}


def write_korean(folder: pathlib.Path) -> None:
    """Makes the Korean report of a study from its evidence; the bench writes its own."""
    evidence = json.loads((folder / OUT / RECORD[STUDY]).read_bytes())
    render = acute_report.render if evidence["kind"] == "acute study" else study_report.render
    write_bytes(folder / OUT / "report.ko.html", render(evidence, lang="ko").encode())
