"""Studies and the bench over the interface: real tiny runs in processes of their own, followed to their reports."""

import contextlib
import datetime
import hashlib
import json
import os
import pathlib
import re
import signal
import time

import pytest
from starlette.testclient import TestClient

from tests.server.conftest import CHEAP, ORIGIN, PASSWORD, House
from tests.server.test_serve import started
from twinbed.server.app import make_app
from twinbed.server.living import lives
from twinbed.server.permissions import Role
from twinbed.server.runs.limits import RunLimits
from twinbed.server.settings import Settings
from twinbed.server.store import embedded, open_store

TINY = """
format = "acute"
name = "tiny"
title = "Does a litre thin <b>blood</b>?"
seed = 5
duration = "2 min"
settle = 0
trends = ["haemoglobin"]

[cohort]
n = 2
organs = ["fluids"]

[[arms]]
name = "nothing"

[[arms]]
name = "crystalloid"

[[arms.events]]
signal = "crystalloid"
at = "10 s"
lasts = "1 min"
amount = 1000.0

[[outcomes]]
name = "lowest"
signal = "haemoglobin"
of = "min"
better = "higher"
"""
BENCH = {"protocol": "alarms/visual_signals", "device": "good"}
ENDED = {"done", "failed", "cancelled", "interrupted"}
QUICK = RunLimits(look_every_s=0.05, patience_s=5.0)
_PATIENCE_S = 240.0


@contextlib.contextmanager
def open_at(folder, limits=QUICK):
    """A server without beds whose queue works, and a browser that shares its loop; nobody is signed in."""
    with open_store(embedded(folder / "twinbed.db")) as store:
        settings = Settings(static=folder / "static", password_cost=CHEAP, requests_per_10_s=10**6)
        app = make_app(store, settings, lifespan=lives(store, None, data=folder, limits=limits))
        with TestClient(app, base_url=ORIGIN, headers={"X-Twinbed": "1", "Origin": ORIGIN}) as browser:
            yield House(store, None, settings, app), browser


def enter(house, browser, role, name):
    house.person(role, name)
    sign_in(browser, name)


def sign_in(browser, name):
    assert browser.post("/api/sign-in", json={"name": name, "password": PASSWORD}).is_success


@pytest.fixture
def office(tmp_path):
    """The same, with an engineer at the browser."""
    with open_at(tmp_path) as (house, browser):
        enter(house, browser, Role.ENGINEER, "Ada")
        yield house, browser


def start(browser, path="/api/studies", **body):
    answer = browser.post(path, json=body)
    assert answer.status_code == 202, answer.text
    return answer.json()["id"]


def followed(browser, run, until=lambda shown: shown["state"] in ENDED):
    """What a run shows, once it is as wanted; and all that it showed before."""
    seen, ends = [], time.monotonic() + _PATIENCE_S
    while time.monotonic() < ends:
        seen.append(browser.get(f"/api/studies/{run}").json())
        if until(seen[-1]):
            return seen[-1], seen
    raise AssertionError(f"{seen[-1]}\n{browser.get(f'/api/studies/{run}/log').json()['lines'][-20:]}")


def audited(house):
    assert house.store.audit.check().ok
    return [(r.who, r.what, r.detail.get("run")) for r in house.store.audit.records() if "run" in r.detail]


