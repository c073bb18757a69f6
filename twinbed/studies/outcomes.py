"""What an endpoint returns: a number, its unit, and which way is better.

An outcome is declared beside its value, as parameters and signals are. `better` says which
direction favours the patient; `adverse` marks a rate of events that is reported as harm.
"""

import dataclasses
from typing import Any

import equinox as eqx

from twinbed.core.component import types_of
from twinbed.core.quantities import Quantity, quantities


@dataclasses.dataclass(frozen=True)
class Outcome:
    """What is known about one number that an endpoint returns."""

    unit: str
    doc: str
    better: str | None = None
    adverse: bool = False


def outcome(unit: str, doc: str, *, better: str | None = None, adverse: bool = False) -> Any:
    """Declares a number that an endpoint returns.

    Args:
        unit: UCUM unit.
        doc: what it is.
        better: "higher" or "lower", where one of them favours the patient.
        adverse: whether it is a rate of events, per day, that are reported as harm.
    """
    return eqx.field(metadata={"quantity": Quantity(unit, doc), "outcome": (better, adverse)})


def outcomes(endpoint: type) -> dict[str, Outcome]:
    """The numbers that an endpoint class returns, by name."""
    returned = types_of(endpoint).outputs
    known = quantities(returned)
    marks = {f.name: f.metadata.get("outcome", (None, False)) for f in dataclasses.fields(returned)}
    return {name: Outcome(q.unit, q.doc, *marks[name]) for name, q in known.items()}
