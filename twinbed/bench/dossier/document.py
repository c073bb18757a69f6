"""A document of a dossier, before it is written in any format."""

import dataclasses
from collections.abc import Sequence

from twinbed.studies.report.page import Section


@dataclasses.dataclass(frozen=True)
class Document:
    """A document: its file name, its title, what it is in one sentence, and its sections.

    One that `judges` shows at its top how the verdicts stand; `answer` is what stands there first.
    """

    key: str
    title: str
    says: str
    sections: Sequence[Section]
    judges: bool = False
    answer: str = ""
