"""Where real recordings are on this machine. They are never part of the project."""

import os
import pathlib

VARIABLE = "TWINBED_DATA"


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
