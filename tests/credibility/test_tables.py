"""The tables that ship: they load, and everything they name exists."""

import re

import pytest

from twinbed.core.errors import NotFound
from twinbed.credibility.validation import table
from twinbed.credibility.validation.measures import TableError
from twinbed.credibility.validation.verdicts import Trend
from twinbed.vocab.signals import SIGNALS
from twinbed.vocab.units import parse

SYSTEMS = table.systems()
ROWS = [row for name in SYSTEMS for row in table.load(name).rows]


def test_there_is_a_table_for_each_system():
    assert {"cardiovascular", "haemorrhage", "blood_gases", "respiratory", "drugs", "ventilation"} <= set(SYSTEMS)
    assert len(ROWS) >= 400


def test_ids_are_unique():
    assert len({row.id for row in ROWS}) == len(ROWS)


def test_every_signal_is_in_the_vocabulary():
    events = {e.signal for name in SYSTEMS for run in table.load(name).runs.values() for e in run.events}
    assert events | {s for row in ROWS for s in row.signals} <= set(SIGNALS)


@pytest.mark.parametrize("name", table.measures())
def test_a_measure_is_in_a_unit_of_what_it_measures(name):
    measure = table.measures()[name]
    assert measure.dimension() == parse(measure.unit).dimension
    assert measure.label
    assert re.search("[가-힣]", measure.label_ko)


def test_every_reference_is_in_a_unit_of_what_is_compared():
    assert [row.id for row in ROWS if table.dimension_of(row) != parse(row.unit).dimension] == []


def test_every_row_is_cited_and_every_citation_used():
    used = {row.citation.key for row in ROWS}
    assert used == set(table.citations())
    assert all(c.text and c.short for c in table.citations().values())
    assert [c.doi for c in table.citations().values() if c.doi and not re.fullmatch(r"10\.\d{4,}/\S+", c.doi)] == []


def test_every_run_and_every_measure_is_used():
    for name in SYSTEMS:
        found = table.load(name)
        assert {row.run for row in found.rows} | {row.base_run for row in found.rows} >= set(found.runs)
    shown = {m for name in SYSTEMS for run in table.load(name).runs.values() for m in run.show}
    assert {row.measure.name for row in ROWS} | shown | {row.per.name for row in ROWS if row.per} >= set(
        table.measures()
    )
    assert shown <= set(table.measures())


def test_changes_and_trends_have_a_base():
    assert [r.id for r in ROWS if (r.against != "value" or isinstance(r.reference, Trend)) and r.base_s is None] == []


def test_an_unknown_system_is_named_with_the_nearest():
    with pytest.raises(NotFound, match="haemorrhage"):
        table.load("hemorrhage")


def written(**row):
    return {
        "title": "t",
        "title_ko": "t",
        "runs": {"one": {"label": "one", "lasts_s": 60}},
        "phases": [{"id": "p", "run": "one", "label": "p", "window_s": [30, 60], "base_s": [0, 30], "cite": "definition",
                    "rows": [{"what": "heart_rate"} | row]}],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({}, "give one reference"),
        ({"value": 70, "range": [60, 80]}, "give one reference"),
        ({"value": 0}, "share of zero"),
        ({"low": 0}, "share of zero"),
        ({"high": 0}, "share of zero"),
        ({"range": [80, 60]}, "empty"),
        ({"trend": "upwards"}, "no trend"),
        ({"value": 70, "unit": "mm[Hg]"}, "cannot be given"),
        ({"what": "pulse", "value": 70}, "no measure"),
        ({"value": 70, "cite": "nobody"}, "no citation"),
        ({"value": 70, "window_s": [30, 90]}, "outside the run"),
        ({"value": 70, "take": "time_to_rise"}, "needs `level`"),
        ({"value": 70, "take": "median"}, "no way to read"),
        ({"value": 70, "colour": "red"}, "unknown key"),
        ({"as": "share", "value": 1.0}, "share of zero"),
        ({"as": "share", "low": 1.0}, "share of zero"),
        ({"trend": "up", "least": 0.01}, "least_why"),
        ({"value": 70, "least": 0.01, "least_why": "small"}, "only a trend"),
        ({"trend": "up", "as": "change"}, "no least change in its unit"),
    ],
)
def test_a_wrong_row_is_refused(row, said):
    with pytest.raises(TableError, match=said):
        table.read("t", written(**row), measures=table.measures(), citations=table.citations())


@pytest.mark.parametrize("trend", ["up", "down", "none", "up_or_none", "down_or_none"])
def test_the_least_change_is_that_of_the_measure_whatever_the_direction(trend):
    def read(**row):
        said = written(trend=trend, **row)
        return table.read("t", said, measures=table.measures(), citations=table.citations()).rows[0]

    saturation = read(what="saturation")
    assert (saturation.against, saturation.unit, saturation.reference) == ("change", "%", Trend(trend, 2.0))
    rate = read()
    assert (rate.against, rate.reference) == ("relative", Trend(trend, 0.05))
    own = read(what="saturation", least=0.5, least_why="measured")
    assert (own.reference, own.least_why) == (Trend(trend, 0.5), "measured")


def test_every_least_change_has_a_source_and_those_of_rows_a_reason():
    assert [m.name for m in table.measures().values() if (m.least is None) != (not m.least_from)] == []
    own = {
        r.id: r for r in ROWS if isinstance(r.reference, Trend) and r.against == "relative" and r.system != "invariance"
    }
    assert [i for i, r in own.items() if r.reference.least != 0.05 and not r.least_why] == []
    changed = [r for r in ROWS if isinstance(r.reference, Trend) and r.against == "change"]
    assert [r.id for r in changed if r.reference.least != r.measure.least and not r.least_why] == []
    assert len([r for r in ROWS if r.least_why and r.system != "invariance"]) == 8


def test_what_a_run_sets_is_marked():
    marked = {r.measure.name for r in ROWS if r.prescribed}
    assert marked == {
        "blood_volume", "haemoglobin_mass", "heart_rate", "ventilator_rate", "ventilator_tidal_volume", "tidal_volume",
    }  # fmt: skip
    assert not any(r.is_physiology for r in ROWS if r.prescribed or r.citation.standing == "definition")


def test_a_train_of_events():
    run = written(value=70)
    run["runs"]["one"]["events"] = [
        {"signal": "chest_compression", "at_s": 10, "for_s": 0.3, "every_s": 0.6, "until_s": 16, "amount": 60}
    ]
    found = table.read("t", run, measures=table.measures(), citations=table.citations()).runs["one"].events
    assert len(found) == 10
    assert found[9].at_s == pytest.approx(15.4)
