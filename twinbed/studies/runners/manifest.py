"""What a folder of results holds and which study it belongs to.

`manifest.json` names the study, the code that made the results, and every finished task with
its files and their checksums. It is replaced whole after each task, by one process. Files that
it does not name, or that differ from what it says, do not count and are made again.
"""

import json
import pathlib
from typing import Any

from twinbed.connect.files import is_whole, plain, write_json
from twinbed.core.errors import ResumeError
from twinbed.studies.design import Study
from twinbed.studies.provenance import components, fingerprint

FORMAT = "twinbed-manifest/1"
_MOST_SHOWN = 6


class Manifest:
    """The manifest of a run's folder, opened for one study."""

    def __init__(self, study: Study, out: pathlib.Path):
        self.path = out / "manifest.json"
        self.identity = plain(
            {
                "format": FORMAT,
                "study": study.resolved(),
                "study_hash": study.hash(),
                "code": {**fingerprint(study), "components": components(study)},
            }
        )
        self.parts: dict[str, dict[str, Any]] = {}
        self.repaired: list[str] = []
        if self.path.exists():
            self._take_up(out)

    def add(self, task: str, row: dict[str, Any]) -> None:
        """Notes a finished task."""
        self.parts[task] = row
        self.save()

    def save(self) -> None:
        """Replaces the file."""
        write_json(self.path, {**self.identity, "parts": self.parts})

    def _take_up(self, out: pathlib.Path) -> None:
        try:
            old = json.loads(self.path.read_text(encoding="utf-8"))
            parts = old.pop("parts")
        except (OSError, ValueError, KeyError, AttributeError) as error:
            raise ResumeError(f"{self.path} cannot be read ({error}): delete the folder or choose another") from None
        changed = differences(old, self.identity)
        changed = [c for c in changed if not c.startswith("study_hash")] or changed
        if changed:
            more = f"; and {len(changed) - _MOST_SHOWN} more" if len(changed) > _MOST_SHOWN else ""
            raise ResumeError(
                f"{out} holds the results of another run, which differs in: "
                f"{'; '.join(changed[:_MOST_SHOWN])}{more}. Choose another folder, or delete this one"
            )
        for task, row in parts.items():
            if all(is_whole(out / name, known) for name, known in row["files"].items()):
                self.parts[task] = row
            else:
                self.repaired.append(task)


def differences(old: Any, new: Any, where: str = "") -> list[str]:
    """What changed between two values, as `path: before -> after`."""
    if isinstance(old, dict) and isinstance(new, dict):
        names = [*old, *(k for k in new if k not in old)]
        return [d for k in names for d in differences(old.get(k), new.get(k), f"{where}.{k}" if where else str(k))]
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        pairs = zip(old, new, strict=True)
        return [d for i, (a, b) in enumerate(pairs) for d in differences(a, b, f"{where}[{i + 1}]")]
    return [] if old == new else [f"{where}: {_short(old)} -> {_short(new)}"]


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else text[:57] + "..."
