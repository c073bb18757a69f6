"""Model cards say what the code declares."""

import pytest

from twinbed.credibility.model_cards import card, prose
from twinbed.physiology.cardiovascular.conduction import Conduction


@pytest.fixture(scope="module")
def found():
    return card("physiology/cardiovascular/conduction")


def test_every_part_is_there(found):
    heads = [line for line in found.splitlines() if line.startswith("#")]
    assert heads[0] == "# Conduction"
    assert {"## States", "## Inputs", "## Outputs", "## Parameters", "## Compared with", "## References"} <= set(heads)
    assert "## Known limits" in heads


def test_a_parameter_has_its_value_unit_and_source(found):
    line = next(row for row in found.splitlines() if row.startswith("| `delay` |"))
    assert f"| {float(Conduction().delay):g} | s |" in line
    assert "Heldt 2004" in line


def test_an_input_says_whether_it_must_be_fed(found):
    assert "| `heart_period` | s | Period of the sinus node | 0.833 |" in found


def test_the_tables_that_read_it_are_counted(found):
    line = next(row for row in found.splitlines() if row.startswith("| cardiovascular |"))
    assert "heart rate" in line
    assert int(line.split("|")[2]) > 5


def test_a_docstring_in_its_parts():
    said = prose("""What it is.

    More of it.

    *Known limits*: none
    that we know.

    **References:**

    - Somebody (2000)
    """)
    assert said.about == "What it is.\n\nMore of it."
    assert said.limits == "none\nthat we know."
    assert said.references == "- Somebody (2000)"
