"""What may be asked to run, and what is refused before anything of it is done."""

import json
import pathlib

import pytest

from tests.server.test_runs import BENCH, TINY, enter, open_at, start
from twinbed.bench import find
from twinbed.server.permissions import Role
from twinbed.server.runs import offers
from twinbed.server.runs.fits import fitting
from twinbed.server.runs.limits import RunLimits
from twinbed.studies.acute.study import load_acute_study
from twinbed.studies.design import load_study

ROOT = pathlib.Path(__file__).parents[2]
QUICK = (ROOT / "examples" / "quick.toml").read_text()


@pytest.fixture
def desk(tmp_path):
    """A server whose queue stands still, and an engineer at the browser."""
    with open_at(tmp_path, RunLimits(at_once=0, waiting=1000, waiting_each=1000, kept=1000)) as (house, browser):
        enter(house, browser, Role.ENGINEER, "Ada")
        yield tmp_path, browser


def refused(browser, body, path="/api/studies"):
    answer = browser.post(path, json=body)
    assert answer.status_code >= 400, answer.text
    assert browser.get("/api/studies").json() == []
    return answer.status_code, answer.json()["error"]["code"], answer.json()["error"]["message"]


@pytest.mark.long
def test_what_is_offered_can_be_started(desk):
    _, browser = desk
    offered = browser.get("/api/studies/offered").json()
    assert [s["id"] for s in offered["studies"]] == ["bleeding", "dilution", "loop", "twins"]
    for study in offered["studies"]:
        assert study["title_ko"]
        assert study["question_ko"]
        if study["twins"]:
            assert refused(browser, {"study": study["id"]})[:2] == (409, "no_twins")
    for study in offered["studies"]:
        if not study["twins"]:
            shown = browser.post("/api/studies", json={"study": study["id"], "patients": 2, "seed": 3}).json()
            assert (shown["title"], shown["title_ko"]) == (study["title"], study["title_ko"])


@pytest.mark.long
def test_every_protocol_is_offered_with_the_devices_that_it_knows(desk):
    _, browser = desk
    offered = {p["id"]: p for p in browser.get("/api/studies/offered").json()["protocols"]}
    assert list(offered) == find.protocol_ids()
    assert all(any("가" <= c <= "힣" for c in p["title_ko"]) for p in offered.values())
    for id_ in ("alarms/visual_signals", "glucose/cgm_accuracy"):
        made, whole = find.protocol(id_), browser.get(f"/api/studies/protocol?id={id_}").json()
        assert whole["devices"] == offered[id_]["devices"] == list(made.devices)
        assert [d["id"] for d in whole["attached"]] == list(fitting(id_))
        assert all(d["title"] and any("가" <= c <= "힣" for c in d["title_ko"]) for d in whole["attached"])


@pytest.mark.long
def test_no_setting_that_may_name_a_file_can_be_chosen_from_afar():
    for id_ in find.protocol_ids():
        usual = {name: p.default for name, p in find.settings_of(id_).items()}
        for name, setting in offers.settings(id_).items():
            assert isinstance(usual[name], bool | int | float) or setting.choices, (id_, name)
    assert not {"plan", "ledger", "training"} & set(offers.settings("software_as_device/change_control"))


def test_a_study_of_the_servers_folder_is_offered_and_what_is_none_is_not(desk):
    folder, browser = desk
    (folder / "studies").mkdir()
    for name, text in {
        "mine": TINY,
        "no study": TINY,
        "broken": "x = ",
        "bedside": "[patient]\nage = 40",
        "large": "#" * 200_000,
    }.items():
        (folder / "studies" / f"{name}.toml").write_text(text)
    own = [s for s in browser.get("/api/studies/offered").json()["studies"] if s["own"]]
    assert [(s["id"], s["patients"], s["arms"]) for s in own] == [("own.mine", 2, 2)]
    assert browser.post("/api/studies", json={"study": "own.mine"}).status_code == 202


@pytest.mark.parametrize(
    "study", ["none", "../loop", "own.../twinbed", "/etc/passwd", "loop.toml", "ko", "", "\u0000", "own.mine/../../x"]
)  # fmt: skip
def test_a_study_that_is_not_offered_is_not_there(desk, study):
    assert refused(desk[1], {"study": study})[:2] == (404, "not_found")


DEVICE = 'device = "devices/sensing/cgm_ideal"'


@pytest.mark.parametrize(
    "device",
    ["os:system", "subprocess:Popen", "evil:Device", "devices/../evil:Device", "devices/none/none", "/tmp/evil.py:f",
     "live:127.0.0.1:22", "device.toml", "", "devices/sensing/cgm_ideal:CgmIdeal"],
)  # fmt: skip
def test_a_study_names_only_registered_devices(desk, device):
    folder, browser = desk
    (folder / "evil.py").write_text("raise SystemExit")
    for text in (
        QUICK.replace(DEVICE, f"device = {json.dumps(device)}", 1),
        QUICK.replace(DEVICE, f"{DEVICE}, wrap = [{{ device = {json.dumps(device)} }}]", 1),
        TINY + f'\n[[devices]]\nname = "x"\ndevice = {json.dumps(device)}\n',
        TINY + f'\n[[arms.devices]]\nname = "x"\ndevice = {json.dumps(device)}\n',
    ):
        if "[[arms.devices]]" in text:
            text = text.replace(
                "[[outcomes]]", f'[[arms.devices]]\nname = "x"\ndevice = {json.dumps(device)}\n[[outcomes]]', 1
            )
            text = text[: text.rindex("\n[[arms.devices]]")]
        assert refused(browser, {"toml": text})[:2] == (403, "own_code")


