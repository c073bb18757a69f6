"""An open testbed where a medical device meets a virtual patient before a real one."""

import importlib
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from twinbed.core.discover import load as load
    from twinbed.core.scenario import Event as Event
    from twinbed.core.scenario import Scenario as Scenario
    from twinbed.core.scenario import Series as Series
    from twinbed.engine.batch import repeat as repeat
    from twinbed.engine.batch import simulate as simulate
    from twinbed.engine.batch import stack as stack
    from twinbed.engine.bed import Bed as Bed

__version__ = "0.1.0"

LOADED_NS = time.time_ns()
"""When this process began to load the package: source files that changed later are not the code that runs."""

_PLACES = {
    "Bed": "twinbed.engine.bed",
    "Event": "twinbed.core.scenario",
    "Scenario": "twinbed.core.scenario",
    "Series": "twinbed.core.scenario",
    "load": "twinbed.core.discover",
    "repeat": "twinbed.engine.batch",
    "simulate": "twinbed.engine.batch",
    "stack": "twinbed.engine.batch",
}
__all__ = ["Bed", "Event", "Scenario", "Series", "load", "repeat", "simulate", "stack"]


def __getattr__(name: str) -> Any:
    """Loads a public name when it is first used, so that `import twinbed` needs no JAX."""
    if name not in _PLACES:
        raise AttributeError(f"module 'twinbed' has no attribute {name!r}")
    return getattr(importlib.import_module(_PLACES[name]), name)
