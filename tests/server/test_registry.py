"""Patients, devices and twins that are known: what is shown is what there is."""

import json
import tomllib

import pytest

from tests.server.test_runs import enter, open_at
from twinbed.core import discover
from twinbed.credibility.model_cards import card
from twinbed.personalise.people import Settings, fit_people
from twinbed.personalise.scorecard import scorecard
from twinbed.personalise.synthetic import synthetic_recordings
from twinbed.server.errors import Refused
from twinbed.server.permissions import Role
from twinbed.server.registry import known, opening, twins
from twinbed.server.registry.known import korean_names
from twinbed.server.runs.limits import RunLimits
from twinbed.ward import definition


@pytest.fixture
def shelf(tmp_path):
    with open_at(tmp_path, RunLimits(at_once=0)) as (house, browser):
        enter(house, browser, Role.VIEWER, "Vic")
        yield tmp_path, browser


@pytest.mark.long
def test_every_device_and_population_is_shown_and_has_a_card(shelf):
    _, browser = shelf
    known = browser.get("/api/registry").json()
    devices = {d["id"]: d for d in known["devices"]}
    assert list(devices) == discover.ids("devices")
    assert [p["id"] for p in known["populations"][:-1]] == discover.ids("cohorts/populations")
    for row in (*known["devices"], *known["populations"], *known["patients"]):
        assert row["title"]
        assert row["title_ko"] is None or any("가" <= c <= "힣" for c in row["title_ko"]), row
    assert devices["devices/software/pid"]["title_ko"]
    has = lambda template: "devices/monitoring/patient_monitor" in template.toml
    with_monitor = [id_ for id_, template in definition.catalogue().items() if has(template)]
    assert devices["devices/monitoring/patient_monitor"]["templates"] == with_monitor
    assert (devices["devices/faults/bias"]["wraps"], devices["devices/faults/bias"]["role"]) == (True, None)
    for id_ in ("devices/software/pid", "physiology/glucose/hovorka"):
        assert browser.get(f"/api/registry/card?id={id_}").json()["markdown"] == card(id_)
    models = {p["model"] for p in known["populations"] if p["model"]}
    assert models <= set(discover.ids("physiology"))


def devices_of_beds():
    """Every device that a bed of the catalogue has, and what stands around one."""
    specs = [spec for template in definition.catalogue().values() for spec in tomllib.loads(template.toml)["devices"]]
    return sorted({spec["device"] for spec in specs} | {w["device"] for spec in specs for w in spec.get("wrap", ())})


def is_korean(text):
    return any("가" <= letter <= "힣" for letter in text)


@pytest.mark.parametrize("id_", devices_of_beds())
def test_every_device_of_a_bed_of_the_ward_has_a_card_in_korean(id_):
    english, korean = card(id_), known.korean_card(id_)
    assert korean is not None
    parts = [[part.split("\n") for part in text.split("\n## ")] for text in (english, korean)]
    assert len(parts[0]) == len(parts[1]), "the same sections"
    for section, told in zip(*parts, strict=True):
        assert is_korean(told[0]), "every heading"
        if section[0] not in ("Inputs", "Outputs", "Parameters"):
            continue
        assert len(section) == len(told), "as many rows"
        meaning = 3 if section[0] == "Parameters" else 2
        for row, row_ko in zip(section[4:], told[4:], strict=True):
            if row.startswith("|"):
                cells, cells_ko = row.split(" | "), row_ko.split(" | ")
                assert cells[:2] == cells_ko[:2], "names and numbers"
                assert is_korean(cells_ko[meaning].rstrip(" |")), row


def test_a_device_that_has_no_card_in_korean_has_one_in_english(shelf):
    found = shelf[1].get("/api/registry/card?id=devices/software/pid").json()
    assert (found["markdown"], found["markdown_ko"]) == (card("devices/software/pid"), None)


@pytest.mark.long
def test_no_korean_name_is_left_of_what_is_gone(shelf):
    known = shelf[1].get("/api/registry").json()
    ids = {row["id"] for row in (*known["devices"], *known["populations"])}
    assert set(korean_names()) <= ids


