"""Every route of the interface, for nobody, each role, and with the session of somebody else."""

import re

import pytest

from tests.server.conftest import ORIGIN
from twinbed.server.permissions import CONTROLS, LOWEST, Act, Role, may, roles, with_article

FIRST_ROLE = {
    ("POST", "/api/sign-in"): None,
    ("POST", "/api/sign-in/link"): None,
    ("POST", "/api/sign-out"): None,
    ("GET", "/api/me"): Role.VIEWER,
    ("PATCH", "/api/me"): Role.VIEWER,
    ("POST", "/api/me/password"): Role.VIEWER,
    ("GET", "/api/people"): Role.ADMINISTRATOR,
    ("POST", "/api/people"): Role.ADMINISTRATOR,
    ("PATCH", "/api/people/{id}"): Role.ADMINISTRATOR,
    ("POST", "/api/people/{id}/link"): Role.ADMINISTRATOR,
    ("POST", "/api/invitations"): Role.ADMINISTRATOR,
    ("GET", "/api/invitations"): Role.ADMINISTRATOR,
    ("DELETE", "/api/invitations/{id}"): Role.ADMINISTRATOR,
    ("GET", "/api/audit"): Role.ADMINISTRATOR,
    ("GET", "/api/audit/check"): Role.ADMINISTRATOR,
    ("GET", "/api/catalogue"): Role.VIEWER,
    ("GET", "/api/ward"): Role.VIEWER,
    ("GET", "/api/beds"): Role.VIEWER,
    ("POST", "/api/beds"): Role.INSTRUCTOR,
    ("GET", "/api/beds/{bed}"): Role.VIEWER,
    ("DELETE", "/api/beds/{bed}"): Role.ADMINISTRATOR,
    ("POST", "/api/beds/{bed}/requests"): Role.CLINICIAN,
    ("POST", "/api/beds/{bed}/clock"): Role.CLINICIAN,
    ("POST", "/api/beds/{bed}/rewind"): Role.INSTRUCTOR,
    ("GET", "/api/beds/{bed}/log"): Role.VIEWER,
    ("GET", "/api/beds/{bed}/drugs"): Role.VIEWER,
    ("GET", "/api/beds/{bed}/twins"): Role.VIEWER,
    ("GET", "/api/beds/{bed}/trends"): Role.VIEWER,
    ("GET", "/api/beds/{bed}/waves"): Role.VIEWER,
    ("GET", "/api/beds/{bed}/moment"): Role.VIEWER,
    ("GET", "/api/beds/{bed}/recording.parquet"): Role.VIEWER,
    ("GET", "/api/beds/{bed}/replay.html"): Role.VIEWER,
    ("GET", "/api/beds/{bed}/session.json"): Role.INSTRUCTOR,
    ("POST", "/api/beds/{bed}/forks"): Role.CLINICIAN,
    ("GET", "/api/beds/{bed}/forks"): Role.VIEWER,
    ("GET", "/api/beds/{bed}/forks/{fork}"): Role.VIEWER,
    ("DELETE", "/api/beds/{bed}/forks/{fork}"): Role.CLINICIAN,
    ("GET", "/api/studies"): Role.VIEWER,
    ("GET", "/api/studies/offered"): Role.VIEWER,
    ("GET", "/api/studies/protocol"): Role.VIEWER,
    ("POST", "/api/studies"): Role.ENGINEER,
    ("POST", "/api/studies/bench"): Role.ENGINEER,
    ("GET", "/api/studies/{run}"): Role.VIEWER,
    ("GET", "/api/studies/{run}/log"): Role.VIEWER,
    ("GET", "/api/studies/{run}/{file}"): Role.VIEWER,
    ("POST", "/api/studies/{run}/cancel"): Role.ENGINEER,
    ("POST", "/api/studies/{run}/again"): Role.ENGINEER,
    ("DELETE", "/api/studies/{run}"): Role.ENGINEER,
    ("GET", "/api/registry"): Role.VIEWER,
    ("GET", "/api/registry/card"): Role.VIEWER,
    ("GET", "/api/twins"): Role.VIEWER,
    ("GET", "/api/twins/{twin}"): Role.VIEWER,
    ("GET", "/api/twins/{twin}/report.html"): Role.VIEWER,
}
"""The first role that may use a route; None where nobody needs to be signed in. Written by hand, from decision 0010."""

