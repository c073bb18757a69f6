"""Beds and replays in a notebook, with the ward's own monitor, devices, body and timeline: `Bed`, `Replay`."""

from twinbed.core.errors import NotFound

try:
    from twinbed.notebook.bed import Bed
    from twinbed.notebook.replay import Replay
except ModuleNotFoundError as missing:
    if (missing.name or "").partition(".")[0] == "twinbed":
        raise
    raise NotFound(f"a notebook needs {missing.name}: pip install 'twinbed[notebook]'") from missing

__all__ = ["Bed", "Replay"]
