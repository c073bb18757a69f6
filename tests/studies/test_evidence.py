"""The evidence of a small study says what its tables say, and hides nobody."""

import dataclasses
import json

import numpy as np
import pytest

from tests.studies.conftest import HERE
from twinbed.connect.files import read_table
from twinbed.core.errors import StudyError
from twinbed.studies.design import load_study
from twinbed.studies.endpoints.glucose_control import GlucoseControl
from twinbed.studies.execute import explained, unheard
from twinbed.studies.runners.local import run_study
from twinbed.studies.scenarios import Exercise
from twinbed.studies.schema import evidence_schema
from twinbed.studies.shards import groups

TWIN = {
    "format": "twinbed-twin/1",
    "model": "physiology/glucose/toy_glucose",
    "parameters": {"sensitivity": [1.2e-4, 1.4e-4, 1.6e-4, 1.8e-4], "rise": [4.0, 3.5, 4.2, 3.8]},
    "therapy": {
        "basal_rate": 0.9,
        "carbohydrate_ratio": 12.0,
        "correction_factor": 40.0,
        "total_daily_insulin": 40.0,
        "body_weight": 70.0,
    },
    "demographics": {"age_years": 41.0, "sex": "female"},
}


@pytest.fixture(scope="module")
def run(plugin, tmp_path_factory):
    """Six virtual adults of whom one is implausible and one is no number; three twins with two draws each."""
    folder = tmp_path_factory.mktemp("study")
    for name in ("ann", "ben", "eve"):
        (folder / f"{name}.json").write_text(json.dumps({"subject": name, **TWIN}))
    text = (HERE / "toy.toml").read_text().replace("toy_adults", "toy_extremes").replace("n = 10", "n = 6")
    twins = '[[cohort.twins]]\npath = "*.json"\ndraws = 2\n\n[analysis]'
    more = '[[analysis.subgroups]]\nby = "group"\n\n[[analysis.subgroups]]'
    text = text.replace("[analysis]", twins, 1).replace("[[analysis.subgroups]]", more, 1)
    (folder / "study.toml").write_text(text)
    study = load_study(folder / "study.toml")
    return study, folder / "out", run_study(study, folder / "out", workers=0)


def _table(run, arm):
    names = [f"parts/{arm}/{g}-00000.parquet" for g in ("toy_extremes", "twins")]
    tables = [read_table(run[1] / name) for name in names]
    return {k: np.concatenate([t[k] for t in tables]) for k in tables[0] if all(k in t for t in tables)}


KINDS = {
    "object": dict, "array": list, "string": str, "integer": int, "number": (int, float), "boolean": bool,
    "null": type(None),
}  # fmt: skip


def _valid(schema, value, where="evidence"):
    """The little of JSON Schema that the schema of evidence uses."""
    assert value == schema.get("const", value), where
    assert value in schema.get("enum", [value]), where
    allowed = schema.get("type", [])
    allowed = [allowed] if isinstance(allowed, str) else allowed
    assert not allowed or any(isinstance(value, KINDS[a]) for a in allowed), f"{where}: {value!r}"
    missing = [name for name in schema.get("required", ()) if name not in value]
    assert not missing, f"{where} lacks {missing}"
    for name, inner in value.items() if isinstance(value, dict) else ():
        below = schema.get("properties", {}).get(name, schema.get("additionalProperties", {}))
        _valid(below, inner, f"{where}.{name}")
    for i, inner in enumerate(value if isinstance(value, list) else ()):
        _valid(schema.get("items", {}), inner, f"{where}[{i}]")


def test_it_has_the_declared_form(run):
    _valid(evidence_schema(), run[2])
    written = json.loads((run[1] / "evidence.json").read_text())
    assert written == run[2]


def test_who_took_part(run):
    study, _, evidence = run
    assert [(g.name, g.n, g.first) for g in groups(study)] == [("toy_extremes", 6, 0), ("twins", 6, 6)]
    population, twins = evidence["inputs"]["populations"][0], evidence["inputs"]["twins"][0]
    assert population["refused_by_rule"] == {"too toy": 6}
    assert population["demographics"]["age_years"]["mean"] == pytest.approx(42.5)
    assert [f["path"] for f in twins["files"]] == ["ann.json", "ben.json", "eve.json"]
    assert twins["demographics"]["sex"] == {"counts": {"female": 6}}
    patients = evidence["patients"]
    assert (patients["declared"], patients["analysed"], patients["persons"]) == (12, 10, 7)


def test_nobody_is_left_out_in_silence(run):
    excluded = {(e["id"], e["rule"]) for e in run[2]["patients"]["excluded"]}
    assert excluded == {("toy-0001", "implausible"), ("toy-0003", "not_finite")}
    assert run[2]["patients"]["excluded_by_arm"]["open"] == {"implausible": 1, "not_finite": 1}
    assert any("2 patients (16.7 %) were left out" in c for c in run[2]["cautions"])
    (row,) = run[2]["sensitivity"]
    assert row["patients"] == 8  # the implausible one is back, the one that is no number is not
    assert run[2]["arms"]["open"]["adverse_events"][0]["patients"] == 11


