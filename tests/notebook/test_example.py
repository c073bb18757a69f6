"""The notebook of the examples runs from top to bottom."""

import json
import pathlib

import pytest

from tests.web import bed as known
from twinbed.server.replay import film_of
from twinbed.ward import kept

pytest.importorskip("anywidget", reason="no anywidget: pip install 'twinbed[notebook]'")

NOTEBOOK = pathlib.Path(__file__).parents[2] / "examples" / "ward_notebook.ipynb"
_GIVEN, _INSTEAD = 'bed.request("phenylephrine_rate", 0.1)', 'bed.request("carbohydrate", 40.0)'


def code():
    cells = json.loads(NOTEBOOK.read_text("utf-8"))["cells"]
    return ["".join(c["source"]) for c in cells if c["cell_type"] == "code"]


def run(sources):
    """Runs cells as a notebook does, and returns what they named."""
    named = {"__name__": "__main__"}
    for source in sources:
        exec(compile(source, NOTEBOOK.name, "exec"), named)
    return named


@pytest.fixture
def here(tmp_path, monkeypatch, said):
    import matplotlib

    matplotlib.use("agg")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("twinbed.notebook.bed.wait", lambda seconds: None)


def _built(monkeypatch):
    """A program in place of the built one, which needs Node."""
    monkeypatch.setattr("twinbed.notebook.bed.program", lambda: "export default {}")
    monkeypatch.setattr("twinbed.notebook.replay.program", lambda: "export default {}")
    monkeypatch.setattr("twinbed.notebook.replay.page", lambda film, title: b"")


@pytest.mark.usefixtures("here")
def test_it_runs_with_a_small_bed_in_place_of_the_patient(monkeypatch):
    from twinbed.notebook import bed

    sources = code()
    assert sum(_GIVEN in s for s in sources) == 1
    monkeypatch.setattr(bed, "make", lambda toml: known.made())
    monkeypatch.setattr(kept, "make", lambda toml: known.made())
    _built(monkeypatch)
    named = run(s.replace(_GIVEN, _INSTEAD) for s in sources)
    assert (named["bed"].t_s, named["bed"].session.branch) == (160.0, 1)
    assert len(named["waves"]["arterial_pressure"]) == round(8 / known.PERIOD_S)


@pytest.mark.slow
@pytest.mark.usefixtures("here")
def test_it_runs_as_it_stands_and_the_drug_raises_the_pressure():
    """Phenylephrine constricts: its label gives it against low pressure in anaesthesia."""
    named = run(code())
    assert max(named["trends"]["MAP"][-30:]) > named["bed"].numbers["MAP"] + 5.0
    assert film_of(pathlib.Path("replay.html").read_bytes()) == named["replay"].film