@pytest.mark.long
def test_a_study_is_started_followed_and_read(office):
    house, browser = office
    run = start(browser, toml=TINY, patients=3, seed=9, executor="xla")
    done, seen = followed(browser, run)
    assert done["state"] == "done", done["reason"]
    assert {"running", "done"} <= {s["state"] for s in seen}
    assert [s["progress"] for s in seen] == sorted(s["progress"] for s in seen)
    assert done["elapsed_s"] > 0
    assert browser.get("/api/studies").json()[0] == {
        k: v for k, v in done.items() if k not in ("sentences", "version", "files")
    }
    assert {f["name"] for f in done["files"]} == {
        "report.html",
        "report.ko.html",
        "evidence.json",
        "study.toml",
        "log.txt",
    }

    answer = browser.get(f"/api/studies/{run}/evidence.json")
    assert answer.headers["content-disposition"] == f'attachment; filename="{run}-evidence.json"'
    evidence = answer.json()
    assert (evidence["study"]["seed"], evidence["study"]["cohort"]["n"], evidence["study"]["backend"]) == (9, 3, "xla")
    assert done["sentences"] == [v["sentence"] for v in evidence["primary"]["verdicts"]]
    assert (done["shown"], done["of"]) == (0, 1)  # crystalloid thins blood, which nobody wants
    ended = [r for r in house.store.audit.records() if r.what == "run done"]
    assert [r.detail["sha256"] for r in ended] == [hashlib.sha256(answer.content).hexdigest()]
    assert audited(house) == [("Ada", "study started", run), ("twinbed", "run done", run)]

    said = browser.get(f"/api/studies/{run}/log").json()
    assert any(re.fullmatch(r".+: \d+ %.*", line) for line in said["lines"])
    assert browser.get(f"/api/studies/{run}/log?after={said['next']}").json() == {"lines": [], "next": said["next"]}
    assert (
        str(house.settings.static.parent) not in browser.get(f"/api/studies/{run}/log.txt").text
    )  # no path of the server


@pytest.mark.long
def test_reports_are_shown_in_both_languages_and_nothing_in_them_can_act(office):
    house, browser = office
    run = start(browser, "/api/studies/bench", **BENCH, settings={"seconds": 10.0})
    done, _ = followed(browser, run)
    assert (done["state"], done["verdict"]) == ("done", "pass"), done["reason"]
    log = browser.get(f"/api/studies/{run}/log.json").json()
    assert log["protocol"]["settings"]["seconds"] == 10.0
    assert {v["outcome"] for v in log["verdicts"] if v["limit"] is not None} == {"pass"}
    assert browser.get(f"/api/studies/{run}/junit.xml").text.startswith("<?xml")
    for name, lang, other in (("report.html", "en", "report.ko.html"), ("report.ko.html", "ko", "report.html")):
        answer = browser.get(f"/api/studies/{run}/{name}")
        assert f'<html lang="{lang}"' in answer.text
        assert f'href="{other}"' in answer.text  # they lead to each other
        policy = dict(part.strip().partition(" ")[::2] for part in answer.headers["content-security-policy"].split(";"))
        assert policy["sandbox"] == "allow-same-origin"
        assert policy["default-src"] == policy["form-action"] == policy["frame-ancestors"] == "'none'"
        assert "script-src" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.long
def test_a_device_that_fails_is_a_verdict_and_no_failure_of_the_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with open_at(pathlib.Path()) as (house, browser):  # also where the folder is named from where one stands
        enter(house, browser, Role.ENGINEER, "Ada")
        run = start(browser, "/api/studies/bench", protocol="alarms/visual_signals", device="bad_colour")
        done, _ = followed(browser, run)
        assert (done["state"], done["verdict"]) == ("done", "fail"), done["reason"]


def test_one_runs_the_others_wait_and_both_can_be_cancelled(office):
    house, browser = office
    first, second = (start(browser, study="loop") for _ in range(2))
    followed(browser, first, lambda shown: shown["state"] == "running")
    assert browser.get(f"/api/studies/{second}").json()["state"] == "waiting"
    assert browser.post(f"/api/studies/{second}/cancel").json()["state"] == "cancelled"
    assert browser.delete(f"/api/studies/{first}").json()["error"]["code"] == "running"
    browser.post(f"/api/studies/{first}/cancel")
    followed(browser, first, lambda shown: shown["state"] == "cancelled")
    assert_nothing_runs(house.settings.static.parent)
    assert browser.post(f"/api/studies/{first}/cancel").status_code == 409
    assert [what for _, what, run in audited(house) if run == first] == [
        "study started",
        "run cancelled",
        "run cancelled",
    ]
    assert browser.delete(f"/api/studies/{first}").status_code == 204
    assert browser.get(f"/api/studies/{first}").status_code == 404
    assert [p.name for p in (house.settings.static.parent / "runs").iterdir()] == [second]


