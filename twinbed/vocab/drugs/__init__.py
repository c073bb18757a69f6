"""Drugs as data: one file a drug. A new file is a new drug, with its signals, kinetics and effects.

*Known limits*: a drug is given into a vein; what the body makes of it is not followed, but for a complex of two drugs.

**References:**

- WHO Collaborating Centre for Drug Statistics Methodology, ATC classification
- the sources named in each file
"""

import pathlib

from twinbed.vocab.drugs.format import Drug as Drug
from twinbed.vocab.drugs.format import DrugError as DrugError
from twinbed.vocab.drugs.format import read_drug as read_drug
from twinbed.vocab.drugs.person import Person as Person
from twinbed.vocab.names import meant


def read_drugs(folder: pathlib.Path) -> dict[str, Drug]:
    """The drugs of a folder by name. Raises `DrugError` for one that cannot be used, or names none of them."""
    drugs = {path.stem: read_drug(path) for path in sorted(folder.glob("*.toml"))}
    for one in drugs.values():
        others = [s.by for s in one.slowing] + ([] if one.binding is None else [one.binding.guest])
        for other in others:
            if other not in drugs:
                raise DrugError(f"{one.name}.toml: {other!r} is no drug; there is {', '.join(drugs)}")
    return drugs


DRUGS: dict[str, Drug] = read_drugs(pathlib.Path(__file__).parent)
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
