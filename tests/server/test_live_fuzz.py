"""Whatever a browser says over the live socket, it is heard or refused, and the server lives on."""

import json

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.server.conftest import ORIGIN
from tests.server.test_beds import LIVE, running, sign_in, ward_at
from twinbed.server.permissions import Role
from twinbed.server.routes import live

# Threads of the ward draw random numbers while messages are generated.
pytestmark = [
    pytest.mark.long,
    pytest.mark.filterwarnings("ignore:Do not use the `random` module inside strategies"),
]

CODES = {live.BAD, live.TOO_MANY, live.TOO_SLOW}
PLAIN = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
ANYTHING = st.recursive(
    PLAIN, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
)


def messages(bed):
    """Text and bytes, from nonsense to what is nearly right."""
    waves = st.just("all") | st.lists(st.sampled_from(["cgm", "none", ""]), max_size=3) | ANYTHING
    own = st.fixed_dictionaries({}, optional={"waves": waves, "numbers": ANYTHING, "more": ANYTHING}) | ANYTHING
    watch = st.dictionaries(st.just(bed) | st.text(max_size=6), own, max_size=3) | ANYTHING
    said = st.fixed_dictionaries({"watch": watch}) | ANYTHING
    return said.map(json.dumps) | st.text(max_size=40) | st.binary(max_size=40)


def ended_with(socket):
    """What the server says last, and the code with which it closes the socket; an accident would close it in silence."""
    last = ""
    while True:
        message = socket.receive()
        if message["type"] == "websocket.close":
            return json.loads(last)["kind"], message["code"]
        last = message.get("text") or last


@pytest.mark.parametrize("examples", [40, pytest.param(1500, marks=pytest.mark.slow)])
def test_nothing_that_is_said_over_the_socket_harms_the_server(tmp_path, monkeypatch, caplog, examples):
    with ward_at(tmp_path, monkeypatch) as (house, browser):
        sign_in(house, browser, Role.VIEWER)
        bed = running(browser)

        @settings(
            max_examples=examples, derandomize=True, database=None, deadline=None, phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        @given(said=st.lists(messages(bed), max_size=6))
        def is_heard_or_refused(said):
            with browser.websocket_connect(LIVE, headers={"Origin": ORIGIN}) as socket:
                for message in said:
                    send = socket.send_bytes if isinstance(message, bytes) else socket.send_text
                    send(message)
                socket.send_text("{")  # certainly wrong: so it ends
                kind, code = ended_with(socket)
                assert (kind, code in CODES) == ("error", True)

        is_heard_or_refused()
        assert browser.get(f"/api/beds/{bed}").json()["state"] in ("running", "paused")
        assert not browser.app.state.living.hub.watchers
    assert [r for r in caplog.records if r.levelname in ("ERROR", "CRITICAL")] == []