@pytest.mark.parametrize("id_", ["os:system", "devices/none", "../../etc/passwd", "studies/endpoints/alarms", ""])
def test_there_is_a_card_of_nothing_else(shelf, id_):
    assert shelf[1].get("/api/registry/card", params={"id": id_}).status_code == 404


def test_the_patients_shown_are_those_of_beds_that_can_be_opened(shelf):
    patients = {p["template"]: p for p in shelf[1].get("/api/registry").json()["patients"]}
    assert set(patients) == set(definition.catalogue())
    assert (patients["emergency"]["age"], patients["emergency"]["weight_kg"]) == (28, 78)


@pytest.fixture(scope="module")
def fitted(tmp_path_factory):
    """What `twinbed fit` leaves of one synthetic person."""
    out = tmp_path_factory.mktemp("fit")
    people = fit_people(synthetic_recordings(1, days=3, seed=1), out, settings=Settings(), workers=1)
    (out / "scores.json").write_text(json.dumps(scorecard(people)))
    (out / "report.html").write_text("<!doctype html><title>report</title>")
    return out, people


MEASURED, FITTED, FORETOLD = [100.0, 200.0, 150.0], [110.0, 190.0, 150.0], [120.0, 150.0, 150.0]


def written(folder):
    """The files of a fit of one person with known errors: a day that was fitted, and one that was foretold too."""
    day = {"date": "2026-01-01", "time_min": [0, 5, 10], "measured": MEASURED, "fitted": FITTED, "prediction": None}
    told = {"mean": FORETOLD, "lower": [v - 30 for v in FORETOLD], "upper": [v + 30 for v in FORETOLD]}
    twin = {"format": "twinbed-twin/1", "subject": "P 1", "model": "physiology/glucose/replay",
            "parameters": {"si": [1.0, 2.0]}, "therapy": {"basal_rate": 0.9}, "demographics": {},
            "fit": {"days": 2, "first_day": "2026-01-01", "last_day": "2026-01-02", "weight_assumed": True,
                    "identifiability": [{"name": "si", "unit": "1", "value": 1.5, "shrinkage": 0.25, "learned": False}]},
            "provenance": {"twinbed": "0.1", "source": "here", "notes": ["a gap"]}}  # fmt: skip
    log = {"subject": "P 1", "days": [day, day | {"date": "2026-01-02", "prediction": told}]}
    scores = {"people": {"P 1": {"in_sample_mard_percent": 5.04, "mard_percent": float("inf")}}}
    for name, content in {"twins/P_1": twin, "people/P_1": log, "scores": scores}.items():
        path = folder / f"{name}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content))


def test_errors_of_a_day_are_those_of_its_readings(shelf):
    folder, browser = shelf
    written(folder / "twins" / "lab")
    (shown,) = browser.get("/api/twins").json()["fitted"]
    assert (shown["id"], shown["subject"], shown["draws"], shown["weight_assumed"]) == ("lab.P_1", "P 1", 2, True)
    assert (shown["scores"]["mard"], shown["scores"]["predicted_mard"]) == (
        5.0,
        None,
    )  # what is not finite is not there
    whole = browser.get("/api/twins/lab.P_1").json()
    first, second = whole["history"]
    # fitted: |10| / 100, |10| / 200 and 0 make 5 %, and 10, 10 and 0 mg/dL a root mean square of 8.2
    assert (first["mard"], first["rmse"], first["predicted_mard"], first["inside"]) == (5.0, 8.2, None, None)
    # foretold: 20 / 100, 50 / 200 and 0 make 15 %; two of three readings are within 30 mg/dL
    assert (second["predicted_mard"], second["inside"]) == (15.0, 66.7)
    assert second["predicted_rmse"] == round(((20**2 + 50**2) / 3) ** 0.5, 1)
    assert whole["identifiability"][0]["shrinkage"] == 0.25
    assert whole["notes"] == ["a gap"]
    assert browser.get("/api/twins/lab.P_1/report.html").status_code == 404


