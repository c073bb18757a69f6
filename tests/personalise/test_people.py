"""People are fitted in processes, kept, and fitted again only when something changed."""

import datetime
import json

import numpy as np
import pytest
from typer.testing import CliRunner

from twinbed.cli.app import app
from twinbed.connect.csv import write_generic
from twinbed.core.recording import Channel, Recording
from twinbed.core.scenario import Event
from twinbed.personalise import what_if as what_if_module
from twinbed.personalise.people import Settings, fit_people
from twinbed.personalise.scorecard import report_section, scorecard, table
from twinbed.personalise.synthetic import synthetic_recordings
from twinbed.personalise.what_if import middle_midnight_s, report_rows, what_if

pytestmark = pytest.mark.long

DEFAULT = Settings()


@pytest.fixture(scope="module")
def recordings():
    return synthetic_recordings(1, days=4, seed=1)


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    return tmp_path_factory.mktemp("people")


@pytest.fixture(scope="module")
def people(recordings, out):
    return fit_people(recordings, out, workers=1)


def test_synthetic_people_say_so(recordings):
    assert all(r.subject.startswith("SYNTHETIC") for r in recordings)
    cgm = recordings[0]["cgm"]
    assert len(cgm.time_s) > 0.8 * 4 * 288
    assert 40 <= cgm.value.min() < cgm.value.max() <= 400


def test_a_log_is_kept_and_used(people, recordings, out):
    (log,) = people.values()
    file = out / "people" / f"{log.subject}.json"
    before = file.stat().st_mtime_ns
    again = fit_people(recordings, out, workers=1)
    assert file.stat().st_mtime_ns == before
    assert again == people


def test_a_damaged_or_foreign_log_is_not_used(people, recordings, out):
    from twinbed.personalise import people as module

    (log,) = people.values()
    file = out / "people" / f"{log.subject}.json"
    whole = file.read_text()
    kept = lambda settings=DEFAULT: module._kept(out, recordings[0], settings)
    assert kept() is not None
    assert kept(Settings(seed=2)) is None
    file.write_text(whole[: len(whole) // 2])
    assert kept() is None
    file.write_text(whole)


def test_the_scorecard_has_the_promised_names(people):
    card = scorecard(people)
    promised = {"days", "rmse_mg_dl", "mard_percent", "bias_mg_dl", "coverage_90", "clarke_ab_percent",
                "cpu_s_per_patient_day", "in_sample_mard_percent", "baselines"}  # fmt: skip
    assert promised <= set(card["pooled"])
    assert set(card["people"]) == set(people)
    json.dumps(card, allow_nan=False)
    assert {len(row) for row in table(card)} == {13}


def test_the_report_section_is_whole(people):
    section = report_section(people)
    example = section["examples"][0]
    assert len({len(example[k]) for k in ("time_h", "measured", "fitted", "predicted", "lower", "upper")}) == 1
    assert all(lo < p < hi for lo, p, hi in zip(example["lower"], example["predicted"], example["upper"], strict=True))
    assert section["grid_pairs"]


@pytest.mark.slow
def test_what_if_changes_only_the_therapy(people, recordings):
    (log,) = people.values()
    midnight_s = middle_midnight_s(recordings[0], [d.date for d in log.days])
    twin = {**log.twin, "parameters": {k: v[:4] for k, v in log.twin["parameters"].items()}}
    life = what_if(recordings[0], twin, midnight_s=midnight_s)
    assert life.factual.shape == life.counterfactual.shape == (4, 288)
    assert np.isfinite(life.factual).all()
    (row,) = report_rows([life], title="closed loop")
    effects = {e["endpoint"]: e for e in row["effects"]}
    assert effects["time_in_range"]["factual"] == pytest.approx(
        100 * np.mean((life.factual >= 70) & (life.factual < 180))
    )
    assert effects["time_in_range"]["lower"] <= effects["time_in_range"]["upper"]


def test_the_command_takes_kept_logs_and_says_what_it_ran_on(people, recordings, out):
    """Written as CSV and read back, a recording is the same, so nobody is fitted again."""
    folder = write_generic(recordings[0], out / "csv").parent
    done = CliRunner().invoke(app, ["fit", str(folder), "--out", str(out), "--json"])
    assert done.exit_code == 0, done.output
    card = json.loads(done.stdout)
    assert set(card["people"]) == set(people)
    evidence = json.loads((out / "evidence.json").read_text())
    assert evidence["inputs"]["files"] == [{"name": recordings[0].subject, "sha256": recordings[0].digest()}]
    assert {"twinbed", "source", "jax", "python_full"} <= set(evidence["versions"])
    page = (out / "report.html").read_text()
    assert recordings[0].digest() in page
    assert recordings[0].subject in page


def test_what_was_eaten_to_treat_a_low_is_announced_to_nobody():
    t = np.arange(0.0, 7200.0, 300.0)
    cgm = Channel("cgm", t, np.where(t < 3600.0, 110.0, 60.0))
    day = Recording("x", datetime.datetime(2024, 1, 1), {"cgm": cgm})
    meals = [Event("carbohydrate", s, 600.0, g) for s, g in ((1800.0, 15.0), (5400.0, 15.0), (5400.0, 45.0))]
    told = what_if_module._announced(meals, day)
    assert [(e.start_s, e.amount) for e in told] == [(1800.0, 15.0), (5400.0, 45.0)]