def test_estimates_are_of_the_tables(run):
    """Draws of one twin are averaged first; then means of differences within patients."""
    tables = {arm: _table(run, arm) for arm in ("open", "loop")}
    name = "glucose_control.time_in_range"
    sound = np.ones(12, bool)
    sound[[1, 3]] = False
    value = {a: np.append(t[name][:6][sound[:6]], t[name][6:].reshape(3, 2).mean(axis=1)) for a, t in tables.items()}
    for arm, values in value.items():
        outcome = run[2]["arms"][arm]["outcomes"][name]
        assert outcome["mean"]["value"] == pytest.approx(values.mean())
        assert outcome["sd"] == pytest.approx(values.std(ddof=1))
        assert outcome["quantiles"]["p50"] == pytest.approx(np.median(values))
        assert outcome["patients"] == 7
    row = next(r for r in run[2]["comparisons"] if r["role"] == "primary")
    difference = value["loop"] - value["open"]
    assert row["difference"]["value"] == pytest.approx(difference.mean())
    assert row["difference"]["low"] < difference.mean() < row["difference"]["high"]
    parts = {(s["by"], s["part"]): s for s in run[2]["subgroups"]}
    assert parts["group", "twins"]["difference"]["value"] == pytest.approx(difference[4:].mean())
    assert parts["group", "toy_extremes"]["patients"] == 4
    # ages 30, 40, 50, 55 and three times 41
    assert parts["age_years", "below 50"]["patients"] == 5
    assert parts["age_years", "50 and above"]["patients"] == 2


def test_endpoints_are_those_of_the_recorded_signals(run):
    """Time in range folded in the loop is that of the glucose which was kept, reading by reading."""
    for arm in ("open", "loop"):
        kept = read_table(run[1] / f"samples/{arm}/twins-00000.parquet")
        g = kept["glucose"].reshape(2, -1)
        folded = _table(run, arm)["glucose_control.time_in_range"][6:8]
        np.testing.assert_allclose(folded, 100 * np.mean((g >= 70) & (g <= 180), axis=1), rtol=1e-12)
        insulin = kept["insulin"].reshape(2, -1)
        daily = _table(run, arm)["insulin_delivery.total_daily_insulin"][6:8]
        np.testing.assert_allclose(insulin[:, -1] / 2, daily, rtol=0.01)  # but for the last five minutes
        assert kept["carbohydrate"].sum() > 100


def test_everyone_meets_the_same_days_in_every_arm(run):
    first, second = (read_table(run[1] / f"samples/{arm}/twins-00000.parquet") for arm in ("open", "loop"))
    np.testing.assert_array_equal(first["carbohydrate"], second["carbohydrate"])
    noise = [t["cgm"] - t["glucose"] for t in (first, second)]
    # the sensor shows glucose at the start of a step, and errs alike in both arms
    np.testing.assert_allclose(noise[0], noise[1], atol=1e-9)


def test_curves_are_those_of_the_kept_patients(run):
    curves = run[2]["arms"]["open"]["profile"]
    assert len(curves["p50"]) == 96
    assert all(a <= b <= c for a, b, c in zip(curves["p05"], curves["p50"], curves["p95"], strict=True))
    (sample, *_) = run[2]["arms"]["open"]["samples"]
    assert sample["id"] == "toy-0000"
    assert len(sample["signals"]["glucose"]) == 2 * 288


def test_hypotheses_are_tested_in_their_families(run):
    roles = {r["outcome"]: r["role"] for r in run[2]["comparisons"]}
    assert roles["glucose_control.time_below_70"] == "secondary"
    for row in run[2]["comparisons"]:
        if row["role"] == "descriptive":
            assert row["p"] is None
            assert row["shown"] is None
        else:
            assert row["p_adjusted"] >= row["p"]
    assert "Closed loop was" in run[2]["primary"]["verdicts"][0]["sentence"]
    assert "one-sided adjusted p" in run[2]["primary"]["verdicts"][0]["sentence"]


def test_provenance_is_complete(run):
    study, _, evidence = run
    assert evidence["study_hash"] == study.hash()
    assert set(evidence["inputs"]["components"]) >= {
        "devices/delivery/toy_pump",
        "physiology/glucose/toy_glucose",
        "cohorts/populations/toy_extremes",
        "studies/endpoints/glucose_control",
    }
    assert {"jax", "numpy", "python", "source", "git"} <= set(evidence["versions"])
    links = {(x["source"], x["target"], x["signal"]) for x in evidence["arms"]["loop"]["links"]}
    assert ("sensor", "dosing", "cgm") in links
    assert ("pump", "patient", "insulin_rate") in links
    device = evidence["arms"]["loop"]["devices"][1]
    assert (device["role"], device["settings"]) == ("software", {"gain": 1.5, "suspend_below": 100})


def test_glucose_may_be_what_a_sensor_shows(toy):
    seen = dataclasses.replace(toy, glucose="sensor.cgm")
    for arm in explained(seen):
        wires = dict(arm["wires"])
        assert wires["glucose_control.interstitial_glucose"] == "sensor.cgm"
        assert wires["sensor_accuracy.plasma_glucose"] == "patient.plasma_glucose"
        assert wires["sensor.interstitial_glucose"] == "patient.interstitial_glucose"
        assert wires["pump.occlusion"] == "scenario.occlusion"
    with pytest.raises(StudyError, match="nothing feeds|nothing in arm"):
        explained(dataclasses.replace(toy, glucose="sensr.cgm"))


def test_what_patients_do_not_respond_to_is_found(toy):
    """The toy patient reads its heart rate and does nothing with it; what it eats it feels."""
    (group,) = groups(toy)
    assert unheard(toy, group) == []
    walk = Exercise("walk", 3600.0, 30.0, heart_rate=110.0)
    moving = dataclasses.replace(toy, scenario=dataclasses.replace(toy.scenario, exercise=(walk,)))
    assert set(unheard(moving, group)) == {"heart_rate", "exercise_intensity"}


def test_endpoints_read_as_often_as_pumps_act(toy):
    levels = {tuple(v["parts"]): v["period_s"] for v in explained(toy)[0]["levels"]}
    (fast,) = [parts for parts, period in levels.items() if period == 60.0]
    assert fast == ("pump", "insulin_delivery", "low_treatment")
    assert GlucoseControl().period_s == 300.0
