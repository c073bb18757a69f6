"""Beds over the interface: a tiny bed lives, is watched, asked, taken back and forked."""

import concurrent.futures
import contextlib
import dataclasses
import io
import json
import threading
import time

import numpy as np
import pyarrow.parquet as pq
import pytest
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

import twinbed
from tests.server.conftest import CHEAP, ORIGIN, PASSWORD, House
from tests.server.frame_reader import read
from tests.ward import tiny
from twinbed.core.errors import StudyError
from twinbed.server import living, presence, recording
from twinbed.server.app import make_app
from twinbed.server.errors import StoreError
from twinbed.server.living import lives
from twinbed.server.permissions import Role
from twinbed.server.routes import answers, live
from twinbed.server.routes.answers import TrendsShown
from twinbed.server.settings import Settings
from twinbed.server.store import embedded, open_store
from twinbed.ward import definition, ensemble, session
from twinbed.ward import ward as wards

ILL = dataclasses.replace(tiny.MEAL, group="patient")
LIVE = ORIGIN.replace("http", "ws") + "/api/live"


@contextlib.contextmanager
def ward_at(folder, monkeypatch):
    """A server with a ward of one tiny bed, and a browser that shares its loop; nobody is signed in."""
    made = lambda toml: tiny.made() if toml != "broken" else (_ for _ in ()).throw(StudyError("no such device"))
    monkeypatch.setattr(wards, "make", made)
    monkeypatch.setattr(definition, "make", made)
    with open_store(embedded(folder / "twinbed.db")) as store:
        settings = Settings(static=folder / "static", password_cost=CHEAP, requests_per_10_s=10**6)
        app = make_app(store, settings, lifespan=lives(store, folder / "beds", first="anaesthesia", data=folder))
        house = House(store, None, settings, app)
        with TestClient(app, base_url=ORIGIN, headers={"X-Twinbed": "1", "Origin": ORIGIN}) as browser:
            yield house, browser


@pytest.fixture
def ward(tmp_path, monkeypatch):
    with ward_at(tmp_path, monkeypatch) as (house, browser):
        sign_in(house, browser, Role.ADMINISTRATOR)
        yield house, browser


def sign_in(house, browser, role, name=None):
    person = house.person(role, name)
    assert browser.post(
        "/api/sign-in", json={"name": person.name, "password": "a cellar full of warm lanterns"}
    ).is_success
    return person


def running(browser, state="running"):
    """The id of the one bed, once it lives; the socket says when."""
    with browser.websocket_connect(LIVE, headers={"Origin": ORIGIN}) as socket:
        while True:
            said = socket.receive_json()
            if said["kind"] == "beds" and [b["state"] for b in said["beds"]] == [state]:
                return said["beds"][0]["id"]


def _until(socket, kind):
    """The next text of a kind."""
    while True:
        text = socket.receive().get("text")
        if text and json.loads(text)["kind"] == kind:
            return json.loads(text)


def paused(browser):
    """The same, standing still, at a page that is known."""
    bed = running(browser)
    assert browser.post(f"/api/beds/{bed}/clock", json={"do": "pause"}).is_success
    return bed


def step(browser, bed, n=1):
    for _ in range(n):
        assert browser.post(f"/api/beds/{bed}/clock", json={"do": "step"}).is_success


def test_why_no_bed_could_be_opened_is_told_to_who_watches(tmp_path, monkeypatch):
    def broken(store, first):
        raise StoreError("the file is no data base")

    monkeypatch.setattr(living, "_first", broken)
    with ward_at(tmp_path, monkeypatch) as (house, browser):
        sign_in(house, browser, Role.VIEWER)
        (trouble,) = soon(lambda: browser.get("/api/ward").json()["troubles"])
        assert browser.get("/api/beds").json() == []
    assert (trouble["bed"], trouble["message"]) == (None, "No bed could be opened: the file is no data base")
    assert trouble["message_ko"] == "병상을 열 수 없습니다: the file is no data base"
    assert trouble["advice"]