def processes(folder):
    """Commands of processes whose folder is a run's in there."""
    found = []
    for link in pathlib.Path("/proc").glob("[0-9]*/cwd"):
        with contextlib.suppress(OSError):
            if os.readlink(link).startswith(str(folder / "runs")):
                found.append(int(link.parent.name))
    return found


def assert_nothing_runs(folder):
    ends = time.monotonic() + 30.0
    while found := processes(folder):
        assert time.monotonic() < ends, found


@pytest.mark.long
def test_what_was_cancelled_goes_on(office):
    _, browser = office
    run = start(browser, "/api/studies/bench", **BENCH)
    browser.post(f"/api/studies/{run}/cancel")
    followed(browser, run, lambda shown: shown["state"] == "cancelled")
    assert browser.post(f"/api/studies/{run}/again").json()["state"] in ("waiting", "running")
    done, _ = followed(browser, run)
    assert done["state"] == "done"
    assert browser.post(f"/api/studies/{run}/again").json()["error"]["code"] == "not_stopped"


@pytest.mark.long
def test_a_run_lives_through_the_end_of_its_server(tmp_path):
    with open_at(tmp_path) as (house, browser):
        enter(house, browser, Role.ENGINEER, "Ada")
        run = start(browser, toml=TINY)
        followed(browser, run, lambda shown: shown["state"] == "running")
    assert_nothing_runs(tmp_path)  # it ends with its server
    with open_at(tmp_path) as (house, browser):
        sign_in(browser, "Ada")
        done, _ = followed(browser, run)
        assert done["state"] == "done", done["reason"]
        assert house.store.runs.run(run).tries == 1  # an end in order is no try


@pytest.mark.long
def test_a_run_goes_on_after_its_server_was_killed(tmp_path):
    with started(tmp_path / "data") as server, server.client() as client:
        body = {"token": server.link(), "name": "Ada", "password": PASSWORD}
        assert client.post("/api/sign-in/link", json=body).is_success
        run = start(client, toml=TINY)
        followed(client, run, lambda shown: shown["state"] == "running" and processes(tmp_path / "data"))
        server.stop(signal.SIGKILL)
        assert_nothing_runs(tmp_path / "data")
    with started(tmp_path / "data") as server, server.client() as client:
        sign_in(client, "Ada")
        assert followed(client, run)[0]["state"] == "done"


def test_a_run_that_ends_the_server_again_and_again_is_let_go(tmp_path):
    with open_at(tmp_path) as (house, browser):
        enter(house, browser, Role.ENGINEER, "Ada")
        run = start(browser, study="loop")
        browser.post(f"/api/studies/{run}/cancel")
        followed(browser, run)
        store = house.store
        store.runs.again(run, by="Ada")
        for _ in range(3):
            assert store.runs.next().id == run
            store.runs.take_up()
        shown = browser.get(f"/api/studies/{run}").json()
        assert (shown["state"], shown["reason"]) == ("interrupted", "The server ended 3 times while this ran.")
        assert shown["reason_ko"] == "실행하는 동안 서버가 3번 종료되었습니다."
        assert store.runs.next() is None


@pytest.mark.long
def test_a_run_that_takes_too_long_or_writes_too_much_is_ended_with_the_reason(tmp_path):
    said = {}
    limits = {"longest_s": {"longest_s": 0.2}, "run_bytes": {"run_bytes": 1}, "memory_share": {"memory_share": 1e-9}}
    for name, limit in limits.items():
        (tmp_path / name).mkdir()
        with open_at(tmp_path / name, RunLimits(look_every_s=0.02, patience_s=5.0, **limit)) as (house, browser):
            enter(house, browser, Role.ENGINEER, "Ada")
            ended, _ = followed(browser, start(browser, toml=TINY))
            assert ended["state"] == "failed"
            said[name] = ended["reason"]
            assert_nothing_runs(tmp_path / name)
    assert "took longer than" in said["longest_s"]
    assert "wrote more than" in said["run_bytes"]
    assert "of memory" in said["memory_share"]


