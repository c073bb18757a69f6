"""Pages that are made from the code are as it is now, and what was calibrated says to what."""

import pathlib
import re

from typer.testing import CliRunner

from twinbed.cli.app import app
from twinbed.cli.calibrated import CALIBRATED, as_markdown, rows
from twinbed.physiology.whole_body import CALIBRATED_CONDITIONS, CONDITIONS, changes_of

DOCS = pathlib.Path(__file__).parents[2] / "docs"
SAYS = re.compile(
    r"\b(calibrated( with [^:;]*?| in a whole circulation| by AnaSim 1\.7| within that)?(:| to | between ))"
)


def test_the_page_of_components_is_up_to_date():
    shown = CliRunner().invoke(app, ["list", "--markdown"]).output
    assert (DOCS / "components.md").read_text(encoding="utf-8") == shown, "twinbed list --markdown > docs/components.md"


def test_the_page_of_what_was_calibrated_is_up_to_date():
    page = (DOCS / "calibrated.md").read_text(encoding="utf-8")
    assert page == as_markdown() + "\n", "twinbed list calibrated > docs/calibrated.md"


def test_whatever_was_calibrated_says_to_what():
    dumb = {
        f"{part} {row[0]}": row[-1] for part, row in rows() if CALIBRATED.search(row[-1]) and not SAYS.search(row[-1])
    }
    assert dumb == {}


def test_calibrated_and_assumed_numbers_are_told_apart_by_their_sources():
    calibrated, assumed = as_markdown().split("\n## Assumed")
    for name in ("`anaphylaxis_leak` | 75", "`limb_opening`", "`standing.exchange`", "`embolus.narrowing`", "`carbon.widening`",
                 "`stray_light`", "`damping`", "### `drugs/norepinephrine`"):  # fmt: skip
        assert name in calibrated, name
    assert "`mixing`" in assumed
    assert "`mixing`" not in calibrated
    assert "Ursino 1998, tables 3 and 4" not in calibrated + assumed


def test_calibrated_changes_are_changes_of_conditions():
    for name, places, _ in CALIBRATED_CONDITIONS:
        assert name in CONDITIONS
        assert set(places) <= set(changes_of(name))
    assert changes_of("copd")["lungs.shunt"] == "+0.22"
    assert changes_of("heart_failure")["circulation.left_ventricle.elastance_max"] == "x 0.134"
