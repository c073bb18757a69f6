"""Signing in and out: what works once, what ends, and what is not given away."""

import concurrent.futures
import statistics
import time
import unicodedata

import pytest

from tests.server.conftest import PASSWORD, house_at
from twinbed.server.passwords import Passwords
from twinbed.server.permissions import Role
from twinbed.server.store import embedded
from twinbed.server.store.sessions import Lifetimes

OTHER = "seven quiet rivers under glass"


def sign_in(browser, name, password=PASSWORD):
    return browser.post("/api/sign-in", json={"name": name, "password": password})


def plant(house, browser, token):
    browser.cookies.set(house.settings.cookie, token, domain="127.0.0.1", path="/")


def token_of(house, browser):
    return browser.cookies.get(house.settings.cookie)


def test_the_first_link_makes_an_administrator_once(house):
    assert house.store.people.nobody_keeps_people()
    token = house.store.invitations.first(3600.0)
    browser = house.browser()
    asked = browser.post("/api/sign-in/link", json={"token": token})
    assert (asked.status_code, asked.json()) == (
        200,
        {"needs": ["name", "password"], "role": "administrator", "name": None},
    )
    made = browser.post("/api/sign-in/link", json={"token": token, "name": "Ada", "password": PASSWORD})
    assert (made.status_code, made.json()["role"]) == (200, "administrator")
    assert browser.get("/api/me").json()["name"] == "Ada"
    assert not house.store.people.nobody_keeps_people()
    again = house.browser().post("/api/sign-in/link", json={"token": token, "name": "Eve", "password": PASSWORD})
    assert (again.status_code, again.json()["error"]["code"]) == (401, "link")


def test_a_new_first_link_ends_the_one_before(house):
    before, now = house.store.invitations.first(3600.0), house.store.invitations.first(3600.0)
    assert house.store.invitations.open(before) is None
    assert house.store.invitations.open(now).role == "administrator"


def test_an_invitation_ends_with_its_time(house):
    admin = house.signed_in("administrator")
    link = admin.post("/api/invitations", json={"role": "clinician", "expires_h": 2}).json()["link"]
    assert link.startswith("http://127.0.0.1:8321/#/sign-in/")
    body = {"token": link.rpartition("/")[2], "name": "Grace", "password": PASSWORD}
    house.clock.pass_s(2 * 3600.0 - 1.0)
    assert house.browser().post("/api/sign-in/link", json=body | {"password": None}).status_code == 200
    house.clock.pass_s(1.0)
    assert house.browser().post("/api/sign-in/link", json=body).status_code == 401
    assert [p.name for p in house.store.people.all()] == ["a administrator"]


def test_a_link_whose_name_is_taken_can_be_used_with_another(house):
    house.person(name="Ada")
    token = house.store.invitations.make(Role.VIEWER, 60.0, by="test")
    for name in ("ada", "ＡＤＡ", "twinbed", "Twinbed"):
        taken = house.browser().post("/api/sign-in/link", json={"token": token, "name": name, "password": PASSWORD})
        assert (taken.status_code, taken.json()["error"]["code"]) == (409, "taken")
    made = house.browser().post("/api/sign-in/link", json={"token": token, "name": "Eve", "password": PASSWORD})
    assert made.status_code == 200


@pytest.mark.parametrize("password", ["short", "aaaaaaaaaaaaaaa", "grace grace grace", "x" * 257])
def test_weak_passwords_are_refused_and_the_link_stays(house, password):
    token = house.store.invitations.make(Role.VIEWER, 60.0, by="test")
    body = {"token": token, "name": "Grace", "password": password}
    answer = house.browser().post("/api/sign-in/link", json=body)
    assert answer.status_code == 422
    assert house.store.invitations.open(token) is not None