def test_a_run_whose_process_is_killed_says_so(office):
    house, browser = office
    run = start(browser, study="loop")
    followed(browser, run, lambda shown: shown["state"] == "running" and processes(house.settings.static.parent))
    for process in processes(house.settings.static.parent):
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)
    ended, _ = followed(browser, run)
    assert ended["state"] == "failed"
    assert "SIGKILL" in ended["reason"]


def test_another_engineers_run_is_not_touched_but_by_an_administrator(office):
    house, browser = office
    run = start(browser, study="loop")
    for role, name in ((Role.ENGINEER, "Eve"), (Role.INSTRUCTOR, "Ivy")):
        other = house.person(role, name)
        sign_in(browser, other.name)
        shown = browser.get(f"/api/studies/{run}").json()
        assert (shown["who"], shown["mine"]) == ("Ada", False)
        for method, path in (("POST", "/cancel"), ("POST", "/again"), ("DELETE", "")):
            answer = browser.request(method, f"/api/studies/{run}{path}")
            assert (answer.status_code, answer.json()["error"]["code"]) == (403, "not_yours")
    enter(house, browser, Role.ADMINISTRATOR, "Root")
    assert browser.post(f"/api/studies/{run}/cancel").is_success
    followed(browser, run, lambda shown: shown["state"] == "cancelled")


@pytest.mark.long
def test_the_queue_has_an_end(tmp_path):
    with open_at(tmp_path, RunLimits(at_once=0, waiting_each=2, waiting=3, kept=4)) as (house, browser):
        enter(house, browser, Role.ENGINEER, "Ada")
        first, _ = (start(browser, study="loop") for _ in range(2))
        full = browser.post("/api/studies", json={"study": "loop"})
        assert (full.status_code, full.json()["error"]["message"]) == (409, "2 runs are waiting already.")
        enter(house, browser, Role.ENGINEER, "Eve")
        start(browser, study="loop")
        full = browser.post("/api/studies/bench", json=BENCH)
        assert (full.json()["error"]["code"], full.json()["error"]["message"]) == (
            "queue_full",
            "3 runs are waiting already.",
        )
        sign_in(browser, "Ada")
        browser.post(f"/api/studies/{first}/cancel")
        start(browser, study="loop")
        browser.post(f"/api/studies/{first}/cancel")
    with open_at(tmp_path, RunLimits(at_once=0, all_bytes=0)) as (_, browser):
        sign_in(browser, "Ada")
        assert browser.post("/api/studies", json={"study": "loop"}).json()["error"]["code"] == "no_room"


def test_what_a_crash_left_half_done_is_thrown_away(tmp_path):
    with open_at(tmp_path, RunLimits(at_once=0)) as (house, browser):
        enter(house, browser, Role.ENGINEER, "Ada")
        run = start(browser, study="loop")
        (tmp_path / "runs" / "half" / "out").mkdir(parents=True)
    with open_at(tmp_path, RunLimits(at_once=0)):
        assert [p.name for p in (tmp_path / "runs").iterdir()] == [run]


def test_the_time_of_a_run_is_told_in_utc(office):
    _, browser = office
    shown = browser.get(f"/api/studies/{start(browser, study='loop')}").json()
    assert datetime.datetime.fromisoformat(shown["made"]).utcoffset() == datetime.timedelta(0)


@pytest.mark.parametrize(
    "file", ["twinbed.db", "..%2f..%2ftwinbed.db", "%2e%2e", "running", "out", "..%5ctwinbed.db", "evidence.json%00.html", "out%2fevidence.json"]
)  # fmt: skip
def test_nothing_but_what_a_run_left_for_people_is_given(tmp_path, file):
    with open_at(tmp_path, RunLimits(at_once=0)) as (house, browser):
        enter(house, browser, Role.ENGINEER, "Ada")
        run = start(browser, study="loop")
        assert browser.get(f"/api/studies/{run}/study.toml").text.startswith("# A small study")
        for path in (
            f"/api/studies/{run}/{file}",
            f"/api/studies/..%2f{run}/{file}",
            f"/api/studies/{file}/study.toml",
        ):
            answer = browser.get(path)
            assert answer.status_code in (404, 422)
            assert json.loads(answer.text)["error"]