def test_no_population_that_is_not_registered_is_loaded(desk):
    for id_ in ("cohorts/populations/none", "x:Y", "cohorts/populations/os:system"):
        text = QUICK.replace("cohorts/populations/uva_padova_adults", id_)
        assert refused(desk[1], {"toml": text})[:2] == (403, "own_code")


@pytest.mark.parametrize(
    "path", ["/etc", "../../", "twins/../../x.json", "/dev/zero", "twins/*.json", "*", "twins/none.json"]
)
def test_no_file_of_the_machine_is_read_for_a_study(desk, path):
    text = QUICK.replace("[[arms]]", f"[[cohort.twins]]\npath = {json.dumps(path)}\n\n[[arms]]", 1)
    assert refused(desk[1], {"toml": text})[:2] == (422, "invalid")


@pytest.mark.parametrize(
    "text",
    ["", "x", "x = [" + "[" * 20_000, "arms = 1", "arms = []", 'arms = [1]\nname = "x"\nseed = 1\ndays = 1',
     TINY.replace("seed = 5", "seed = 1e400"), TINY.replace("n = 2", "n = true"), TINY.replace('"haemoglobin"', '"none"'),
     TINY.replace("seed = 5", "seed = 0x" + "f" * 5000), QUICK.replace("n = 24", 'n = "24"'), "[patient]\nage = 40"],
)  # fmt: skip
def test_what_is_no_study_is_refused_with_what_to_mend(desk, text):
    status, code, message = refused(desk[1], {"toml": text})
    assert (status, code) == (422, "invalid")
    assert "Traceback" not in message


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [("n = 24", "n = 10001", "patients"), ("days = 2", "days = 3650\nwarm_up_days = 1", ""),
     ("resamples = 2000", "resamples = 900000", "resamples"), ("n = 24", "n = 9999", "")],
)  # fmt: skip
def test_a_study_that_is_too_large_is_refused(desk, before, after, said):
    text = QUICK.replace(before, after)
    if not said:
        text = text.replace("n = 24", "n = 5000").replace("days = 2", "days = 365")
        said = "patient days in all arms"
    status, code, message = refused(desk[1], {"toml": text})
    assert (status, code) == (422, "too_much")
    assert said in message


def test_the_number_of_patients_that_is_asked_for_counts(desk):
    _, browser = desk
    for study in ("loop", "dilution"):
        assert refused(browser, {"study": study, "patients": 10_001})[1] == "too_much"
    assert refused(browser, {"toml": TINY + "\n#" + "x" * 100_000})[:2] == (413, "too_large")


@pytest.mark.parametrize(
    ("change", "code"),
    [({"protocol": "none"}, "not_found"), ({"protocol": "../find"}, "not_found"), ({"device": "evil.py:f"}, "unknown_device"),
     ({"device": "os:system"}, "unknown_device"), ({"device": "live:127.0.0.1:22"}, "unknown_device"),
     ({"device": "device.toml"}, "unknown_device"), ({"device": "/etc"}, "unknown_device"), ({"device": ""}, "unknown_device"),
     ({"device": "--limits=x"}, "unknown_device"), ({"device": "devices/none"}, "unknown_device"),
     ({"settings": {"none": 1}}, "invalid"), ({"settings": {"seconds": 1e9}}, "invalid"), ({"settings": {"seconds": "x"}}, "invalid"),
     ({"settings": {"seed": -1}}, "invalid"), ({"settings": {"seed": 1.5}}, "invalid"), ({"settings": {"seed": True}}, "invalid")],
)  # fmt: skip
def test_the_bench_takes_only_registered_protocols_devices_and_settings(desk, change, code):
    assert refused(desk[1], BENCH | change, "/api/studies/bench")[1] == code


def test_a_request_names_one_study(desk):
    assert refused(desk[1], {})[1] == "invalid"
    assert refused(desk[1], {"study": "loop", "toml": TINY})[1] == "invalid"
    assert refused(desk[1], {"study": "loop", "executor": "cuda"})[1] == "invalid" or "cuda" in offers.executors()


def test_what_was_checked_is_what_runs(desk):
    """The server reads a study as its run will, so that what it refuses or lets pass is that very study."""
    folder, browser = desk
    for body, load in (({"study": "loop"}, load_study), ({"study": "dilution"}, load_acute_study)):
        run = start(browser, **body, patients=7, seed=11, executor="xla")
        again = load(folder / "runs" / run / "study.toml", patients=7, seed=11, backend="xla")
        assert browser.get(f"/api/studies/{run}").json()["asked"]["hash"] == again.hash()