def test_a_name_must_be_seen(house):
    token = house.store.invitations.make(Role.VIEWER, 60.0, by="test")
    for name in (
        "Ada\u3164",
        "\u115fAda",
        "A\ufe0fda",
        "\u2800",
        "",
        "   ",
        "a\u0000b",
        "a\u200bb",
        "a\nb",
        "x" * 65,
        "\u202eevil",
    ):
        answer = house.browser().post("/api/sign-in/link", json={"token": token, "name": name, "password": PASSWORD})
        assert (name, answer.status_code) == (name, 422)


def test_passwords_are_the_same_however_the_keyboard_composes_them(house):
    composed, decomposed = (unicodedata.normalize(form, "따뜻한 등불 아래 다섯 강") for form in ("NFC", "NFD"))
    assert composed != decomposed
    token = house.store.invitations.make(Role.VIEWER, 60.0, by="test")
    house.browser().post("/api/sign-in/link", json={"token": token, "name": "미정", "password": decomposed})
    assert sign_in(house.browser(), "미정", composed).status_code == 200


def test_a_session_that_was_there_before_is_not_the_one_after(house):
    attacker, victim = house.signed_in(name="Eve"), house.browser()
    planted = token_of(house, attacker)
    plant(house, victim, planted)
    house.person(name="Ada")
    sign_in(victim, "Ada")
    assert victim.get("/api/me").json()["name"] == "Ada"
    assert token_of(house, victim) != planted
    assert attacker.get("/api/me").status_code == 401  # what was planted ended

    unknown = house.browser()
    plant(house, unknown, "chosen-by-an-attacker")
    sign_in(unknown, "Ada")
    thief = house.browser()
    plant(house, thief, "chosen-by-an-attacker")
    assert thief.get("/api/me").status_code == 401


def test_a_session_ends_when_one_signs_out(house):
    browser = house.signed_in()
    token = token_of(house, browser)
    assert browser.post("/api/sign-out").status_code == 204
    assert token_of(house, browser) is None
    thief = house.browser()
    plant(house, thief, token)
    assert thief.get("/api/me").status_code == 401
    assert browser.post("/api/sign-out").status_code == 204


def test_a_session_ends_when_nobody_uses_it_and_after_a_week_in_any_case(house):
    browser = house.signed_in()
    for _ in range(14):
        house.clock.pass_s(12 * 3600.0 - 1.0)
        assert browser.get("/api/me").status_code == 200
    house.clock.pass_s(12 * 3600.0 - 1.0)
    assert browser.get("/api/me").status_code == 401
    idle = house.signed_in(name="Ada")
    house.clock.pass_s(12 * 3600.0)
    assert idle.get("/api/me").status_code == 401


def test_secrets_are_not_in_the_data_base(house, tmp_path):
    link = house.store.invitations.make(Role.VIEWER, 60.0, by="test")
    session = token_of(house, house.signed_in())
    house.store.close()
    content = b"".join(p.read_bytes() for p in tmp_path.glob("twinbed.db*"))
    assert b"a viewer" in content
    for secret in (link, session, PASSWORD):
        assert len(secret) >= 30
        assert secret.encode() not in content


def test_the_cookie_is_for_this_server_alone(house, tmp_path):
    house.person(name="Ada")
    plain = sign_in(house.browser(), "Ada").headers["set-cookie"].lower()
    assert plain.startswith("twinbed=")
    assert {"httponly", "samesite=strict", "path=/"} <= {part.strip() for part in plain.split(";")}
    assert "domain" not in plain
    with house_at(embedded(tmp_path / "b.db"), tmp_path, secure=True) as other:
        other.person(name="Ada")
        cookie = sign_in(other.browser(origin="https://localhost:8321"), "Ada").headers["set-cookie"]
        assert cookie.startswith("__Host-twinbed=")
        assert "secure" in cookie.lower()


