"""The list of protocols is what the protocols say, and is kept until a file of the packages changes."""

import pytest

from twinbed.bench import find, listing
from twinbed.core import discover


@pytest.fixture
def asked(tmp_path, monkeypatch):
    """Which protocols were made, with a source file that can be changed and a cache of its own."""
    made, source = [], tmp_path / "protocol.py"
    source.write_text("")
    maker = find.protocol
    monkeypatch.setenv("TWINBED_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(discover, "sources", lambda: [source])
    monkeypatch.setattr(find, "protocol_ids", lambda: ["alarms/alarm_delays", "ecg/noise_stress"])
    monkeypatch.setattr(find, "protocol", lambda id_: made.append(id_) or maker(id_))
    return made, source


def test_it_says_what_the_protocols_say_and_asks_them_once(asked):
    made, _ = asked
    first, again = listing.listed(), listing.listed()
    assert first == again
    assert made == ["alarms/alarm_delays", "ecg/noise_stress"]
    protocol = find.protocol("ecg/noise_stress")
    assert first[1] == listing.Listed(
        protocol.id, protocol.title, protocol.standard, list(protocol.recordings), list(protocol.devices)
    )


def test_a_changed_source_or_a_broken_list_asks_them_again(asked, tmp_path):
    made, source = asked
    listing.listed()
    source.write_text("changed")
    listing.listed()
    assert len(made) == 4
    for kept in (tmp_path / "cache").rglob("*.json"):
        kept.write_text('[{"id": 1}]')
    listing.listed()
    assert len(made) == 6


def test_where_nothing_can_be_kept_it_is_still_made(asked, tmp_path):
    (tmp_path / "cache").write_text("no folder")
    assert [one.id for one in listing.listed()] == ["alarms/alarm_delays", "ecg/noise_stress"]


def test_its_sources_are_those_of_the_package():
    names = {file.name for file in discover.sources()}
    assert {"listing.py", "noise_stress.py", "limits.toml"} <= names
