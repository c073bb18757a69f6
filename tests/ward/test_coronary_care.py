"""The bed of complete block lives by its pacemaker, and shows the block where pacing fails."""

import pytest

from twinbed.ward.checkpoints import Checkpoints
from twinbed.ward.controls import Refused, Wish
from twinbed.ward.definition import make, template
from twinbed.ward.log import InMemory
from twinbed.ward.session import Session

ESCAPE = 60.0 / 1.6
"""Rate of the ventricles' own pacemaker, /min: `Conduction.ventricular_escape`."""


def _asked(session, control, value):
    return session.ask("kim", control, Wish(value))


def _rate(session, pages):
    for _ in range(pages):
        page = session.advance()
    return page.numbers["HR"]


@pytest.mark.long
def test_the_monitor_shows_the_block_where_pacing_is_off_or_too_weak():
    session = Session("bed", make(template("coronary_care").toml), InMemory(), Checkpoints())
    assert _rate(session, 60) > 65.0, "ventricles follow the atria"
    _asked(session, "pacemaker_on", 0.0)
    assert _rate(session, 25) == pytest.approx(ESCAPE, abs=1.0)
    _asked(session, "pacemaker_on", 1.0)
    _asked(session, "ventricular_capture_threshold", 15.0)
    assert _rate(session, 25) == pytest.approx(ESCAPE, abs=1.0), "10 mA do not capture"
    _asked(session, "pacemaker.ventricular_output", 20.0)
    assert _rate(session, 20) > 65.0
    _asked(session, "pacemaker_mode_set", 1.0)
    _asked(session, "pacemaker.lower_rate", 130.0)
    assert _rate(session, 20) == pytest.approx(130.0, abs=1.0)
    with pytest.raises(Refused, match="above the upper rate, 120/min"):
        _asked(session, "pacemaker_mode_set", 2.0)
