"""Whether recordings of a test set are in the training set: whole, or in parts, or of the same patients.

A manifest holds of each recording its patient, a hash of the whole, and fingerprints of its windows. A fingerprint
is the hash of the ordinal patterns of a short run of samples (which of neighbouring samples is larger), so that
offset, gain, unit and any other increasing change of values leave it as it is. Of each window of runs the one with
the smallest hash is kept (winnowing): two recordings that share `run + window - 1` samples in a row share at least
one fingerprint, wherever in them that is. Manifests hold no signal and may leave the house.

*Known limits*: added noise or another sampling frequency changes the patterns; such copies are not found. Runs in
which one pattern is more than half (flat lines, ramps) are left out: they are alike in all recordings.

**References:**

- Schleimer, Wilkerson & Aiken (2003), Winnowing: local algorithms for document fingerprinting, SIGMOD, 76-85,
  doi:10.1145/872757.872770
- Bandt & Pompe (2002), Permutation entropy, Phys Rev Lett 88:174102, doi:10.1103/PhysRevLett.88.174102
"""

import dataclasses
import hashlib
import json
import pathlib
from collections.abc import Iterable, Sequence

import numpy as np
from jaxtyping import Shaped

from twinbed.connect.files import write_json
from twinbed.core.errors import ReadError, StudyError

FORMAT = "twinbed-manifest/1"
_ORDER, _BASE = 4, np.uint64(0x9E3779B97F4A7C15)


@dataclasses.dataclass(frozen=True)
class Entry:
    """One recording: its name, whose it is, the hash of the whole, and the fingerprints of its windows."""

    name: str
    subject: str
    sha256: str
    windows: frozenset[int]


@dataclasses.dataclass(frozen=True)
class Manifest:
    """What is known of the recordings of a set. Two can be compared if run and window are equal."""

    entries: tuple[Entry, ...]
    run: int = 24
    window: int = 40

    def write(self, path: pathlib.Path) -> None:
        """Writes it as JSON."""
        rows = [{**dataclasses.asdict(e), "windows": sorted(e.windows)} for e in self.entries]
        write_json(path, {"format": FORMAT, "run": self.run, "window": self.window, "entries": rows})

    @staticmethod
    def read(path: pathlib.Path) -> "Manifest":
        """The manifest in a file.

        Raises:
            ReadError: it is none.
        """
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
            if found["format"] != FORMAT:
                raise ReadError(path, f"it is no {FORMAT}")
            entries = tuple(Entry(**{**row, "windows": frozenset(row["windows"])}) for row in found["entries"])
            return Manifest(entries, int(found["run"]), int(found["window"]))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ReadError(path, f"no manifest of recordings ({type(error).__name__}: {error})") from None


@dataclasses.dataclass(frozen=True)
class Leak:
    """A test recording that the training set knows.

    Attributes:
        test: its name.
        train: the training recording that it is most like.
        kind: "exact" copy, "near" duplicate, or another recording of the same "subject".
        share: of its fingerprints that are in that training recording; 1 for an exact copy.
    """

    test: str
    train: str
    kind: str
    share: float


def manifest(
    recordings: Iterable[tuple[str, str, Shaped[np.ndarray, "..."]]], *, run: int = 24, window: int = 40
) -> Manifest:
    """The manifest of recordings.

    Args:
        recordings: name, subject and samples (or leads and samples) of each.
        run: samples of a fingerprint; shorter finds shorter copies and more that are none.
        window: runs of which one is kept.
    """
    entries = [Entry(name, subject, _whole(x), _windows(x, run, window)) for name, subject, x in recordings]
    return Manifest(tuple(entries), run, window)


def leaks(train: Manifest, test: Manifest, *, near: float = 0.2) -> list[Leak]:
    """The test recordings that the training set knows, each with its worst kind.

    Args:
        train: what the device was made with.
        test: what it is tested with.
        near: share of a recording's fingerprints from which it is a near duplicate.

    Raises:
        StudyError: manifests made with different runs or windows.
    """
    if (train.run, train.window) != (test.run, test.window):
        raise StudyError("the manifests were made with different runs or windows: make both with the same")
    whole = {e.sha256: e.name for e in train.entries}
    places: dict[int, list[int]] = {}
    for number, entry in enumerate(train.entries):
        for mark in entry.windows:
            places.setdefault(mark, []).append(number)
    subjects = {e.subject: e.name for e in reversed(train.entries)}
    found = [_leak(e, train.entries, whole, places, subjects, near) for e in test.entries]
    return [leak for leak in found if leak is not None]


def _leak(
    entry: Entry, train: Sequence[Entry], whole: dict[str, str], places: dict[int, list[int]],
    subjects: dict[str, str], near: float,
) -> Leak | None:  # fmt: skip
    if entry.sha256 in whole:
        return Leak(entry.name, whole[entry.sha256], "exact", 1.0)
    shared: dict[int, int] = {}
    for mark in entry.windows:
        for number in places.get(mark, ()):
            shared[number] = shared.get(number, 0) + 1
    number = max(shared, key=lambda k: shared[k], default=None)
    share = 0.0 if number is None else shared[number] / len(entry.windows)
    if number is not None and share >= near:
        return Leak(entry.name, train[number].name, "near", share)
    if entry.subject in subjects:
        return Leak(entry.name, subjects[entry.subject], "subject", share)
    return None


def _whole(samples: np.ndarray) -> str:
    array = np.ascontiguousarray(np.asarray(samples, "<f8"))
    return hashlib.sha256(f"{array.shape}|".encode() + array.tobytes()).hexdigest()


def _windows(samples: np.ndarray, run: int, window: int) -> frozenset[int]:
    leads = np.atleast_2d(np.asarray(samples, float))
    return frozenset().union(*(_fingerprints(lead, run, window) for lead in leads))


def _fingerprints(lead: np.ndarray, run: int, window: int) -> frozenset[int]:
    """The kept hashes of one lead; none where it is shorter than a run."""
    if len(lead) < run:
        return frozenset()
    pattern = _patterns(lead)
    runs = np.lib.stride_tricks.sliding_window_view(pattern, run - _ORDER + 1)
    ordered = np.sort(runs, axis=1)
    half = runs.shape[1] // 2
    varied = ~(ordered[:, :-half] == ordered[:, half:]).any(axis=1)  # no pattern fills more than half of the run
    powers = np.cumprod(np.full(runs.shape[1], _BASE, np.uint64))
    hashes = ((runs.astype(np.uint64) + np.uint64(1)) * powers).sum(axis=1, dtype=np.uint64)
    hashes = (hashes ^ (hashes >> np.uint64(29))) * np.uint64(0xBF58476D1CE4E5B9) >> np.uint64(12)
    hashes = np.where(varied, hashes, np.iinfo(np.uint64).max)
    size = min(window, len(hashes))
    kept = np.lib.stride_tricks.sliding_window_view(hashes, size).min(axis=1)
    return frozenset(int(k) for k in np.unique(kept) if k != np.iinfo(np.uint64).max)


def _patterns(lead: np.ndarray) -> np.ndarray:
    """Of each sample whether it is above, at or below each of the three before it: 0 to 26."""
    x = np.where(np.isfinite(lead), lead, 0.0)
    here, out = x[_ORDER - 1 :], np.zeros(len(x) - _ORDER + 1, np.int64)
    for back in range(1, _ORDER):
        out = 3 * out + np.sign(here - x[_ORDER - 1 - back : len(x) - back]).astype(np.int64) + 1
    return out
