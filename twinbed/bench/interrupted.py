"""Runs that were interrupted, known by what they leave: `unfinished/run.json`, and a file for every case kept."""

import dataclasses
import json
import pathlib
from collections.abc import Mapping
from typing import Any

FOLDER, RUN = "unfinished", "run"


@dataclasses.dataclass(frozen=True)
class Interrupted:
    """A run without a log: it was interrupted, or is still going."""

    folder: pathlib.Path
    protocol: str
    """Its id; empty where that cannot be read."""
    kept: int
    """Cases that were played and need not be played again."""

    def __str__(self) -> str:
        cases = "1 case is" if self.kept == 1 else f"{self.kept} cases are"
        of = f"of {self.protocol} " if self.protocol else ""
        return (
            f"the run {of}in {self.folder} is unfinished ({cases} kept): the `twinbed bench run` command that began it "
            "goes on where it stopped"
        )


def interrupted(folder: pathlib.Path) -> Interrupted | None:
    """The run that a folder holds unfinished; none where it holds none."""
    if not (folder / FOLDER / f"{RUN}.json").is_file():
        return None
    run = written(folder).get("run")
    protocol = run.get("protocol") if isinstance(run, dict) else None
    return Interrupted(folder, str(protocol.get("id", "")) if isinstance(protocol, dict) else "", count(folder))


def interrupted_below(folder: pathlib.Path) -> list[Interrupted]:
    """The unfinished runs in a folder and below it."""
    places = sorted(path.parent.parent for path in folder.rglob(f"{FOLDER}/{RUN}.json"))
    return [found for place in places if (found := interrupted(place))]


def count(folder: pathlib.Path) -> int:
    """How many cases an unfinished run in a folder keeps."""
    return sum(1 for path in (folder / FOLDER).glob("*.json") if path.name[0] != "." and path.stem != RUN)


def written(folder: pathlib.Path) -> Mapping[str, Any]:
    """What an unfinished run wrote of itself; empty where that cannot be read."""
    return read(folder / FOLDER / f"{RUN}.json")


def read(path: pathlib.Path) -> Mapping[str, Any]:
    """A file of an unfinished run; empty where it cannot be read."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
