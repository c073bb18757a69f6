"""What a run keeps while it plays, so that one that was killed goes on where it stopped.

Each case leaves `unfinished/CASE.json` beside its answer; when the log is written the folder `unfinished` goes. A run
goes on only if it is the same: protocol with settings and limits, device with the fingerprints of its files, software.
"""

import dataclasses
import datetime
import json
import pathlib
import shutil
from collections.abc import Mapping
from typing import Any

from twinbed.bench import interrupted
from twinbed.bench.interrupted import FOLDER, RUN
from twinbed.bench.log import Played, answer_path, sha256_of
from twinbed.bench.protocol import Case
from twinbed.connect.files import plain, write_bytes, write_json


@dataclasses.dataclass(frozen=True)
class Kept:
    """The cases of a run that were played already, in its folder."""

    folder: pathlib.Path
    started: str
    changed: tuple[str, ...] = ()
    """What is not as it was in an interrupted run that lay there, which therefore does not go on."""

    @staticmethod
    def of(folder: pathlib.Path, run: Mapping[str, Any]) -> "Kept | None":
        """What a run left in a folder; none where it was another one or none."""
        written = interrupted.written(folder)
        if written.get("run") != _comparable(run) or not isinstance(written.get("started"), str):
            return None
        return Kept(folder, written["started"])

    @staticmethod
    def begun(folder: pathlib.Path, run: Mapping[str, Any]) -> "Kept":
        """What the same run left, or a new beginning: what other runs left must not be taken for this one's."""
        found = Kept.of(folder, run)
        if found is None:
            changed = _changed(interrupted.written(folder).get("run"), _comparable(run))
            _clear(folder)
            started = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
            write_json(folder / FOLDER / f"{RUN}.json", {"run": _comparable(run), "started": started})
            found = Kept(folder, started, changed)
        (folder / "log.json").unlink(missing_ok=True)
        return found

    def count(self) -> int:
        """How many cases were played."""
        return interrupted.count(self.folder)

    def case(self, case: Case, sha256: str) -> Played | None:
        """How a case went; none where it was not played, was another one, or its answer is not as it was kept."""
        written = interrupted.read(self._place() / f"case-{case.id}.json")
        try:
            played = Played(**written)
        except TypeError:
            return None
        whole = not played.answer_sha256 or sha256_of(answer_path(self.folder, case.id)) == played.answer_sha256
        return played if whole and played.sha256 == sha256 else None

    def keep(self, played: Played) -> None:
        """Keeps how a case went, after its answer; what was measured is measured again."""
        text = json.dumps(dataclasses.asdict(dataclasses.replace(played, rows=(), known=())))
        write_bytes(self._place() / f"case-{played.id}.json", text.encode(), lasting=False)

    def end(self) -> None:
        """To be called when the log is written."""
        shutil.rmtree(self._place())

    def _place(self) -> pathlib.Path:
        return self.folder / FOLDER


def _comparable(run: Mapping[str, Any]) -> Any:
    """As it comes back from a file."""
    return json.loads(json.dumps(plain(dict(run)), default=str))


def _changed(before: Any, now: Mapping[str, Any]) -> tuple[str, ...]:
    """Which of what makes two runs the same one is not alike; nothing where there was no run."""
    return tuple(name for name in now if before.get(name) != now[name]) if isinstance(before, dict) else ()


def _clear(folder: pathlib.Path) -> None:
    for name in ("log.json", "figures.json"):
        (folder / name).unlink(missing_ok=True)
    shutil.rmtree(folder / FOLDER, ignore_errors=True)
    for file in (*(folder / "answers").glob("*.npz"), *(folder / "refused").glob("*.json")):
        file.unlink()
