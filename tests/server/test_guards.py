"""What every request passes: who asked it, how large it is, how often, and what an accident tells."""

import json

import pytest
from fastapi import APIRouter
from starlette.testclient import TestClient, WebSocketDenialResponse
from starlette.websockets import WebSocketDisconnect

from tests.server.conftest import CHEAP, ORIGIN, PASSWORD, house_at
from twinbed.server.app import make_app
from twinbed.server.guards import address
from twinbed.server.routes import ROUTERS
from twinbed.server.settings import Settings
from twinbed.server.store import embedded

LIVE = ORIGIN.replace("http", "ws") + "/api/live"
GUARDED = {"X-Twinbed": "1", "Origin": ORIGIN}


def bare(house, **headers):
    """A program that sends no more than it is told."""
    client = TestClient(house.app, base_url=ORIGIN)
    client.headers.update({name.replace("_", "-"): value for name, value in headers.items()})
    return client


def code(answer):
    return answer.status_code, answer.json()["error"]["code"]


def test_a_foreign_page_cannot_change_anything_with_the_cookie_of_a_person(house):
    admin = house.signed_in("administrator")
    admin.headers.pop("X-Twinbed")
    body = {"role": "administrator", "expires_h": 1}
    assert code(admin.post("/api/invitations", json=body)) == (403, "header")
    admin.headers["X-Twinbed"] = "1"
    foreign = (
        "http://evil.example", "null", "", "http://127.0.0.1", "http://127.0.0.1:8322", "https://127.0.0.1:8321",
        "http://127.0.0.1:8321.evil.example", "http://127.0.0.1:8321@evil.example", "http://localhost:8321",
    )  # fmt: skip
    for origin in foreign:
        assert code(admin.post("/api/invitations", json=body, headers={"Origin": origin})) == (403, "origin")
    del admin.headers["Origin"]
    assert code(admin.post("/api/invitations", json=body)) == (403, "origin")
    assert [r.what for r in house.store.audit.records()].count("link made") == 1  # that of the fixture
    assert admin.post("/api/invitations", json=body, headers=GUARDED).status_code == 201


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "FROB"])
def test_whatever_is_no_reading_is_guarded_before_anything_else(house, method):
    assert code(bare(house).request(method, "/api/sign-in", content=b"{")) == (403, "header")
    assert code(bare(house).request(method, "/anything")) == (403, "header")


@pytest.mark.parametrize(
    ("host", "known"),
    [
        ("127.0.0.1:8321", True), ("[::1]:8321", True), ("192.168.0.7", True), ("localhost:1", True),
        ("LOCALHOST", True), ("ward.example", True), ("proxy.example", True), ("evil.example", False),
        ("127.0.0.1.evil.example", False), ("ward.example.evil.example", False), ("", False), ("[", False),
        ("localhost:x", False), ("evil.example@localhost", True), ("localhost@evil.example", False),
    ],
)  # fmt: skip
def test_a_name_that_is_not_this_servers_is_refused(tmp_path, host, known):
    kept = {"names": frozenset({"ward.example"}), "origins": frozenset({"https://proxy.example"})}
    with house_at(embedded(tmp_path / "a.db"), tmp_path, **kept) as house:
        answer = bare(house, Host=host).get("/api/me")
        assert answer.status_code == (401 if known else 421)


def test_a_page_that_comes_through_a_proxy_may_change_things(tmp_path):
    with house_at(embedded(tmp_path / "a.db"), tmp_path, origins=frozenset({"https://proxy.example"})) as house:
        house.person(name="Ada")
        browser = bare(house, Host="proxy.example", Origin="https://proxy.example", X_Twinbed="1")
        assert browser.post("/api/sign-in", json={"name": "Ada", "password": PASSWORD}).status_code == 200


@pytest.mark.parametrize("chunked", [False, True])
@pytest.mark.parametrize("excess", [0, 1, 100_000])
def test_bodies_have_a_largest_size_whether_they_say_it_or_not(house, chunked, excess):
    filler = {"name": "Ada", "password": PASSWORD, "x": ""}
    room = house.settings.body_bytes - len(json.dumps(filler)) + excess
    content = json.dumps(filler | {"x": "x" * room}).encode()
    assert len(content) == house.settings.body_bytes + excess
    pieces = (content[i : i + 5000] for i in range(0, len(content), 5000)) if chunked else content
    answer = house.browser().post("/api/sign-in", content=pieces, headers={"Content-Type": "application/json"})
    assert code(answer) == ((413, "too_large") if excess else (422, "invalid"))


def test_a_length_that_is_none_is_refused(house):
    for length in ("-1", "1e3", "999999999999999999999999999", "٣"):
        answer = house.browser().get("/api/me", headers={"Content-Length": length.encode()})
        assert code(answer) == (413, "too_large")