def test_a_bed_that_could_not_be_opened_is_named_and_the_others_live(tmp_path, monkeypatch):
    opens = wards.Ward.open

    def open_(ward, bed, toml, **more):
        if more["title"] == "Bad":
            raise OSError("disk is gone")
        return opens(ward, bed, toml, **more)

    monkeypatch.setattr(wards.Ward, "open", open_)
    with open_store(embedded(tmp_path / "twinbed.db")) as store:
        for title in ("Bad", "Good"):
            store.beds.add_bed(title=title, kind="acute", definition={"toml": ""}, seed=1, version="0", made_by="test")
    with ward_at(tmp_path, monkeypatch) as (house, browser):
        sign_in(house, browser, Role.VIEWER)
        running(browser)
        assert [b["title"] for b in browser.get("/api/beds").json()] == ["Good"]
        (trouble,) = browser.get("/api/ward").json()["troubles"]
    assert trouble["message"] == "The bed 'Bad' could not be opened: an error inside (OSError)"


def test_all_is_well_where_nothing_is_told(ward):
    running(ward[1])
    assert ward[1].get("/api/ward").json() == {"troubles": []}


def test_the_first_bed_stands_at_its_first_moment_until_somebody_watches(tmp_path, monkeypatch):
    with ward_at(tmp_path, monkeypatch) as (house, browser):
        sign_in(house, browser, Role.CLINICIAN)
        bed = soon(lambda: [b["id"] for b in browser.get("/api/beds").json() if b["state"] == "paused"])[0]
        assert browser.get(f"/api/beds/{bed}").json()["t_s"] == 0.0
        assert browser.get(f"/api/beds/{bed}/log").json()["entries"] == []
    with ward_at(tmp_path, monkeypatch) as (house, browser):  # it waits after another start, too
        browser.post("/api/sign-in", json={"name": house.store.people.all()[0].name, "password": PASSWORD})
        soon(lambda: [b for b in browser.get("/api/beds").json() if b["state"] == "paused"])
        assert running(browser) == bed
        (entry,) = browser.get(f"/api/beds/{bed}/log").json()["entries"]
        assert (entry["who"], entry["kind"]) == ("twinbed", "clock")
    with ward_at(tmp_path, monkeypatch) as (house, browser):  # and not when it was seen
        browser.post("/api/sign-in", json={"name": house.store.people.all()[0].name, "password": PASSWORD})
        soon(lambda: [b for b in browser.get("/api/beds").json() if b["state"] == "running"])


def test_who_set_the_clock_of_the_first_bed_before_anybody_watched_is_right(tmp_path, monkeypatch):
    with ward_at(tmp_path, monkeypatch) as (house, browser):
        sign_in(house, browser, Role.CLINICIAN)
        bed = soon(lambda: [b["id"] for b in browser.get("/api/beds").json() if b["state"] == "paused"])[0]
        assert browser.post(f"/api/beds/{bed}/clock", json={"do": "pause"}).is_success
        assert running(browser, "paused") == bed
        assert len(browser.get(f"/api/beds/{bed}/log").json()["entries"]) == 1
        assert browser.get("/api/beds").json()[0]["state"] == "paused"


def soon(ask):
    """What is answered as soon as it is not nothing."""
    until = time.monotonic() + 60.0
    while not (found := ask()):
        assert time.monotonic() < until
    return found


def test_the_first_start_opens_a_bed_that_lives(ward):
    _, browser = ward
    bed = running(browser)
    whole = browser.get(f"/api/beds/{bed}").json()
    assert whole["state"] == "running"
    assert [w["id"] for w in whole["view"]["waves"]] == ["cgm"]
    assert {c["id"]: c["roles"][0] for c in whole["controls"]} == {
        "carbohydrate": "clinician",
        "pump.gain": "clinician",
    }


def test_what_is_asked_for_is_answered_logged_and_told_to_who_watches(ward):
    _, browser = ward
    bed = paused(browser)
    with browser.websocket_connect(LIVE, headers={"Origin": ORIGIN}) as socket:
        socket.send_json({"watch": {bed: {"waves": "all", "numbers": True}}})
        while socket.receive_json()["kind"] != "clock":
            pass
        asked = browser.post(f"/api/beds/{bed}/requests", json={"control": "carbohydrate", "value": 40}).json()
        assert asked["accepted"]
        assert _until(socket, "entry")["entry"] == asked["entry"]
    assert asked["entry"]["text"] == "Meal 40 g over 15 min"
    assert asked["entry"]["text_ko"] == "식사 40 g, 15분 동안"
    assert browser.get(f"/api/beds/{bed}/log").json()["entries"][-1] == asked["entry"]