def test_a_wrong_name_and_a_wrong_password_cannot_be_told_apart(house):
    house.person(name="Ada")
    closed = house.person(name="Gone")
    house.store.people.change(closed.id, by="test", active=False)
    house.store.people.make("Invited", Role.VIEWER, by="test")
    answers = [
        sign_in(house.browser(), "Ada", OTHER), sign_in(house.browser(), "Nobody"), sign_in(house.browser(), "Gone"),
        sign_in(house.browser(), "Invited"), sign_in(house.browser(), "Ada", ""), sign_in(house.browser(), "a\u0000b"),
    ]  # fmt: skip
    assert {a.status_code for a in answers} == {401}
    assert len({a.text for a in answers}) == 1


def test_an_unknown_name_takes_as_long_as_a_wrong_password(house):
    passwords = Passwords((3, 4096))
    kept = passwords.hash(PASSWORD)

    def took(what):
        begun = time.process_time()
        assert not passwords.fits(what, OTHER)
        return time.process_time() - begun

    known, unknown = (statistics.median(took(what) for _ in range(15)) for what in (kept, None))
    assert unknown > 0.5 * known


def test_guessing_is_slowed_by_name_and_address_and_a_right_password_forgives(house):
    house.person(name="Ada")
    browser = house.browser()
    for _ in range(4):
        assert sign_in(browser, "Ada", OTHER).status_code == 401
    assert sign_in(browser, "Ada").status_code == 200
    for _ in range(5):
        assert sign_in(browser, "ADA", OTHER).status_code == 401
    refused = sign_in(browser, "Ada")
    assert (refused.status_code, refused.json()["error"]["code"]) == (429, "too_often")
    assert refused.headers["retry-after"] == "60"
    elsewhere = house.browser(client=("192.0.2.7", 1))
    assert sign_in(elsewhere, "Ada").status_code == 200
    house.clock.pass_s(60.0)
    assert sign_in(browser, "Ada").status_code == 200


def test_guessing_many_names_is_slowed_by_address_and_many_addresses_by_name(house):
    house.person(name="Ada")
    browser = house.browser()
    assert [sign_in(browser, f"name {i}").status_code for i in range(31)] == [401] * 30 + [429]
    assert sign_in(house.browser(client=("2001:db8::1", 1)), "Ada").status_code == 200
    codes = [sign_in(house.browser(client=(f"198.51.{i}.1", 1)), "Ada", OTHER).status_code for i in range(61)]
    assert codes == [401] * 60 + [429]


def test_guesses_that_come_all_at_once_are_no_more_than_the_limit(house):
    house.person(name="Ada")
    with concurrent.futures.ThreadPoolExecutor(12) as pool:
        codes = list(pool.map(lambda _: sign_in(house.browser(), "Ada", OTHER).status_code, range(12)))
    assert sorted(codes) == [401] * 5 + [429] * 7


def test_guessing_links_is_slowed(house):
    browser = house.browser()
    guess = lambda i: browser.post("/api/sign-in/link", json={"token": f"{i:043d}"}).status_code
    assert [guess(i) for i in range(31)] == [401] * 30 + [429]


def test_a_changed_password_ends_all_sessions_but_this_one(house):
    here = house.signed_in(name="Ada")
    there = house.browser()
    sign_in(there, "Ada")
    ada = house.store.people.all()[0]
    link = house.store.invitations.make(Role.VIEWER, 3600.0, by="test", person=ada)
    wrong = here.post("/api/me/password", json={"password": OTHER, "new_password": OTHER})
    assert (wrong.status_code, wrong.json()["error"]["code"]) == (403, "wrong")
    assert here.post("/api/me/password", json={"password": PASSWORD, "new_password": OTHER}).status_code == 200
    assert here.get("/api/me").status_code == 200
    assert house.store.invitations.open(link) is None
    assert there.get("/api/me").status_code == 401
    assert sign_in(house.browser(), "Ada").status_code == 401
    assert sign_in(house.browser(), "Ada", OTHER).status_code == 200


