"""Strips of intervals from the recordings of the China Physiological Signal Challenge 2021, by their annotations.

Beats and rhythms as annotated; a strip lies within one rhythm. `af_cpsc2021` of the recordings' folder.
"""

import pathlib
from collections.abc import Iterator

import numpy as np

from twinbed.bench.protocol import Case
from twinbed.connect.data import recordings
from twinbed.connect.wfdb import read_annotations

SUBJECTS = "patients of the China Physiological Signal Challenge 2021"
FOLDER = "af_cpsc2021"
_FIBRILLATES = ("(AFIB", "(AFL")


def cases(beats: int) -> Iterator[Case]:
    """Strips of so many intervals, in the order of records.

    Raises:
        NotFound: the recordings are not here.
    """
    for path in sorted(recordings(FOLDER).glob("*.atr")):
        subject = path.stem.split("_")[1]
        for number, (fibrillates, rr) in enumerate(_strips(path, beats)):
            rhythm = "atrial fibrillation" if fibrillates else "other rhythm"
            yield Case(
                f"{path.stem}-{number}", subject, {"rr_s": rr}, {"fibrillation": float(fibrillates)}, {"rhythm": rhythm}
            )


def _strips(path: pathlib.Path, beats: int) -> Iterator[tuple[bool, np.ndarray]]:
    notes = read_annotations(path)
    named = [text for text in notes.text if text.startswith("(")]
    # before its first note a record is in the other rhythm than the one that begins there
    state = bool(named) and not named[0].startswith(_FIBRILLATES)
    runs: list[tuple[bool, list[int]]] = [(state, [])]
    for sample, symbol, text in zip(notes.sample, notes.symbol, notes.text, strict=True):
        if symbol == "+":
            runs.append((text.startswith(_FIBRILLATES), []))
        else:
            runs[-1][1].append(int(sample))
    for fibrillates, samples in runs:
        rr = np.diff(samples) / notes.sampling_frequency_hz
        for start in range(0, len(rr) - beats + 1, beats):
            yield fibrillates, rr[start : start + beats]