def test_a_refusal_says_why_and_stands_in_the_log(ward):
    _, browser = ward
    bed = paused(browser)
    answer = browser.post(f"/api/beds/{bed}/requests", json={"control": "carbohydrate", "value": 900})
    assert answer.status_code == 409
    assert "outside 0 to 200 g" in answer.json()["error"]["message"]
    assert answer.json()["error"]["message_ko"] == "식사: 900은(는) 범위 0~200 g 밖입니다."
    entry = browser.get(f"/api/beds/{bed}/log").json()["entries"][-1]
    assert (entry["accepted"], entry["text"]) == (False, "Refused: Meal 900 g")
    assert entry["reason_ko"] == "식사: 900은(는) 범위 0~200 g 밖입니다"


def test_a_viewer_may_watch_and_nothing_else(ward):
    house, browser = ward
    bed = paused(browser)
    sign_in(house, browser, Role.VIEWER)
    assert browser.get(f"/api/beds/{bed}").is_success
    for route, body in (
        ("requests", {"control": "carbohydrate", "value": 40}),
        ("clock", {"do": "pause"}),
        ("rewind", {"t_s": 0}),
        ("forks", {"at_s": 0, "horizon_s": 600, "changes": []}),
    ):
        assert browser.post(f"/api/beds/{bed}/{route}", json=body).status_code == 403
    assert browser.delete(f"/api/beds/{bed}").status_code == 403
    assert browser.post("/api/beds", json={"template": "emergency"}).status_code == 403


def test_a_bed_that_stands_shows_where_it_stands_also_after_a_rewind(ward):
    _, browser = ward
    bed = paused(browser)
    step(browser, bed, 5)
    t_s = browser.get(f"/api/beds/{bed}").json()["t_s"]
    with browser.websocket_connect(LIVE, headers={"Origin": ORIGIN}) as socket:
        socket.send_json({"watch": {bed: {"waves": [], "numbers": True}}})
        assert _until(socket, "numbers")["t_s"] == t_s
        assert browser.post(f"/api/beds/{bed}/rewind", json={"t_s": 600.0}).is_success
        while (said := _until(socket, "numbers"))["t_s"] != 600.0:
            pass
    trends = browser.get(f"/api/beds/{bed}/trends").json()
    assert said["values"]["G"] == trends["numbers"]["G"][1], "the second page of those that were before"


def test_waves_of_the_past_are_those_that_were_sent(ward):
    _, browser = ward
    bed = paused(browser)
    with browser.websocket_connect(LIVE, headers={"Origin": ORIGIN}) as socket:
        socket.send_json({"watch": {bed: {"waves": ["cgm"], "numbers": True}}})
        while json.loads(socket.receive()["text"])["kind"] != "clock":
            pass
        step(browser, bed)
        data = None
        while data is None:
            data = socket.receive().get("bytes")
    head, live_waves = read(data)
    past, waves = read(browser.get(f"/api/beds/{bed}/waves?from={head['t0_s']}&to={head['t0_s'] + 300}").content)
    np.testing.assert_array_equal(live_waves[0], waves[0][: head["samples"]])
    assert past["t0_s"] == head["t0_s"]


def test_what_devices_showed_at_a_moment_of_the_past_is_what_was_told_then(ward):
    _, browser = ward
    bed = paused(browser)
    told = []
    with browser.websocket_connect(LIVE, headers={"Origin": ORIGIN}) as socket:
        socket.send_json({"watch": {bed: {"waves": [], "numbers": True}}})
        for _ in range(3):
            before = told[-1]["t_s"] if told else -1.0
            while (said := _until(socket, "numbers"))["t_s"] <= before:
                pass
            told.append(said)
            step(browser, bed)
    assert len({said["devices"]["sensor"]["cgm"] for said in told}) == 3, "the sensor is noisy"
    for said in told:
        found = browser.get(f"/api/beds/{bed}/moment?at={said['t_s'] + 1.0}").json()
        assert {k: found[k] for k in ("t_s", "devices", "values", "alarms")} == {
            k: said[k] for k in ("t_s", "devices", "values", "alarms")
        }
    assert browser.get(f"/api/beds/{bed}/moment?at=0").json()["devices"] == {}


