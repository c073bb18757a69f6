"""A virtual population that wears a device which tells atrial fibrillation from other rhythms by intervals.

The numbers and where they are from:

- Sinus rhythm: mean interval 926 (SD 90) ms, its standard deviation 50 (SD 16) ms and root mean square of successive
  differences 42 ms over five minutes, of healthy adults (Nunan, Sandercock & Brodie 2010, Pacing Clin Electrophysiol
  33:1407). The share of breathing in the variance follows from these three: 0.36.
- Atrial fibrillation: intervals that do not depend on each other, mean 0.77 (SD 0.20) s, coefficient of variation
  0.217 (SD 0.042), skewed to the right by 0.7, as lognormal ones are; measured in the 108 patients of the VitalDB
  arrhythmia annotations with at least 60 intervals of it, correlation of neighbours 0.00 (a test measures again).
- Ectopic beats: supraventricular ones come at 0.70 and reset the sinus, ventricular ones at 0.62 with a compensatory
  pause; 3 to 12 % of beats; one in eight of the ventricular ones in bigeminy. Respiratory arrhythmia: 1.6 times
  the variation, four fifths of it from breathing. These spectra are assumptions of this project: what is like
  fibrillation must be among those without it.
- Sensors: a chest strap errs by 2 ms, a watch at the wrist by 12 ms (assumed), rounded to 1/1024 s and 1/128 s.
- Of all persons 30 % have fibrillation throughout and 12 % in half of their strips: a sample that is enriched.
  They are older, 72 (SD 9) against 60 (SD 14) years (assumed).
"""

import dataclasses
import math
from collections.abc import Iterator

import numpy as np

from twinbed.bench.draws import placed_normals, placed_uniforms
from twinbed.bench.protocol import Case

FIBRILLATION = "atrial fibrillation"
RHYTHMS = ("sinus rhythm", "respiratory arrhythmia", "supraventricular ectopy", "ventricular ectopy", FIBRILLATION)
GROUPINGS = ("age", "sex", "rhythm", "sensor")
_SHORTEST_S = 0.25
_SENSORS = {"chest strap": (0.002, 1024.0), "wrist": (0.012, 128.0)}


@dataclasses.dataclass(frozen=True)
class Person:
    """One virtual person: what does not change between strips."""

    number: int
    age_y: float
    sex: str
    sensor: str
    rhythm: str
    paroxysmal: bool
    mean_s: float
    spread: float
    """Standard deviation in sinus rhythm, s; coefficient of variation in fibrillation."""
    burden: float
    seed: int

    def rhythm_of(self, strip: int) -> str:
        """The rhythm in a strip."""
        return "sinus rhythm" if self.paroxysmal and strip % 2 else self.rhythm

    def strip(self, strip: int, beats: int) -> np.ndarray:
        """Its true intervals, s."""
        place = (self.number, strip)
        if self.rhythm_of(strip) == FIBRILLATION:
            return np.maximum(_fibrillating(self.mean_s, self.spread, beats, self.seed, *place), _SHORTEST_S)
        ours = self.rhythm if self.rhythm != FIBRILLATION else "sinus rhythm"
        # a person with paroxysms is in sinus rhythm as others are
        mean, spread = (self.mean_s, self.spread) if not self.paroxysmal else (0.926, 0.05)
        out = _sinus(mean, spread, 0.8 if ours == RHYTHMS[1] else 0.36, beats, self.seed, *place)
        if ours in RHYTHMS[2:4]:
            out = _ectopic(out, ours == RHYTHMS[3], self.burden, self.seed, *place)
        return np.maximum(out, _SHORTEST_S)

    def seen(self, strip: int, beats: int) -> np.ndarray:
        """The intervals as its sensor gives them, s."""
        error, per_s = _SENSORS[self.sensor]
        true = self.strip(strip, beats)
        moved = placed_normals(beats + 1, self.seed, "sensor", self.number, strip) * error / math.sqrt(2.0)
        return np.round((true + np.diff(moved)) * per_s) / per_s


