"""The page of a run is made of its log, in two languages, and JUnit XML says the same."""

from xml.etree import ElementTree

import numpy as np
import pytest

from tests.bench import toy
from twinbed.bench import Function, Log, run_bench
from twinbed.bench.charts import Area, Chart, Curve, Level, Listing, Matrix, Moment, Points, Zone, as_data, from_data
from twinbed.bench.report import draw, junit, render, write_page
from twinbed.core.errors import NotFound, ReadError

SHOWN = Chart(
    "A <title>", "what to see", "x, s", "y, mV",
    [
        Zone([0, 1, 1, 0], [0, 0, 1, 1], 0, "A"), Area([0, 1], [0, 0], [1, 1]), Points([0, 1, np.nan], [0, 1, 2], "bad", "dots"),
        Curve([0, 1, 2], [0, np.nan, 1], label="line"), Level(0.5, "limit", "bad"), Moment(1.0, "event"),
    ],
)  # fmt: skip
same = lambda text: text


@pytest.fixture(name="folder", params=["good", "bad", "crashes"])
def _folder(request, tmp_path):
    run_bench(toy.protocol(), Function(getattr(toy, request.param), request.param), tmp_path)
    return tmp_path, request.param


def test_the_page_says_the_verdicts_of_the_log(folder):
    place, name = folder
    text = write_page(place).read_text()
    assert f"<strong>{name}</strong>" in text
    assert ("met all 1 criteria" in text) == (name == "good")
    assert ("failed 1 of 1" in text) == (name != "good")
    assert ("no idea about 35.0" in text) == (name == "crashes")
    assert "largest error" in text
    assert "from a source that cites the standard" in text


def test_the_page_speaks_korean_and_no_other_language(folder):
    place, _ = folder
    text = write_page(place, lang="ko").read_text()
    assert 'lang="ko"' in text
    assert "조항별 판정" in text
    with pytest.raises(NotFound, match="'fr'"):
        write_page(place, lang="fr")


def test_every_figure_can_be_drawn_and_nothing_is_taken_for_markup(tmp_path):
    figures = [
        SHOWN,
        Matrix("Counts", "", ["a", "b"], ["a", "b"], [[3, 1], [0, 2]]),
        Listing("Rows", "", ["n", "v"], [["r", None]]),
    ]
    log = run_bench(toy.protocol(), Function(toy.good, "good"), tmp_path)
    text = render(log, figures, [("case_1", SHOWN)])
    assert text.count("A &lt;title&gt;") >= 2
    assert "<title>A" not in text.replace("<title>Bath", "")
    svg = ElementTree.fromstring(str(draw.chart(SHOWN, "k", same)))
    assert svg.get("role") == "img"
    assert len(ElementTree.fromstring(str(draw.matrix(figures[1], "m", same))).findall(".//text")) == 8


def test_an_axis_of_powers_has_ticks_at_round_numbers():
    chart = Chart("t", "", "x", "y", [Points([1, 10, 1000], [1, 2, 3])], logarithmic=True)
    drawn = ElementTree.fromstring(str(draw.chart(chart, "k", same)))
    ticks = [e.text for e in drawn.iter() if e.get("class") == "tick middle"]
    assert ticks == ["1", "10", "100", "1000"]


def test_figures_are_data():
    again = from_data(as_data(SHOWN))
    assert (again.title, len(again.marks), again.marks[4]) == (SHOWN.title, 6, SHOWN.marks[4])
    with pytest.raises(ReadError, match="no figure"):
        from_data({"kind": "Sculpture"})


def test_junit_counts_what_failed(folder):
    place, name = folder
    suite = ElementTree.fromstring(junit(Log.read(place)))
    assert (suite.get("tests"), suite.get("failures")) == ("2", {"good": "0", "bad": "1", "crashes": "2"}[name])
    assert len(suite.findall("testcase/failure")) == int(suite.get("failures"))
