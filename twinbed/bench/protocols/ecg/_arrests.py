"""Virtual patients whose ventricles fibrillate, and others who only look like it: lead II, and when it was so.

The heart is twinbed's own: its conduction system and its electrocardiogram, sampled at 250 Hz. Patients differ in the
size of their ECG and in frequency, size and regularity of the fibrillation (within what the model takes from the
literature) and in the rates of their tachycardias. Rhythms follow a script, which begins when the device has learned.
Wander of the baseline (0.1 mV) and noise of muscle (0.01 mV) are added, both assumed.
"""

import functools
from collections.abc import Iterator

import jax.numpy as jnp
import numpy as np

from twinbed.bench.draws import normals, uniforms
from twinbed.bench.protocol import Case
from twinbed.bench.protocols.ecg._records import as_values, stimulus_of
from twinbed.bench.robustness.corruptions import noise_of
from twinbed.core.annotations import Annotations
from twinbed.core.scenario import Event, Scenario
from twinbed.engine.batch import simulate
from twinbed.engine.bed import Bed
from twinbed.physiology.cardiovascular.conduction import RHYTHMS, Conduction
from twinbed.physiology.waveforms.ecg import Ecg

FREQUENCY_HZ = 250.0
_COARSE, _FINE = "ventricular_fibrillation_coarse", "ventricular_fibrillation_fine"
_SCRIPTS: tuple[tuple[tuple[str, float], ...], ...] = (
    (("sinus", 30), ("ventricular_tachycardia", 12), (_COARSE, 60), ("asystole", 20), ("sinus", 60)),
    (("sinus", 30), (_COARSE, 25), ("sinus", 40), (_COARSE, 45), ("sinus", 42)),
    (("sinus", 30), (_COARSE, 40), (_FINE, 60), ("asystole", 30), ("sinus", 22)),
    (
        ("atrial_fibrillation", 50), ("supraventricular_tachycardia", 40), ("bigeminy", 40),
        ("ventricular_tachycardia_unstable", 30), ("sinus", 22),
    ),
    (
        ("sinus", 40), (_COARSE, 12), ("sinus", 50), ("ventricular_tachycardia_unstable", 20), (_COARSE, 30),
        ("sinus", 30),
    ),
    (
        ("sinus_tachycardia", 40), ("ventricular_tachycardia_pulseless", 40), ("asystole", 30),
        ("pulseless_electrical_activity", 40), ("sinus", 32),
    ),
)  # fmt: skip
"""Rhythms and how many seconds each; every script lasts as long."""
LASTS_S = 182.0
_WANDER_MV, _MUSCLE_MV = 0.1, 0.01


def cases(persons: int, seed: int, learning_s: float) -> Iterator[Case]:
    """One case for each patient; the reference has `[` and `]` as EC57 reads them."""
    if not persons:
        return
    ecg, numbers = _simulated(persons, seed, learning_s)
    for k in range(persons):
        name = f"patient_{k:02d}"
        n = ecg.shape[1]
        wander = _WANDER_MV * noise_of("baseline wander", n, FREQUENCY_HZ, seed + 131 * k)
        noisy = ecg[k] + wander + _MUSCLE_MV * normals(seed, f"{name} muscle", n)
        reference = Annotations.of(_marks(numbers[k]), FREQUENCY_HZ, n)
        groups = {"source": "virtual", "paced": "no"}
        yield Case(name, name, stimulus_of(noisy[:, None], ("II",), FREQUENCY_HZ), as_values(reference), groups)


def _marks(rhythm: np.ndarray) -> list[tuple[int, str]]:
    """Where fibrillation begins and ends."""
    on = np.isin(np.round(rhythm), [RHYTHMS[_COARSE], RHYTHMS[_FINE]])
    edges = np.flatnonzero(np.diff(on, prepend=False, append=False))
    return [(int(at), "[" if k % 2 == 0 else "]") for k, at in enumerate(edges)]


@functools.lru_cache(maxsize=2)
def _simulated(persons: int, seed: int, learning_s: float) -> tuple[np.ndarray, np.ndarray]:
    """Lead II, mV, and the number of the rhythm, each [person, sample]."""
    found = simulate(
        [_bed(seed, k) for k in range(persons)], [_scenario(k, learning_s) for k in range(persons)],
        duration_s=learning_s + LASTS_S, seed=seed, record=("ecg_ii", "rhythm_shown"),
        record_period_s=1.0 / FREQUENCY_HZ,
    )  # fmt: skip
    return found.recorded["ecg_ii"], found.recorded["rhythm_shown"]


def _bed(seed: int, person: int) -> Bed:
    u = uniforms(seed, f"patient {person}", 8)
    between = lambda k, low, high: jnp.asarray(low + (high - low) * u[k])
    conduction = Conduction(
        step_s=1.0 / FREQUENCY_HZ, seed=jnp.asarray(float(person)), stable_rate=between(0, 110.0, 150.0),
        unstable_rate=between(1, 150.0, 180.0), pulseless_rate=between(2, 180.0, 220.0),
    )  # fmt: skip
    ecg = Ecg(
        step_s=1.0 / FREQUENCY_HZ, seed=jnp.asarray(float(person)), gain=between(3, 0.7, 1.5),
        ventricular_frequency=between(4, 3.5, 6.5), ventricular_damping=between(5, 0.05, 0.25),
        ventricular_amplitude=between(6, 0.2, 0.4),
    )  # fmt: skip
    return Bed({"conduction": conduction, "ecg": ecg})


def _scenario(person: int, learning_s: float) -> Scenario:
    events, at = [], learning_s
    for rhythm, lasts in _SCRIPTS[person % len(_SCRIPTS)]:
        if rhythm != "sinus":  # between events the heart is in sinus rhythm
            events.append(Event("rhythm", at, float(lasts), float(RHYTHMS[rhythm])))
        at += lasts
    return Scenario(tuple(events))
