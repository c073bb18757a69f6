"""How much runs may take, so that no request takes the machine down."""

import dataclasses

_MB, _GB = 1024**2, 1024**3


@dataclasses.dataclass(frozen=True)
class RunLimits:
    """How much runs may take."""

    at_once: int = 1
    waiting: int = 20
    """Runs in the queue, of everybody."""
    waiting_each: int = 5
    """Runs in the queue of one person."""
    kept: int = 200
    """Runs that are not removed."""
    run_bytes: int = 2 * _GB
    file_bytes: int = _GB
    all_bytes: int = 20 * _GB
    free_bytes: int = _GB
    """What is left free of the disk."""
    memory_share: float = 0.5
    """Of the machine's memory, for one run."""
    longest_s: float = 6 * 3600.0
    study_bytes: int = 100_000
    """Of the text of a study."""
    patients: int = 10_000
    """In all populations of a study, or in a cohort."""
    patient_days: float = 1_000_000.0
    """Of all patients in all arms."""
    acute_patient_hours: float = 10_000.0
    resamples: int = 20_000
    arms: int = 12
    kept_signals: int = 32
    """Signals of an acute study that are kept every second."""
    log_bytes: int = 8 * _MB
    look_every_s: float = 1.0
    """How often it is looked whether a run keeps to this."""
    patience_s: float = 10.0
    """What a run is given to end by itself."""