BODIES = {
    ("PATCH", "/api/me"): {"language": "en"},
    ("POST", "/api/people"): {"name": "Grace", "role": "viewer"},
    ("PATCH", "/api/people/{id}"): {"role": "viewer"},
    ("POST", "/api/invitations"): {"role": "viewer", "expires_h": 1},
    ("POST", "/api/beds"): {"template": "anaesthesia"},
    ("POST", "/api/beds/{bed}/requests"): {"control": "propofol_rate", "value": 1},
    ("POST", "/api/beds/{bed}/clock"): {"do": "pause"},
    ("POST", "/api/beds/{bed}/rewind"): {"t_s": 0},
    ("POST", "/api/beds/{bed}/forks"): {"at_s": 0},
    ("POST", "/api/studies"): {"study": "loop"},
    ("POST", "/api/studies/bench"): {"protocol": "alarms/visual_signals", "device": "good"},
}
SIGNED_IN = [route for route, role in FIRST_ROLE.items() if role is not None]


def described(house):
    paths = house.app.openapi()["paths"]
    return {(method.upper(), path) for path, methods in paths.items() for method in methods}


def call(browser, route, number=1, **headers):
    method, path = route
    return browser.request(method, re.sub(r"{\w+}", str(number), path), json=BODIES.get(route), headers=headers)


def test_every_route_is_in_the_table(house):
    assert described(house) == set(FIRST_ROLE)


def test_every_answer_of_every_route_is_described(house):
    for path, methods in house.app.openapi()["paths"].items():
        for method, operation in methods.items():
            needs = {"401", "403"} if FIRST_ROLE[(method.upper(), path)] not in (None, Role.VIEWER) else set()
            takes = "requestBody" in operation or any(p["in"] != "header" for p in operation.get("parameters", ()))
            needs |= {"422"} if takes else set()
            needs |= {"403"} if method != "get" else set()
            assert needs <= set(operation["responses"]), (method, path)
            for status, answer in operation["responses"].items():
                if int(status) >= 400:
                    assert answer["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/Answer"}


def test_what_every_request_carries_is_described(house):
    said = house.app.openapi()
    assert said["components"]["securitySchemes"]["session"]["name"] == house.settings.cookie
    for path, methods in said["paths"].items():
        for method, operation in methods.items():
            nobody = FIRST_ROLE[method.upper(), path] is None
            assert operation["security"] == ([] if nobody else [{"session": []}])
            headers = [p["name"] for p in operation.get("parameters", ()) if p["in"] == "header"]
            assert headers == ([] if method == "get" else ["X-Twinbed", "Origin"]), (method, path)


def test_every_answer_in_json_has_a_form(house):
    def named(schema):
        inner = schema.get("items") or schema.get("additionalProperties")
        return "$ref" in schema or schema.get("type") == "string" or (isinstance(inner, dict) and named(inner))

    for path, methods in house.app.openapi()["paths"].items():
        for operation in methods.values():
            for answer in operation["responses"].values():
                schema = answer.get("content", {}).get("application/json", {}).get("schema")
                assert schema is None or any(map(named, schema.get("anyOf", [schema]))), (path, schema)


def test_a_role_has_its_article():
    assert [with_article(role) for role in (Role.ENGINEER, Role.CLINICIAN, Role.ADMINISTRATOR)] == [
        "an engineer",
        "a clinician",
        "an administrator",
    ]


