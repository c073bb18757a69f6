"""The septic bed of the package is what its title says when it is opened."""

import pytest

from twinbed.ward.checkpoints import EVERY_PAGES, Checkpoints
from twinbed.ward.controls import Wish
from twinbed.ward.definition import make, template
from twinbed.ward.log import InMemory
from twinbed.ward.session import Session

TARGET_MMHG = 65.0
"""Mean pressure to aim at: Surviving Sepsis Campaign 2021, doi:10.1097/CCM.0000000000005337. Septic shock needs a
vasopressor for it (Sepsis-3, Singer 2016, doi:10.1001/jama.2016.0287)."""


@pytest.mark.long
def test_the_septic_bed_is_opened_in_shock_and_fluid_and_the_vasopressor_bring_her_to_the_target():
    made = make(template("intensive_care").toml)
    shares: list[float] = []
    session = Session("bed", made, InMemory(), kept := Checkpoints(), told=shares.append)
    assert session.t_s == made.begins_s == 2400.0
    assert shares[-1] == 1.0
    assert shares == sorted(shares)
    now = session.advance().numbers
    assert now["MAP"] < TARGET_MMHG, now
    assert now["HR"] > 90.0, "a criterion of systemic inflammation (Bone 1992, doi:10.1378/chest.101.6.1644)"
    assert now["SpO2"] < 96.0, "lung injury at an oxygen fraction of 0.6"
    assert session.now("norepinephrine_command") > 0.0
    assert now["TOF"] is None, "nobody was given a relaxant, and nobody looks at its effect"
    assert now["BIS"] is not None, "she is sedated"
    rows = kept.rows([(0, 0, None)], 0, session.page)
    assert rows[60][0]["MAP"] > TARGET_MMHG, "she was not in shock at first"
    found = kept.before([(0, 0, None)], 1000, session.live.moment)
    assert found is not None
    assert found[0] == 1000 // EVERY_PAGES * EVERY_PAGES, "moments of what came before are kept"
    session.ask("kim", "crystalloid", Wish(1500.0, 600.0))  # with 500 mL before, 30 mL/kg
    session.ask("kim", "norepinephrine_command", Wish(0.006))
    for _ in range(600):
        page = session.advance()
    assert page.numbers["MAP"] > TARGET_MMHG, page.numbers