def test_numbers_over_time_and_the_recording_are_of_the_present_branch(ward):
    _, browser = ward
    bed = paused(browser)
    step(browser, bed, 6)
    t_s = browser.get(f"/api/beds/{bed}").json()["t_s"]
    trends = browser.get(f"/api/beds/{bed}/trends").json()
    assert trends["t_s"][-1] == t_s
    browser.post(f"/api/beds/{bed}/rewind", json={"t_s": 600.0})
    again = browser.get(f"/api/beds/{bed}").json()
    assert (again["branch"], again["t_s"]) == (1, 600.0)
    assert browser.get(f"/api/beds/{bed}/trends").json()["numbers"]["G"] == trends["numbers"]["G"][:2]
    table = pq.read_table(io.BytesIO(browser.get(f"/api/beds/{bed}/recording.parquet").content))
    assert table["t_s"].to_pylist() == [60.0 * k for k in range(10)]
    assert {n: (str(f.type), f.metadata[b"unit"]) for n in table.column_names if (f := table.field(n))} == {
        "t_s": ("double", b"s"),
        "sensor.cgm": ("float", b"mg/dL"),
        **{n: ("float", b"[IU]/h") for n in table.column_names if n.endswith("insulin_rate")},
    }
    about = {k.decode(): v.decode() for k, v in table.schema.metadata.items() if k != b"ARROW:schema"}
    assert about == {
        "title": "Anaesthesia, man of 62", "twinbed": twinbed.__version__, "seed": "7", "branch": "1", "period_s": "60",
    }  # fmt: skip
    log = browser.get(f"/api/beds/{bed}/log").json()
    assert log["branches"] == [{"id": 0, "parent": None, "from_t_s": 0.0}, {"id": 1, "parent": 0, "from_t_s": 600.0}]


def test_trends_and_logs_are_worked_out_beside_the_thread_that_lives(ward, monkeypatch):
    """While they are, the bed goes on: it steps although the working out waits for that very step."""
    _, browser = ward
    bed = paused(browser)
    step(browser, bed, 3)
    for path, slow in (("trends", "averaged"), ("log", "_episodes")):
        begun, stepped, worked = threading.Event(), threading.Event(), []
        real = getattr(session, slow)

        def waits(*args, begun=begun, stepped=stepped, worked=worked, real=real):
            begun.set()
            worked.append(stepped.wait(30.0))
            return real(*args)

        monkeypatch.setattr(session, slow, waits)
        with concurrent.futures.ThreadPoolExecutor(1) as aside:
            answer = aside.submit(browser.get, f"/api/beds/{bed}/{path}")
            assert begun.wait(30.0)
            step(browser, bed)
            stepped.set()
            assert answer.result().is_success
        assert worked == [True]
        monkeypatch.setattr(session, slow, real)