@pytest.mark.slow
def test_a_twin_is_shown_with_its_history_day_by_day(shelf, fitted):
    folder, browser = shelf
    out, people = fitted
    assert browser.get("/api/twins").json() == {"fitted": [], "not_fitted": []}
    (folder / "twins").mkdir()
    (folder / "twins" / "lab").symlink_to(out)
    ((subject, log),) = people.items()
    (shown,) = browser.get("/api/twins").json()["fitted"]
    assert (shown["subject"], shown["days"], shown["first_day"]) == (subject, len(log.days), log.days[0].date)
    scores = scorecard(people)["people"][subject]
    assert shown["scores"]["mard"] == round(scores["in_sample_mard_percent"], 1)
    assert shown["scores"]["predicted_rmse"] == round(scores["rmse_mg_dl"], 1)
    whole = browser.get(f"/api/twins/{shown['id']}").json()
    assert [d["date"] for d in whole["history"]] == [d.date for d in log.days]
    assert [d["predicted_mard"] is None for d in whole["history"]] == [d.prediction is None for d in log.days]
    first = log.days[0]
    mard = 100 * sum(abs(m - f) / m for m, f in zip(first.measured, first.fitted, strict=True)) / len(first.measured)
    assert whole["history"][0]["mard"] == pytest.approx(mard, abs=0.06)
    assert {i["name"] for i in whole["identifiability"]} == {i["name"] for i in log.twin["fit"]["identifiability"]}
    assert whole["therapy"] == pytest.approx(log.twin["therapy"])
    report = browser.get(f"/api/twins/{shown['id']}/report.html")
    assert report.headers["content-security-policy"].startswith("sandbox")
    assert browser.get("/api/studies/offered").json()["twins"] == 1
    enter_engineer(browser, folder)
    started = browser.post("/api/studies", json={"study": "twins"}).json()
    assert [p.name for p in (folder / "runs" / started["id"] / "twins").iterdir()] == [f"{shown['id']}.json"]


def enter_engineer(browser, folder):
    context = browser.app.state.context
    token = context.store.invitations.make(Role.ENGINEER, 60.0, by="test")
    body = {"token": token, "name": "Ada", "password": "a cellar full of warm lanterns"}
    assert browser.post("/api/sign-in/link", json=body).is_success


def test_somebody_without_a_usable_day_is_shown_as_not_fitted(shelf):
    folder, browser = shelf
    people = folder / "twins" / "lab" / "people"
    people.mkdir(parents=True)
    (people / "p1.json").write_text(json.dumps({"subject": "p1", "source": "x", "notes": ["no meals"], "days": []}))
    assert browser.get("/api/twins").json()["not_fitted"] == [
        {"subject": "p1", "source": "x", "fit": "lab", "notes": ["no meals"]}
    ]


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", '{"format": "twinbed-twin/1"}', '{"format": "twinbed-twin/1", "fit": 3, "parameters": [1]}']
)  # fmt: skip
def test_a_broken_twin_file_harms_nobody(shelf, content):
    folder, browser = shelf
    (folder / "twins").mkdir()
    (folder / "twins" / "x.json").write_text(content)
    for row in browser.get("/api/twins").json()["fitted"]:
        assert browser.get(f"/api/twins/{row['id']}").status_code == 200


@pytest.mark.parametrize("twin", ["none", "..%2f..%2fx", "%2e%2e", "x.json%00", "../x", "lab/twins/x"])
def test_no_file_outside_is_given_as_a_twin(shelf, twin):
    folder, browser = shelf
    (folder / "x.json").write_text('{"format": "twinbed-twin/1"}')
    for path in (f"/api/twins/{twin}", f"/api/twins/{twin}/report.html"):
        assert browser.get(path).status_code in (404, 422)


def live_twin(folder):
    """A twin file of which a bed can be made."""
    draws = {"gb": [110.0, 120.0, 130.0], "u2ss": [0.25] * 3, "body_weight": [64.0] * 3}
    therapy = {"basal_rate": 0.96, "carbohydrate_ratio": 10.0, "correction_factor": 38.0, "total_daily_insulin": 47.0,
               "body_weight": 64.0}  # fmt: skip
    twin = {"format": "twinbed-twin/1", "subject": "Ann", "model": "physiology/glucose/replay", "parameters": draws,
            "therapy": therapy, "demographics": {}}  # fmt: skip
    (folder / "twins").mkdir()
    (folder / "twins" / "Ann.json").write_text(json.dumps(twin))


