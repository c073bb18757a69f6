"""Model cards say what the code declares."""

import re

import pytest

from twinbed.core import discover
from twinbed.credibility.model_cards import card, count_limits, index, prose, write_cards
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


def test_a_device_has_a_card_too():
    text = card("devices/monitoring/capnograph")
    assert text.startswith("# Capnograph\n")
    assert "Role: sensor; acts every 0.02 s." in text
    assert "| `etco2` | mm[Hg] | End-tidal carbon dioxide |" in text
    assert "IntelliVue" in next(row for row in text.splitlines() if row.startswith("| `rise_time` |"))


def test_a_fault_shows_what_its_device_shows():
    text = card("devices/faults/drift")
    assert "It stands around another device" in text
    assert "| `fault_drift` |" in text
    assert "## Outputs" not in text
    assert "`cgm`" not in text


def test_the_index_leads_to_every_component(monkeypatch):
    ids = {"physiology": ["physiology/cardiovascular/conduction"], "devices": ["devices/faults/drift"]}
    monkeypatch.setattr(discover, "ids", ids.__getitem__)
    rows = [line for line in index().splitlines() if line.startswith("| [")]
    model, fault = ([cell.strip() for cell in row.strip("|").split("|")] for row in rows)
    assert model[:2] == ["[Conduction](cardiovascular/conduction.md)", "The conduction system of one patient"]
    assert fault[0] == "[Drift](devices/faults/drift.md)"
    assert fault[2:] == ["1", "2"]
    states = card("physiology/cardiovascular/conduction").split("## States")[1].split("##")[0]
    assert int(model[2]) == states.count("| `")
    assert int(model[3]) > 0


def test_limits_are_counted_by_what_they_say():
    assert count_limits("no drift; the tube does not mix. It holds 0.5 mL.") == 3
    assert count_limits("") == 0


def test_cards_and_their_index_are_written(tmp_path, monkeypatch):
    ids = {"physiology": ["physiology/cardiovascular/conduction"], "devices": ["devices/faults/drift"]}
    monkeypatch.setattr(discover, "ids", ids.__getitem__)
    written = write_cards(tmp_path)
    assert written == [tmp_path / "cardiovascular/conduction.md", tmp_path / "devices/faults/drift.md"]
    links = re.findall(r"\]\(([^)]+)\)", (tmp_path / "index.md").read_text())
    assert [tmp_path / link for link in links] == written


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
