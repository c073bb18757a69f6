"""Answers of a device that ran elsewhere, and the names of files that ask and answer.

A file is named by what it holds, not by its case: names and order of cases would tell what is true. Two cases that
give a device the same have names that end in a number.
"""

import hashlib
import pathlib
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from twinbed.bench import fingerprints
from twinbed.bench.device import Recorded
from twinbed.bench.protocol import Protocol, Values, outside
from twinbed.core.errors import NotFound

CASES, ANSWERS = "cases", "answers"
_STEPS = 1 << 20
"""Numbers that differ by less than this part of the largest one have one name: processors round differently."""


def recorded(folder: pathlib.Path, protocol: Protocol) -> Recorded:
    """A folder of answers: each named as its case, or as the file that `export.write_cases` made of it.

    Where cases may be made only once, they are not made for a look: answers are named as their cases.

    Raises:
        NotFound: it holds no answer, or none to a case of this protocol with these settings.
    """
    if (folder / CASES).is_dir() and (folder / "protocol.json").is_file():
        folder = folder / ANSWERS
    found = {path.stem for path in (*folder.glob("*.json"), *folder.glob("*.npz"))}
    if not found:
        raise NotFound(
            f"{folder} holds no answers: write one JSON file a case; `twinbed bench cases {protocol.id} --out FOLDER` "
            "writes what to answer"
        )
    if protocol.one_process or any(case.id in found for case in protocol.cases()):
        return Recorded(folder)
    names = names_of(protocol)
    if not found & set(names.values()):
        raise NotFound(
            f"{folder} answers no case of {protocol.id} with these settings (--set): its files are named like "
            f"{min(found)!r}, a case is named {next(iter(names), 'nothing')!r}"
        )
    return Recorded(folder, names)


def names_of(protocol: Protocol) -> Mapping[str, str]:
    """The names of files by the ids of cases."""
    names = (name for name, _ in named(protocol))
    return {case.id: name for case, name in zip(protocol.cases(), names, strict=True)}


def named(protocol: Protocol) -> Iterator[tuple[str, Values]]:
    """The name of its file and the stimulus, of every case in order."""
    seen: dict[str, int] = {}
    for case in protocol.cases():
        stimulus = outside(protocol, case).stimulus
        name = _fingerprint(stimulus)
        seen[name] = seen.get(name, 0) + 1
        yield name if seen[name] == 1 else f"{name}-{seen[name]}", stimulus


def _fingerprint(stimulus: Mapping[str, Any]) -> str:
    """Of names, shapes and texts, and of numbers to a millionth of the largest one of their array.

    Answers that were made elsewhere come back under these names, so they stay as they are.
    """
    digest = hashlib.sha256()
    for name in sorted(stimulus):
        array = fingerprints.as_array(name, stimulus[name])
        digest.update(f"{name}|{array.shape}|".encode())
        digest.update(_coarse(array) if array.dtype.kind in "biuf" else str(array.tolist()).encode())
    return digest.hexdigest()[:12]


def _coarse(array: np.ndarray) -> bytes:
    """Numbers as steps of a millionth of the largest one, that one to five digits, and which are finite."""
    values = array.astype(float)
    there = np.isfinite(values)
    largest = float(np.abs(values[there]).max(initial=0.0))
    steps = np.round(np.where(there, values, 0.0) * (_STEPS / largest if largest else 1.0)).astype("<i8")
    return f"{largest:.5g}|".encode() + steps.tobytes() + there.tobytes()