@pytest.mark.parametrize(
    "content",
    [
        b"", b"{", b"null", b"[]", b"1", b'"x"', b"\xff\xfe", b"[" * 100_000, b'{"name": ' * 20_000, b"1" * 5000,
        b'{"name": NaN, "password": Infinity}', b'{"name": "\\ud800", "password": "x"}',
        b'{"name": {"$gt": ""}, "password": {"$gt": ""}}', b'{"name": "a", "password": "b", "role": "administrator"}',
        b'{"name": "a", "name": "b"}', b'{"name": "' + b"x" * 65 + b'", "password": ""}',
    ],
)  # fmt: skip
@pytest.mark.parametrize("kind", ["application/json", "text/plain", "application/x-www-form-urlencoded", ""])
def test_broken_bodies_are_answered_with_what_is_wrong(house, content, kind):
    answer = house.browser().post("/api/sign-in", content=content, headers={"Content-Type": kind})
    assert answer.status_code in (401, 422)
    assert set(answer.json()["error"]) == {"code", "message", "advice", "message_ko", "advice_ko"}
    assert "Traceback" not in answer.text


def test_every_answer_has_strict_headers_and_a_number(house):
    browser = house.browser()
    answers = [browser.get("/api/me"), browser.get("/"), browser.get("/api/none"), browser.post("/api/sign-in")]
    assert [a.status_code for a in answers] == [401, 503, 404, 422]
    for answer in answers:
        policy = answer.headers["content-security-policy"]
        assert "default-src 'self'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["x-frame-options"] == "DENY"
        assert "access-control-allow-origin" not in answer.headers
    assert len({a.headers["x-request-id"] for a in answers}) == 4
    assert browser.get("/api/me").headers["cache-control"] == "no-store"


def test_an_accident_tells_a_number_and_nothing_else(house, caplog):
    router = APIRouter()

    @router.get("/api/accident")
    def accident():
        raise RuntimeError("the secret of the house")

    app = make_app(house.store, Settings(static=house.settings.static, password_cost=CHEAP), routers=(*ROUTERS, router))
    answer = TestClient(app, base_url=ORIGIN).get("/api/accident")
    assert code(answer) == (500, "accident")
    assert "secret" not in answer.text
    assert answer.headers["x-request-id"] in answer.json()["error"]["advice"]
    assert "the secret of the house" in caplog.text
    assert answer.headers["x-request-id"] in caplog.text


def test_a_data_base_that_fails_is_told_apart_and_not_in_words(house, caplog):
    browser = house.signed_in()
    with house.store.database.writing() as session:
        session.connection().exec_driver_sql("ALTER TABLE sessions RENAME TO lost")
    answer = browser.get("/api/me")
    assert code(answer) == (503, "store")
    assert "sessions" not in answer.text
    assert "sessions" in caplog.text


def test_one_address_that_asks_too_often_waits(tmp_path):
    with house_at(embedded(tmp_path / "a.db"), tmp_path, requests_per_10_s=20) as house:
        browser = house.browser()
        codes = [browser.get("/api/me").status_code for _ in range(22)]
        assert codes == [401] * 20 + [429] * 2
        assert house.browser(client=("192.0.2.1", 1)).get("/api/me").status_code == 401


def test_what_is_not_there_and_what_cannot_be_done_are_told_apart(house):
    browser = house.browser()
    assert code(browser.get("/api/nothing")) == (404, "not_found")
    assert code(browser.get("/api/people/")) == (404, "not_found")
    wrong = browser.delete("/api/me")
    assert code(wrong) == (405, "method_not_allowed")
    assert set(wrong.headers["allow"].replace(" ", "").split(",")) >= {"GET"}


@pytest.mark.parametrize(
    ("client", "said", "who"),
    [
        ("127.0.0.1", "198.51.100.7", "198.51.100.7"),
        ("127.0.0.1", "203.0.113.1, 198.51.100.7", "198.51.100.7"),  # the first one anybody may have written
        ("127.0.0.1", "198.51.100.7, 10.1.2.3", "198.51.100.7"),
        ("127.0.0.1", "198.51.100.7, nonsense", "127.0.0.1"),
        ("127.0.0.1", "", "127.0.0.1"),
        ("192.0.2.9", "198.51.100.7", "192.0.2.9"),  # no proxy of ours
    ],
)
def test_behind_a_trusted_proxy_people_are_told_apart(client, said, who):
    settings = Settings(trusted_proxies=frozenset({"127.0.0.1/32", "10.0.0.0/8"}))
    headers = [(b"x-forwarded-for", said.encode())] if said else []
    scope = {"type": "http", "client": (client, 5), "headers": headers}
    assert address(scope, settings) == who
    assert address(scope, Settings()) == client


def test_sockets_are_counted_as_requests_are(tmp_path):
    with house_at(embedded(tmp_path / "t.db"), tmp_path, requests_per_10_s=5) as house:
        browser = house.browser()
        codes = []
        for _ in range(7):
            with pytest.raises((WebSocketDisconnect, WebSocketDenialResponse)) as closed:
                browser.websocket_connect(LIVE, headers={"Origin": ORIGIN}).__enter__().receive_json()
            codes.append(getattr(closed.value, "status_code", None) or closed.value.code)
    assert codes == [4401] * 5 + [429] * 2
