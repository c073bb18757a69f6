"""Electrocardiograms of all rhythms, and when clocks of the heart fell back to zero."""

import functools

import jax.numpy as jnp
import numpy as np

from twinbed.core.scenario import Event, Scenario
from twinbed.engine.batch import simulate
from twinbed.engine.bed import Bed
from twinbed.physiology.cardiovascular.conduction import RHYTHMS, Conduction
from twinbed.physiology.waveforms.ecg import Ecg

LIMB, CHEST = ("i", "ii", "iii", "avr", "avl", "avf"), tuple(f"v{k}" for k in range(1, 7))
PERIOD, LASTS = 0.002, 30.0


def activations(clock: np.ndarray, period_s: float, *, after_s: float = 0.0) -> np.ndarray:
    """Times of activation in seconds: when a clock, read every `period_s`, was zero."""
    fell = np.flatnonzero(np.diff(clock) < 0.0) + 1
    times = fell * period_s - clock[fell]
    return times[times > after_s]


def heart(step_s: float = PERIOD) -> Bed:
    """A heart without jitter whose QT interval follows the rate within seconds."""
    return Bed({"conduction": Conduction(jitter=jnp.asarray(0.0)), "ecg": Ecg(step_s=step_s, qt_lag=jnp.asarray(1.0))})


@functools.cache
def electrocardiograms() -> dict[str, dict[str, np.ndarray]]:
    """Twelve leads and the clocks of every rhythm, which begins after a second; by rhythm and name."""
    scenarios = [Scenario((Event("rhythm", 1.0, 100.0, float(number)),)) for number in RHYTHMS.values()]
    shown = [f"ecg_{lead}" for lead in LIMB + CHEST] + ["ventricular_time", "atrial_time", "beat_origin"]
    run = simulate([heart()] * len(RHYTHMS), scenarios, duration_s=LASTS, seed=0, record=shown,
                   record_period_s=PERIOD, backend="native")  # fmt: skip
    assert run.ok.all()
    recorded = {name.removeprefix("ecg_"): values for name, values in run.recorded.items()}
    return {n: {s: v[i] for s, v in recorded.items()} for i, n in enumerate(RHYTHMS)}