def test_nobody_gets_nothing(house):
    house.person(Role.ADMINISTRATOR)
    answers = {route: call(house.browser(), route) for route in SIGNED_IN}
    said = {route: (a.status_code, a.json()["error"]["code"]) for route, a in answers.items()}
    assert said == dict.fromkeys(SIGNED_IN, (401, "not_signed_in"))


@pytest.mark.parametrize("role", Role)
def test_each_role_gets_what_the_table_says(house, role):
    browser, other = house.signed_in(role), house.person(Role.VIEWER, "Another")
    for route in SIGNED_IN:
        answer = call(browser, route, other.id)
        refused = answer.status_code >= 400 and (answer.status_code, answer.json()["error"]["code"]) == (
            403,
            "not_allowed",
        )
        allowed = list(Role).index(role) >= list(Role).index(FIRST_ROLE[route])
        assert refused is not allowed, route
        assert answer.status_code != 401, route


@pytest.mark.long
def test_made_up_and_ended_secrets_open_nothing(house):
    admin = house.signed_in(Role.ADMINISTRATOR)
    ended = admin.cookies.get(house.settings.cookie)
    admin.post("/api/sign-out")
    link = house.store.invitations.make(Role.ADMINISTRATOR, 60.0, by="test")
    with house.store.database.reading() as session:
        kept = session.connection().exec_driver_sql("SELECT token FROM invitations WHERE used_at IS NULL").scalar()
    assert len(kept) == 64
    thief = house.browser()
    for secret in (ended, link, kept, "", "x", "../../etc/passwd", "' OR 1=1 --", "\u00ff", "0" * 5000):
        for route in SIGNED_IN:
            cookie = f"{house.settings.cookie}={secret}".encode("latin-1")
            assert call(thief, route, Cookie=cookie).status_code == 401


def test_the_session_of_one_person_does_what_that_person_may_and_no_more(house):
    viewer, admin = house.signed_in(Role.VIEWER, "Eve"), house.signed_in(Role.ADMINISTRATOR, "Ada")
    both = house.browser()
    cookie = house.settings.cookie
    both.headers["Cookie"] = f"{cookie}={viewer.cookies.get(cookie)}"
    assert both.get("/api/audit").status_code == 403
    both.headers["Authorization"] = f"Bearer {admin.cookies.get(cookie)}"
    assert both.get(f"/api/audit?token={admin.cookies.get(cookie)}").status_code == 403


def test_no_method_in_disguise_passes(house):
    viewer = house.signed_in(Role.VIEWER)
    for header in ("X-HTTP-Method-Override", "X-Method-Override"):
        assert viewer.post("/api/me/password", headers={header: "GET"}).status_code == 422
    assert viewer.get("/api//people").status_code == 404
    assert viewer.get("/api/%70eople").status_code == 403
    assert viewer.get("/api/people%00").status_code == 404
    assert viewer.head("/api/people").status_code == 405


def test_who_may_what_is_written_for_every_act_and_group():
    assert set(LOWEST) == set(Act)
    assert set(CONTROLS) == {"drug", "device", "person", "patient", "fault", "alarm"}  # decision 0010
    assert [r for r in Role if may(r, Act.TREAT)] == ["clinician", "engineer", "instructor", "administrator"]
    assert roles(Act.BREAK) == ["engineer", "instructor", "administrator"]
    assert roles(Act.RUN) == ["engineer", "instructor", "administrator"]
    assert roles(Act.REMOVE_BED) == ["administrator"]
    assert roles(Act.WATCH) == list(Role)


def test_a_stranger_can_read_the_description(house):
    described = house.browser(origin=ORIGIN).get("/api/openapi.json").json()
    assert "curl" in described["info"]["description"]
    answer = described["components"]["schemas"]["Problem"]
    assert set(answer["required"]) == {"code", "message", "advice", "message_ko", "advice_ko"}
    for schema in ("SignIn", "Invite", "LinkShown", "Me"):
        fields = described["components"]["schemas"][schema]["properties"].values()
        assert any("examples" in field for field in fields)