def test_a_recording_is_written_in_pieces_and_is_whole(ward, monkeypatch):
    _, browser = ward
    monkeypatch.setattr(recording, "_PIECE", 4)
    bed = paused(browser)
    step(browser, bed, 10)
    pages = round(browser.get(f"/api/beds/{bed}").json()["t_s"] / 300.0)
    content = browser.get(f"/api/beds/{bed}/recording.parquet").content
    file = pq.ParquetFile(io.BytesIO(content))
    rows = [file.metadata.row_group(k).num_rows for k in range(file.num_row_groups)]
    assert (rows[0], sum(rows), len(rows)) == (20, 5 * pages, -(-pages // 4))
    assert file.read()["t_s"].to_pylist() == [60.0 * k for k in range(5 * pages)]


def test_a_bed_says_how_far_its_futures_are_played(ward):
    _, browser = ward
    bed = paused(browser)
    told = browser.get(f"/api/beds/{bed}").json()["forks"]
    asked = lambda horizon_s, members: (
        browser.post(f"/api/beds/{bed}/forks", json={"at_s": 0, "horizon_s": horizon_s, "members": members}).status_code
    )
    assert asked(told["longest_s"] + 1, 1) == 422
    assert asked(600, told["most_members"] + 1) == 422
    assert asked(600, told["most_members"]) == 202


def test_every_answer_about_a_bed_is_as_it_is_described(ward):
    """Forms that know all fields take what is answered, with a bed that was asked, taken back and looked ahead of."""
    _, browser = ward
    bed = paused(browser)
    step(browser, bed, 12)
    at = f"/api/beds/{bed}"
    post = lambda path, **body: browser.post(f"{at}/{path}", json=body).json()
    answers.Granted.model_validate(post("requests", control="carbohydrate", value=40))
    answers.Moved.model_validate(post("clock", do="step"))
    answers.Moved.model_validate(post("rewind", t_s=600))
    fork = answers.ForkBegun.model_validate(post("forks", at_s=600, horizon_s=3000, members=1)).fork
    get = lambda path: browser.get(f"{at}{path}").json()
    soon(lambda: get(f"/forks/{fork}")["state"] != "running")
    for form, told in (
        (answers.BedListed, browser.get("/api/beds").json()[0]), (answers.BedShown, get("")),
        (answers.LogShown, get("/log")), (answers.NumbersShown, get("/moment?at=600")),
        (answers.ForkListed, get("/forks")[0]), (answers.ForkShown, get(f"/forks/{fork}")),
        (TrendsShown, get("/trends")),
    ):  # fmt: skip
        form.model_validate(told)
    assert get(f"/forks/{fork}")["state"] == "done"


def test_who_asked_for_futures_may_stop_them_and_no_other_clinician(ward, monkeypatch):
    house, browser = ward
    gate = threading.Event()

    def slow(*args, progress, **more):
        while not gate.wait(0.005):
            progress(0.01)

    monkeypatch.setattr(ensemble, "fork", slow)
    bed = paused(browser)
    begin = lambda: browser.post(f"/api/beds/{bed}/forks", json={"at_s": 0, "members": 1})
    number = begin().json()["fork"]
    again = begin()
    assert (again.status_code, again.json()["error"]["advice"]) == (409, "Wait until they are there, or stop them")
    sign_in(house, browser, Role.CLINICIAN)
    other = begin().json()["fork"]
    listed = [answers.ForkListed.model_validate(f) for f in browser.get(f"/api/beds/{bed}/forks").json()]
    assert [(f.id, f.state, f.may_stop) for f in listed] == [(number, "running", False), (other, "running", True)]
    assert [browser.get(f"/api/beds/{bed}/forks/{n}").json()["may_stop"] for n in (number, other)] == [False, True]
    assert browser.delete(f"/api/beds/{bed}/forks/{number}").status_code == 403
    assert browser.delete(f"/api/beds/{bed}/forks/{other}").status_code == 204
    told = browser.get(f"/api/beds/{bed}/forks/{other}").json()
    assert (told["state"], told["error"]["message"]) == ("stopped", "stopped by a clinician")
    assert answers.ForkShown.model_validate(told).error.message_ko == "a clinician 님이 중지했습니다"
    sign_in(house, browser, Role.INSTRUCTOR)
    assert [browser.delete(f"/api/beds/{bed}/forks/{n}").status_code for n in (number, other, 999)] == [204, 204, 404]
    gate.set()


def test_futures_are_computed_and_read(ward):
    _, browser = ward
    bed = paused(browser)
    step(browser, bed)
    with browser.websocket_connect(LIVE, headers={"Origin": ORIGIN}) as socket:
        socket.send_json({"watch": {bed: {"waves": [], "numbers": False}}})
        while socket.receive_json()["kind"] != "clock":
            pass
        wanted = {
            "at_s": 300,
            "horizon_s": 3000,
            "members": 1,
            "changes": [{"control": "carbohydrate", "value": 50, "after_s": 600}],
        }
        fork = browser.post(f"/api/beds/{bed}/forks", json=wanted)
        assert fork.status_code == 202
        while True:
            said = socket.receive_json()
            if said["kind"] == "fork" and said["state"] != "running":
                break
    found = browser.get(f"/api/beds/{bed}/forks/{fork.json()['fork']}").json()
    assert found["state"] == "done"
    assert len(found["t_s"]) == 10
    changed, as_is = found["changed"]["G"]["p50"], found["as_is"]["G"]["p50"]
    assert changed[:2] == as_is[:2]
    assert changed[-1] > as_is[-1]


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "zzz", None, 404),
        ("POST", "{bed}/forks", {"at_s": 1e8, "horizon_s": 600}, 409),
        ("POST", "{bed}/forks", {"at_s": 0, "horizon_s": 600, "changes": [{"control": "xyz"}]}, 409),
        ("POST", "{bed}/rewind", {"t_s": 1e8}, 409),
        ("POST", "{bed}/clock", {"do": "speed", "value": 1000}, 409),
        ("POST", "{bed}/clock", {"do": "explode"}, 422),
        ("GET", "{bed}/waves?from=0&to=1e6", None, 422),
        ("GET", "{bed}/waves?from=nan&to=1", None, 422),
        ("GET", "{bed}/moment?at=1e8", None, 409),
        ("GET", "{bed}/moment", None, 422),
        ("GET", "{bed}/forks/7", None, 404),
        ("POST", "", {"template": "emergency", "toml": "x"}, 422),
        ("POST", "", {"template": "no such"}, 404),
    ],
)
def test_what_cannot_be_is_answered_with_its_status_and_advice(ward, method, path, body, status):
    _, browser = ward
    bed = paused(browser)
    answer = browser.request(method, f"/api/beds/{path.format(bed=bed)}".rstrip("/"), json=body)
    assert answer.status_code == status
    assert answer.json()["error"]["message"]


