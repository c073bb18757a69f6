"""A bed is what its log says: replay, rewind and restart give the same bits as living through it did."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tests.engine.plain import Pump, Sensor, Tank
from tests.ward.tiny import made
from twinbed.core.scenario import Event, Scenario
from twinbed.devices.infusion.syringe_pump import SyringePump
from twinbed.engine.bed import Bed
from twinbed.studies.acute.bedside import FOREVER_S
from twinbed.vocab.drugs.person import Person
from twinbed.ward import checkpoints, rows
from twinbed.ward.checkpoints import Checkpoints
from twinbed.ward.controls import Refused, Wish, controls_of
from twinbed.ward.log import Asked, InMemory
from twinbed.ward.session import Session

PAGES = 70
"""Two checkpoints and more."""


def _session(store=None, folder=None):
    return Session("bed", made(), store or InMemory(), Checkpoints(folder))


def _live(session, pages=PAGES):
    """Lives for so many pages, with a meal and another setting on the way."""
    out = []
    for k in range(pages):
        if k == 12:
            session.ask("kim", "carbohydrate", Wish(30.0, 600.0))
        if k == 40:
            session.ask("lee", "pump.gain", Wish(0.03))
        out.append(session.advance())
    return out


def _same(pages, others):
    assert [p.number for p in pages] == [p.number for p in others]
    for page, other in zip(pages, others, strict=True):
        for name in page.recorded:
            np.testing.assert_array_equal(page.recorded[name], other.recorded[name])
        assert page.numbers == other.numbers


@pytest.mark.long
def test_the_past_is_computed_again_to_the_bit_and_the_present_stays():
    session = _session()
    lived = _live(session)
    before = session.live.moment
    _same(session.past(0.0, session.t_s), lived)
    _same(session.past(38 * session.page_s, 45 * session.page_s), lived[38:45])
    jax.tree.map(np.testing.assert_array_equal, session.live.moment, before)
    assert session.page == PAGES


def test_moments_of_another_program_or_definition_are_not_gone_on_with(tmp_path):
    store = InMemory()
    first = Session("bed", made(), store, Checkpoints(tmp_path, "one"))
    lived = _live(first)
    (tmp_path / "0-60.moment").write_bytes((tmp_path / "0-30.moment").read_bytes())  # it would go on with other bits
    again = Session("bed", made(), store, Checkpoints(tmp_path, "another"))
    assert again.page == 60, "where it was, made again"
    _same([again.advance() for _ in range(PAGES - 60)], lived[60:])
    assert again.trends(0.0, 1e9, 1000)[1] == first.trends(0.0, 1e9, 1000)[1]
    kept = Session("bed", made(), store, Checkpoints(tmp_path, "another"))
    assert kept.page == 60, "its own are"
    assert _session(store, tmp_path).page == 60, "who only reads removes nothing"
    assert Session("bed", made(), store, Checkpoints(tmp_path, "another")).page == 60


def test_where_every_branch_was_is_known_when_what_was_kept_of_it_is_let_go(tmp_path):
    """Branch 0 came to 65 pages, with a moment at 60; who left it at 20 and lived for 2 is on branch 1."""
    store = InMemory()
    first = Session("bed", made(), store, Checkpoints(tmp_path, "one"))
    _live(first, 65)
    first.rewind("park", 20 * first.page_s)
    _live(first, 2)
    again = Session("bed", made(), store, Checkpoints(tmp_path, "another"))
    assert (again.branch, again.page) == (1, 20), "not where the branch that it left came to"
    assert again.reached(0) == 60


def test_a_long_session_keeps_little_and_any_page_is_reached_again(tmp_path, monkeypatch):
    monkeypatch.setattr(checkpoints, "_RECENT", 60)
    monkeypatch.setattr(rows, "WHOLE", 120)
    store = InMemory()
    session = _session(store, tmp_path)
    lived = _live(session, 481)
    kept = sorted(int(path.name.split("-")[1].split(".")[0]) for path in tmp_path.glob("*.moment"))
    # ages of 60 pages and more: every 60, of 120 every 120, of 240 and more every 240
    assert kept == [0, 240, 360, 420, 450, 480]
    files = sorted(int(path.name.split("-")[1].split(".")[0]) for path in tmp_path.glob("*.numbers.json"))
    assert files[0] == 360
    assert len(list(tmp_path.glob("*.folded.json"))) == 1
    _same(session.past(100 * session.page_s, 105 * session.page_s), lived[100:105])
    t_s, numbers = session.trends(0.0, 1e9, 1000)
    assert t_s[:2] == [31 * session.page_s, 91 * session.page_s]
    assert numbers["G"][0] == pytest.approx(np.mean([p.numbers["G"] for p in lived[:60]]), rel=1e-5)
    again = _session(store, tmp_path)
    assert again.trends(0.0, 480 * session.page_s, 1000) == session.trends(0.0, 480 * session.page_s, 1000)
    assert again.page == 480


def test_what_was_asked_for_acts():
    asked, quiet = _session(), _session()
    lived = _live(asked)
    plain = [quiet.advance() for _ in range(PAGES)]
    _same(lived[:12], plain[:12])
    assert lived[15].numbers["G"] > plain[15].numbers["G"]
    assert asked.now("pump.gain") == 0.03


def _on_a_pump(store=None):
    """A pump that gives 1 mg/min of propofol, for it is so in the file of the bed."""
    tiny = made()
    bed = Bed(Tank(), {"sensor": Sensor(sd=jnp.asarray(3.0)), "pump": Pump(), "propofol": SyringePump()})
    scenario = Scenario((Event("propofol_command", 0.0, FOREVER_S, 1.0),))
    control = controls_of(bed, Person(62.0, 84.0, 176.0))["propofol_command"]
    view = dataclasses.replace(tiny.view, devices={**tiny.view.devices, "propofol": ("propofol_rate",)})
    own = dataclasses.replace(tiny, view=view, bed=bed, scenario=scenario, controls={control.id: control})
    return Session("bed", own, store or InMemory(), Checkpoints())


def test_a_pump_goes_on_with_what_it_gave_when_a_timed_change_is_over():
    """3 mg/min for two pages: then 1 mg/min again, in the bed, played again, and where the log alone is left."""
    store = InMemory()
    session = _on_a_pump(store)
    lived = [session.advance() for _ in range(10)]
    entry = session.ask("kim", "propofol_command", Wish(3.0, 2.0 * session.page_s))
    assert entry.data["returns"]
    lived += [session.advance() for _ in range(10)]
    assert session.now("propofol_command") == 1.0
    given = [float(page.recorded["propofol.propofol_rate"].mean()) for page in lived]
    assert np.mean(given[10:12]) > 2.0, "steps of a minute are coarse for the line of a pump"
    assert np.mean(given[14:]) == pytest.approx(np.mean(given[2:10]), rel=0.2)
    _same(session.past(0.0, session.t_s), lived)
    again = _on_a_pump(store)
    _same(lived[again.page :], [again.advance() for _ in range(20 - again.page)])


def test_a_level_of_no_length_is_refused_before_it_is_logged_and_a_log_that_has_one_is_lived_through():
    store = InMemory()
    session, quiet = _on_a_pump(store), _on_a_pump()
    session.advance()
    with pytest.raises(Refused, match="0 s is no time for it"):
        session.ask("kim", "propofol_command", Wish(3.0, 0.0))
    assert [e.accepted for e in store.entries("bed")] == [False]
    said = {"control": "propofol_command", "value": 3.0, "lasts_s": 0.0, "returns": True}
    store.append("bed", Asked(0, 1, session.t_s, "kim", "request", said))
    again = _on_a_pump(store)
    _same([*again.replayed(0, 1), *(again.advance() for _ in range(3))], [quiet.advance() for _ in range(4)])


@pytest.mark.parametrize("on_disk", [True, False], ids=["checkpoints", "log alone"])
def test_a_bed_goes_on_where_it_was_after_a_crash(tmp_path, on_disk):
    """The second session knows the store and perhaps the folder; nobody closed the first."""
    store = InMemory()
    first = _session(store, tmp_path)
    lived = _live(first)
    again = _session(store, tmp_path if on_disk else None)
    assert again.page == (60 if on_disk else 40)
    _same([again.advance() for _ in range(PAGES - again.page)], lived[60 if on_disk else 40 :])
    jax.tree.map(np.testing.assert_array_equal, again.live.moment, first.live.moment)


def test_what_was_acknowledged_after_the_last_checkpoint_is_not_lost(tmp_path):
    store = InMemory()
    first = _session(store, tmp_path)
    for _ in range(35):
        first.advance()
    first.ask("kim", "carbohydrate", Wish(40.0))
    after = first.advance()
    again = _session(store, tmp_path)
    assert again.page == 35
    _same([again.advance()], [after])


def test_a_broken_checkpoint_is_left_out(tmp_path):
    store = InMemory()
    first = _session(store, tmp_path)
    lived = _live(first, 50)
    (tmp_path / "0-30.moment").write_bytes(b"broken")
    (tmp_path / "0-0.numbers.json").write_text("broken")
    again = _session(store, tmp_path)
    _same(again.past(0.0, again.t_s), lived[: again.page])


def test_rewinding_opens_a_branch_and_forgets_nothing():
    session = _session()
    lived = _live(session)
    entry = session.rewind("park", 20 * session.page_s + 1.0)
    assert (session.branch, session.page, entry.kind) == (1, 20, "rewind")
    other = [session.advance() for _ in range(30)]
    _same(other[:20], lived[20:40])
    assert other[-1].numbers != lived[49].numbers, "the setting of page 40 is of the other branch"
    assert [(b.id, b.parent, b.from_page) for b in session.branches] == [(0, None, 0), (1, 0, 20)]
    _same(session.past(0.0, 20 * session.page_s), lived[:20])


def test_numbers_of_a_branch_are_those_of_its_parent_before_it_began():
    session = _session()
    lived = _live(session)
    session.rewind("park", 20 * session.page_s)
    own = [session.advance() for _ in range(5)]
    t_s, numbers = session.trends(0.0, 1e9, 1000)
    assert numbers["G"] == [p.numbers["G"] for p in (*lived[:20], *own)]
    assert t_s == [(k + 1.0) * session.page_s for k in range(25)]


def test_no_more_pages_are_looked_for_than_there_are(monkeypatch):
    session = _session()
    _live(session, 10)
    looked = []
    monkeypatch.setattr(session._checkpoints, "rows", lambda parts, first, last: looked.append((first, last)) or {})
    session.trends(0.0, 1e9, 600)
    session.trends(1e9, 1e9, 600)
    assert looked == [(0, 10), (10, 10)]


def test_trends_are_means_of_equal_stretches():
    session = _session()
    lived = _live(session, 10)
    t_s, numbers = session.trends(0.0, 1e9, 5)
    pairs = [np.mean([lived[2 * k].numbers["G"], lived[2 * k + 1].numbers["G"]]) for k in range(5)]
    np.testing.assert_allclose(numbers["G"], pairs, rtol=1e-5)
    assert t_s == [(2 * k + 1.5) * session.page_s for k in range(5)]


def test_a_refusal_says_why_and_is_in_the_log():
    store = InMemory()
    session = _session(store)
    for control, wish, why in (
        ("carbohydrate", Wish(900.0), "outside 0 to 200 g"),
        ("carbohydrate", Wish(), "give a number"),
        ("pump.gain", Wish(0.1, 60.0), "a setting stays"),
        ("xyz", Wish(1.0), "no control 'xyz'"),
    ):
        with pytest.raises(Refused, match=why):
            session.ask("kim", control, wish)
    assert [e.accepted for e in store.entries("bed")] == [False] * 4
    assert "outside 0 to 200 g" in store.entries("bed")[0].reason


def test_nobody_goes_where_the_bed_has_not_been():
    session = _session()
    session.advance()
    for t_s in (session.t_s + 1.0, -1.0, np.nan):
        with pytest.raises(Refused, match="has been from 0"):
            session.rewind("park", t_s)


def test_an_alarm_of_the_past_says_in_which_stretches_its_condition_was_gone():
    kept = Checkpoints()
    session = Session("bed", made(), InMemory(), kept)
    states = {2: False, 3: False, 4: True, 5: True, 6: False, 7: True}
    alarm = {"id": "apnoea", "priority": 3, "text": "apnoea", "text_ko": "무호흡"}
    for page in range(10):
        alarms = ({**alarm, "latched": states[page]},) if page in states else ()
        kept.add(0, page, ({}, alarms))
    session.page = 9
    (told,) = session.alarms()
    end_s = lambda page: (page + 1) * session.page_s
    assert (told["t_s"], told["until_s"]) == (end_s(2), end_s(8))
    assert told["latched"] == [[end_s(4), end_s(6)], [end_s(7), end_s(8)]]
    session.page = 8
    (told,) = session.alarms()
    assert (told["until_s"], told["latched"][-1]) == (None, [end_s(7), None]), "it latches still"


def test_more_doses_at_once_than_a_page_holds_are_refused_and_the_bed_lives_on():
    """The file of the bed has a meal from 1500 s to 2500 s: what would meet it there is refused before."""
    session = _session()
    session.advance()
    for k in range(7):
        session.ask("kim", "carbohydrate", Wish(5.0, 1500.0 + 60.0 * k))
    session.ask("kim", "carbohydrate", Wish(5.0, 600.0))
    with pytest.raises(Refused, match="8 doses would already be going on together at 5 min; wait") as refused:
        session.ask("kim", "carbohydrate", Wish(5.0, 900.0))
    assert "함께" in refused.value.korean
    session.advance()
    session.advance()
    with pytest.raises(Refused, match="together at 25 min"):
        session.ask("kim", "carbohydrate", Wish(5.0, 1200.0))
    session.ask("kim", "carbohydrate", Wish(5.0, 300.0))
    while session.t_s < 2 * 1500.0:
        session.advance()
    assert [e.accepted for e in session.entries] == [*[True] * 8, False, False, True]


def test_doses_that_begin_together_and_last_as_long_are_one_dose():
    many, one = _session(), _session()
    for session, doses in ((many, [2.0] * 12), (one, [24.0])):
        session.advance()
        for dose in doses:
            session.ask("kim", "carbohydrate", Wish(dose, 0.0))
    assert many.scenario == one.scenario
    _same([many.advance() for _ in range(3)], [one.advance() for _ in range(3)])


def test_who_looks_at_the_past_beside_keeps_nothing(monkeypatch):
    """The last request came 15 pages after the last kept moment: a twin that stood there would compute these."""
    session = _session()
    lived = _live(session, 45)
    session.say("kim", "clock", {"do": "pause"})
    kept = []
    monkeypatch.setattr(session._checkpoints, "keep", lambda *what: kept.append(what))
    monkeypatch.setattr(session._checkpoints, "add", lambda *what: kept.append(what))
    twin = session.twin()
    _same(twin.replayed(35, 45), lived[35:])
    assert kept == []


def test_a_rewind_that_the_store_does_not_keep_leaves_the_bed_where_it_is(monkeypatch):
    session = _session()
    _live(session, 5)
    monkeypatch.setattr(session._store, "open_branch", lambda *a: (_ for _ in ()).throw(OSError("the disk is full")))
    with pytest.raises(OSError, match="full"):
        session.rewind("park", 300.0)
    assert (session.branch, session.page, len(session.branches)) == (0, 5, 1)


def test_moments_that_something_else_computed_are_not_gone_on_with(tmp_path):
    """Native code and XLA round differently: what was kept by one is made again by the other."""
    store = InMemory()
    by = lambda backend: Session("bed", made(), store, Checkpoints(tmp_path, "one"), backend=backend)
    first = by("native")
    _live(first, 65)
    (tmp_path / "0-60.moment").write_bytes((tmp_path / "0-30.moment").read_bytes())  # it would go on with other bits
    other = by("xla")
    assert other.page == 60, "where it was, made again"
    assert other.live.computed_by.startswith("xla: jaxlib ")
    assert (tmp_path / "computed_by").read_text() == other.live.computed_by
    anew = by("xla")
    assert anew.page == 60, "its own are"
    _same(anew.replayed(60, 61), [other.advance()])
    alone = Session("bed", made(), store, Checkpoints(), backend="xla")
    assert alone.page == 40, "where the last request was"
    _same(anew.replayed(40, 60), [alone.advance() for _ in range(20)])