def persons(n: int, seed: int) -> Iterator[Person]:
    """The persons of a study."""
    for number in range(n):
        u = placed_uniforms(6, seed, "person", number)
        z = placed_normals(3, seed, "person's numbers", number)
        fibrillates = u[0] < 0.42
        rhythm = FIBRILLATION if fibrillates else RHYTHMS[int(4 * u[1])]
        if fibrillates:
            mean, spread = np.clip(0.772 + 0.204 * z[0], 0.40, 1.35), np.clip(0.217 + 0.042 * z[1], 0.12, 0.34)
        else:
            wider = 1.6 if rhythm == RHYTHMS[1] else 1.0
            mean, spread = np.clip(0.926 + 0.090 * z[0], 0.60, 1.30), wider * np.clip(0.050 + 0.016 * z[1], 0.01, 0.11)
        age = np.clip(72.0 + 9.0 * z[2] if fibrillates else 60.0 + 14.0 * z[2], 20.0, 95.0)
        yield Person(
            number, float(age), "female" if u[2] < 0.5 else "male", "wrist" if u[3] < 0.5 else "chest strap", rhythm,
            bool(0.30 <= u[0] < 0.42), float(mean), float(spread), float(0.03 + 0.09 * u[4]), seed,
        )  # fmt: skip


def cases(n: int, strips: int, beats: int, seed: int) -> Iterator[Case]:
    """Strips of intervals as the device gets them; whether it is fibrillation is the reference."""
    for person in persons(n, seed):
        for strip in range(strips):
            yield Case(
                f"p{person.number:03d}-{strip}",
                f"p{person.number:03d}",
                {"rr_s": person.seen(strip, beats)},
                {"fibrillation": float(person.rhythm_of(strip) == FIBRILLATION)},
                groups(person, strip),
            )


def groups(person: Person, strip: int) -> dict[str, str]:
    """The subgroups that a strip belongs to."""
    age = "65 and over" if person.age_y >= 65.0 else "under 65"
    return {"age": age, "sex": person.sex, "rhythm": person.rhythm_of(strip), "sensor": person.sensor}


def _fibrillating(mean: float, variation: float, beats: int, seed: int, *place: int) -> np.ndarray:
    width = math.sqrt(math.log(1.0 + variation**2))
    return mean * np.exp(width * placed_normals(beats, seed, "fibrillation", *place) - width**2 / 2.0)


def _sinus(mean: float, spread: float, breathing: float, beats: int, seed: int, *place: int) -> np.ndarray:
    """Slow changes (first order, 0.95 a beat) and breathing at 15 a minute whose phase wanders."""
    z = placed_normals(2 * beats, seed, "sinus", *place)
    slow, keep = np.empty(beats), 0.95
    level = z[0]
    for k in range(beats):
        level = keep * level + math.sqrt(1.0 - keep**2) * z[k]
        slow[k] = level
    phase = 2.0 * np.pi * (0.25 * mean * np.arange(beats) + placed_uniforms(1, seed, "breath", *place)[0])
    wave = math.sqrt(2.0) * np.sin(phase + 0.15 * np.cumsum(z[beats:]))
    return mean + spread * (math.sqrt(1.0 - breathing) * slow + math.sqrt(breathing) * wave)


def _ectopic(rr: np.ndarray, ventricular: bool, burden: float, seed: int, *place: int) -> np.ndarray:
    out, u = rr.copy(), placed_uniforms(len(rr) + 1, seed, "ectopy", *place)
    early = 0.07 * placed_normals(len(rr), seed, "coupling", *place) + (0.62 if ventricular else 0.70)
    bigeminy = ventricular and u[-1] < 0.125
    k = 1
    while k < len(rr) - 1:
        if bigeminy or u[k] < burden:
            coupling = float(np.clip(early[k], 0.45, 0.88))
            out[k + 1] = rr[k] + rr[k + 1] - coupling * rr[k] if ventricular else 1.05 * rr[k + 1]
            out[k] = coupling * rr[k]
            k += 1
        k += 1
    return out
