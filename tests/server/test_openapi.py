"""The description of the interface, put to the test: whatever it allows or forbids is answered as it says.

Requests are generated from the description (schemathesis), right ones and wrong ones; a server that fails, a status, a
form or a kind of answer that is not described, and a wrong request that is taken are findings.
"""

import copy

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode, checks

from tests.server.conftest import ORIGIN
from tests.server.test_access import FIRST_ROLE
from tests.server.test_beds import sign_in, ward_at
from twinbed.server.permissions import Role

# Threads of the server draw random numbers while requests are generated.
pytestmark = [
    pytest.mark.long,
    pytest.mark.filterwarnings("ignore:Do not use the `random` module inside strategies"),
]

CHECKS = [
    checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
    checks.negative_data_rejection,
]
GUARDED = {"X-Twinbed": "1", "Origin": ORIGIN}
ENDS_THE_SESSION = {"/api/sign-out"}


def probe(browser, operation, examples, mode):
    """Sends requests that were generated from a description and holds the answers against it."""
    quiet = settings(
        max_examples=examples, derandomize=True, database=None, deadline=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip

    @quiet
    @given(case=operation.as_strategy(generation_mode=mode))
    def answers_as_described(case):
        sent = case.as_transport_kwargs(base_url=ORIGIN)
        sent["content"] = sent.pop("data", None)
        sent["headers"] = {**(sent.get("headers") or {}), **GUARDED}
        sent = {k: v for k, v in sent.items() if k in ("method", "url", "params", "json", "content", "headers") and v}
        if isinstance(sent.get("content"), str):
            sent["content"] = sent["content"].encode()
        if "json" not in sent and "content" not in sent and case.operation.body and "Content-Type" in sent["headers"]:
            sent["json"] = case.body
        case.validate_response(browser.request(**sent), checks=CHECKS)

    answers_as_described()


def operations(app):
    """The routes of an application, described."""
    described = copy.deepcopy(app.openapi())  # without the cookie, which this browser sends with every request
    del described["components"]["securitySchemes"]
    for operation in (o for methods in described["paths"].values() for o in methods.values()):
        del operation["security"]
    schema = schemathesis.openapi.from_dict(described)
    return {(o.method.upper(), o.path): o for o in (found.ok() for found in schema.get_all_operations())}


def modes(operation):
    """Right requests, and wrong ones where something can be wrong."""
    takes = operation.body or operation.query or operation.path_parameters
    return [GenerationMode.POSITIVE, *([GenerationMode.NEGATIVE] if takes else [])]


def run(house, browser, examples):
    known = operations(house.app)
    assert set(known) == set(FIRST_ROLE)
    for (method, path), operation in known.items():
        if path in ENDS_THE_SESSION or path.startswith("/api/sign-in"):
            continue
        for mode in modes(operation):
            probe(browser, operation, examples, mode)
        assert browser.get("/api/me").status_code == 200, (method, path)


@pytest.mark.parametrize("examples", [4, pytest.param(60, marks=pytest.mark.slow)])
def test_every_route_answers_an_administrator_as_it_is_described(tmp_path, monkeypatch, examples):
    with ward_at(tmp_path, monkeypatch) as (house, browser):
        sign_in(house, browser, Role.ADMINISTRATOR)
        run(house, browser, examples)
        assert house.store.audit.check().ok


@pytest.mark.parametrize("examples", [4, pytest.param(60, marks=pytest.mark.slow)])
def test_signing_in_and_out_answers_as_it_is_described(house, examples):
    house.person(Role.ADMINISTRATOR)
    for (_, path), operation in operations(house.app).items():
        if path in ENDS_THE_SESSION or path.startswith("/api/sign-in"):
            for mode in modes(operation):
                house.clock.pass_s(3600.0)
                probe(house.browser(), operation, examples, mode)
