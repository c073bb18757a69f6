"""The emergency bed can resuscitate: compressions move blood, and after a shock the heart beats again."""

import pytest

from twinbed.ward.checkpoints import Checkpoints
from twinbed.ward.controls import Wish
from twinbed.ward.definition import make, template
from twinbed.ward.log import InMemory
from twinbed.ward.session import Session

FIBRILLATION = 14.0


def _after(session, seconds, **asked):
    for control, value in asked.items():
        session.ask("kim", control, Wish(value))
    for _ in range(seconds):
        page = session.advance()
    return page.numbers


@pytest.mark.long
def test_a_heart_that_fibrillates_is_compressed_and_shocked_and_beats_again():
    session = Session("bed", make(template("emergency").toml), InMemory(), Checkpoints())
    assert "chest_compression" not in session.made.controls, "a squeeze that lasts is no resuscitation"
    well = _after(session, 30)
    still = _after(session, 25, rhythm=FIBRILLATION)
    assert still["PR"] is None
    pressed = _after(session, 40, chest_compressor_on=1.0, bag_ventilation=1.0)
    assert pressed["PR"] == pytest.approx(102.0, abs=2.0), "the compressor's rate is a pulse"
    assert pressed["MAP"] > still["MAP"] + 5.0
    assert pressed["SpO2"] > 90.0
    _after(session, 1, shock=200.0)
    again = _after(session, 40, chest_compressor_on=0.0)
    assert again["PR"] == pytest.approx(again["HR"], abs=3.0)
    assert again["MAP"] > 0.8 * well["MAP"]