def test_a_link_for_a_person_sets_a_new_password_and_ends_the_sessions(house):
    admin, ada = house.signed_in("administrator"), house.signed_in(name="Ada")
    id = ada.get("/api/me").json()["id"]
    token = admin.post(f"/api/people/{id}/link").json()["link"].rpartition("/")[2]
    asked = house.browser().post("/api/sign-in/link", json={"token": token}).json()
    assert asked == {"needs": ["password"], "role": "viewer", "name": "Ada"}
    used = house.browser().post("/api/sign-in/link", json={"token": token, "name": "Eve", "password": OTHER})
    assert (used.status_code, used.json()["name"]) == (200, "Ada")
    assert ada.get("/api/me").status_code == 401
    assert sign_in(house.browser(), "Ada", OTHER).status_code == 200


def test_only_the_last_link_to_an_account_works_and_none_after_a_password_was_set(house):
    admin, ada = house.signed_in("administrator"), house.signed_in(name="Ada")
    id = ada.get("/api/me").json()["id"]
    link = lambda: admin.post(f"/api/people/{id}/link").json()["link"].rpartition("/")[2]
    use = lambda token, password: house.browser().post("/api/sign-in/link", json={"token": token, "password": password})
    first, second = link(), link()
    assert use(first, OTHER).status_code == 401
    assert use(second, OTHER).status_code == 200
    assert use(first, "a thief has the first link").status_code == 401
    assert sign_in(house.browser(), "Ada", OTHER).status_code == 200


def test_who_signs_in_by_a_link_leaves_no_session_of_before_in_the_browser(house):
    browser = house.signed_in(name="Eve")
    before = browser.cookies.get(house.settings.cookie)
    token = house.store.invitations.make(Role.VIEWER, 60.0, by="test")
    used = browser.post("/api/sign-in/link", json={"token": token, "name": "Bo", "password": OTHER})
    assert used.status_code == 200
    other = house.browser()
    other.cookies.set(house.settings.cookie, before)
    assert other.get("/api/me").status_code == 401


def test_a_name_of_a_letter_or_two_forbids_no_password_and_a_longer_one_does(house):
    for name, password, status in (("A", OTHER, 200), ("Lantern", "a cellar full of warm lanterns", 422)):
        token = house.store.invitations.make(Role.VIEWER, 60.0, by="test")
        answer = house.browser().post("/api/sign-in/link", json={"token": token, "name": name, "password": password})
        assert answer.status_code == status


def test_who_only_looks_whether_a_session_lives_does_not_keep_it_alive(house):
    browser = house.signed_in(name="Ada")
    token, lifetimes = browser.cookies.get(house.settings.cookie), Lifetimes()
    for _ in range(13):
        house.clock.pass_s(3600.0)
        alive = house.store.sessions.living([token, "another"], lifetimes)
        assert alive <= {token}
    assert not alive


def test_of_many_sessions_those_are_told_that_have_not_ended(house):
    browsers = [house.signed_in(name=name) for name in ("Ada", "Bo", "Cy")]
    tokens = [browser.cookies.get(house.settings.cookie) for browser in browsers]
    living = lambda: house.store.sessions.living([*tokens, "nobody's"], Lifetimes())
    assert living() == set(tokens)
    browsers[1].post("/api/sign-out")
    assert living() == {tokens[0], tokens[2]}


def test_language_and_theme_are_kept(house):
    browser = house.signed_in(name="Ada")
    assert browser.patch("/api/me", json={"language": "ko"}).json()["language"] == "ko"
    assert browser.patch("/api/me", json={"theme": "light"}).json()["theme"] == "light"
    kept = browser.get("/api/me").json()
    assert (kept["language"], kept["theme"]) == ("ko", "light")
    assert browser.patch("/api/me", json={"theme": "<script>"}).status_code == 422


def test_an_old_hash_is_made_anew(house, tmp_path):
    house.person(name="Ada")
    before = house.store.people.credentials("Ada")[1]
    house.app.state.context.passwords.__init__((2, 16))
    assert sign_in(house.browser(), "Ada").status_code == 200
    after = house.store.people.credentials("Ada")[1]
    assert "m=8,t=1" in before
    assert "m=16,t=2" in after
    assert sign_in(house.browser(), "Ada").status_code == 200