def test_nobody_runs_code_in_the_server_by_opening_a_bed(ward):
    _, browser = ward
    for device in (
        '[[devices]]\nname = "x"\ndevice = "antigravity:Fly"',
        '[[devices]]\nname = "x"\ndevice = "devices/a"\nwrap = [{device = "os:Path"}]',
    ):
        answer = browser.post("/api/beds", json={"toml": device})
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "own_code")


@pytest.mark.parametrize(
    "said",
    [
        "",
        "{",
        "[]",
        '{"watch": 1}',
        '{"watch": {"a": 1}}',
        '{"watch": {"a": {"waves": 3}}}',
        "[" * 9000,
        '{"x": "' + "y" * 20000 + '"}',
    ],
)
def test_the_live_socket_closes_on_nonsense_and_the_server_lives_on(ward, said):
    _, browser = ward
    with browser.websocket_connect(LIVE, headers={"Origin": ORIGIN}) as socket:
        assert socket.receive_json()["kind"] == "beds"
        socket.send_text(said)
        assert "send {" in _until(socket, "error")["message"]
        with pytest.raises(WebSocketDisconnect) as closed:
            socket.receive_json()
    assert closed.value.code == live.BAD
    assert browser.get("/api/beds").is_success


def test_the_live_socket_is_not_for_strangers_nor_for_pages_of_others(ward):
    _, browser = ward
    with pytest.raises(WebSocketDisconnect):
        browser.websocket_connect(LIVE, headers={"Origin": "http://evil.example"}).__enter__()
    del browser.headers["Origin"]
    with pytest.raises(WebSocketDisconnect):
        browser.websocket_connect(LIVE).__enter__()
    browser.headers["Origin"] = ORIGIN
    browser.post("/api/sign-out")
    with (
        browser.websocket_connect(LIVE, headers={"Origin": ORIGIN}) as socket,
        pytest.raises(WebSocketDisconnect) as closed,
    ):
        socket.receive_json()
    assert closed.value.code == live.SIGNED_OUT, "browsers are told after the handshake alone"


def test_a_socket_ends_with_its_session_and_no_other(tmp_path, monkeypatch):
    monkeypatch.setattr(presence, "AGAIN_S", 0.01)
    connect = lambda: browser.websocket_connect(LIVE, headers={"Origin": ORIGIN})
    with ward_at(tmp_path, monkeypatch) as (house, browser):
        sign_in(house, browser, Role.VIEWER)
        token = browser.cookies.get(house.settings.cookie)
        with connect() as first:
            browser.cookies.clear()
            sign_in(house, browser, Role.ENGINEER)
            with connect() as other:
                house.store.sessions.end(token)
                while (said := first.receive())["type"] != "websocket.close":
                    pass
                assert said["code"] == live.SIGNED_OUT
                other.send_json({"watch": {}, "more": 1})
                while (said := other.receive())["type"] != "websocket.close":
                    pass
                assert said["code"] == live.BAD, "it was heard"


