"""Accounts, as administrators keep them."""

import concurrent.futures

import pytest

from tests.server.conftest import PASSWORD, house_at
from twinbed.server.errors import Refused
from twinbed.server.permissions import Role
from twinbed.server.store import open_store


def test_an_administrator_makes_an_account_whose_person_sets_the_password(house):
    admin = house.signed_in("administrator", "Ada")
    made = admin.post("/api/people", json={"name": "Grace", "role": "engineer"})
    assert made.status_code == 201
    token = made.json()["link"].rpartition("/")[2]
    grace = house.browser()
    assert grace.post("/api/sign-in/link", json={"token": token, "password": PASSWORD}).json()["role"] == "engineer"
    listed = {p["name"]: p for p in admin.get("/api/people").json()}
    assert set(listed) == {"Ada", "Grace"}
    assert set(listed["Grace"]) == {"id", "name", "role", "active", "last_seen"}
    assert listed["Grace"]["last_seen"] == "2026-03-01T08:30:00Z"
    again = admin.post("/api/people", json={"name": "grace", "role": "engineer"})
    assert (again.status_code, again.json()["error"]["code"]) == (409, "taken")


def test_a_changed_role_holds_at_once(house):
    admin, other = house.signed_in("administrator", "Ada"), house.signed_in("administrator", "Grace")
    id = other.get("/api/me").json()["id"]
    assert other.get("/api/people").status_code == 200
    assert admin.patch(f"/api/people/{id}", json={"role": "viewer"}).json()["role"] == "viewer"
    assert other.get("/api/people").status_code == 403


def test_a_closed_account_is_signed_out_everywhere_and_its_links_end(house):
    admin, other = house.signed_in("administrator", "Ada"), house.signed_in(name="Grace")
    id = other.get("/api/me").json()["id"]
    token = admin.post(f"/api/people/{id}/link").json()["link"].rpartition("/")[2]
    assert not admin.patch(f"/api/people/{id}", json={"active": False}).json()["active"]
    assert other.get("/api/me").status_code == 401
    sign_in = lambda: house.browser().post("/api/sign-in", json={"name": "Grace", "password": PASSWORD}).status_code
    assert sign_in() == 401
    assert house.browser().post("/api/sign-in/link", json={"token": token, "password": PASSWORD}).status_code == 401
    assert admin.post(f"/api/people/{id}/link").status_code == 409
    admin.patch(f"/api/people/{id}", json={"active": True})
    assert sign_in() == 200
    assert other.get("/api/me").status_code == 401  # the old session stays ended


def test_links_that_wait_are_listed_without_their_secrets_and_can_be_withdrawn(house):
    admin = house.signed_in("administrator", "Ada")
    grace = admin.post("/api/people", json={"name": "Grace", "role": "clinician"}).json()
    links = [admin.post("/api/invitations", json={"role": "viewer", "expires_h": h}).json()["link"] for h in (1, 2)]
    listed = admin.get("/api/invitations").json()
    assert [(row["role"], row["name"], row["made_by"]) for row in listed] == [
        ("viewer", None, "Ada"), ("viewer", None, "Ada"), ("clinician", "Grace", "Ada")
    ]  # fmt: skip
    assert len({row["id"] for row in listed}) == 3
    secrets = [link.rpartition("/")[2] for link in (*links, grace["link"])]
    assert not any(secret in str(listed) for secret in secrets)
    assert all(row["made_at"].endswith("Z") for row in listed), "with its time zone"
    first, last = listed[0]["id"], listed[2]["id"]
    assert admin.delete(f"/api/invitations/{first}").status_code == 204
    assert admin.delete(f"/api/invitations/{last}").status_code == 204
    for id in (first, "0" * 16):
        assert admin.delete(f"/api/invitations/{id}").status_code == 404
    assert [row["id"] for row in admin.get("/api/invitations").json()] == [listed[1]["id"]]
    ask = lambda secret: house.browser().post("/api/sign-in/link", json={"token": secret}).status_code
    assert [ask(secret) for secret in secrets] == [401, 200, 401]
    said = [(row["what"], row["detail"]) for row in admin.get("/api/audit").json()]
    assert said[-2:] == [
        ("link withdrawn", {"role": "viewer"}),
        ("link withdrawn", {"role": "clinician", "name": "Grace"}),
    ]


def test_a_link_that_was_used_or_is_over_waits_no_more(house):
    admin = house.signed_in("administrator", "Ada")
    used = admin.post("/api/invitations", json={"role": "viewer"}).json()["link"].rpartition("/")[2]
    house.store.invitations.make(Role.VIEWER, -1.0, by="Ada")
    made = house.browser().post("/api/sign-in/link", json={"token": used, "name": "Grace", "password": PASSWORD})
    assert made.is_success
    assert admin.get("/api/invitations").json() == []


