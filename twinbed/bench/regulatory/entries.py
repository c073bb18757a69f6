"""What stands in the lists of the authorities."""

import dataclasses
from typing import Literal

SUBMISSIONS = {
    "1": "510(k)",
    "2": "PMA",
    "3": "Contact ODE",
    "4": "510(k) exempt",
    "6": "HDE",
    "7": "Enforcement discretion",
    "8": "Emergency use authorization",
}
"""Numbers of the classification file and what they stand for (openFDA, field `submission_type_id`)."""


@dataclasses.dataclass(frozen=True)
class ProductCode:
    """One line of the FDA's product classification; what is not stated is empty."""

    code: str
    name: str
    device_class: Literal["1", "2", "3", "unclassified", "not classified", "HDE", ""]
    regulation: str
    panel: str
    definition: str = ""
    method: str = ""
    target: str = ""
    submission: str = ""
    implant: bool = False
    life_sustaining: bool = False


@dataclasses.dataclass(frozen=True)
class KoreanItem:
    """One item of the Korean table of medical devices (annex 1): code, name and class 1 to 4."""

    code: str
    name: str
    device_class: str
    certain: bool
    """Whether name and class were read from the printed table without doubt; if not, look there."""
    english: str = ""
    """Its English name in the text of the notice; empty where that could not be read without doubt."""
    description: str = ""
    """What the notice says that it is, without line breaks; empty where that could not be read without doubt."""


@dataclasses.dataclass(frozen=True)
class AiDevice:
    """One device of the FDA's list of AI-enabled devices."""

    number: str
    name: str
    company: str
    decided: str
    """Date as ISO 8601."""
    panel: str
    product_code: str


@dataclasses.dataclass(frozen=True)
class Clearance:
    """One decision of openFDA's file of 510(k) submissions."""

    number: str
    name: str
    company: str
    decided: str
    product_code: str