def test_one_person_has_so_many_sockets_and_no_more(ward, monkeypatch):
    _, browser = ward
    monkeypatch.setattr(live, "_MOST_SOCKETS", 1)
    with browser.websocket_connect(LIVE, headers={"Origin": ORIGIN}) as first:
        assert first.receive_json()["kind"] == "beds"
        with (
            browser.websocket_connect(LIVE, headers={"Origin": ORIGIN}) as second,
            pytest.raises(WebSocketDisconnect) as closed,
        ):
            second.receive_json()
    assert closed.value.code == live.TOO_MANY


def test_what_a_role_may_not_do_stands_in_the_log(tmp_path, monkeypatch):
    made = lambda toml: dataclasses.replace(tiny.made(), controls={tiny.MEAL.id: ILL, tiny.GAIN.id: tiny.GAIN})
    with ward_at(tmp_path, monkeypatch) as (house, browser):
        monkeypatch.setattr(wards, "make", made)
        sign_in(house, browser, Role.INSTRUCTOR)
        bed = browser.post("/api/beds", json={"template": "anaesthesia"}).json()["id"]
        with browser.websocket_connect(LIVE, headers={"Origin": ORIGIN}) as socket:
            while {b["id"]: b["state"] for b in _until(socket, "beds")["beds"]}[bed] != "running":
                pass
        sign_in(house, browser, Role.CLINICIAN)
        answer = browser.post(f"/api/beds/{bed}/requests", json={"control": "carbohydrate", "value": 40})
        assert answer.status_code == 403
        wanted = {"at_s": 0, "horizon_s": 600, "members": 1, "changes": [{"control": "carbohydrate", "value": 40}]}
        assert browser.post(f"/api/beds/{bed}/forks", json=wanted).status_code == 403, "nor in futures"
        entry = browser.get(f"/api/beds/{bed}/log").json()["entries"][-1]
        assert (entry["who"], entry["accepted"], entry["reason"]) == (
            "a clinician",
            False,
            "a clinician may not do this",
        )


def test_one_bed_that_cannot_be_opened_hides_no_other(tmp_path, monkeypatch):
    with ward_at(tmp_path, monkeypatch) as (house, browser):
        sign_in(house, browser, Role.ADMINISTRATOR)
        first = running(browser)
        for title, definition_ in (("no table", {}), ("broken", {"toml": "broken"}), ("later", {"toml": "fine"})):
            house.store.beds.add_bed(
                title=title, kind="acute", definition=definition_, seed=1, version="0", made_by="x"
            )
    with ward_at(tmp_path, monkeypatch) as (house, browser):
        browser.post("/api/sign-in", json={"name": "a administrator", "password": PASSWORD})
        with browser.websocket_connect(LIVE, headers={"Origin": ORIGIN}) as socket:
            while True:
                beds = {b["title"]: b for b in _until(socket, "beds")["beds"]}
                if len(beds) == 3 and all(b["state"] != "starting" for b in beds.values()):
                    break
        assert (beds["broken"]["state"], beds["broken"]["why"]) == ("failed", "no such device")
        assert beds["later"]["state"] == "running"
        assert first in [b["id"] for b in beds.values()]
        whole = browser.get(f"/api/beds/{beds['broken']['id']}").json()
        assert (whole["view"]["waves"], whole["controls"], whole["patient"]) == ([], [], None)


def test_beds_live_again_after_the_server_was_stopped(tmp_path, monkeypatch):
    with ward_at(tmp_path, monkeypatch) as (house, browser):
        sign_in(house, browser, Role.ADMINISTRATOR)
        bed = paused(browser)
        step(browser, bed, 5)
        browser.post(f"/api/beds/{bed}/requests", json={"control": "pump.gain", "value": 0.05})
        before = browser.get(f"/api/beds/{bed}").json()
    with ward_at(tmp_path, monkeypatch) as (house, browser):
        person = next(p for p in house.store.people.all())
        browser.post("/api/sign-in", json={"name": person.name, "password": "a cellar full of warm lanterns"})
        assert running(browser, "paused") == bed, "as it was left"
        after = browser.get(f"/api/beds/{bed}").json()
        assert after["t_s"] >= before["t_s"]
        assert next(c["now"] for c in after["controls"] if c["id"] == "pump.gain") == 0.05