@pytest.mark.parametrize("change", [{"role": "viewer"}, {"active": False}])
def test_who_was_an_administrator_has_no_way_back_by_a_link_made_before(house, change):
    admin, other = house.signed_in("administrator", "Ada"), house.signed_in("administrator", "Eve")
    link = other.post("/api/invitations", json={"role": "administrator"}).json()["link"]
    kept = admin.post("/api/invitations", json={"role": "viewer"}).json()["link"]
    admin.patch(f"/api/people/{other.get('/api/me').json()['id']}", json=change)
    ask = lambda link: house.browser().post("/api/sign-in/link", json={"token": link.rpartition("/")[2]}).status_code
    assert (ask(link), ask(kept)) == (401, 200)


@pytest.mark.parametrize("change", [{"role": "instructor"}, {"active": False}])
def test_the_last_administrator_stays(house, change):
    admin = house.signed_in("administrator", "Ada")
    house.store.people.make("Never came", Role.ADMINISTRATOR, by="test")  # has no password: cannot take over
    id = admin.get("/api/me").json()["id"]
    answer = admin.patch(f"/api/people/{id}", json=change)
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "last_administrator")
    assert admin.get("/api/people").status_code == 200


def test_two_administrators_cannot_close_each_other_at_the_same_time(url, tmp_path):
    with house_at(url, tmp_path) as house:
        for round in range(4):
            pair = [house.person("administrator", f"{name} {round}") for name in ("Ada", "Grace")]
            for other in house.store.people.all():
                if other.id not in {p.id for p in pair} and other.active:
                    house.store.people.change(other.id, by="test", active=False)

            def close(person):
                try:
                    house.store.people.change(person.id, by="test", active=False)
                except Refused as refused:
                    return refused.code
                return "closed"

            with concurrent.futures.ThreadPoolExecutor(2) as pool:
                assert sorted(pool.map(close, pair)) == ["closed", "last_administrator"]


def test_a_link_is_used_once_even_by_two_at_the_same_time(url, tmp_path):
    with house_at(url, tmp_path) as house:
        lifetimes = house.app.state.context.lifetimes
        for round in range(4):
            token = house.store.invitations.make(Role.VIEWER, 60.0, by="test")
            use = lambda name, token=token: house.store.invitations.use(token, name, "kept", lifetimes)
            with concurrent.futures.ThreadPoolExecutor(3) as pool:
                used = list(pool.map(use, [f"{round} {i}" for i in range(3)]))
            assert sum(u is not None for u in used) == 1
        assert len(house.store.people.all()) == 4


def test_nobody_of_a_number_is_said(house):
    admin = house.signed_in("administrator")
    for answer in (admin.patch("/api/people/999", json={"active": True}), admin.post("/api/people/999/link")):
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")


def test_accounts_and_sessions_are_on_either_data_base(url, tmp_path):
    with house_at(url, tmp_path) as house:
        browser = house.signed_in("administrator", "아다")
        cookie = browser.cookies.get(house.settings.cookie)
        assert browser.get("/api/people").json()[0]["name"] == "아다"
        assert browser.get("/api/audit/check").json()["ok"]
        house.clock.pass_s(90.0)
        browser.get("/api/me")
        assert browser.get("/api/people").json()[0]["last_seen"] == "2026-03-01T08:31:30Z"
    with open_store(url, house.clock) as store:
        assert store.sessions.person(cookie, house.app.state.context.lifetimes).name == "아다"


def test_what_is_not_permitted_is_in_the_audit(house):
    viewer = house.signed_in("viewer", "Vi")
    assert viewer.post("/api/beds/abc/requests", json={"control": "propofol_rate", "value": 1}).status_code == 403
    assert viewer.delete("/api/beds/abc").status_code == 403
    rows = [(r.who, r.what, r.detail) for r in house.store.audit.records()][-2:]
    assert rows == [
        ("Vi", "not allowed", {"act": "give drugs, set devices and alarms, act on the person"}),
        ("Vi", "not allowed", {"act": "remove beds"}),
    ]


def test_who_asks_again_and_again_for_what_is_not_allowed_does_not_fill_the_audit(house):
    browser = house.signed_in(Role.VIEWER, "Vi")
    own = lambda: [r.detail for r in house.store.audit.records(0, 1000) if r.what == "not allowed"]
    for _ in range(120):
        assert browser.get("/api/people").status_code == 403
    act = {"act": "see, invite and change people"}
    assert own() == [act, act | {"times": 10}, act | {"times": 100}]
    house.clock.pass_s(301.0)
    assert browser.get("/api/people").status_code == 403
    assert own()[3:] == [act], "after some rest it is told anew"
    assert house.store.audit.check().ok
