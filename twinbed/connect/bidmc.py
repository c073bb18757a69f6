"""Recordings of BIDMC PPG and Respiration: 53 critically ill adults, 8 min each, with the breaths of two annotators.

**References:**

- Pimentel et al. (2017), IEEE Trans Biomed Eng 64(8):1914, doi:10.1109/TBME.2016.2613124
"""

import csv
import dataclasses
import functools
import lzma
import pathlib
from collections.abc import Mapping

import numpy as np
from jaxtyping import Float

from twinbed.connect.data import recordings
from twinbed.connect.wfdb import read_waves
from twinbed.core.errors import ReadError

FOLDER = "bidmc"


@dataclasses.dataclass(frozen=True)
class Recording:
    """Chest impedance and photoplethysmogram of one patient, and when two annotators saw a breath.

    Attributes:
        name: such as `bidmc01`.
        frequency_hz: samples of both signals a second.
        impedance: of the chest, in no unit.
        ppg: photoplethysmogram, in no unit.
        breaths_s: times of the breaths that each annotator marked on the impedance, s.
        age: in years, as the source writes it.
        sex: `female`, `male`, or empty.
    """

    name: str
    frequency_hz: float
    impedance: Float[np.ndarray, " sample"]
    ppg: Float[np.ndarray, " sample"]
    breaths_s: tuple[Float[np.ndarray, " first"], Float[np.ndarray, " second"]]
    age: str
    sex: str


def folder() -> pathlib.Path:
    """Where the recordings are.

    Raises:
        NotFound: they are nowhere.
    """
    return recordings(FOLDER)


def names(place: pathlib.Path) -> list[str]:
    """The recordings in a folder, in order."""
    return sorted(file.stem for file in place.glob("bidmc*.hea"))


@functools.lru_cache(maxsize=64)
def read(place: pathlib.Path, name: str) -> Recording:
    """One recording.

    Raises:
        ReadError: a file of it is missing or cannot be read.
    """
    signals = read_waves(place / name)
    people, breaths = _people(place), _breaths(place)
    if name not in people or name not in breaths:
        raise ReadError(place, f"subjects.csv and breaths.csv.xz do not both name {name}")
    age, sex = people[name]
    try:
        impedance, ppg = signals["RESP"], signals["PLETH"]
    except KeyError as error:
        raise ReadError(place / f"{name}.hea", str(error.args[0])) from error
    first, second = (samples / signals.sampling_frequency_hz for samples in breaths[name])
    return Recording(name, signals.sampling_frequency_hz, impedance, ppg, (first, second), age, sex)


@functools.lru_cache(maxsize=4)
def _people(place: pathlib.Path) -> Mapping[str, tuple[str, str]]:
    """Age and sex by recording."""
    words = {"F": "female", "M": "male"}
    rows = _rows(place / "subjects.csv", "record", "age", "gender")
    return {record: (age, words.get(gender, "")) for record, age, gender in rows}


@functools.lru_cache(maxsize=4)
def _breaths(place: pathlib.Path) -> Mapping[str, tuple[np.ndarray, np.ndarray]]:
    """Sample numbers from 0 by recording; the source counts from 1."""
    found: dict[str, tuple[list[float], list[float]]] = {}
    file = place / "breaths.csv.xz"
    for record, *marked in _rows(file, "record", "ann1", "ann2"):
        for own, sample in zip(found.setdefault(record, ([], [])), marked, strict=True):
            if sample:
                try:
                    own.append(float(sample) - 1.0)
                except ValueError as error:
                    raise ReadError(file, f"expected sample numbers of breaths; found {sample!r}") from error
    return {name: (np.sort(first), np.sort(second)) for name, (first, second) in found.items()}


def _rows(file: pathlib.Path, *columns: str) -> list[tuple[str, ...]]:
    try:
        with lzma.open(file, "rt", newline="") if file.suffix == ".xz" else file.open(newline="") as opened:
            return [tuple(row[name] for name in columns) for row in csv.DictReader(opened)]
    except (OSError, EOFError, lzma.LZMAError, UnicodeDecodeError) as error:
        raise ReadError(file, f"expected a table of the recordings; it cannot be read ({error})") from error
    except KeyError as error:
        raise ReadError(file, f"expected columns {', '.join(columns)}; there is no {error}") from error
