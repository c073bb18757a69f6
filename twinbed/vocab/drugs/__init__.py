"""Drugs as data: one file a drug. A new file is a new drug, with its signals, kinetics and effects.

Files of the user's own lie in the folder that `TWINBED_DRUGS` names in the environment, and are read beside ours when
the package is loaded.

*Known limits*: a drug is given into a vein; what the body makes of it is not followed, but for a complex of two drugs.

**References:**

- WHO Collaborating Centre for Drug Statistics Methodology, ATC classification
- the sources named in each file
"""

import os
import pathlib
from collections.abc import Iterable

from twinbed.vocab.drugs.checks import check
from twinbed.vocab.drugs.format import Drug as Drug
from twinbed.vocab.drugs.format import read_drug
from twinbed.vocab.drugs.person import Person as Person
from twinbed.vocab.errors import DrugError as DrugError
from twinbed.vocab.names import meant

VARIABLE = "TWINBED_DRUGS"
_OURS = pathlib.Path(__file__).parent


def files() -> list[pathlib.Path]:
    """The files of all drugs, ours first. Raises `DrugError` for a folder of the user's that is none."""
    own = os.environ.get(VARIABLE, "")
    if own and not pathlib.Path(own).expanduser().is_dir():
        raise DrugError(f"{VARIABLE} = {own!r} is no folder; it is to name the one in which files of drugs lie")
    return [file for folder in (_OURS, own) if folder for file in _in(pathlib.Path(folder))]


def _in(folder: pathlib.Path) -> list[pathlib.Path]:
    return sorted(folder.expanduser().absolute().glob("*.toml"))


def read_drugs(paths: Iterable[pathlib.Path]) -> dict[str, Drug]:
    """The drugs of files by name. Raises `DrugError` for one that cannot be used, or names none of them."""
    drugs: dict[str, Drug] = {}
    for path in paths:
        if path.stem in drugs:
            raise DrugError(f"{path}: there is a drug {path.stem} already; a file of your own needs another name")
        drugs[path.stem] = read_drug(path)
        check(drugs[path.stem], path.name)
    for one in drugs.values():
        others = [s.by for s in one.slowing] + ([] if one.binding is None else [one.binding.guest])
        for other in others:
            if other not in drugs:
                raise DrugError(f"{one.name}.toml: {other!r} is no drug; there is {', '.join(drugs)}")
    return drugs


FILES: tuple[pathlib.Path, ...] = tuple(files())
"""What `DRUGS` was read from."""
OWN: dict[str, pathlib.Path] = {file.stem: file for file in FILES if file.parent != _OURS}
"""The files of drugs of the user's own, by name."""
DRUGS: dict[str, Drug] = read_drugs(FILES)
"""Every drug by name."""


class UnknownDrug(KeyError):
    """A name that is no drug; the message lists the nearest ones."""

    def __str__(self) -> str:
        return str(self.args[0])


def drug(name: str) -> Drug:
    """The drug of that name. Raises `UnknownDrug` with the nearest names."""
    if name in DRUGS:
        return DRUGS[name]
    hint = meant(name, DRUGS, otherwise=f"there is {', '.join(DRUGS)}")
    raise UnknownDrug(f"{name!r} is no drug; {hint}")
