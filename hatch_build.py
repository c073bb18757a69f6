"""Packs the pages of the server into what is installed; builds them first where they are missing and Node is there."""

import os
import pathlib
import subprocess
import sys
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

_STATIC = pathlib.Path("twinbed", "server", "static")
_BUILT = ("index.html", "embed.js")
"""Of the pages, and of replays and notebooks."""
_NO_NODE = 3


class PagesBuildHook(BuildHookInterface):
    """Looks for the pages before a package is made."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Builds the pages if they are missing; a folder that is installed in place is left as it is."""
        root = pathlib.Path(self.root)
        if version == "editable" or all((root / _STATIC / name).is_file() for name in _BUILT):
            return
        if os.environ.get("TWINBED_PAGES") == "skip" or not (root / "web" / "package.json").is_file():
            self._say_without()
            return
        ended = subprocess.run([sys.executable, str(root / "web" / "build.py")], stdout=sys.stderr).returncode
        if ended == _NO_NODE:
            self._say_without()
        elif ended:
            raise RuntimeError("the pages could not be built (above); to go without them set TWINBED_PAGES=skip")

    def _say_without(self) -> None:
        self.app.display_warning(
            "twinbed is packed without the pages of its server: `twinbed serve` will say so. `make serve` builds them."
        )