@pytest.mark.long
def test_a_bed_is_opened_with_a_twin_and_holds_all_that_is_known_of_it(tmp_path):
    live_twin(tmp_path)
    with open_at(tmp_path, RunLimits(at_once=0)) as (house, browser):
        enter(house, browser, Role.INSTRUCTOR, "Ida")
        made = browser.post("/api/beds", json={"twin": "Ann"})
        assert made.status_code == 201, made.text
        assert (made.json()["kind"], made.json()["title"]) == ("diabetes", "Twin of Ann")
        assert made.json()["patient"]["weight_kg"] == 64.0
        (kept,) = house.store.beds.beds()
    assert definition.make(kept.definition["toml"]).bedside.patient.draws["gb"] == [110.0, 120.0, 130.0]


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({"twin": "Bob"}, 404),
        ({"twin": "../twins/Ann"}, 404),
        ({"twin": "Ann", "template": "diabetes"}, 422),
        ({"twin": "lab.P_1"}, 422),
    ],
)
def test_a_twin_that_is_not_there_or_of_which_there_is_no_bed_is_refused(tmp_path, asked, status):
    live_twin(tmp_path)
    written(tmp_path / "twins" / "lab")  # its therapy lacks most
    with open_at(tmp_path, RunLimits(at_once=0)) as (house, browser):
        enter(house, browser, Role.INSTRUCTOR, "Ida")
        refused = browser.post("/api/beds", json=asked)
        assert refused.status_code == status, refused.text
        assert refused.json()["error"]["message"]
        assert str(tmp_path) not in refused.text
        assert house.store.beds.beds() == ()


BROKEN = {
    "nothing": lambda twin: twin.update(therapy={}),
    "words": lambda twin: twin["parameters"].update(gb=["x", 1.0, 2.0]),
    "unequal": lambda twin: twin["parameters"].update(gb=[110.0]),
    "infinite": lambda twin: twin["parameters"].update(gb=[110.0, float("nan"), 120.0]),
    "therapy": lambda twin: twin["therapy"].update(basal_rate="much"),
    "other model": lambda twin: twin.update(model="physiology/glucose/hovorka"),
    "one draw": lambda twin: twin.update(parameters={name: v[:1] for name, v in twin["parameters"].items()}),
    "beyond the model": lambda twin: twin["parameters"].update(gb=[1e6] * 3),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_twin_that_is_refused_says_why_in_both_languages_and_no_path_of_the_server(tmp_path, what):
    live_twin(tmp_path)
    path = tmp_path / "twins" / "Ann.json"
    twin = json.loads(path.read_text())
    BROKEN[what](twin)
    path.write_text(json.dumps(twin))
    with pytest.raises(Refused) as refused:
        opening.bedside_of(twins.twin_file(tmp_path / "twins", "Ann"))
    said = refused.value
    assert (said.status, said.korean is not None) == (422, True)
    for text in (said.message, *said.korean):
        assert str(tmp_path) not in text
        assert ".json" not in text
    assert "No bed can be made of the twin 'Ann'" in said.message
    assert all(any("가" <= c <= "힣" for c in text) for text in said.korean)
    assert "형식에 맞지 않습니다" not in said.korean[0], "every reason has words of its own"


def test_a_file_that_ends_or_is_of_another_kind_while_it_is_opened_is_refused_in_both_languages(tmp_path):
    live_twin(tmp_path)
    file = twins.twin_file(tmp_path / "twins", "Ann")
    for content, korean in (("{", "JSON이 아닙니다"), ("{}", "형식이 twinbed-twin/1이(가) 아닙니다")):
        file.path.write_text(content)
        with pytest.raises(Refused) as refused:
            opening.bedside_of(file)
        assert korean in refused.value.korean[0]
    file.path.unlink()
    with pytest.raises(Refused) as refused:
        opening.bedside_of(file)
    assert "읽을 수 없습니다" in refused.value.korean[0]
