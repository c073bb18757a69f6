"""Where real recordings are on this machine. They are never part of the project."""

import os
import pathlib
from collections.abc import Mapping

from twinbed.core.errors import NotFound

VARIABLE = "TWINBED_DATA"
SOURCES: Mapping[str, str] = {
    "mitdb": "https://physionet.org/content/mitdb/",
    "bidmc": "https://physionet.org/content/bidmc/",
    "af_cpsc2021": "https://physionet.org/content/cpsc2021/",
}
"""Where folders of recordings come from."""


def data_root() -> pathlib.Path | None:
    """The folder of real recordings, or None.

    `TWINBED_DATA` if it is set, else `../shared/data` beside the project or the present
    folder, else `twinbed/data` in the user's cache.
    """
    given = os.environ.get(VARIABLE)
    if given:
        places = [pathlib.Path(given)]
    else:
        project = pathlib.Path(__file__).parents[2]
        cache = pathlib.Path(os.environ.get("XDG_CACHE_HOME", "~/.cache")).expanduser()
        places = [folder.parent / "shared" / "data" for folder in (project, pathlib.Path.cwd())]
        places.append(cache / "twinbed" / "data")
    return next((p.resolve() for p in places if p.is_dir()), None)


def recordings(name: str) -> pathlib.Path:
    """A folder of recordings.

    Raises:
        NotFound: it is not on this machine; the message says what to do.
    """
    root = data_root()
    if root is None or not (root / name).is_dir():
        source = f" ({SOURCES[name]})" if name in SOURCES else ""
        where = f"; {root} has none" if root else ""
        raise NotFound(
            f"no recordings {name!r}{source}: put them in a folder of that name and set {VARIABLE} to the folder that "
            f"holds it{where}"
        )
    return root / name
