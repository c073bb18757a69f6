"""In-silico trials: a cohort goes through every arm, outcomes are compared patient by patient."""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from twinbed.studies.design import Study as Study
    from twinbed.studies.design import load_study as load_study
    from twinbed.studies.runners.local import Progress as Progress
    from twinbed.studies.runners.local import run_study as run_study

_PLACES = {
    "Progress": "twinbed.studies.runners.local",
    "Study": "twinbed.studies.design",
    "load_study": "twinbed.studies.design",
    "run_study": "twinbed.studies.runners.local",
}
__all__ = ["Progress", "Study", "load_study", "run_study"]


def __getattr__(name: str) -> Any:
    """Loads a public name when it is first used."""
    if name not in _PLACES:
        raise AttributeError(f"module 'twinbed.studies' has no attribute {name!r}")
    return getattr(importlib.import_module(_PLACES[name]), name)
